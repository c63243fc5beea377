//! Hashes of files.

use std::io::{ErrorKind, Read, Result};

use sha2::{Digest as _, Sha256};

use super::hex::hex;

/// The SHA-256 of all that is read, in hexadecimal digits, and how many bytes that was.
///
/// # Errors
/// Those of reading.
pub fn sha256(mut from: impl Read) -> Result<(String, u64)> {
    let mut sum = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok((hex(&sum.finalize()), size)),
            Ok(count) => {
                sum.update(&piece[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hash_is_that_of_sha256sum() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(super::sha256(&b""[..]).unwrap(), (empty.to_owned(), 0));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::sha256(&b"abc"[..]).unwrap(), (abc.to_owned(), 3));
    }
}
