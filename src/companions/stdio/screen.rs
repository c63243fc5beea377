//! The bytes of a standard stream as lines of text: what a terminal would be left with.
//!
//! Most output is lines, which are complete when they end. A progress bar redraws what it has drawn: with
//! a carriage return, or, where several stand below each other, with sequences that move the cursor up.
//! So a line that was redrawn is kept for [`HOLD`] after the cursor has left it, in case it comes back.
//! Colours, titles and other sequences that leave no text are dropped.
//!
//! The lines are UTF-8: a byte that is part of no character becomes `\xe9`.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Longer lines arrive in pieces.
const LINE_MAX: usize = 64 << 10;
/// How long a line that was redrawn may be redrawn again once the cursor is below it.
pub const HOLD: Duration = Duration::from_millis(500);
/// Lines that are kept to be redrawn, at most.
const ROWS_MAX: usize = 200;
/// An escape sequence is no longer, or is none.
const ESCAPE_MAX: usize = 4096;

const ESC: u8 = 0x1b;

/// The last lines of a stream, as far as they can still change.
#[derive(Debug)]
pub struct Screen {
    /// Never empty. All above the cursor have ended.
    rows: VecDeque<Row>,
    /// The cursor's row, and where in it the next text goes.
    row: usize,
    at: At,
    /// The beginning of an escape sequence.
    escape: Vec<u8>,
    /// True while the cursor is hidden: what is drawn then is drawn again.
    is_hidden: bool,
}

/// A line.
#[derive(Debug, Default)]
struct Row {
    text: Vec<u8>,
    /// True if it was redrawn.
    is_drawn: bool,
    /// The time when the cursor went below it.
    left: Option<Instant>,
}

/// A place in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Behind its text.
    End,
    /// At its beginning: the next text takes the place of what is there.
    Start,
    /// Behind so many characters.
    Column(usize),
}

impl Default for Screen {
    fn default() -> Self {
        let rows = VecDeque::from([Row::default()]);
        Self { rows, row: 0, at: At::End, escape: Vec::new(), is_hidden: false }
    }
}

impl Screen {
    /// Takes `bytes`, which came at the time `now`, and appends the lines to `out` that won't change any
    /// more, each with a `\n` at its end.
    pub fn feed(&mut self, mut bytes: &[u8], now: Instant, out: &mut Vec<u8>) {
        while let Some(&first) = bytes.first() {
            if !self.escape.is_empty() {
                if self.escape(first, now, out) {
                    bytes = &bytes[1..];
                }
                continue;
            }
            let is_control = |byte: &u8| matches!(*byte, b'\n' | b'\r' | b'\x08' | b'\x07' | ESC);
            let end = bytes.iter().position(is_control).unwrap_or(bytes.len());
            if end > 0 {
                self.put(&bytes[..end], out);
                bytes = &bytes[end..];
            } else {
                self.control(first, now, out);
                bytes = &bytes[1..];
            }
        }
        self.release(now, out);
    }

    /// Appends the lines to `out` that have been left alone for long enough.
    pub fn release(&mut self, now: Instant, out: &mut Vec<u8>) {
        while self.row > 0 && self.due().is_none_or(|due| due <= now) {
            self.give_first(out);
        }
    }

    /// The time when there will be something to release, if nothing comes before.
    pub fn due(&self) -> Option<Instant> {
        let first = self.rows.front().filter(|row| self.row > 0 && row.is_drawn)?;
        Some(first.left? + HOLD)
    }

