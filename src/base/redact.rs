//! The command line, without the secrets that people put there.

use crate::base::json::Json;

/// Replaces a secret.
const HIDDEN: &str = "***";

/// Words in the name of an option whose value is a secret.
const SECRET: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "credential",
    "private-key",
    "authorization",
];

/// How well-known secrets begin, whatever they are the value of.
const KNOWN: [&str; 14] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "sk-",
    "xoxb-",
    "xoxp-",
    "hf_",
    "AKIA",
    "eyJ",
    "npg_",
    "dapi",
];

/// Well-known secrets have at least so many characters after their beginning.
const SHORTEST: usize = 16;

/// Arguments and bytes of them that are recorded, at most.
const MOST_ARGUMENTS: usize = 1000;
const MOST_BYTES: usize = 16 << 10;

/// The arguments, the program first; null if they can't be had. A cut list ends with "...".
pub fn line() -> Json {
    line_of(&arguments())
}

/// Like `line`, of these arguments.
pub fn line_of(arguments: &[String]) -> Json {
    if arguments.is_empty() {
        return Json::Null;
    }
    let mut left = MOST_BYTES;
    let mut line: Vec<Json> = Vec::new();
    for argument in hide(arguments) {
        if line.len() == MOST_ARGUMENTS || argument.len() > left {
            line.push("...".into());
            break;
        }
        left -= argument.len();
        line.push(argument.into());
    }
    line.into()
}

/// The arguments as the kernel has them: the program may have changed its own copy.
#[cfg(target_os = "linux")]
fn arguments() -> Vec<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = std::fs::File::open("/proc/self/cmdline")
        .and_then(|file| file.take(4 * MOST_BYTES as u64).read_to_end(&mut bytes));
    if read.is_err() || bytes.is_empty() {
        return Vec::new();
    }
    if bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes.split(|byte| *byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

#[cfg(not(target_os = "linux"))]
fn arguments() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// The arguments without their secrets.
fn hide(arguments: &[String]) -> Vec<String> {
    let mut hides_next = false;
    let hide = |argument: &String| {
        // `--password secret`
        if std::mem::replace(&mut hides_next, false) && !argument.starts_with("--") {
            return HIDDEN.to_owned();
        }
        hides_next = argument.starts_with('-') && !argument.contains(['=', ':']) && is_secret(argument);
        redact(argument)
    };
    arguments.iter().map(hide).collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_short = |part: &str| matches!(part, "pass" | "pw");
    SECRET.iter().any(|word| {
        name.match_indices(word).any(|(at, _)| {
            // A language model's tokens and tokenizer are none.
            *word != "token" || !name[at + word.len()..].starts_with(|next: char| next.is_alphabetic())
        })
    }) || name.split(|part: char| !part.is_alphanumeric()).any(is_short)
}

/// `text` without its secrets: what follows `password=`, `--password` and the like, the user of a URL, and
/// what is known for a secret by its form. A password may have any characters, so that nothing tells for
/// sure where it ends: what is hidden may be more than it.
pub fn redact(text: &str) -> String {
    let text = hide_user(text);
    let text = hide_known(&text);
    let text = hide_values(&text);
    hide_options(&text)
}

/// `https://***@host` of `https://user:password@host`.
fn hide_user(text: &str) -> String {
    let Some((before, after)) = text.split_once("://") else { return text.to_owned() };
    let is_end = ['/', '?', '#', ' ', '"', '\''];
    // Only behind a colon can be what should have been percent-encoded.
    let last = after.rfind('@').filter(|at| after[..*at].contains(':'));
    let user = last.or_else(|| after[..after.find(is_end).unwrap_or(after.len())].rfind('@'));
    match user {
        Some(at) => format!("{before}://{HIDDEN}{}", hide_user(&after[at..])),
        None => format!("{before}://{}", hide_user(after)),
    }
}

/// Hides words that begin as a well-known secret.
fn hide_known(text: &str) -> String {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(is_part).unwrap_or(rest.len());
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let word = &rest[..end];
        let is_known =
            KNOWN.iter().any(|known| word.strip_prefix(known).is_some_and(|secret| secret.len() >= SHORTEST));
        out.push_str(if is_known { HIDDEN } else { word });
        rest = &rest[end..];
    }
    out
}

