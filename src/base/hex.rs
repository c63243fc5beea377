//! Bytes as hexadecimal digits, and names that are no UTF-8 in JSON.

use crate::base::json::Object;

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The bytes that `hex` wrote.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// Adds a name, which may be any bytes: JSON has text alone, so that one that is no UTF-8 has its bytes beside it.
pub fn add_name(members: &mut Object, key: &str, name: &[u8]) {
    members.insert(key.to_owned(), String::from_utf8_lossy(name).as_ref().into());
    if std::str::from_utf8(name).is_err() {
        members.insert(format!("{key}_hex"), hex(name).into());
    }
}

/// The name that `add_name` added.
pub fn name_of(members: &Object, key: &str) -> Option<Vec<u8>> {
    match members.get(&format!("{key}_hex")) {
        Some(digits) => bytes(digits.as_str()?),
        None => Some(members.get(key)?.as_str()?.into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::base::json::Object;

    #[test]
    fn names_of_any_bytes_come_back() {
        let mut members = Object::new();
        for name in [&b"latin-\xe9"[..], b"u.bin", b"\xff"] {
            members.clear();
            super::add_name(&mut members, "path", name);
            assert_eq!(super::name_of(&members, "path").as_deref(), Some(name));
            assert_eq!(members.len(), if name == b"u.bin" { 1 } else { 2 });
        }
        assert_eq!(members["path_hex"].as_str(), Some("ff"));
        for wrong in ["f", "fg", "+f", "é"] {
            assert_eq!(super::bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(super::hex(&[0, 0x5a, 0xff]), "005aff");
    }
}
