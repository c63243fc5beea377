//! The page: the template with the content, and the rule that lets its own style and script work and nothing
//! else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Output, State, Value, context};
use sha2::{Digest as _, Sha256};

use super::Content;
use crate::failure::{Failure, Result};

const TEMPLATES: [(&str, &str); 2] =
    [("page.html", include_str!("page/page.html")), ("parts.html", include_str!("page/parts.html"))];

const STYLE: &str = include_str!("page/style.css");

/// The script: its files in this order, in one scope of their own.
const SCRIPT: &str = concat!(
    "\"use strict\";(() => {\n",
    include_str!("page/script/numbers.js"),
    include_str!("page/script/scale.js"),
    include_str!("page/script/svg.js"),
    include_str!("page/script/plot.js"),
    include_str!("page/script/chart.js"),
    include_str!("page/script/page.js"),
    "})();\n",
);

/// The page as HTML.
pub fn render(content: &Content) -> Result<String> {
    let page = || -> std::result::Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
        environment.set_syntax(syntax);
        environment.set_formatter(write);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        environment.get_template("page.html")?.render(context! {
            content => Value::from(Serde(content)),
            policy => Value::from_safe_string(policy()),
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            drawings => Value::from_safe_string(drawings(content)),
        })
    };
    page().map_err(|error| Failure::new(format!("cannot make the page: {error:#}")))
}

/// The rule of the page: nothing comes from elsewhere, and no script and no style but those of the page.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The data of the script, as JSON that no tag ends.
fn drawings(content: &Content) -> String {
    let json = serde_json::json!({
        "runs": content.runs.iter().map(|run| run.label.as_str()).collect::<Vec<_>>(),
        "charts": content.charts.iter().map(super::curves::Chart::drawing).collect::<Vec<_>>(),
    });
    all_visible(json).to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The same JSON with its texts and keys [`visible`].
fn all_visible(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match json {
        Value::String(text) => visible(&text).into(),
        Value::Array(items) => items.into_iter().map(all_visible).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (visible(&key), all_visible(value))).collect()
        }
        other => other,
    }
}

/// Writes a value into the page: escaped, and without characters that are not seen.
fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> std::result::Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => {
            minijinja::escape_formatter(out, state, &Value::from(visible(text)))
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// `text` with a sign in the place of each control character, and of those that turn the direction of others.
fn visible(text: &str) -> String {
    let sign = |character: char| match character {
        '\n' | '\t' => character,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            '\u{fffd}'
        }
        other => other,
    };
    text.replace("\r\n", "\n").chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_not_seen_become_signs() {
        assert_eq!(visible("a\u{1b}[31mb\0\r\n\té\u{202e}"), "a␛[31mb␀\n\té\u{fffd}");
    }

    #[test]
    fn the_script_has_no_tag_and_no_address() {
        for text in [SCRIPT, STYLE] {
            assert!(!text.contains("</") && !text.contains("<!--"));
            assert!(!text.contains("http:") && !text.contains("https:"));
        }
    }
}