/// Hides what follows the name of a secret and `=` or `:`, to the end of the text, or of the
/// parameter where it is one of a URL.
fn hide_values(text: &str) -> String {
    let mut from = 0;
    let mut out = String::with_capacity(text.len());
    while let Some(found) = text[from..].find(['=', ':']) {
        let at = from + found;
        let name = text[..at].trim_end_matches(['"', '\'', ' ']);
        let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
        let start = name
            .rfind(|character| !is_part(character))
            .map_or(0, |last| last + name[last..].chars().next().map_or(0, char::len_utf8));
        out.push_str(&text[from..=at]);
        from = at + 1;
        let is_value = text.len() > from && !text[from..].starts_with("//");
        if is_value && is_secret(&name[start..]) {
            out.push_str(HIDDEN);
            let end = if is_parameter(&text[..at]) { text[from..].find('&') } else { None };
            from = end.map_or(text.len(), |end| from + end);
        }
    }
    out + &text[from..]
}

/// Returns whether what comes before a value is a URL and a parameter's name.
fn is_parameter(before: &str) -> bool {
    let url = before.rsplit_once("://").map(|(_, url)| url);
    url.is_some_and(|url| url.contains('?') && !url.contains(char::is_whitespace))
}

/// Hides what follows an option with the name of a secret in a whole command: `sh -c "a --password b"`.
fn hide_options(text: &str) -> String {
    let mut before = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let option = word.trim_end();
        before += word.len();
        let is_option = option.starts_with('-') && option.len() < word.len() && !option.contains(['=', ':']);
        let value = text[before..].trim_start();
        if is_option && is_secret(option) && !value.is_empty() && !value.starts_with("--") {
            return text[..before].to_owned() + HIDDEN;
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        for (text, hidden) in [
            ("--password=geheim", "--password=***"),
            ("--db.Password=a=b&c", "--db.Password=***"),
            ("API_KEY=x", "API_KEY=***"),
            ("{\"token\": \"x\", \"n\": 1}", "{\"token\":***"),
            ("Authorization: Bearer abc", "Authorization:***"),
            ("https://u:p@ss@host:80/x", "https://***@host:80/x"),
            (
                "--to=postgresql://u@host/db?password=x&n=1#y",
                "--to=postgresql://***@host/db?password=***&n=1#y",
            ),
            ("https://host/x?access_token=abc&n=2", "https://host/x?access_token=***&n=2"),
            ("https://u:p@h x://v:q@k/z", "https://***@k/z"),
            ("postgresql://u:p#q'r/s t?u&v@w@h:5432/db?n=1", "postgresql://***@h:5432/db?n=1"),
            ("--store=postgresql://u:/#' @h/db", "--store=postgresql://***@h/db"),
            ("postgresql://h/db?password=a#b'c/d e&n=1", "postgresql://h/db?password=***&n=1"),
            ("host=h password='it''s # a/b' user=u", "host=h password=***"),
            ("url=http://x password=a&b", "url=http://x password=***"),
            ("sh -c solver --password my secret & --n 5", "sh -c solver --password ***"),
            ("--db.pass=a b", "--db.pass=***"),
            ("PW: x", "PW:***"),
            ("ghp_0123456789abcdefghij", "***"),
            ("x=ghp_0123456789abcdefghij,y", "x=***,y"),
        ] {
            assert_eq!(redact(text), hidden);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "",
            "./solver",
            "--nu=0.1",
            "input:file.h5",
            "a=b=c:d",
            "https://host/x?y=1",
            "file:///tmp/x@y",
            "--password=",
            "sk-learn",
            "é=ü:ö",
            "--mesh=token.msh",
            "--max-tokens=512",
            "--tokenizer=t.json",
            "--passes=3 --compass=n",
            "see https://host/a and mail me@host",
            "--token --verbose x",
            "a -token",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn the_argument_after_a_secrets_name_is_hidden() {
        let hidden = |line: &str| hide(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).join(" ");
        assert_eq!(hidden("./solve --token abc -n 5"), "./solve --token *** -n 5");
        assert_eq!(hidden("./solve --token --verbose x"), "./solve --token --verbose x");
        assert_eq!(hidden("./token x"), "./token x");
        assert_eq!(hidden("./solve --secret"), "./solve --secret");
        assert_eq!(hidden("./solve --pass #'/- -n 5"), "./solve --pass *** -n 5");
        assert_eq!(hide(&["-c".into(), "--pw a 'b' #c".into()]), ["-c", "--pw ***"]);
    }

    #[test]
    fn this_process_has_a_command_line() {
        let line = line();
        let first = line.as_array().unwrap()[0].as_str().unwrap();
        assert!(first.contains("metalab"), "{first}");
    }
}