    /// Appends all that is left to `out`. An unfinished line is a line at the end.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let mut rows = std::mem::take(self).rows;
        while rows.back().is_some_and(|row| row.text.is_empty() && row.left.is_none()) {
            rows.pop_back();
        }
        rows.iter().for_each(|row| give(row, out));
    }

    /// Text goes where the cursor is.
    fn put(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let row = &mut self.rows[self.row];
        match std::mem::replace(&mut self.at, At::End) {
            At::End => {}
            At::Start => {
                row.text.clear();
                row.is_drawn = true;
            }
            At::Column(column) => {
                move_end(&mut row.text, column);
                row.is_drawn = true;
            }
        }
        row.text.extend_from_slice(text);
        if row.text.len() > LINE_MAX {
            self.cut(out);
        }
    }

    /// Gives the beginning of a line that is too long.
    fn cut(&mut self, out: &mut Vec<u8>) {
        while self.row > 0 {
            self.give_first(out);
        }
        let text = &mut self.rows[0].text;
        while text.len() > LINE_MAX {
            let end = piece_end(text);
            to_utf8(&text[..end], out);
            out.push(b'\n');
            text.drain(..end);
        }
    }

    fn control(&mut self, byte: u8, now: Instant, out: &mut Vec<u8>) {
        match byte {
            b'\n' => self.end_line(now, out),
            b'\r' => self.at = At::Start,
            b'\x08' => self.go_to_column(self.column().saturating_sub(1)),
            ESC => self.escape.push(ESC),
            // A bell.
            _ => {}
        }
    }

    fn end_line(&mut self, now: Instant, out: &mut Vec<u8>) {
        let row = &mut self.rows[self.row];
        row.is_drawn |= self.is_hidden;
        if self.rows.len() == 1 && !self.rows[0].is_drawn {
            // Most lines.
            give(&self.rows[0], out);
            self.rows[0].text.clear();
            self.at = At::End;
            return;
        }
        while self.rows.len() >= ROWS_MAX && self.row > 0 {
            self.give_first(out);
        }
        self.down(1, now);
        self.at = if self.rows[self.row].text.is_empty() { At::End } else { At::Start };
    }

    /// Moves the cursor down by so many rows, or as far as rows are kept.
    fn down(&mut self, count: usize, now: Instant) {
        for _ in 0..count {
            if self.row + 1 == self.rows.len() {
                if self.rows.len() == ROWS_MAX {
                    break;
                }
                self.rows.push_back(Row::default());
            }
            self.rows[self.row].left = Some(now);
            self.row += 1;
        }
    }

    /// Moves the cursor up by so many rows: where those were given away, what is drawn now follows them.
    fn up(&mut self, count: usize) {
        let missing = count.saturating_sub(self.row).min(ROWS_MAX.saturating_sub(self.rows.len()));
        for _ in 0..missing {
            self.rows.push_front(Row::default());
        }
        self.row = (self.row + missing).saturating_sub(count);
        self.rows.range_mut(self.row..).for_each(|row| row.is_drawn = true);
    }

    /// The characters before the cursor.
    fn column(&self) -> usize {
        match self.at {
            At::End => columns(&self.rows[self.row].text),
            At::Start => 0,
            At::Column(column) => column,
        }
    }

    fn go_to_column(&mut self, column: usize) {
        self.at = if column == 0 { At::Start } else { At::Column(column.min(LINE_MAX / 4)) };
    }

    /// Takes the next byte of an escape sequence; false if it is none of it.
    fn escape(&mut self, byte: u8, now: Instant, out: &mut Vec<u8>) -> bool {
        let kind = self.escape.get(1);
        let is_string = kind.is_some_and(|kind| b"]PX^_".contains(kind));
        let is_broken =
            is_string && self.escape.len() > 1 && self.escape.last() == Some(&ESC) && byte != b'\\';
        let is_end = match kind {
            // A title or a link, to a bell or to ESC and a backslash.
            Some(_) if is_string => byte == b'\x07' || byte == b'\\' && self.escape.last() == Some(&ESC),
            Some(b'[') => (0x40..=0x7e).contains(&byte),
            // A character set, say.
            _ => (0x30..=0x7e).contains(&byte) && (kind.is_some() || !b"[]PX^_".contains(&byte)),
        };
        let is_part = match is_string {
            true => byte >= 0x20 || matches!(byte, ESC | b'\x07'),
            false => (0x20..=0x7e).contains(&byte),
        };
        if !is_part || is_broken || self.escape.len() >= ESCAPE_MAX {
            // The next one has begun where a string is broken.
            self.escape.truncate(usize::from(is_broken));
            return false;
        }
        self.escape.push(byte);
        if is_end {
            let sequence = std::mem::take(&mut self.escape);
            match sequence.strip_prefix(b"\x1b[") {
                Some(sequence) if !is_string => self.obey(&sequence[..sequence.len() - 1], byte, now, out),
                _ if sequence == b"\x1bM" => self.move_by(-1, now),
                _ => {}
            }
        }
        true
    }

    /// Does what a control sequence says, which ends with `what`.
    fn obey(&mut self, arguments: &[u8], what: u8, now: Instant, out: &mut Vec<u8>) {
        let text = std::str::from_utf8(arguments).unwrap_or_default();
        let number = text.split(';').next().and_then(|number| number.parse::<u16>().ok());
        let count = i32::from(number.unwrap_or(1).max(1));
        match what {
            b'A' => self.move_by(-count, now),
            b'B' => self.move_by(count, now),
            b'C' => self.go_to_column(self.column() + count as usize),
            b'D' => self.go_to_column(self.column().saturating_sub(count as usize)),
            b'E' | b'F' => {
                self.move_by(if what == b'E' { count } else { -count }, now);
                self.at = At::Start;
            }
            b'G' => self.go_to_column(count as usize - 1),
            b'K' => self.erase(number.unwrap_or(0)),
            b'J' if number.unwrap_or(0) == 0 => {
                self.erase(0);
                self.rows.truncate(self.row + 1);
            }
            // Another screen: this one is as it was left.
            b'J' | b'H' | b'f' => {
                self.finish(out);
            }
            b'h' | b'l' if text == "?25" => self.is_hidden = what == b'l',
            _ => {}
        }
    }

    fn move_by(&mut self, rows: i32, now: Instant) {
        let column = self.column();
        let count = rows.unsigned_abs() as usize;
        if rows < 0 {
            self.up(count)
        } else {
            self.down(count, now)
        }
        self.go_to_column(column);
    }

    /// Erases in the cursor's row what is behind the cursor (0), before it (1), or all (2).
    fn erase(&mut self, what: u16) {
        // Compilers write this behind each colour.
        if what == 0 && self.at == At::End {
            return;
        }
        let column = self.column();
        let row = &mut self.rows[self.row];
        row.is_drawn = true;
        match what {
            0 => {
                let end = offset(&row.text, column);
                row.text.truncate(end);
            }
            1 => {
                let end = offset(&row.text, column);
                row.text.splice(..end, std::iter::repeat_n(b' ', column));
            }
            _ => row.text.clear(),
        }
        self.go_to_column(column);
    }

    /// Gives the first row away, which is above the cursor.
    fn give_first(&mut self, out: &mut Vec<u8>) {
        if let Some(row) = self.rows.pop_front() {
            give(&row, out);
            self.row -= 1;
        }
    }
}

