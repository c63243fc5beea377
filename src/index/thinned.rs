//! The row of a long series: the points that make up its look. The whole is in the file; a row of a million
//! points would keep a dashboard's page busy for seconds.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::base::file;
use crate::base::json::{self, Json, Object};
use crate::base::value::{Scalar, Value};
use crate::store::thin::Thin;

/// Points up to which a series is a row as it is.
const WHOLE: u64 = 5000;

/// Bytes that so many points have at least.
const SHORTEST: u64 = 6 * WHOLE;

/// Bytes of what follows the points, and of one point, at most.
const LONGEST: usize = 64 << 10;

/// A series that is thinned.
pub struct Thinned {
    /// The points `[[step,value],..]`.
    pub data: String,
    /// How many these are.
    pub count: u64,
    /// How many there are in the file.
    pub total: u64,
    pub metadata: Object,
}

/// The series in the file at `path`, if it is a long one; layouts other than of data first are none.
///
/// # Errors
/// When the file can't be read.
pub fn of(path: &Path) -> std::io::Result<Option<Thinned>> {
    let mut file = file::open_to_read(path)?;
    let metadata = file.metadata()?;
    let length = metadata.len();
    if length < SHORTEST || !metadata.is_file() {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST as u64)))?;
    let mut end = Vec::new();
    file.by_ref().take(LONGEST as u64).read_to_end(&mut end)?;
    let is_series = String::from_utf8_lossy(&end).contains("\"stepped_metric\"");
    if !is_series {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Bytes { reader: BufReader::with_capacity(256 << 10, file) };
    let mut thin = Thin::default();
    let Some(total) = points(&mut bytes, &mut thin)? else { return Ok(None) };
    let mut rest = Vec::new();
    bytes.reader.take(LONGEST as u64).read_to_end(&mut rest)?;
    let rest = String::from_utf8_lossy(&rest).into_owned();
    let rest = rest.trim_start().strip_prefix(',').and_then(|rest| json::parse(&format!("{{{rest}")).ok());
    let Some(Json::Object(metadata)) = rest.as_ref().and_then(|rest| rest.get("metadata")) else {
        return Ok(None);
    };
    let is_long = total > WHOLE && metadata.get("type").and_then(Json::as_str) == Some("stepped_metric");
    let Some(lines) = thin.lines().filter(|_| is_long) else { return Ok(None) };
    let data = format!("[{}]", String::from_utf8_lossy(&lines.join(&b',')));
    Ok(Some(Thinned { data, count: lines.len() as u64, total, metadata: metadata.clone() }))
}

/// Adds the points of an entry to `thin`, and returns how many there are; None if it is no series' entry.
fn points(bytes: &mut Bytes, thin: &mut Thin) -> std::io::Result<Option<u64>> {
    for wanted in *b"{\"data\":[" {
        if bytes.next()? != Some(wanted) {
            return Ok(None);
        }
    }
    let (mut total, mut text) = (0, Vec::new());
    loop {
        match bytes.next()? {
            Some(b'[') => {}
            Some(b']') => return Ok(Some(total)),
            Some(b',') if total > 0 => continue,
            _ => return Ok(None),
        }
        text.clear();
        let mut is_string = false;
        loop {
            let Some(byte) = (if is_string { bytes.raw()? } else { bytes.next()? }) else { return Ok(None) };
            match byte {
                b']' if !is_string => break,
                b'[' | b'{' if !is_string => return Ok(None),
                b'\\' if is_string => {
                    let Some(escaped) = bytes.raw()? else { return Ok(None) };
                    text.extend([byte, escaped]);
                }
                _ => {
                    is_string ^= byte == b'"';
                    text.push(byte);
                }
            }
            if text.len() > LONGEST {
                return Ok(None);
            }
        }
        let Some(comma) = text.iter().position(|byte| *byte == b',') else { return Ok(None) };
        let step = std::str::from_utf8(&text[..comma]).ok().and_then(|step| step.parse().ok());
        let (Some(step), Some(value)) = (step, Value::parse(&text[comma + 1..])) else { return Ok(None) };
        match value {
            // An axis from here to infinity shows nothing else.
            Value::Scalar(Scalar::F64(value)) if value.is_infinite() => {
                thin.push(step, Scalar::F64(f64::NAN));
            }
            Value::Scalar(value) => thin.push(step, value),
            Value::Text(text) => thin.push_text(step, &text),
        }
        total += 1;
    }
}

/// The bytes of a file, one after the other.
struct Bytes {
    reader: BufReader<std::fs::File>,
}

impl Bytes {
    #[inline]
    fn raw(&mut self) -> std::io::Result<Option<u8>> {
        let byte = self.reader.fill_buf()?.first().copied();
        self.reader.consume(usize::from(byte.is_some()));
        Ok(byte)
    }

    /// The next one that is no white space.
    #[inline]
    fn next(&mut self) -> std::io::Result<Option<u8>> {
        loop {
            match self.raw()? {
                Some(b' ' | b'\n' | b'\r' | b'\t') => {}
                byte => return Ok(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::about::About;
    use crate::store::Store;
    use crate::store::series::Series;

    #[test]
    fn a_long_series_of_any_layout_becomes_a_short_row() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path(), "e:1").unwrap();
        for count in [10, WHOLE as i64, WHOLE as i64 + 1, 200_000] {
            let path = store.root().join("results/s.json");
            let mut series = Series::new("s".into());
            series.describe(About { unit: Some("m".into()), ..About::default() });
            for step in 0..count {
                let value = match step % 1000 {
                    7 => f64::NEG_INFINITY,
                    8 => f64::NAN,
                    500 => step as f64 * 1e3,
                    _ => 1.5,
                };
                series.push(step, Scalar::F64(value));
            }
            series.finish(&store, &path).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            // Python's layout.
            let pretty = text.replace("[", "[\n      ").replace(',', ",\n      ");
            for layout in [text, pretty] {
                std::fs::write(&path, layout).unwrap();
                let Some(thinned) = of(&path).unwrap() else {
                    assert!(count <= WHOLE as i64, "{count}");
                    continue;
                };
                assert_eq!(thinned.total, count as u64);
                assert_eq!(thinned.metadata.get("unit").and_then(Json::as_str), Some("m"));
                let data = json::parse(&thinned.data).unwrap();
                let data = data.as_array().unwrap();
                assert_eq!(data.len() as u64, thinned.count);
                assert!(data.len() <= 1000 && !thinned.data.contains("Infinity"), "{}", data.len());
                let last = Json::Array(vec![Json::Int(count - 1), Json::Float(1.5)]);
                assert_eq!(data.last(), Some(&last));
                assert!(count < 200_000 || thinned.data.contains("[199500,199500000.0]"));
            }
        }
        // An array, a document, and what is cut.
        let path = place.path().join("x.json");
        let long = format!("{{\"data\": [{}", "[1, 2],\n".repeat(5000));
        for text in [
            format!("{long} [1, 2]], \"metadata\": {{}}}}"),
            format!(
                "{{\"data\": \"{}\", \"metadata\": {{\"type\": \"stepped_metric\"}}}}",
                "x".repeat(40_000)
            ),
            format!("{long}\"stepped_metric\""),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(of(&path).unwrap().is_none());
        }
    }
}
