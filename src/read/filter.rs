//! A filter of runs: a text such as `params.n > 256 and status = failed`.
//!
//! ```text
//! text     [filter] ["order" "by" field ["asc" | "desc"] ["," field ["asc" | "desc"]]..]
//! filter   any ["or" any]..             any    one ["and" one]..
//! one      "not" one    "(" filter ")"    field "exists"    field operator value
//! operator =  ==  !=  <  <=  >  >=  ~ (has the text in it)
//! field    params.NAME   metrics.NAME   run_id   status   started_at   finished_at   duration_ms   tag   notes
//!          and those that a program knows itself (Fields)
//! value    256   -1e-3   inf   nan   true   false   "a text"   'a text'   word
//! ```
//!
//! A name or a word of other characters than letters, digits and `_ . : + - @ / %` is put in quotes:
//! `"params.my name" = 3`. Names of members of objects have dots between them: `params.solver.tol`.
//! Numbers are compared with numbers, texts with texts (by code points), booleans with booleans: where
//! the types differ, and where a run lacks the field, nothing is true of it but `not` what is false.
//! Times are texts like `2026-11-23T08:18`, of which a beginning is enough for `<` and `>`. `tag` is true
//! if any of the run's tags is so.
//!
//! `order by metrics.loss, started_at desc` orders the runs: the least first, or the greatest with `desc`.
//! Numbers come before texts, and last of all runs that lack the field or have a NaN there. Of equals the
//! newest is first.

use std::cmp::Ordering;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::value::Scalar;

/// How deep a filter may be nested.
const MAX_DEPTH: usize = 100;

/// A filter that was read, and the order that it asks for.
#[derive(Debug, Clone)]
pub struct Filter {
    test: Test,
    order: Vec<Key>,
}

/// A field that runs are ordered by.
#[derive(Debug, Clone)]
struct Key {
    field: String,
    is_descending: bool,
}

/// Fields of runs that a program knows itself, beside those of the record: of their series, for example.
pub trait Fields {
    /// Returns true if there may be a field of this name.
    fn is_field(&self, field: &str) -> bool;

    /// The fields in words, for the message about one that there is not: `, SERIES.last`.
    fn listed(&self) -> &'static str {
        ""
    }

    /// Shows `each` the values of `field` of a run, until it returns true; returns true if it did.
    fn any(&self, experiment: &str, run_id: &str, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool;
}

/// No fields but those of the record.
impl Fields for () {
    fn is_field(&self, _: &str) -> bool {
        false
    }

    fn any(&self, _: &str, _: &str, _: &str, _: &mut dyn FnMut(&Json) -> bool) -> bool {
        false
    }
}

/// The facts of a run that a filter asks for.
pub(super) trait Facts {
    /// Shows `each` the values of `field`, until it returns true; returns whether it did.
    fn any(&self, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool;
}

#[derive(Debug, Clone)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Exists(String),
    Compare(String, Operator, Json),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Differs,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Has,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

impl Filter {
    /// Reads a filter; an empty text is true of every run.
    ///
    /// # Errors
    /// When it is none, with the place.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, &())
    }

    /// Reads a filter that may also ask for `fields`. What it asks of them is looked at last, as it may take
    /// long.
    ///
    /// # Errors
    /// When it is none, with the place.
    pub(super) fn parse_with(text: &str, fields: &dyn Fields) -> Result<Self> {
        Self::placed(text, fields).map_err(|(_, error)| error)
    }

    /// The mistake in a filter that may also ask for `fields`, and at which byte; nothing if it is one.
    pub fn mistake(text: &str, fields: &dyn Fields) -> Option<(usize, Error)> {
        Self::placed(text, fields).err()
    }

    /// Returns true if it has no condition: it is true of every run.
    pub fn is_of_all(&self) -> bool {
        matches!(&self.test, Test::All(tests) if tests.is_empty())
    }