/// Appends a row to `out` as a line: none if it was drawn and is blank in the end.
fn give(row: &Row, out: &mut Vec<u8>) {
    let text = if row.is_drawn { row.text.trim_ascii_end() } else { &row.text };
    if !text.is_empty() || !row.is_drawn {
        to_utf8(text, out);
        out.push(b'\n');
    }
}

/// Appends `text` as UTF-8.
fn to_utf8(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
}

fn is_start(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// The characters of a text, by the bytes that begin one.
fn columns(text: &[u8]) -> usize {
    text.iter().filter(|byte| is_start(**byte)).count()
}

/// The bytes of the first `column` characters.
fn offset(text: &[u8], column: usize) -> usize {
    let mut starts = text.iter().enumerate().filter(|(_, byte)| is_start(**byte));
    starts.nth(column).map_or(text.len(), |(at, _)| at)
}

/// Makes a text have `column` characters.
fn move_end(text: &mut Vec<u8>, column: usize) {
    text.truncate(offset(text, column));
    let missing = column - columns(text).min(column);
    text.extend(std::iter::repeat_n(b' ', missing));
}

/// Where to cut a long line: not within a character, if it is UTF-8.
fn piece_end(line: &[u8]) -> usize {
    let begins = |at: &usize| line.get(*at).is_none_or(|byte| is_start(*byte));
    (LINE_MAX - 3..=LINE_MAX).rev().find(begins).unwrap_or(LINE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut screen, mut out, now) = (Screen::default(), Vec::new(), Instant::now());
        pieces.iter().for_each(|piece| screen.feed(piece, now, &mut out));
        screen.finish(&mut out);
        assert!(screen.rows.len() == 1 && screen.rows[0].text.is_empty() && screen.escape.is_empty());
        out
    }

    /// Checks that `text` leaves `left`, in whatever pieces it comes.
    #[track_caller]
    fn check(text: &str, left: &str) {
        let bytes = text.as_bytes();
        let shown = |lines: Vec<u8>| String::from_utf8(lines).unwrap();
        assert_eq!(shown(lines(&[bytes])), left, "{text:?}");
        assert_eq!(shown(lines(&bytes.chunks(1).collect::<Vec<_>>())), left, "{text:?} by bytes");
        for cut in 0..bytes.len() {
            assert_eq!(shown(lines(&[&bytes[..cut], &bytes[cut..]])), left, "{text:?} at {cut}");
        }
    }

    #[test]
    fn lines_are_what_a_terminal_would_be_left_with() {
        for (text, left) in [
            ("", ""),
            ("a\nb\n", "a\nb\n"),
            ("\n\n", "\n\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("10%\r20%\r30%\n", "30%\n"),
            ("10%\r20%\r\n", "20%\n"),
            ("10%\r20%\r\r\n", "20%\n"),
            ("\rx\n", "x\n"),
            ("\r\n", "\n"),
            ("unfinished", "unfinished\n"),
            ("10%\r20%\r", "20%\n"),
            ("\r\r", ""),
            ("a\n\r", "a\n"),
            ("é\rü\n", "ü\n"),
            // A line that was erased is none.
            ("10%\r   \r\nnext\n", "next\n"),
            ("10%\x1b[2K\rdone\n", "done\n"),
            ("10% left\r10%\x1b[K\n", "10%\n"),
            ("abcdef\x1b[3G\x1b[1Kx\n", "  x\n"),
            // Colours, titles, links, bells.
            ("\x1b[1;32mgreen\x1b[0m plain\x07\n", "green plain\n"),
            ("\x1b]0;a title\x07text\x1b]8;;https://a/b\x1b\\link\x1b]8;;\x1b\\\n", "textlink\n"),
            ("\x1b(Bset\x1b=\x1b>\x1b7\x1b8\n", "set\n"),
            // No end of one.
            ("\x1b]0;lost\nkept\n", "\nkept\n"),
            ("\x1b[12\nkept\n", "\nkept\n"),
            ("\x1b]0;title\x1b[1mkept\n", "kept\n"),
            ("a\x1bé\n", "aé\n"),
            ("\x1b", ""),
            // A spinner, a column, a screen that is cleared.
            ("wait |\x08/\x08-\x08done\n", "wait done\n"),
            ("a\x1b[5Gb\x1b[2Cc\n", "a   b  c\n"),
            ("one\ntwo\x1b[2J\x1b[Hthree\n", "one\ntwo\nthree\n"),
        ] {
            check(text, left);
        }
    }

    #[test]
    fn bars_below_each_other_are_left_in_their_last_state() {
        // tqdm: down, the inner bar, up again.
        let mut text = String::new();
        for epoch in 0..=3 {
            text += &format!("\repoch {epoch}/3");
            (0..=20).for_each(|batch| text += &format!("\n\rbatch {batch}/20\x1b[A"));
            text += "\n\r            \r\x1b[A";
        }
        check(&format!("{text}\nafter\n"), "epoch 3/3\nafter\n");
        // The inner bar stays.
        check("\ra 1\n\rb 1\x1b[A\ra 2\n\rb 2\x1b[A\ra 3\n\n", "a 3\nb 2\n");
        // rich: the cursor is hidden, each frame erases the one before.
        let frame = |k: u32| format!("one {k}\ntwo {k}\nthree {k}");
        let erase = "\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K";
        let text = format!("\x1b[?25l{}{erase}{}{erase}{}\n\x1b[?25hafter\n", frame(1), frame(2), frame(3));
        check(&text, "one 3\ntwo 3\nthree 3\nafter\n");
        // Erased below.
        check("\ra\n\rb\n\rc\x1b[2A\r\x1b[Jonly\n", "only\n");
        check("\ra\x1b[3Bb\x1bMc\n", "a\n\n  c\n b\n");
    }

    #[test]
    fn lines_that_may_be_redrawn_wait_for_a_moment() {
        let (mut screen, mut out, start) = (Screen::default(), Vec::new(), Instant::now());
        screen.feed(b"plain\n", start, &mut out);
        assert_eq!((&out[..], screen.due()), (&b"plain\n"[..], None));
        out.clear();
        screen.feed(b"\r1%\n\rinner\x1b[A", start, &mut out);
        assert_eq!(screen.due(), None, "the cursor is there");
        screen.feed(b"\n", start, &mut out);
        screen.release(start + HOLD / 2, &mut out);
        assert!(out.is_empty());
        assert_eq!(screen.due(), Some(start + HOLD));
        screen.release(start + HOLD, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "1%\n");
        out.clear();
        // Drawn again, it follows those that were given away.
        screen.feed(b"\x1b[A\r2%\n", start + HOLD, &mut out);
        screen.finish(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), "2%\ninner\n");
        // It takes no more than so many.
        let mut screen = Screen::default();
        for step in 0..1000 {
            let text = format!("\rstep {step}\n\x1b[50000A{}\x1b[B", "\x1b[50000B".repeat(5));
            screen.feed(text.as_bytes(), start, &mut out);
            assert!(screen.rows.len() <= ROWS_MAX);
        }
    }

    #[test]
    fn what_is_no_text_is_told_by_its_bytes() {
        assert_eq!(lines(&[b"temp\xe9rature 300 K\n"]), b"temp\\xe9rature 300 K\n");
        assert_eq!(lines(&[b"\x00\xff binary\xc3", b"\n"]), b"\x00\\xff binary\\xc3\n");
        assert_eq!(lines(&[b"caf\xc3", b"\xa9\n"]), "café\n".as_bytes());
        let mut state = 1u32;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(200_000)
        .collect();
        for size in [1, 7, 4096] {
            let out = lines(&bytes.chunks(size).collect::<Vec<_>>());
            assert!(std::str::from_utf8(&out).is_ok());
        }
    }

    #[test]
    fn long_lines_come_in_bounded_pieces() {
        let long = ["x".repeat(LINE_MAX - 1), "é".repeat(LINE_MAX), "\n".to_owned()].concat().into_bytes();
        for size in [1000, 70_000, long.len()] {
            let out = lines(&long.chunks(size).collect::<Vec<_>>());
            let pieces: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
            assert!(pieces.len() >= 3 && pieces.iter().all(|piece| piece.len() <= LINE_MAX + 1));
            assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
            assert!(
                pieces.concat().split(|byte| *byte == b'\n').collect::<Vec<_>>().concat()
                    == long[..long.len() - 1]
            );
        }
        // Not UTF-8: nothing lost either.
        let bytes = vec![0x80; 3 * LINE_MAX];
        let out = lines(&[&bytes]);
        assert_eq!(
            out.split(|byte| *byte == b'\n').collect::<Vec<_>>().concat(),
            b"\\x80".repeat(3 * LINE_MAX)
        );
        // A bar that never ends takes no memory.
        let (mut bar, mut out) = (Screen::default(), Vec::new());
        for step in 0..100_000 {
            bar.feed(format!("\rstep {step}").as_bytes(), Instant::now(), &mut out);
        }
        assert!(out.is_empty() && bar.rows.len() == 1 && bar.rows[0].text.len() < 100);
    }
}
