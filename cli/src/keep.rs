//! The files of a store as the commands that keep it in order see them: where they are, whose each is, and
//! how they are replaced and removed so that a reader never sees half of something.

pub mod aside;
pub mod experiment;
pub mod lock;
pub mod moved;
pub mod progress;
pub mod whole;

/// Text of a store for one line of a terminal: control characters are escaped.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_can_t_write_to_the_terminal() {
        assert_eq!(super::plain("a\u{1b}[2J\nb\u{202e}é"), "a\\u{1b}[2J\\nb\\u{202e}é");
    }
}