    fn placed(text: &str, fields: &dyn Fields) -> Placed<Self> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0, text, depth: 0, fields };
        // Where it stops is where it is wrong.
        parser.whole().map_err(|error| {
            let at = parser.tokens.get(parser.next).map_or(text.trim_end().len(), |(_, at)| *at);
            (at, error)
        })
    }

    /// The values that the order which was asked for takes of a run; none if none was.
    pub(super) fn keys(&self, facts: &dyn Facts) -> Vec<Option<Json>> {
        self.order.iter().map(|key| value_of(facts, &key.field)).collect()
    }

    /// Compares runs by their keys, in the order that was asked for; equal if none was.
    pub(super) fn compare(&self, a: &[Option<Json>], b: &[Option<Json>]) -> Ordering {
        let by = |(key, (a, b)): (&Key, (&Option<Json>, &Option<Json>))| match (a, b) {
            (Some(a), Some(b)) if key.is_descending => rank(b, a),
            (Some(a), Some(b)) => rank(a, b),
            // A missing value comes last, either way.
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        let mut orders = self.order.iter().zip(a.iter().zip(b)).map(by);
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Returns whether it is true of a run.
    pub(super) fn is_true(&self, facts: &dyn Facts) -> bool {
        self.test.is_true(facts)
    }
}

/// The value that a run is ordered by; a NaN is as good as none.
fn value_of(facts: &dyn Facts, field: &str) -> Option<Json> {
    let mut found = None;
    facts.any(field, &mut |value| {
        let counts = match value {
            Json::Null => false,
            Json::Float(value) => !value.is_nan(),
            _ => true,
        };
        found = counts.then(|| value.clone());
        counts
    });
    found
}

/// Compares any two values: booleans, then numbers, then texts, then what else there is.
fn rank(a: &Json, b: &Json) -> Ordering {
    let kind = |value: &Json| match value {
        Json::Bool(_) => 0,
        Json::Str(_) => 2,
        value if Scalar::of(value).is_some() => 1,
        _ => 3,
    };
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Json::Bool(a), Json::Bool(b)) => a.cmp(b),
        (Json::Str(a), Json::Str(b)) => a.cmp(b),
        (a, b) => match (Scalar::of(a), Scalar::of(b)) {
            (Some(a), Some(b)) => compare(a, b).unwrap_or(Ordering::Equal),
            _ => Ordering::Equal,
        },
    })
}

impl Test {
    /// Returns true if it asks for a field that is not the record's.
    fn asks_others(&self) -> bool {
        match self {
            Test::All(tests) | Test::Any(tests) => tests.iter().any(Test::asks_others),
            Test::Not(test) => test.asks_others(),
            Test::Exists(field) | Test::Compare(field, ..) => !is_recorded(field),
        }
    }

    fn is_true(&self, facts: &dyn Facts) -> bool {
        match self {
            Test::All(tests) => tests.iter().all(|test| test.is_true(facts)),
            Test::Any(tests) => tests.iter().any(|test| test.is_true(facts)),
            Test::Not(test) => !test.is_true(facts),
            Test::Exists(field) => facts.any(field, &mut |value| *value != Json::Null),
            Test::Compare(field, operator, wanted) => {
                facts.any(field, &mut |value| operator.holds(value, wanted))
            }
        }
    }
}

impl Operator {
    fn holds(self, value: &Json, wanted: &Json) -> bool {
        let order = match (value, wanted) {
            (Json::Str(value), Json::Str(wanted)) if self == Operator::Has => return value.contains(wanted),
            (Json::Str(value), Json::Str(wanted)) => Some(value.as_str().cmp(wanted.as_str())),
            (Json::Bool(value), Json::Bool(wanted)) => Some(value.cmp(wanted)),
            (value, wanted) => match (Scalar::of(value), Scalar::of(wanted)) {
                (Some(Scalar::Bool(_)), _) | (_, Some(Scalar::Bool(_))) | (None, _) | (_, None) => {
                    return false;
                }
                (Some(value), Some(wanted)) => compare(value, wanted),
            },
        };
        match (self, order) {
            // A NaN differs from everything.
            (Operator::Differs, order) => order != Some(Ordering::Equal),
            (Operator::Equal, Some(order)) => order == Ordering::Equal,
            (Operator::Less, Some(order)) => order == Ordering::Less,
            (Operator::AtMost, Some(order)) => order != Ordering::Greater,
            (Operator::Greater, Some(order)) => order == Ordering::Greater,
            (Operator::AtLeast, Some(order)) => order != Ordering::Less,
            (Operator::Has, _) | (_, None) => false,
        }
    }
}

/// Compares numbers by their values: an integer is not rounded for it.
fn compare(a: Scalar, b: Scalar) -> Option<Ordering> {
    match (a, b) {
        (Scalar::I64(a), Scalar::I64(b)) => Some(a.cmp(&b)),
        (Scalar::F64(a), Scalar::F64(b)) => a.partial_cmp(&b),
        (Scalar::F64(a), Scalar::I64(b)) => compare_exactly(b, a).map(Ordering::reverse),
        (Scalar::I64(a), Scalar::F64(b)) => compare_exactly(a, b),
        _ => None,
    }
}

