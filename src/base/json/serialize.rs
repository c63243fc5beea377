//! Values of Rust programs as JSON and JSON for other formats, both by way of serde.

use serde::ser::{self, Serialize, Serializer};

use super::read::{MAX_INT_DIGITS, parse_within};
use super::{Json, MAX_DEPTH, Object, parse};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::with_default_arithmetic;

/// Marks a string as the digits of an integer: serde has none of more than 128 bits.
const BIG_INT: &str = "metalab::BigInt";

/// The structs by which serde_json hands over JSON text, where a program turns those features on:
/// numbers of any precision, and raw values.
const JSON_TEXT: [&str; 2] = ["$serde_json::private::Number", "$serde_json::private::RawValue"];

/// Why a value is no JSON, and where in it: `.mesh`, `[3]`, from the inside out.
#[derive(Debug)]
struct Problem(Box<(String, Vec<String>)>);

type Made<T = Json> = std::result::Result<T, Problem>;

impl Problem {
    fn new(text: impl Into<String>) -> Self {
        Problem(Box::new((text.into(), Vec::new())))
    }

    fn within(mut self, step: String) -> Self {
        self.0.1.push(step);
        self
    }

    fn of_text(error: &Error) -> Self {
        Problem::new(error.message())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (text, steps) = &*self.0;
        steps.iter().rev().try_for_each(|step| f.write_str(step))?;
        if steps.is_empty() { f.write_str(text) } else { write!(f, ": {text}") }
    }
}

impl std::error::Error for Problem {}

impl ser::Error for Problem {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Problem::new(message.to_string())
    }
}

/// `value` as JSON; `what` names it in errors.
///
/// # Errors
/// [`ErrorKind::Json`], naming the place in the value: for keys that are no string, integer or
/// boolean, for nesting beyond [`MAX_DEPTH`], and where `value` refuses to be serialized.
pub fn value_of<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<Json> {
    with_default_arithmetic(|| value.serialize(ToJson { depth: 0 })).map_err(|problem| {
        let separator = if problem.0.1.is_empty() { ": " } else { "" };
        Error::new(ErrorKind::Json, format!("{what}{separator}{problem}"))
    })
}

/// `value` as a JSON object, empty for what serializes as nothing: `()`, `None`, [`Json::Null`].
///
/// # Errors
/// The same as [`value_of`], and when it is no object.
pub fn object_of<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<Object> {
    value_of(what, value)?.into_object(what)
}

/// Builds the JSON of a value that lies `depth` deep.
#[derive(Clone, Copy)]
struct ToJson {
    depth: usize,
}

impl ToJson {
    /// For what lies in an array or object here.
    fn deeper(self) -> Made<Self> {
        match self.depth {
            MAX_DEPTH => Err(Problem::new(format!("nested more than {MAX_DEPTH} deep"))),
            depth => Ok(Self { depth: depth + 1 }),
        }
    }

    /// The elements of an array here, or of one that is the only member of an object: `variant`.
    fn items(self, length: usize, variant: Option<&'static str>) -> Made<Items> {
        let outer = if variant.is_some() { self.deeper()? } else { self };
        // A length that a value only claims reserves little.
        let items = Vec::with_capacity(length.min(1 << 12));
        Ok(Items { inner: outer.deeper()?, items, variant })
    }

    fn members(self, variant: Option<&'static str>, is_text: bool) -> Made<Members> {
        let outer = if variant.is_some() { self.deeper()? } else { self };
        // A struct of JSON text is no level of its own.
        let inner = if is_text { outer } else { outer.deeper()? };
        Ok(Members { inner, members: Object::new(), key: String::new(), variant, is_text })
    }
}

/// `value`, or an object whose only member it is.
fn tagged(variant: Option<&'static str>, value: Json) -> Json {
    match variant {
        Some(variant) => Json::object([(variant, value)]),
        None => value,
    }
}

struct Items {
    inner: ToJson,
    items: Vec<Json>,
    variant: Option<&'static str>,
}

