//! Entries in `results/`: series, arrays and documents.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::column::Builder;
use super::file::damaged;
use super::scan::{Scan, scalar_of};
use crate::base::array::{DType, extent, half_bits};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::{self, Json, Object};
use crate::base::memory;
use crate::base::value::Scalar;
use crate::store::series::HEAD;

/// Where the end of an entry is looked for.
const TAIL: u64 = 64 << 10;

/// How an entry goes on after its data.
const CLOSING: &[u8] = b"],\n  \"dtype\": ";

/// The metadata that says that an entry is a series.
const SERIES: &str = "stepped_metric";

/// The points of a series, in the order of the entry.
#[derive(Debug, Default, Clone)]
pub struct Points {
    /// The steps.
    pub steps: Vec<i64>,
    /// The values.
    pub values: Builder,
}

impl Points {
    /// Adds the points that are next, as far as they are lines as the store writes them, each with a comma.
    fn usual(&mut self, scan: &mut Scan<'_>) {
        scan.usual_points(&mut |step, value| {
            self.steps.push(step);
            self.values.push_scalar(value);
        });
    }

    /// Adds the point `[step, value]` that is next.
    fn point(&mut self, scan: &mut Scan<'_>) -> Result<()> {
        scan.need(b'[')?;
        self.steps.push(scan.integer()?);
        scan.need(b',')?;
        self.values.push_scanned(scan)?;
        scan.need(b']')
    }
}

/// The content of an entry.
#[derive(Debug)]
pub enum Content {
    /// A series.
    Points(Points),
    /// An array: its elements in C order, as they lie in memory.
    Array {
        /// Element type.
        dtype: DType,
        /// Extents.
        shape: Vec<u64>,
        /// The elements.
        bytes: Vec<u8>,
    },
    /// Any other document.
    Document(Json),
}

/// An entry.
#[derive(Debug)]
pub struct Entry {
    /// Its metadata.
    pub metadata: Object,
    /// Its content.
    pub content: Content,
}

/// Returns whether metadata are those of a series.
pub fn is_series(metadata: &Object) -> bool {
    metadata.get("type").and_then(Json::as_str) == Some(SERIES)
}

/// The entry in the file, if it is there.
///
/// # Errors
/// When it can't be read, or is none.
pub fn read(path: &Path) -> Result<Option<Entry>> {
    let Some(bytes) = super::file::read(path, u64::MAX)? else { return Ok(None) };
    match parse(&bytes) {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.kind() == ErrorKind::Damaged => {
            Err(damaged(path, &format!("is no entry: {}", error.message())))
        }
        Err(error) => Err(error.context(path.display())),
    }
}

fn parse(text: &[u8]) -> Result<Entry> {
    let mut scan = Scan::new(text);
    let (mut data, mut metadata, mut dtype, mut shape) = (None, Object::new(), Json::Null, Json::Null);
    let (mut read, may_be_series) =
        (None, text.strip_prefix(HEAD).is_some_and(|points| points.starts_with(b"[")));
    scan.members(|key, scan| {
        match key {
            "data" => {
                scan.peek();
                data = Some(scan.clone());
                // Laid out as a series of the store is: it is read on the way, and not skipped first.
                let mut ahead = scan.clone();
                read = may_be_series.then(|| points(&mut ahead).ok()).flatten();
                match read {
                    Some(_) => *scan = ahead,
                    None => drop(scan.skip()?),
                }
            }
            "metadata" => {
                if let Json::Object(members) = scan.value()? {
                    metadata = members;
                }
            }
            "dtype" => dtype = scan.value()?,
            "shape" => shape = scan.value()?,
            _ => drop(scan.skip()?),
        }
        Ok(())
    })?;
    scan.end()?;
    let Some(mut data) = data else { return Err(Error::new(ErrorKind::Damaged, "it has no data")) };
    let content = match is_series(&metadata) {
        true => Content::Points(match read {
            Some(points) => points,
            None => points(&mut data)?,
        }),
        false => match array_type(&dtype, &shape)? {
            Some((dtype, shape)) => {
                let (_, size) = extent(dtype, &shape)?;
                // An element takes two bytes of text at least.
                let room = size.min(text.len() / 2 * dtype.size());
                memory::check(room)?;
                let mut bytes = Vec::with_capacity(room);
                nested(&mut data, dtype, &shape, &mut bytes)?;
                Content::Array { dtype, shape, bytes }
            }
            None => Content::Document(data.value()?),
        },
    };
    Ok(Entry { metadata, content })
}

