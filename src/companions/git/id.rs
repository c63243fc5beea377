//! Ids of git's objects.

use std::fmt;
use std::fmt::Write as _;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::base::hex::hex;

/// The hash function of a repository's ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Sha1,
    Sha256,
}

impl Kind {
    /// Bytes of an id.
    pub fn size(self) -> usize {
        match self {
            Kind::Sha1 => 20,
            Kind::Sha256 => 32,
        }
    }

    /// The id of a whole object.
    pub fn id_of(self, what: &str, body: &[u8]) -> Id {
        let mut hasher = Hasher::new(self, what, body.len() as u64);
        hasher.update(body);
        hasher.finish()
    }
}

/// The id of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Id {
    bytes: [u8; 32],
    size: u8,
}

impl Id {
    /// An id of these bytes, which are 20 or 32.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if !matches!(bytes.len(), 20 | 32) {
            return None;
        }
        let mut id = Self { bytes: [0; 32], size: bytes.len() as u8 };
        id.bytes[..bytes.len()].copy_from_slice(bytes);
        Some(id)
    }

    /// The id with these hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if !matches!(digits.len(), 40 | 64) {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
        let bytes: Option<Vec<u8>> =
            digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
        Self::new(&bytes?)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.size)]
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.bytes()))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Makes the id of an object that comes in pieces.
pub enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    /// Of an object of this kind and size.
    pub fn new(kind: Kind, what: &str, size: u64) -> Self {
        let mut hasher = match kind {
            Kind::Sha1 => Hasher::Sha1(Sha1::new()),
            Kind::Sha256 => Hasher::Sha256(Sha256::new()),
        };
        let mut header = String::with_capacity(32);
        let _ = write!(header, "{what} {size}\0");
        hasher.update(header.as_bytes());
        hasher
    }

    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        match self {
            Hasher::Sha1(hasher) => hasher.update(piece),
            Hasher::Sha256(hasher) => hasher.update(piece),
        }
    }

    /// The id.
    pub fn finish(self) -> Id {
        let mut id = Id { bytes: [0; 32], size: 20 };
        match self {
            Hasher::Sha1(hasher) => id.bytes[..20].copy_from_slice(&hasher.finalize()),
            Hasher::Sha256(hasher) => {
                id.size = 32;
                id.bytes.copy_from_slice(&hasher.finalize());
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_gits() {
        let id = Kind::Sha1.id_of("blob", b"hello\n");
        assert_eq!(id.to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        let id = Kind::Sha256.id_of("blob", b"hello\n");
        assert_eq!(id.to_string(), "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
        assert_eq!(Kind::Sha1.id_of("tree", b"").to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert!(Id::parse("ce013625").is_none() && Id::parse(&"é".repeat(20)).is_none());
    }
}