fn compare_exactly(integer: i64, float: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= BEYOND {
        return Some(Ordering::Less);
    }
    if float < -BEYOND {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    // Of equal whole parts, the rest decides.
    Some(
        integer
            .cmp(&(whole as i64))
            .then_with(|| 0.0.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal)),
    )
}

/// A result, or an error and at which byte of the text it is.
type Placed<T> = std::result::Result<T, (usize, Error)>;

fn tokens(text: &str) -> Placed<Vec<(Token, usize)>> {
    const SIGNS: [&str; 11] = ["==", "!=", "<=", ">=", "=", "<", ">", "~", "(", ")", ","];
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '+' | '-' | '@' | '/' | '%');
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push((Token::Sign(sign), at));
            at += sign.len();
        } else if first == '"' || first == '\'' {
            let (quoted, size) = quoted(rest, first).ok_or_else(|| {
                let text = format!("the text in the filter at byte {at} has no end");
                (at, Error::new(ErrorKind::Value, text))
            })?;
            found.push((Token::Quoted(quoted), at));
            at += size;
        } else {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if end == 0 {
                let text = format!("the filter has {first:?} at byte {at}, which can't be there");
                return Err((at, Error::new(ErrorKind::Value, text)));
            }
            found.push((Token::Word(rest[..end].to_owned()), at));
            at += end;
        }
    }
    Ok(found)
}

/// The text in quotes at the beginning of `rest`, and how many bytes it takes. A backslash takes the next
/// character as it is.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((text, at + c.len_utf8())),
            '\\' => text.push(chars.next()?.1),
            c => text.push(c),
        }
    }
    None
}

struct Parser<'a> {
    tokens: Vec<(Token, usize)>,
    next: usize,
    text: &'a str,
    depth: usize,
    fields: &'a dyn Fields,
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Filter> {
        let test = match self.peek() {
            None => Test::All(Vec::new()),
            Some(_) if self.is_at_order() => Test::All(Vec::new()),
            Some(_) => self.any()?,
        };
        let order = self.order()?;
        match self.peek() {
            None => Ok(Filter { test, order }),
            Some(_) if order.is_empty() => Err(self.expected("\"and\", \"or\", \"order by\" or the end")),
            Some(_) => Err(self.expected("\",\", \"asc\", \"desc\" or the end")),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn expected(&self, what: &str) -> Error {
        let text = match self.tokens.get(self.next) {
            Some((_, at)) => format!("the filter needs {what} at byte {at}, before {:?}", &self.text[*at..]),
            None => format!("the filter needs {what} at its end"),
        };
        Error::new(ErrorKind::Value, text)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = match self.peek() {
            Some(Token::Word(word)) => word.eq_ignore_ascii_case(wanted),
            Some(Token::Sign(sign)) => *sign == wanted,
            _ => false,
        };
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Test> {
        let mut tests = vec![self.all()?];
        while self.take("or") {
            tests.push(self.all()?);
        }
        tests.sort_by_key(Test::asks_others);
        Ok(if tests.len() == 1 { tests.remove(0) } else { Test::Any(tests) })
    }

    fn all(&mut self) -> Result<Test> {
        let mut tests = vec![self.one()?];
        while self.take("and") {
            tests.push(self.one()?);
        }
        tests.sort_by_key(Test::asks_others);
        Ok(if tests.len() == 1 { tests.remove(0) } else { Test::All(tests) })
    }

    fn one(&mut self) -> Result<Test> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(ErrorKind::Value, "the filter is nested too deeply"));
        }
        let test = if self.take("not") {
            Test::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let inner = self.any()?;
            if !self.take(")") {
                return Err(self.expected("\")\""));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(test)
    }

    /// Returns whether "order by" is next.
    fn is_at_order(&self) -> bool {
        let is = |at: usize, wanted: &str| match self.tokens.get(at) {
            Some((Token::Word(word), _)) => word.eq_ignore_ascii_case(wanted),
            _ => false,
        };
        is(self.next, "order") && is(self.next + 1, "by")
    }

    fn order(&mut self) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        if !self.is_at_order() {
            return Ok(keys);
        }
        self.next += 2;
        loop {
            let field = self.field()?;
            let is_descending = self.take("desc");
            if !is_descending {
                self.take("asc");
            }
            keys.push(Key { field, is_descending });
            if !self.take(",") {
                return Ok(keys);
            }
        }
    }

    fn field(&mut self) -> Result<String> {
        let field = match self.peek() {
            Some(Token::Word(field) | Token::Quoted(field)) => field.clone(),
            _ => return Err(self.expected("a field")),
        };
        if !is_recorded(&field) && !self.fields.is_field(&field) {
            let fields = FIELDS.join(", ") + self.fields.listed();
            return Err(self.expected(&format!("one of the fields params.NAME, metrics.NAME, {fields}")));
        }
        self.next += 1;
        Ok(field)
    }

    fn comparison(&mut self) -> Result<Test> {
        let field = self.field()?;
        if self.take("exists") {
            return Ok(Test::Exists(field));
        }
        let operator = match self.peek() {
            Some(Token::Sign("=" | "==")) => Operator::Equal,
            Some(Token::Sign("!=")) => Operator::Differs,
            Some(Token::Sign("<")) => Operator::Less,
            Some(Token::Sign("<=")) => Operator::AtMost,
            Some(Token::Sign(">")) => Operator::Greater,
            Some(Token::Sign(">=")) => Operator::AtLeast,
            Some(Token::Sign("~")) => Operator::Has,
            _ => return Err(self.expected("one of = != < <= > >= ~ exists")),
        };
        self.next += 1;
        let value = match self.peek() {
            Some(Token::Quoted(text)) => Json::Str(text.clone()),
            Some(Token::Word(word)) if operator == Operator::Has || is_text(&field) => {
                Json::Str(word.clone())
            }
            Some(Token::Word(word)) => word_value(word),
            _ => return Err(self.expected("a value")),
        };
        self.next += 1;
        Ok(Test::Compare(field, operator, value))
    }
}

