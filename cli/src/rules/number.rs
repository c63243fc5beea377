//! Numbers as programs print them.

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
        let first = text.trim_start_matches(['+', '-']).bytes().next()?;
        if !first.is_ascii_digit() && first != b'.' {
            let word = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
            let value = match word.as_str() {
                "nan" => f64::NAN,
                "inf" | "infinity" => f64::INFINITY,
                _ => return None,
            };
            return Some(Self::Float(if text.starts_with('-') { -value } else { value }));
        }
        if let Ok(value) = text.parse() {
            return Some(Self::Int(value));
        }
        text.parse().ok().or_else(|| fortran(text)).map(Self::Float)
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

/// A number with an exponent as only Fortran writes it.
fn fortran(text: &str) -> Option<f64> {
    if let Some(at) = text.find(['d', 'D']) {
        return format!("{}e{}", &text[..at], &text[at + 1..]).parse().ok();
    }
    // Three digits of an exponent leave no room for its letter.
    let at = text.rfind(['+', '-']).filter(|at| *at > 0 && text[*at + 1..].len() == 3)?;
    format!("{}e{}", &text[..at], &text[at..]).parse().ok()
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