/// The points `[[step, value], ..]` that are next.
fn points(scan: &mut Scan<'_>) -> Result<Points> {
    let mut points = Points::default();
    scan.elements(|scan| {
        scan.peek();
        points.usual(scan);
        points.point(scan)
    })?;
    Ok(points)
}

/// Adds the points of a file that grows: lines `[step,value],`.
///
/// # Errors
/// When there is anything else.
pub fn lines(text: &[u8], points: &mut Points) -> Result<()> {
    let mut scan = Scan::new(text);
    loop {
        points.usual(&mut scan);
        if scan.peek().is_none() {
            return Ok(());
        }
        points.point(&mut scan)?;
        scan.need(b',')?;
    }
}

fn array_type(dtype: &Json, shape: &Json) -> Result<Option<(DType, Vec<u64>)>> {
    let (Some(name), Some(extents)) = (dtype.as_str(), shape.as_array()) else { return Ok(None) };
    // One that numpy has and we have not: a document.
    let Some(dtype) = DType::from_name(name) else { return Ok(None) };
    let extents = extents.iter().map(|one| one.as_i64().and_then(|one| u64::try_from(one).ok()));
    let Some(shape) = extents.collect::<Option<Vec<u64>>>() else {
        return Err(Error::new(ErrorKind::Damaged, "its shape is not a list of sizes"));
    };
    extent(dtype, &shape).map_err(|error| Error::new(ErrorKind::Damaged, error.message()))?;
    Ok(Some((dtype, shape)))
}

fn nested(scan: &mut Scan<'_>, dtype: DType, shape: &[u64], bytes: &mut Vec<u8>) -> Result<()> {
    let Some((extent, inner)) = shape.split_first() else { return element(scan, dtype, bytes) };
    let mut count = 0;
    scan.elements(|scan| {
        count += 1;
        nested(scan, dtype, inner, bytes)
    })?;
    match count == *extent {
        true => Ok(()),
        false => Err(scan.expected(&format!("a list of {extent} elements, not of {count},"))),
    }
}

fn element(scan: &mut Scan<'_>, dtype: DType, bytes: &mut Vec<u8>) -> Result<()> {
    let before = scan.clone();
    let wrong = || before.expected(&format!("an element of {}", dtype.name()));
    if matches!(dtype, DType::Complex64 | DType::Complex128) {
        let (real, imaginary) = match scan.value()? {
            Json::Str(text) => complex(&text).ok_or_else(wrong)?,
            Json::Float(value) => (value, 0.0),
            Json::Int(value) => (value as f64, 0.0),
            _ => return Err(wrong()),
        };
        match dtype {
            DType::Complex64 => [real as f32, imaginary as f32].map(|part| bytes.extend(part.to_ne_bytes())),
            _ => [real, imaginary].map(|part| bytes.extend(part.to_ne_bytes())),
        };
        return Ok(());
    }
    let word = scan.word();
    if dtype == DType::UInt64 {
        let value: u64 =
            std::str::from_utf8(word).ok().and_then(|word| word.parse().ok()).ok_or_else(wrong)?;
        bytes.extend(value.to_ne_bytes());
        return Ok(());
    }
    let value = scalar_of(word).ok_or_else(wrong)?;
    push(dtype, value, bytes).ok_or_else(wrong)
}

