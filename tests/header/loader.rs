//! Makes `metalab_dl.h` of the header: its types as they are, and for each function one that looks it up.

use super::{root, strip_comments};

/// A function of the header.
struct Function {
    /// "METALAB_MUST_USE", or nothing.
    attribute: String,
    /// The type that it returns, with the blank after it: "const char *".
    returned: String,
    name: String,
    /// Declarations of the parameters, as C has them; "void" alone where there are none.
    parameters: Vec<String>,
}

impl Function {
    fn parse(declaration: &str) -> Self {
        let text = declaration.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, after) = text.split_once('(').unwrap();
        let start = before.rfind([' ', '*']).unwrap() + 1;
        let (returned, name) = before.split_at(start);
        let attribute = returned.strip_prefix("METALAB_MUST_USE ").map(|_| "METALAB_MUST_USE\n");
        let list = after.strip_suffix(')').unwrap();
        assert!(!list.contains(['(', '[']), "{name}: split at each comma no more");
        Self {
            attribute: attribute.unwrap_or_default().to_owned(),
            returned: returned.trim_start_matches("METALAB_MUST_USE ").to_owned(),
            name: name.to_owned(),
            parameters: list.split(", ").map(str::to_owned).collect(),
        }
    }

    /// The names of the parameters.
    fn arguments(&self) -> String {
        let name = |parameter: &String| parameter.rsplit([' ', '*']).next().unwrap().to_owned();
        self.parameters.iter().filter(|one| *one != "void").map(name).collect::<Vec<_>>().join(", ")
    }

    fn pointer(&self) -> String {
        wrapped(&format!("  {}(*{})(", self.returned, self.name), &self.parameters, ");")
    }

    /// The value that is returned if there is no library.
    fn missing(&self) -> String {
        let answer = match (self.returned.trim(), self.name.as_str()) {
            ("metalab_status_t", _) => "METALAB_NO_CAPTURE",
            (_, "metalab_last_error") => "metalab_dl_error()",
            (_, "metalab_status_name") => {
                "status == METALAB_NO_CAPTURE ? \"METALAB_NO_CAPTURE\" : \"METALAB_UNKNOWN\""
            }
            ("void", _) => return "return".to_owned(),
            ("bool", _) => "false",
            ("uint32_t", _) => "0",
            // Texts are never NULL: they may be printed.
            ("const char *", _) => "\"\"",
            (returned, name) => {
                assert!(returned.ends_with('*'), "{name}: say what it returns without a library");
                "NULL"
            }
        };
        format!("return {answer}")
    }

    fn definition(&self) -> String {
        let head = format!("METALAB_INLINE_ {}{}(", self.returned, self.name);
        let call = format!("dl->{}({});", self.name, self.arguments());
        let given = if self.returned.trim() == "void" { call } else { format!("return {call}") };
        format!(
            "{}{} {{\n  const struct metalab_dl_table_ *dl = NULL;\n  if (metalab_dl_lacks_(&dl)) {{\n    \
             {};\n  }}\n  {given}\n}}\n",
            self.attribute,
            wrapped(&head, &self.parameters, ")"),
            self.missing()
        )
    }
}

/// `head` and a list, in one line if that is short.
fn wrapped(head: &str, list: &[String], end: &str) -> String {
    let line = format!("{head}{}{end}", list.join(", "));
    if line.len() <= 100 {
        return line;
    }
    format!("{head}{}{end}", list.join(&format!(",\n{}", " ".repeat(head.len()))))
}

/// The functions that the header declares, in its order.
fn functions(declarations: &str) -> Vec<Function> {
    let text = strip_comments(declarations);
    text.split(';').filter(|part| part.contains('(')).map(|part| Function::parse(part.trim())).collect()
}

/// A number for a text: FNV-1a.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The text without blank lines that follow another.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() || !out.ends_with("\n\n") {
            out += line;
            out += "\n";
        }
    }
    out
}

/// The loader for `header`, from its `template`; `printf` is what the header defines itself.
pub fn generated(header: &str, template: &str, printf: &str) -> String {
    // The last one: the structures of Arrow have one of their own.
    let (types, declarations) = header.rsplit_once("#ifdef __cplusplus\nextern \"C\" {").unwrap();
    let types = types.split_once("/** @endcond */\n").unwrap().1;
    let declarations = declarations.split_once("*/\n").unwrap().1.split_once(printf.trim_end()).unwrap().0;
    let functions = functions(declarations);
    let list = |each: &dyn Fn(&Function) -> String, between: &str| {
        functions.iter().map(each).collect::<Vec<_>>().join(between)
    };
    let text = template
        .replace("@ABI@", &metalab::capi::version::METALAB_ABI_VERSION.to_string())
        .replace("@TYPES@\n", &squeezed(&strip_comments(&format!("\n{types}"))))
        .replace("@COUNT@", &functions.len().to_string())
        .replace("@TABLE@", &list(&Function::pointer, "\n"))
        .replace("@NAMES@", &list(&|function| format!("      \"{}\",", function.name), "\n"))
        .replace("@FUNCTIONS@", &list(&Function::definition, "\n"))
        .replace("@PRINTF@", printf);
    let number = format!("{:016x}", fingerprint(&text));
    text.replace("@FINGERPRINT@", &number)
}

/// Where it is.
pub fn path() -> std::path::PathBuf {
    root().join("include/metalab_dl.h")
}
