//! Numbers as programs print them.

use metalab::Json;

/// A value that was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
    Text(String),
}

impl Number {
    /// The number that `text` is, if it is one. Fortran's exponents are understood: `1.5D-03`, `1.5-103`.
    pub fn parse(text: &str) -> Option<Self> {
        match metalab::namelist::number(text)? {
            Json::Int(value) => Some(Self::Int(value)),
            number => number.as_f64().map(Self::Float),
        }
    }

    /// Times `scale`.
    pub fn scaled(self, scale: f64) -> Self {
        match self {
            Self::Int(value) => Self::Float(value as f64 * scale),
            Self::Float(value) => Self::Float(value * scale),
            text @ Self::Text(_) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        let number = |text| Number::parse(text);
        assert_eq!(number("-12"), Some(Number::Int(-12)));
        assert_eq!(number("+1.5e3"), Some(Number::Float(1500.0)));
        assert_eq!(number("1.5D-01"), Some(Number::Float(0.15)));
        assert_eq!(number("0.25-100"), Some(Number::Float(0.25e-100)));
        assert_eq!(number("-inf"), Some(Number::Float(f64::NEG_INFINITY)));
        assert!(matches!(number("NaN"), Some(Number::Float(value)) if value.is_nan()));
        for text in ["", "-", "n", "1.0s", "1:2", "2026-11-28", "12D", "e5", ".", "1-2"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