/// Adds a value as its bytes; None if the type can't have it.
fn push(dtype: DType, value: Scalar, bytes: &mut Vec<u8>) -> Option<()> {
    let integer = match value {
        Scalar::I64(value) => Some(value),
        Scalar::Bool(value) => Some(i64::from(value)),
        Scalar::F64(_) => None,
    };
    let float = match value {
        Scalar::F64(value) => value,
        _ => integer? as f64,
    };
    match dtype {
        DType::Bool => bytes.push(u8::from(integer? != 0)),
        DType::Int8 => bytes.extend(i8::try_from(integer?).ok()?.to_ne_bytes()),
        DType::Int16 => bytes.extend(i16::try_from(integer?).ok()?.to_ne_bytes()),
        DType::Int32 => bytes.extend(i32::try_from(integer?).ok()?.to_ne_bytes()),
        DType::Int64 => bytes.extend(integer?.to_ne_bytes()),
        DType::UInt8 => bytes.push(u8::try_from(integer?).ok()?),
        DType::UInt16 => bytes.extend(u16::try_from(integer?).ok()?.to_ne_bytes()),
        DType::UInt32 => bytes.extend(u32::try_from(integer?).ok()?.to_ne_bytes()),
        DType::UInt64 => bytes.extend(u64::try_from(integer?).ok()?.to_ne_bytes()),
        DType::Float16 => bytes.extend(half_bits(float).to_ne_bytes()),
        DType::Float32 => bytes.extend((float as f32).to_ne_bytes()),
        DType::Float64 => bytes.extend(float.to_ne_bytes()),
        DType::Complex64 | DType::Complex128 | DType::Bytes(_) => return None,
    }
    Some(())
}