/// The fields of a record that are no members of its parameters or metrics.
const FIELDS: [&str; 9] = [
    "run_id",
    "experiment_id",
    "status",
    "started_at",
    "finished_at",
    "duration_ms",
    "tag",
    "notes",
    "error",
];

/// Returns true if `field` is one of a run's record.
fn is_recorded(field: &str) -> bool {
    let is_member = |prefix: &str| field.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    FIELDS.contains(&field) || is_member("params.") || is_member("metrics.")
}

/// Returns whether the values of `field` are texts: a run's id may look like a number.
fn is_text(field: &str) -> bool {
    FIELDS.contains(&field) && field != "duration_ms"
}

/// A number, a boolean, or the word as a text.
fn word_value(word: &str) -> Json {
    match word {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => {
            let number = word.parse::<i64>().map(Json::Int).or_else(|_| word.parse::<f64>().map(Json::Float));
            number.unwrap_or_else(|_| Json::from(word))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Map(Json);

    impl Facts for Map {
        fn any(&self, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool {
            match self.0.get(field) {
                Some(Json::Array(values)) => values.iter().any(each),
                Some(value) => each(value),
                None => false,
            }
        }
    }

    fn holds(filter: &str) -> bool {
        let facts = r#"{"params.n": 300, "params.x": 0.5, "params.big": 9007199254740993, "params.my name": "v",
            "params.flag": true, "metrics.loss": NaN, "status": "failed", "run_id": "12e3", "tag": ["a", "b c"],
            "started_at": "2026-11-23T08:18:15.145478"}"#;
        Filter::parse(filter).unwrap().is_true(&Map(json(facts)))
    }

    fn json(text: &str) -> Json {
        crate::base::json::parse(text).unwrap()
    }

    #[test]
    fn filters_are_true_of_what_they_say() {
        for filter in [
            "",
            "params.n > 256 and status = failed",
            "status = \"failed\" and run_id = 12e3",
            "status != success",
            "params.n = 300.0 and params.n >= 300 and params.n <= 300",
            "params.x < 1 and params.x > 0 and params.n > 299.5 and params.n < 300.5",
            "params.big > 9007199254740992.0 and params.big = 9007199254740993",
            "params.n = 1 or status = failed and not params.n = 1",
            "(params.n = 300 or status = x) and tag = a and tag = 'b c' and tag ~ c",
            "not params.none = 3 and not params.none != 3 and not (params.none exists)",
            "metrics.loss exists and metrics.loss != 3 and not metrics.loss < 3 and not metrics.loss >= 3",
            "\"params.my name\" = v",
            "params.flag = true and not params.flag = 1",
            "started_at > 2026-11-23 and started_at < 2026-11-24 and started_at ~ T08:18",
            "status ~ 'ail' AND NOT status = 3",
            "params.n > -inf and params.n < inf and params.n < 1e19 and params.n > -1e19",
        ] {
            assert!(holds(filter), "{filter}");
        }
        for filter in
            ["params.n > 300", "tag = c", "params.n = '300'", "params.none != 1", "not not status = x"]
        {
            assert!(!holds(filter), "{filter}");
        }
    }

    #[test]
    fn runs_are_ordered_by_fields() {
        let runs = [
            r#"{"run_id": "a", "metrics.loss": 2, "params.n": 1}"#,
            r#"{"run_id": "b", "metrics.loss": NaN, "params.n": 1}"#,
            r#"{"run_id": "c", "metrics.loss": 0.5, "params.n": 2}"#,
            r#"{"run_id": "d", "params.n": true}"#,
            r#"{"run_id": "e", "metrics.loss": "none", "params.n": 2}"#,
        ]
        .map(|text| Map(json(text)));
        let ordered = |filter: &str| {
            let filter = Filter::parse(filter).unwrap();
            let mut found: Vec<&Map> = runs.iter().filter(|run| filter.is_true(*run)).collect();
            found.sort_by(|a, b| filter.compare(&filter.keys(*a), &filter.keys(*b)));
            found.iter().filter_map(|run| run.0.str_at("run_id")).collect::<String>()
        };
        for (filter, wanted) in [
            ("", "abcde"),
            ("order by metrics.loss", "caebd"),
            ("ORDER BY metrics.loss DESC", "eacbd"),
            ("order by params.n", "dabce"),
            ("order by params.n desc, run_id desc", "ecbad"),
            ("params.n = 1 or params.n = 2 order by params.n asc, metrics.loss asc", "abce"),
            ("not metrics.loss exists order by run_id", "d"),
        ] {
            assert_eq!(ordered(filter), wanted, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_its_place() {
        for (filter, part) in [
            ("params.n >", "a value at its end"),
            ("params.n", "one of = != < <= > >= ~ exists at its end"),
            ("n = 1", "one of the fields params.NAME"),
            ("params. = 1", "one of the fields"),
            ("params.n = 1 status = x", "at byte 13, before \"status"),
            ("(params.n = 1", "\")\" at its end"),
            ("params.n = 'x", "at byte 11 has no end"),
            ("params.n = $", "'$' at byte 11"),
            ("and", "one of the fields"),
            (") = 1", "a field at byte 0"),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Value);
            assert!(error.message().contains(part), "{filter}: {error}");
        }
        for (filter, part) in [
            ("order by", "a field at its end"),
            ("order by loss", "one of the fields"),
            ("status = x order by run_id sideways", "\",\", \"asc\", \"desc\" or the end at byte 27"),
            ("status = x order by run_id,", "a field at its end"),
            ("status = x order run_id", "at byte 11"),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert!(error.message().contains(part), "{filter}: {error}");
        }
        for (filter, place) in [("params.n <", 10), ("a = 1", 0), ("status = x ?", 11), ("tag = 'x", 6)] {
            assert_eq!(Filter::mistake(filter, &()).unwrap().0, place, "{filter}");
        }
        assert!(Filter::mistake("tag = x", &()).is_none());
        assert!(Filter::parse(&"(".repeat(10_000)).is_err());
        assert!(Filter::parse(&"not ".repeat(10_000)).is_err());
    }

    struct Last;

    impl Fields for Last {
        fn is_field(&self, field: &str) -> bool {
            field.ends_with(".last")
        }

        fn any(&self, _: &str, _: &str, _: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool {
            each(&Json::Float(0.5))
        }
    }

    #[test]
    fn fields_of_others_come_after_those_of_the_record() {
        let filter = Filter::parse_with("loss.last < 1 and status = failed order by x.last", &Last).unwrap();
        let Test::All(tests) = &filter.test else { panic!("{filter:?}") };
        let fields: Vec<bool> = tests.iter().map(Test::asks_others).collect();
        assert_eq!(fields, [false, true]);
        assert!(Filter::parse_with("loss.first < 1", &Last).is_err());
    }
}