struct Members {
    inner: ToJson,
    members: Object,
    key: String,
    variant: Option<&'static str>,
    /// True if this is a struct by which JSON text is handed over.
    is_text: bool,
}

impl Items {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Made<()> {
        let made = value.serialize(self.inner);
        self.items.push(made.map_err(|problem| problem.within(format!("[{}]", self.items.len())))?);
        Ok(())
    }
}

impl Members {
    fn add<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Made<()> {
        match value.serialize(self.inner) {
            Ok(value) => drop(self.members.insert(key, value)),
            Err(problem) => return Err(problem.within(format!(".{key}"))),
        }
        Ok(())
    }

    fn made(self) -> Made {
        if self.is_text {
            let text = self.members.values().next().and_then(Json::as_str).unwrap_or_default();
            return parse_within(text, MAX_DEPTH - self.inner.depth)
                .map_err(|error| Problem::of_text(&error));
        }
        Ok(tagged(self.variant, Json::Object(self.members)))
    }
}

impl Serializer for ToJson {
    type Ok = Json;
    type Error = Problem;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    fn serialize_bool(self, value: bool) -> Made {
        Ok(Json::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Made {
        Ok(Json::Int(value))
    }

    fn serialize_i128(self, value: i128) -> Made {
        Ok(i64::try_from(value).map_or_else(|_| Json::BigInt(value.to_string()), Json::Int))
    }

    fn serialize_u8(self, value: u8) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Made {
        Ok(Json::Int(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Made {
        Ok(value.into())
    }

    fn serialize_u128(self, value: u128) -> Made {
        Ok(i64::try_from(value).map_or_else(|_| Json::BigInt(value.to_string()), Json::Int))
    }

    fn serialize_f32(self, value: f32) -> Made {
        Ok(Json::Float(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Made {
        Ok(Json::Float(value))
    }

    fn serialize_char(self, value: char) -> Made {
        Ok(Json::Str(value.into()))
    }

    fn serialize_str(self, value: &str) -> Made {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Made {
        self.deeper()?;
        Ok(Json::Array(value.iter().map(|byte| Json::Int((*byte).into())).collect()))
    }

    fn serialize_none(self) -> Made {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Made {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Made {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Made {
        match value.serialize(self)? {
            Json::Str(digits) if name == BIG_INT => big_int(digits),
            value => Ok(value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Made {
        let mut members = self.members(None, false)?;
        members.add(variant.to_owned(), value)?;
        members.made()
    }

    fn serialize_seq(self, length: Option<usize>) -> Made<Items> {
        self.items(length.unwrap_or(0), None)
    }

    fn serialize_tuple(self, length: usize) -> Made<Items> {
        self.items(length, None)
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Made<Items> {
        self.items(length, None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Made<Items> {
        self.items(length, Some(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Made<Members> {
        self.members(None, false)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Made<Members> {
        self.members(None, JSON_TEXT.contains(&name))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Made<Members> {
        self.members(Some(variant), false)
    }
}

/// An integer of these digits.
fn big_int(digits: String) -> Made {
    match parse(&digits) {
        Ok(number @ (Json::Int(_) | Json::BigInt(_))) => Ok(number),
        Ok(_) => Err(Problem::new(format!("{digits:.40} is no integer"))),
        Err(_) if digits.len() > MAX_INT_DIGITS => {
            Err(Problem::new(format!("an integer has more than {MAX_INT_DIGITS} digits")))
        }
        Err(_) => Err(Problem::new(format!("{digits:?} is no integer"))),
    }
}

macro_rules! sequences {
    ($($as:ident::$add:ident),*) => {
        $(impl ser::$as for Items {
            type Ok = Json;
            type Error = Problem;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Made<()> {
                self.add(value)
            }

            fn end(self) -> Made {
                Ok(tagged(self.variant, Json::Array(self.items)))
            }
        })*
    };
}
sequences!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! structs {
    ($($as:ident),*) => {
        $(impl ser::$as for Members {
            type Ok = Json;
            type Error = Problem;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Made<()> {
                self.add(key.to_owned(), value)
            }

            fn end(self) -> Made {
                self.made()
            }
        })*
    };
}
structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Members {
    type Ok = Json;
    type Error = Problem;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Made<()> {
        self.key = match key.serialize(self.inner)? {
            Json::Str(text) | Json::BigInt(text) => text,
            Json::Int(number) => number.to_string(),
            Json::Bool(flag) => flag.to_string(),
            other => {
                return Err(Problem::new(format!(
                    "a key must be a string, an integer or a boolean, not {}",
                    other.kind_name()
                )));
            }
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Made<()> {
        let key = std::mem::take(&mut self.key);
        self.add(key, value)
    }

    fn end(self) -> Made {
        self.made()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(flag) => serializer.serialize_bool(*flag),
            Json::Int(number) => serializer.serialize_i64(*number),
            Json::BigInt(digits) => match (digits.parse(), digits.parse()) {
                (Ok(number), _) => serializer.serialize_i128(number),
                (_, Ok(number)) => serializer.serialize_u128(number),
                _ => serializer.serialize_newtype_struct(BIG_INT, digits),
            },
            Json::Float(number) => serializer.serialize_f64(*number),
            Json::Str(text) => serializer.serialize_str(text),
            Json::Array(items) => items.serialize(serializer),
            Json::Object(members) => members.serialize(serializer),
        }
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Json::Int(number),
                // Exact, also where a program has serde_json keep all digits.
                None => {
                    parse(&number.to_string()).unwrap_or(Json::Float(number.as_f64().unwrap_or(f64::NAN)))
                }
            },
            Value::String(text) => Json::Str(text),
            Value::Array(items) => Json::Array(items.into_iter().map(Json::from).collect()),
            Value::Object(members) => Json::object(members),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Mesh {
        cells: [u32; 2],
        spacing: Option<f32>,
        label: &'static str,
        boundary: Vec<Boundary>,
    }

    #[derive(Serialize)]
    enum Boundary {
        Periodic,
        Inflow(f64),
        Robin(f64, f64),
        Moving { speed: f64 },
    }

    #[derive(Serialize)]
    struct Wrapped<T>(T);

    fn made(value: impl Serialize) -> Json {
        value_of("value", &value).unwrap()
    }

    fn refused(value: impl Serialize) -> String {
        let error = value_of("params", &value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Json);
        error.message().to_owned()
    }

    #[test]
    fn structs_are_objects() {
        use Boundary::{Inflow, Moving, Periodic, Robin};
        let mesh = Mesh {
            cells: [3, 4],
            spacing: Some(0.5),
            label: "é",
            boundary: vec![Periodic, Inflow(f64::NAN), Robin(1.0, f64::INFINITY), Moving { speed: -0.0 }],
        };
        let text = r#"{"boundary":["Periodic",{"Inflow":NaN},{"Robin":[1.0,Infinity]},{"Moving":{"speed":-0.0}}],"cells":[3,4],"label":"\u00e9","spacing":0.5}"#;
        assert_eq!(made(&mesh).to_compact(), text);
        assert_eq!(made(((), None::<i32>, Wrapped('x'), true)).to_compact(), r#"[null,null,"x",true]"#);
    }

    #[test]
    fn integers_are_exact() {
        for (json, digits) in [
            (made(i64::MIN), "-9223372036854775808"),
            (made(u64::MAX), "18446744073709551615"),
            (made(i128::MIN), "-170141183460469231731687303715884105728"),
            (made(u128::MAX), "340282366920938463463374607431768211455"),
            (made(5u128), "5"),
        ] {
            assert_eq!(json, parse(digits).unwrap());
            assert_eq!(json.to_compact(), digits);
        }
    }

    #[test]
    fn json_is_itself() {
        let huge = format!("-1{}", "0".repeat(4299));
        for text in [
            r#"{"a":[NaN,-Infinity,1.0,1,"x",null,true],"b":{"":[]}}"#,
            "[18446744073709551615,-9223372036854775809,340282366920938463463374607431768211456]",
            &huge,
        ] {
            let json = parse(text).unwrap();
            assert_eq!(made(&json).to_compact(), text);
        }
        assert!(refused(Json::BigInt("12x".into())).contains("\"12x\" is no integer"));
        assert!(refused(Json::BigInt(format!("{huge}0"))).contains("4300 digits"));
        let other = serde_json::to_string(&parse("[18446744073709551616,1,2.5,\"x\"]").unwrap()).unwrap();
        assert_eq!(other, "[18446744073709551616,1,2.5,\"x\"]");
    }

    #[test]
    fn documents_of_serde_json_are_taken() {
        let document =
            json!({"n": 18_446_744_073_709_551_615u64, "x": [1, 2.5, -3, null, true, "a"], "o": {}});
        let text = r#"{"n":18446744073709551615,"o":{},"x":[1,2.5,-3,null,true,"a"]}"#;
        assert_eq!(made(&document).to_compact(), text);
        assert_eq!(Json::from(document).to_compact(), text);
        // The same with its features arbitrary_precision and raw_value.
        #[derive(Serialize)]
        #[serde(rename = "$serde_json::private::Number")]
        struct Number {
            number: &'static str,
        }
        let digits = "36893488147419103232";
        assert_eq!(made([Number { number: digits }]).to_compact(), format!("[{digits}]"));
        assert!(refused([Number { number: "1x" }]).starts_with("params[0]: not JSON"));
    }

    #[test]
    fn keys_are_strings_or_become_them() {
        assert_eq!(made(BTreeMap::from([(2, 'b'), (-1, 'a')])).to_compact(), r#"{"-1":"a","2":"b"}"#);
        assert_eq!(made(BTreeMap::from([(true, 1)])).to_compact(), r#"{"true":1}"#);
        assert_eq!(made(BTreeMap::from([(Wrapped("k").0, 1)])).to_compact(), r#"{"k":1}"#);
        let bad = HashMap::from([("mesh", vec![json!(1)]), ("cells", vec![])]);
        assert_eq!(made(bad).to_compact(), r#"{"cells":[],"mesh":[1]}"#);
        let bad = BTreeMap::from([("mesh", vec![BTreeMap::new(), BTreeMap::from([((1, 2), 3)])])]);
        let message = "params.mesh[1]: a key must be a string, an integer or a boolean, not an array";
        assert_eq!(refused(bad), message);
    }

    #[test]
    fn a_refusal_says_where() {
        struct Never;
        impl Serialize for Never {
            fn serialize<S: Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
                Err(ser::Error::custom("lies with its owner"))
            }
        }
        assert_eq!(refused(Never), "params: lies with its owner");
        assert_eq!(
            refused(BTreeMap::from([("a", [Ok(1), Err(Never)])])),
            "params.a[1].Err: lies with its owner"
        );
    }

    #[test]
    fn depth_is_bounded() {
        let mut json = Json::Null;
        for _ in 0..MAX_DEPTH {
            json = Json::Array(vec![json]);
        }
        assert_eq!(made(&json), json);
        let deeper = Json::Array(vec![json]);
        assert!(refused(&deeper).ends_with("nested more than 100 deep"));
    }

    #[test]
    fn only_objects_are_objects() {
        for nothing in [made(()), made(None::<i32>), Json::Null, json!({}).into()] {
            assert_eq!(object_of("metadata", &nothing).unwrap(), Object::new());
        }
        assert_eq!(object_of("metadata", &json!({"a": 1})).unwrap().len(), 1);
        for (other, kind) in [(json!([1]), "an array"), (json!("x"), "a string"), (json!(1), "an integer")] {
            let error = object_of("metadata", &other).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Json);
            assert_eq!(error.message(), format!("metadata must be a JSON object, not {kind}"));
        }
    }
}
