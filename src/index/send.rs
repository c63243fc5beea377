//! Values as the server reads them.

use std::borrow::Cow;
use std::ffi::CString;

/// Bytes of a COPY that are handed over at once.
const PIECE: usize = 256 << 10;

/// A text as a value of a statement. It has no NUL by now.
pub fn value(text: impl Into<Vec<u8>>) -> Option<CString> {
    let bytes = text.into();
    // A text with one is cut there, rather than sent as a NULL.
    Some(CString::new(bytes).unwrap_or_else(|error| {
        let at = error.nul_position();
        let mut bytes = error.into_vec();
        bytes.truncate(at);
        CString::new(bytes).unwrap_or_default()
    }))
}

/// Texts as an array.
pub fn array<S: AsRef<str>>(texts: &[S]) -> Option<CString> {
    let mut literal = String::from("{");
    for (index, text) in texts.iter().enumerate() {
        literal.push_str(if index == 0 { "\"" } else { ",\"" });
        for character in text.as_ref().chars() {
            if matches!(character, '"' | '\\') {
                literal.push('\\');
            }
            literal.push(character);
        }
        literal.push('"');
    }
    literal.push('}');
    value(literal)
}

/// Lines of COPY's text format.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    /// Adds a line of these columns.
    pub fn push(&mut self, columns: &[Option<&str>]) {
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                self.bytes.push(b'\t');
            }
            match column {
                None => self.bytes.extend_from_slice(b"\\N"),
                Some(text) => escape(text.as_bytes(), &mut self.bytes),
            }
        }
        self.bytes.push(b'\n');
    }

    /// How long they are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All of them.
    pub fn pieces(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        self.bytes.chunks(PIECE).map(Cow::Borrowed)
    }
}

/// A long column, piece by piece.
pub fn column(text: &str) -> impl Iterator<Item = Cow<'_, [u8]>> {
    text.as_bytes().chunks(PIECE).map(|piece| {
        let mut escaped = Vec::with_capacity(piece.len() + piece.len() / 8);
        escape(piece, &mut escaped);
        Cow::Owned(escaped)
    })
}

fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            _ => b"\\\\",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted() {
        assert_eq!(array(&["a", "b\"c\\", "é,{}"]).unwrap().to_str().unwrap(), r#"{"a","b\"c\\","é,{}"}"#);
        assert_eq!(array::<&str>(&[]).unwrap().to_str().unwrap(), "{}");
        assert_eq!(value("a\0b").unwrap().to_str().unwrap(), "a");
        let mut lines = Lines::default();
        lines.push(&[Some("a\tb\\N\r\n"), None, Some("")]);
        assert_eq!(lines.pieces().collect::<Vec<_>>().concat(), b"a\\tb\\\\N\\r\\n\t\\N\t\n");
        let long = "a\n".repeat(PIECE);
        assert_eq!(column(&long).collect::<Vec<_>>().concat(), "a\\n".repeat(PIECE).as_bytes());
    }
}
