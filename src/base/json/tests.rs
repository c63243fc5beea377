use std::io::Write;
use std::process::{Command, Stdio};

use super::read::*;
use super::write::*;
use super::*;
use crate::base::error::Result;

#[test]
fn short_texts_are_whole() {
    let text = b"abcdefghijklmnopqrstuvwxyz0123456789";
    for length in 0..=text.len() {
        let mut out = b"before".to_vec();
        push_short(&text[..length], &mut out);
        assert_eq!(out, [b"before", &text[..length]].concat());
    }
}

fn float_text(value: f64) -> String {
    Json::Float(value).to_compact()
}

fn refused(text: &str) -> String {
    let error = parse(text).expect_err(text);
    assert_eq!(error.kind(), ErrorKind::Json);
    error.message().to_owned()
}

/// The output of a Python program that reads `input`; None without Python, which CI does not allow.
fn python(program: &str, input: &str) -> Option<String> {
    let child =
        Command::new("python3").args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "python3: {error}");
            println!("skipped: python3: {error}");
            return None;
        }
    };
    // The programs read everything before they print.
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn text(&mut self) -> String {
        const ALPHABET: [&str; 16] = [
            "a",
            "Z",
            "\"",
            "\\",
            "/",
            "\n",
            "\t",
            "\u{8}",
            "\u{0}",
            "\u{7f}",
            "é",
            "\u{2028}",
            "日",
            "😀",
            "\u{ffff}",
            "plain run ",
        ];
        (0..self.below(5)).map(|_| ALPHABET[self.below(16) as usize]).collect()
    }

    fn value(&mut self, depth: u32) -> Json {
        match self.below(if depth == 0 { 6 } else { 8 }) {
            0 => Json::Null,
            1 => Json::Bool(self.below(2) == 0),
            2 => Json::Int(self.next() as i64 >> self.below(64)),
            3 | 4 => Json::Str(self.text()),
            // Eighths, so that a reader which rounds carelessly gets them right too.
            5 => Json::Float(self.below(1 << 40) as i64 as f64 / 8.0 - 1e9),
            6 => Json::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            _ => Json::object((0..self.below(4)).map(|_| (self.text(), self.value(depth - 1)))),
        }
    }
}

#[test]
fn floats_are_pythons_repr() {
    for (value, text) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (123_456.789, "123456.789"),
        (1e-4, "0.0001"),
        (9.999_999_999_999_999e-5, "9.999999999999999e-05"),
        (1e-5, "1e-05"),
        (-1.25e-5, "-1.25e-05"),
        (9.999_999_999_999_999e-6, "9.999999999999999e-06"),
        (1e-6, "1e-06"),
        (-3e-9, "-3e-09"),
        (1e-9, "1e-09"),
        (9.999_999_999_999_999e-10, "9.999999999999999e-10"),
        (1e-10, "1e-10"),
        (1e15, "1000000000000000.0"),
        (9_007_199_254_740_993.0, "9007199254740992.0"),
        (1e16, "1e+16"),
        (1.5e17, "1.5e+17"),
        (1e22, "1e+22"),
        (1e100, "1e+100"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        assert_eq!(float_text(value), text);
    }
}

#[test]
fn random_floats_are_pythons_repr() {
    let mut random = Random(1);
    let mut values: Vec<f64> = (0..8000).map(|_| f64::from_bits(random.next())).collect();
    values.retain(|value| value.is_finite());
    // Most of them where a notation begins or ends.
    for exponent in -12..20 {
        let power = 10f64.powi(exponent);
        values.extend([
            power,
            f64::from_bits(power.to_bits() - 1),
            f64::from_bits(power.to_bits() + 1),
            -power,
        ]);
        values.extend((0..100).map(|_| power * (1.0 + random.below(9000) as f64 / 1000.0)));
        values.extend((0..100).map(|_| power * random.below(1 << 53) as f64 / (1u64 << 53) as f64));
    }
    let input: String = values.iter().map(|value| format!("{:x}\n", value.to_bits())).collect();
    let program = "import struct, sys\n\
        for word in sys.stdin.read().split():\n    \
        print(repr(struct.unpack('d', struct.pack('Q', int(word, 16)))[0]))";
    let Some(output) = python(program, &input) else {
        return;
    };
    let reprs: Vec<&str> = output.lines().collect();
    assert_eq!(reprs.len(), values.len());
    for (value, repr) in values.iter().zip(reprs) {
        assert_eq!(float_text(*value), repr);
        assert_eq!(parse(repr).unwrap(), Json::Float(*value));
    }
}