/// The complex number that a text is: `1.5-infj`, also in parentheses.
fn complex(text: &str) -> Option<(f64, f64)> {
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let Some(body) = text.strip_suffix('j') else { return Some((text.parse().ok()?, 0.0)) };
    // The sign of the imaginary part is the last one that is no exponent's.
    let bytes = body.as_bytes();
    let is_sign = |at: &usize| matches!(bytes[*at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E');
    let Some(at) = (1..bytes.len()).rev().find(is_sign) else { return Some((0.0, body.parse().ok()?)) };
    Some((body[..at].parse().ok()?, body[at..].parse().ok()?))
}

/// The end of an entry: its metadata, and the step of its last point if it is a series with points.
#[derive(Debug)]
pub struct Ending {
    /// Its metadata.
    pub metadata: Object,
    /// The last step.
    pub last_step: Option<i64>,
    /// How many points it has, if it is a series.
    pub count: Option<usize>,
}

/// The end of the entry in the file, if it is there. Of a large entry that is laid out as the store's
/// are, only the end is read.
///
/// # Errors
/// Those of `read`.
pub fn ending(path: &Path) -> Result<Option<Ending>> {
    if let Some(ending) = ending_of_large(path) {
        return Ok(Some(ending));
    }
    let Some(entry) = read(path)? else { return Ok(None) };
    let steps = match &entry.content {
        Content::Points(points) => Some(&points.steps),
        _ => None,
    };
    let (last_step, count) = (steps.and_then(|steps| steps.iter().max().copied()), steps.map(Vec::len));
    Ok(Some(Ending { metadata: entry.metadata, last_step, count }))
}

fn ending_of_large(path: &Path) -> Option<Ending> {
    let mut file = file::open_to_read(path).ok()?;
    let metadata = file.metadata().ok().filter(|metadata| metadata.is_file())?;
    let start = metadata.len().checked_sub(TAIL)?;
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let at = bytes.windows(CLOSING.len()).rposition(|window| window == CLOSING)?;
    let rest = std::str::from_utf8(&bytes[at + 4..]).ok()?;
    let Json::Object(mut rest) = json::parse(&format!("{{{rest}")).ok()? else { return None };
    let Some(Json::Object(metadata)) = rest.remove("metadata") else { return None };
    let (mut last_step, mut count) = (None, None);
    if is_series(&metadata) {
        count = Some(usize::try_from(rest.get("shape")?.as_array()?.first()?.as_i64()?).ok()?);
        let point = bytes[..at].iter().rposition(|byte| *byte == b'[')?;
        let mut scan = Scan::new(&bytes[point + 1..at]);
        last_step = Some(scan.integer().ok()?);
        scan.need(b',').ok()?;
        scan.skip().ok()?;
        scan.need(b']').ok()?;
    }
    Some(Ending { metadata, last_step, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json::members;
    use crate::read::column::Values;
    use crate::store::data;

    #[test]
    fn arrays_of_every_type_come_back_as_they_were() {
        let floats: Vec<u8> =
            [0.1, f64::NAN, f64::NEG_INFINITY].iter().flat_map(|x| x.to_ne_bytes()).collect();
        let singles: Vec<u8> = [0.1f32, -0.0, f32::MAX].iter().flat_map(|x| x.to_ne_bytes()).collect();
        let wide: Vec<u8> = [u64::MAX, 0, 1].iter().flat_map(|x| x.to_ne_bytes()).collect();
        let pairs: Vec<u8> = [1.5e-7, f64::INFINITY, -2.0, 1e300, 0.0, -0.0]
            .iter()
            .flat_map(|x: &f64| x.to_ne_bytes())
            .collect();
        for (dtype, bytes) in [
            (DType::Float64, floats),
            (DType::Float32, singles),
            (DType::UInt64, wide),
            (DType::Complex128, pairs),
            (DType::Float16, vec![0x55, 0x35, 0, 0xfc, 1, 0]),
            (DType::Bool, vec![0, 1, 1]),
            (DType::Int8, vec![255, 0, 127]),
        ] {
            for shape in [vec![3], vec![3, 1], vec![1, 3, 1]] {
                let mut text = Vec::new();
                data::write_array(&mut text, dtype, &shape, &bytes, &members([("k", 1i64)])).unwrap();
                let entry = parse(&text).unwrap();
                assert_eq!(entry.metadata, members([("k", 1i64)]));
                let Content::Array { dtype: found, shape: extents, bytes: back } = entry.content else {
                    panic!()
                };
                assert_eq!((found, extents, back), (dtype, shape, bytes.clone()));
            }
        }
        for text in ["2j", "-2j", "(1+2j)", "1e-5-2e-7j", "nan+infj", "3"] {
            assert!(complex(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_does_not_have_its_shape_is_damaged() {
        for (data, dtype, shape) in [
            ("[1, 2]", "int64", "[3]"),
            ("[[1], 2]", "int64", "[2, 1]"),
            ("[300]", "uint8", "[1]"),
            ("[1.5]", "int64", "[1]"),
            ("[\"x\"]", "float64", "[1]"),
            ("[\"x\"]", "complex128", "[1]"),
            ("[]", "float64", "[9000000000000000000]"),
            ("[]", "float64", "[-1]"),
        ] {
            let text = format!(
                "{{\"data\": {data}, \"dtype\": \"{dtype}\", \"metadata\": {{}}, \"shape\": {shape}}}"
            );
            assert_eq!(parse(text.as_bytes()).unwrap_err().kind(), ErrorKind::Damaged, "{text}");
        }
        let unknown = parse(br#"{"data": ["a"], "dtype": "<U1", "shape": [1], "metadata": {}}"#).unwrap();
        assert!(matches!(unknown.content, Content::Document(Json::Array(_))));
    }

    #[test]
    fn points_are_columns_and_the_last_step_is_found_at_the_end() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.json");
        for count in [0_i64, 1, 3, 50_000] {
            let points: Vec<String> = (0..count).map(|step| format!("[{step},{}]", step * 2)).collect();
            let text = format!(
                "{{\n  \"data\": [\n{}\n  ],\n  \"dtype\": null,\n  \"metadata\": {{\n    \"type\": \"{SERIES}\",\n    \
                 \"unit\": \"K\"\n  }},\n  \"shape\": [\n    {count},\n    2\n  ]\n}}",
                points.join(",\n")
            );
            std::fs::write(&path, text).unwrap();
            let Content::Points(points) = read(&path).unwrap().unwrap().content else { panic!() };
            assert_eq!(points.steps, (0..count).collect::<Vec<_>>());
            if count > 0 {
                assert_eq!(*points.values.values(), Values::Int((0..count).map(|step| step * 2).collect()));
            }
            let ending = ending(&path).unwrap().unwrap();
            assert_eq!(ending.last_step, count.checked_sub(1).filter(|last| *last >= 0));
            assert_eq!(ending.count, Some(count as usize));
            assert_eq!(ending.metadata.get("unit").and_then(Json::as_str), Some("K"));
            assert_eq!(ending_of_large(&path).is_some(), count == 50_000);
        }
        assert!(ending(&place.path().join("none")).unwrap().is_none());
    }
}
