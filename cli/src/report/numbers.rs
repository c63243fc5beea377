//! Numbers as short text for the page's script, which has the way back in `page/script/numbers.js`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The greatest integer of which a script knows each difference, doubled for its sign.
const MOST: f64 = 2_251_799_813_685_248.0;

/// The numbers as a letter and base64: `i` differences of integers, in groups of seven bits with the sign
/// last; `s` and `f` floats of 32 and 64 bits, the lowest byte first. The value is what it was, but for the
/// bits of a NaN.
pub fn encode(values: &[f64]) -> String {
    let floats = || match values.iter().all(|value| f64::from(*value as f32) == *value || value.is_nan()) {
        true => ('s', values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()),
        false => ('f', values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()),
    };
    let (letter, bytes) = match differences(values) {
        Some(bytes) if bytes.len() <= 4 * values.len() => ('i', bytes),
        _ => floats(),
    };
    let mut text = String::with_capacity(1 + bytes.len().div_ceil(3) * 4);
    text.push(letter);
    STANDARD.encode_string(bytes, &mut text);
    text
}

/// The differences of integers; nothing if one of the values is none.
fn differences(values: &[f64]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(2 * values.len());
    let mut before = 0_i64;
    for value in values {
        let is_integer = value.fract() == 0.0 && value.abs() <= MOST;
        if !is_integer || (*value == 0.0 && value.is_sign_negative()) {
            return None;
        }
        let difference = *value as i64 - before;
        before = *value as i64;
        let mut rest = (difference << 1 ^ difference >> 63) as u64;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        assert_eq!(encode(&[]), "i");
        assert_eq!(encode(&[0.0, 1.0, -1.0]), "iAAID");
        assert_eq!(encode(&[300.0]), "i2AQ=");
        assert_eq!(encode(&[0.5]), "sAAAAPw==");
        assert_eq!(encode(&[0.1]), "fmpmZmZmZuT8=");
        for values in [[-0.0], [f64::NAN], [f64::INFINITY]] {
            assert!(encode(&values).starts_with('s'), "{values:?}");
        }
        assert!(encode(&[MOST]).starts_with('s') && encode(&[1e300]).starts_with('f'));
        let steps: Vec<f64> = (0..1000).map(|step| f64::from(step) * 50.0).collect();
        assert!(encode(&steps).len() < 2800);
    }
}