#[test]
fn documents_are_laid_out_as_python_does() {
    let mut random = Random(2);
    let documents: Vec<Json> = (0..500).map(|_| random.value(4)).collect();
    let input: String = documents.iter().map(|document| document.to_compact() + "\n").collect();
    let program = "import json, sys\n\
        for line in sys.stdin.read().split('\\n')[:-1]:\n    \
        v = json.loads(line)\n    \
        print(json.dumps([json.dumps(v, indent=2, sort_keys=True), \
        json.dumps(v, sort_keys=True, separators=(',', ':'))]))";
    let Some(output) = python(program, &input) else {
        return;
    };
    assert_eq!(output.lines().count(), documents.len());
    for (document, line) in documents.iter().zip(output.lines()) {
        let texts = Json::Array(vec![document.to_pretty().into(), document.to_compact().into()]);
        assert_eq!(parse(line).unwrap(), texts);
    }
}

#[test]
fn another_parser_reads_the_same() {
    let mut random = Random(3);
    for _ in 0..2000 {
        let document = random.value(5);
        for text in [document.to_pretty(), document.to_compact()] {
            assert_eq!(parse(&text).unwrap(), document, "{text}");
            assert_eq!(
                Json::from(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
                document,
                "{text}"
            );
        }
        // Damaged, both refuse or both read the same.
        let mut text = document.to_compact();
        let mut at = random.below(text.len() as u64) as usize;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        match random.below(3) {
            0 => text.truncate(at),
            1 => drop(text.remove(at)),
            _ => text.insert(at, b"{}[]:,\"\\-e.0 \nnu"[random.below(16) as usize].into()),
        }
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // serde_json rounds long decimals carelessly and has no large integers: compare acceptance.
        assert_eq!(parse(&text).is_ok(), theirs.is_ok(), "{text}");
    }
}

#[test]
fn pretty_text_starts_at_a_level() {
    let value = parse(r#"{"b":[1,[],{}],"a":{"x":null}}"#).unwrap();
    let golden = "{\n  \"a\": {\n    \"x\": null\n  },\n  \"b\": [\n    1,\n    [],\n    {}\n  ]\n}";
    assert_eq!(value.to_pretty(), golden);
    let mut nested = Vec::new();
    write_pretty(&value, &mut nested, 2);
    assert_eq!(nested, golden.replace('\n', "\n    ").as_bytes());
}

#[test]
fn numbers_are_pythons() {
    assert_eq!(parse("-0").unwrap(), Json::Int(0));
    assert_eq!(float_text(parse("-0.0").unwrap().float()), "-0.0");
    assert_eq!(parse("9223372036854775807").unwrap(), Json::Int(i64::MAX));
    assert_eq!(parse("-9223372036854775808").unwrap(), Json::Int(i64::MIN));
    assert_eq!(parse("9223372036854775808").unwrap(), Json::from(1u64 << 63));
    let huge = format!("-1{}", "0".repeat(4299));
    assert_eq!(parse(&huge).unwrap().to_compact(), huge);
    assert!(refused(&format!("{huge}0")).contains("4300 digits"));
    assert_eq!(parse("1e400").unwrap(), Json::Float(f64::INFINITY));
    assert_eq!(parse("-1E+400").unwrap(), Json::Float(f64::NEG_INFINITY));
    assert_eq!(parse("1e-400").unwrap(), Json::Float(0.0));
    assert_eq!(parse("1E5").unwrap(), Json::Float(1e5));
    assert_eq!(parse("9007199254740993.0").unwrap(), Json::Float(9_007_199_254_740_992.0));
    assert!(parse("[NaN]").unwrap().as_array().unwrap()[0].float().is_nan());
    assert_eq!(parse(" -Infinity\r\n\t").unwrap(), Json::Float(f64::NEG_INFINITY));
    assert_eq!(parse("Infinity").unwrap(), Json::Float(f64::INFINITY));
}

impl Json {
    fn float(&self) -> f64 {
        let Json::Float(value) = self else { panic!("{self:?}") };
        *value
    }
}

#[test]
fn strings_are_escaped() {
    let text = "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é\u{2028}\u{ffff}😀~";
    let golden = r#""\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u2028\uffff\ud83d\ude00~""#;
    assert_eq!(Json::from(text).to_compact(), golden);
    assert_eq!(parse(golden).unwrap().as_str(), Some(text));
    assert_eq!(parse(r#""\/\u00E9é""#).unwrap().as_str(), Some("/éé"));
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, message) in [
        ("", "not JSON: expected a value, found the end at byte 0"),
        ("  x", "not JSON: expected a value, found 'x' at byte 2"),
        ("\u{feff}1", "not JSON: begins with a byte order mark at byte 0"),
        ("1 2", "not JSON: expected the end, found '2' at byte 2"),
        ("[1,]", "not JSON: expected a value, found ']' at byte 3"),
        ("[1", "not JSON: expected ',' or ']', found the end at byte 2"),
        ("{a:1}", "not JSON: expected a key in double quotes, found 'a' at byte 1"),
        ("{\"a\" 1}", "not JSON: expected ':', found '1' at byte 5"),
        ("{\"a\":1;", "not JSON: expected ',' or '}', found ';' at byte 6"),
        ("{\"a\":1,}", "not JSON: expected a key in double quotes, found '}' at byte 7"),
        ("01", "not JSON: a number begins with 0 at byte 1"),
        ("1.", "not JSON: expected a digit, found the end at byte 2"),
        ("-é", "not JSON: expected a digit, found 'é' at byte 1"),
        ("1e+", "not JSON: expected a digit, found the end at byte 3"),
        ("\"é", "not JSON: expected '\"', found the end at byte 3"),
        ("\"a\nb\"", "not JSON: a control character in a string at byte 2"),
        ("\"\\x\"", "not JSON: expected one of \"\\/bfnrtu after a backslash, found 'x' at byte 2"),
        ("\"\\u12g4\"", "not JSON: expected 4 hexadecimal digits after \\u, found 'g' at byte 5"),
    ] {
        assert_eq!(refused(text), message);
    }
    for text in [r#""\ud800""#, r#""\udc00x""#, r#""\ud800\u0041""#, r#""\ud800\ud800""#] {
        assert!(refused(text).contains("surrogate without its other half"), "{text}");
    }
    for text in ["nul", "True", "nan", "-NaN", "+1", ".5", "--1", "1_000", "'a'", "{1:2}", "\u{a0}1", "1//"] {
        refused(text);
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (most, read) in [(MAX_FILE_DEPTH, parse as fn(&str) -> Result<Json>), (MAX_DEPTH, parse_given)] {
        assert_eq!(read(&nested(most)).unwrap().to_compact(), nested(most));
        let error = read(&nested(most + 1)).unwrap_err();
        assert!(error.message().contains(&format!("nested more than {most} deep")), "{error}");
    }
    refused(&"[".repeat(1_000_000));
    refused(&"{\"\":".repeat(1_000_000));
    parse(&format!("[{}]", vec!["[]"; 10_000].join(","))).unwrap();
}

#[test]
fn the_last_of_equal_keys_wins() {
    let value = parse(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
    assert_eq!(value, Json::object([("a", 3i64), ("b", 2)]));
    assert_eq!(value.get("a").and_then(Json::as_i64), Some(3));
    assert_eq!(value.get("c"), None);
    assert_eq!(Json::Null.get("a"), None);
}

#[test]
fn members_are_merged() {
    let mut all = object("all", r#"{"a":1,"b":{"c":1,"d":2}}"#).unwrap();
    merge(&mut all, object("more", r#"{"a":{"x":1},"b":{"d":3,"e":4},"f":[]}"#).unwrap());
    assert_eq!(Json::from(all).to_compact(), r#"{"a":{"x":1},"b":{"c":1,"d":3,"e":4},"f":[]}"#);
}
