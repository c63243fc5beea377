//! Writing JSON text, byte for byte as Python's `json.dumps` does.

use super::Json;

/// Appends what Python's `json.dumps(value, indent=2, sort_keys=True)` gives, byte for byte, as it
/// stands inside `level` arrays or objects. Its first line is not indented, nor its last ended.
pub fn write_pretty(value: &Json, out: &mut Vec<u8>, level: usize) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                new_line(index > 0, out, level + 1);
                write_pretty(item, out, level + 1);
            }
            new_line(false, out, level);
            out.push(b']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push(b'{');
            for (index, (key, item)) in members.iter().enumerate() {
                new_line(index > 0, out, level + 1);
                write_string(key, out);
                out.extend_from_slice(b": ");
                write_pretty(item, out, level + 1);
            }
            new_line(false, out, level);
            out.push(b'}');
        }
        _ => write_compact(value, out),
    }
}

fn new_line(comma: bool, out: &mut Vec<u8>, level: usize) {
    out.extend_from_slice(if comma { b",\n" } else { b"\n" });
    out.resize(out.len() + 2 * level, b' ');
}

/// Appends the value without any white space, keys sorted.
pub fn write_compact(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Int(number) => write_i64(*number, out),
        Json::BigInt(digits) => out.extend_from_slice(digits.as_bytes()),
        Json::Float(number) => write_f64(*number, out),
        Json::Str(text) => write_string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_compact(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_compact(item, out);
            }
            out.push(b'}');
        }
    }
}

/// Appends a quoted string in ASCII, everything else escaped as Python escapes it.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        // Plain bytes are ASCII, so a character begins here.
        let mut chars = rest[plain..].chars();
        let Some(special) = chars.next() else {
            break;
        };
        rest = chars.as_str();
        match special {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            _ => special.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write_escape(*unit, out)),
        }
    }
    out.push(b'"');
}

fn write_escape(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u32| b"0123456789abcdef"[usize::from(unit >> shift & 15)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Appends an integer.
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    push_short(itoa::Buffer::new().format(value).as_bytes(), out);
}

/// Appends a few bytes: by pieces of a fixed size that overlap, which takes no call to copy them.
#[inline]
pub(super) fn push_short(text: &[u8], out: &mut Vec<u8>) {
    #[inline(always)]
    fn overlapping<const N: usize>(text: &[u8], out: &mut Vec<u8>) {
        let rest = text.len() - N;
        out.extend_from_slice(&text[..N]);
        out.truncate(out.len() - N + rest);
        out.extend_from_slice(&text[rest..rest + N]);
    }
    match text.len() {
        16..=32 => overlapping::<16>(text, out),
        8..16 => overlapping::<8>(text, out),
        4..8 => overlapping::<4>(text, out),
        _ => out.extend_from_slice(text),
    }
}

/// Appends a float as Python's `repr` has it, or `NaN`, `Infinity`, `-Infinity`.
pub fn write_f64(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let token: &[u8] = match (value.is_nan(), value > 0.0) {
            (true, _) => b"NaN",
            (_, true) => b"Infinity",
            (_, false) => b"-Infinity",
        };
        return out.extend_from_slice(token);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    // Only here do zmij and Python differ: in `0.00001` for `1e-05`, and in `1e-6` for `1e-06`.
    if (1e-9..1e-4).contains(&value.abs()) {
        return write_small(text, out);
    }
    push_short(text.as_bytes(), out);
}

/// `text` is zmij's of a number with the exponent -9 to -5.
fn write_small(text: &str, out: &mut Vec<u8>) {
    let text = text.as_bytes();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    // The exponent has one digit.
    if let [digits @ .., b'e', b'-', exponent] = unsigned {
        out.extend_from_slice(digits);
        out.extend_from_slice(&[b'e', b'-', b'0', *exponent]);
        return;
    }
    let start = unsigned.iter().position(|byte| !matches!(byte, b'0' | b'.')).unwrap_or(unsigned.len());
    let digits = &unsigned[start..];
    if let Some((first, more)) = digits.split_first() {
        out.push(*first);
        if !more.is_empty() {
            out.push(b'.');
            out.extend_from_slice(more);
        }
    }
    out.extend_from_slice(b"e-05");
}
