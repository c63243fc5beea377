//! Metrics that are reduced over the processes of a run: extremes and whose they are, sum, mean,
//! count; of every step for a series.
//!
//! A NaN is both the least and the greatest, as numpy has it: the extremes and the sum are NaN, and
//! the ranks of the extremes are those of the first process that had one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::base::about::About;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::value::{Scalar, Value};
use crate::store::series::Series;

/// The metrics that a reduced metric becomes.
pub const FORMS: [&str; 7] = ["min", "max", "mean", "sum", "argmin", "argmax", "count"];

/// Bytes of a point: its step, the type of its value, the value's bits.
const POINT: usize = 24;

/// Memory for the points of all processes together.
const MEMORY: usize = 16 << 20;

/// The points of a series of one process, in the order of their steps, in a file of its part.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// The series.
    pub name: String,
    /// The file in the member's directory.
    pub file: String,
    /// Their unit, description and axis.
    pub about: About,
}

impl Points {
    /// Puts the numbers of `series` in a file of `directory`, and its texts into `texts`.
    ///
    /// # Errors
    /// When they can't be read or written.
    pub fn write(series: &Series, directory: &Path, number: usize, texts: &mut Series) -> Result<Self> {
        let file = format!("points-{number:06}");
        let path = directory.join(&file);
        let failed = |source: std::io::Error| Error::io("write", &path, &source);
        crate::store::make_directory(directory)?;
        let mut out = BufWriter::with_capacity(1 << 20, file::create(&path).map_err(failed)?);
        series.each(directory, |step, value| {
            match Value::parse(value) {
                Some(Value::Scalar(value)) => {
                    let (tag, bits) = value.encode();
                    for word in [step as u64, u64::from(tag), bits] {
                        out.write_all(&word.to_le_bytes()).map_err(failed)?;
                    }
                }
                Some(Value::Text(text)) => texts.push_text(step, &text),
                None => {}
            }
            Ok(())
        })?;
        out.flush().map_err(failed)?;
        Ok(Self { name: series.name().to_owned(), file, about: series.about().clone() })
    }

    /// Their file in the member's directory.
    pub fn path(&self, directory: &Path) -> PathBuf {
        directory.join(&self.file)
    }

    /// The entry in a part.
    pub fn json(&self) -> Json {
        let points = [("name", Json::from(self.name.as_str())), ("file", self.file.as_str().into())];
        Json::object(points.into_iter().chain(self.about.members()))
    }

    /// Reads what `json` wrote.
    pub fn read(json: &Json) -> Option<Self> {
        let file = json.text_at("file").filter(|file| !file.contains('/'))?;
        Some(Self { name: json.text_at("name")?, file, about: About::read(json) })
    }
}

/// A value and whose it is.
#[derive(Debug, Clone)]
struct Extreme {
    value: Scalar,
    who: Json,
}

/// Values reduced to their extremes, sum and count.
#[derive(Debug, Clone)]
pub struct Reduced {
    min: Extreme,
    max: Extreme,
    count: u64,
    is_whole: bool,
    whole: i128,
    sum: f64,
}

/// A truth value counts as 0 or 1.
fn counted(value: Scalar) -> Scalar {
    if let Scalar::Bool(value) = value { Scalar::I64(value.into()) } else { value }
}

fn float(value: Scalar) -> f64 {
    match value {
        Scalar::F64(value) => value,
        Scalar::I64(value) => value as f64,
        Scalar::Bool(value) => f64::from(u8::from(value)),
    }
}

/// Returns whether `new` takes the place of `old`; never where they are equal.
fn beats(new: Scalar, old: Scalar, is_max: bool) -> bool {
    if let (Scalar::I64(new), Scalar::I64(old)) = (new, old) {
        return if is_max { new > old } else { new < old };
    }
    let (new, old) = (float(new), float(old));
    !old.is_nan() && (new.is_nan() || if is_max { new > old } else { new < old })
}

impl Reduced {
    /// Of one value.
    pub fn of(value: Scalar, who: &Json) -> Self {
        let value = counted(value);
        let extreme = Extreme { value, who: who.clone() };
        let whole = if let Scalar::I64(value) = value { Some(i128::from(value)) } else { None };
        Self {
            min: extreme.clone(),
            max: extreme,
            count: 1,
            is_whole: whole.is_some(),
            whole: whole.unwrap_or(0),
            sum: float(value),
        }
    }

    /// Takes in another value; the processes come in the order of their ranks.
    pub fn add(&mut self, value: Scalar, who: &Json) {
        let value = counted(value);
        for (extreme, is_max) in [(&mut self.min, false), (&mut self.max, true)] {
            if beats(value, extreme.value, is_max) {
                *extreme = Extreme { value, who: who.clone() };
            }
        }
        self.count += 1;
        self.sum += float(value);
        match value {
            Scalar::I64(value) => self.whole += i128::from(value),
            _ => self.is_whole = false,
        }
    }

    /// The values of `FORMS`.
    pub fn forms(&self) -> [Value<'_>; FORMS.len()] {
        let total = if self.is_whole { self.whole as f64 } else { self.sum };
        let sum = match i64::try_from(self.whole) {
            Ok(whole) if self.is_whole => Scalar::I64(whole),
            _ => Scalar::F64(total),
        };
        [
            Value::Scalar(self.min.value),
            Value::Scalar(self.max.value),
            Value::Scalar(Scalar::F64(total / self.count as f64)),
            Value::Scalar(sum),
            // A rank or a label.
            Value::of(&self.min.who),
            Value::of(&self.max.who),
            Value::Scalar(Scalar::I64(i64::try_from(self.count).unwrap_or(i64::MAX))),
        ]
    }
}

/// The number that a plain metric is.
pub fn number(value: &Json) -> Option<Scalar> {
    Scalar::of(value)
}

/// A file of points, read in pieces; it is open only while a piece is read, since there can be
/// more processes than a process may have files.
struct Input {
    path: PathBuf,
    who: Json,
    offset: u64,
    piece: usize,
    buffer: Vec<u8>,
    at: usize,
}

impl Input {
    fn next(&mut self) -> Result<Option<(i64, Scalar)>> {
        if self.at == self.buffer.len() {
            let failed = |source: std::io::Error| Error::io("read", &self.path, &source);
            let mut file = file::open_to_read(&self.path).map_err(failed)?;
            file.seek(SeekFrom::Start(self.offset)).map_err(failed)?;
            self.buffer.clear();
            file.take(self.piece as u64).read_to_end(&mut self.buffer).map_err(failed)?;
            self.buffer.truncate(self.buffer.len() / POINT * POINT);
            self.offset += self.buffer.len() as u64;
            self.at = 0;
        }
        let Some(point) = self.buffer.get(self.at..self.at + POINT) else { return Ok(None) };
        self.at += POINT;
        let word = |index: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&point[index * 8..index * 8 + 8]);
            u64::from_le_bytes(bytes)
        };
        Ok(Scalar::decode(word(1) as u8, word(2)).map(|value| (word(0) as i64, value)))
    }
}

/// Shows what the points of all processes amount to, step by step; the files are given in the
/// order of ranks, each with who it is of.
///
/// # Errors
/// When a file can't be read, and those of `body`.
pub fn each_step(
    files: Vec<(PathBuf, Json)>,
    mut body: impl FnMut(i64, &Reduced) -> Result<()>,
) -> Result<()> {
    let piece = (MEMORY / files.len().max(1)).clamp(POINT * 64, 256 << 10) / POINT * POINT;
    let mut inputs: Vec<Input> = files
        .into_iter()
        .map(|(path, who)| Input { path, who, offset: 0, piece, buffer: Vec::new(), at: 0 })
        .collect();
    let mut values = Vec::with_capacity(inputs.len());
    let mut heads = BinaryHeap::with_capacity(inputs.len());
    for (index, input) in inputs.iter_mut().enumerate() {
        let next = input.next()?;
        heads.extend(next.map(|(step, _)| Reverse((step, index))));
        values.push(next.map(|(_, value)| value));
    }
    let mut current: Option<(i64, Reduced)> = None;
    while let Some(Reverse((step, index))) = heads.pop() {
        let Some(value) = values[index] else { continue };
        match &mut current {
            Some((at, reduced)) if *at == step => reduced.add(value, &inputs[index].who),
            _ => {
                if let Some((at, reduced)) = current.take() {
                    body(at, &reduced)?;
                }
                current = Some((step, Reduced::of(value, &inputs[index].who)));
            }
        }
        let next = inputs[index].next()?;
        heads.extend(next.map(|(step, _)| Reverse((step, index))));
        values[index] = next.map(|(_, value)| value);
    }
    current.map_or(Ok(()), |(at, reduced)| body(at, &reduced))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(values: &[Scalar]) -> Vec<Json> {
        let mut all = Reduced::of(values[0], &Json::Int(0));
        for (rank, value) in values.iter().enumerate().skip(1) {
            all.add(*value, &Json::Int(rank as i64));
        }
        all.forms().iter().map(Json::from).collect()
    }

    #[test]
    fn extremes_are_the_first_and_whole_numbers_stay_whole() {
        use Scalar::{Bool, F64, I64};
        let text = |values: &[Scalar]| Json::Array(reduced(values)).to_compact();
        assert_eq!(text(&[F64(2.0), F64(1.0), F64(1.0), F64(2.0)]), "[1.0,2.0,1.5,6.0,1,0,4]");
        assert_eq!(text(&[I64(3), I64(-1), Bool(true)]), "[-1,3,1.0,3,1,0,3]");
        assert_eq!(
            text(&[I64(i64::MAX), I64(i64::MAX - 1)]),
            "[9223372036854775806,9223372036854775807,9.223372036854776e+18,1.8446744073709552e+19,1,0,2]"
        );
        assert_eq!(text(&[I64(1), F64(0.5)]), "[0.5,1,0.75,1.5,1,0,2]");
        assert_eq!(text(&[F64(1.0), F64(f64::NAN), F64(f64::NAN)]), "[NaN,NaN,NaN,NaN,1,1,3]");
        assert_eq!(text(&[F64(f64::INFINITY), F64(f64::NEG_INFINITY)]), "[-Infinity,Infinity,NaN,NaN,1,0,2]");
    }

    #[test]
    fn steps_of_all_processes_are_merged() {
        let place = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for rank in 0..3i64 {
            let mut series = Series::new("r".into());
            // Not in order, and each process lacks a step.
            for step in (0..20_000).rev().filter(|step| step % 3 != rank) {
                series.push(step, Scalar::I64(step * 10 + rank));
            }
            series.push_text(7, "text");
            let mut texts = Series::new("r".into());
            let points = Points::write(&series, place.path(), rank as usize, &mut texts).unwrap();
            assert_eq!(Points::read(&points.json()).unwrap(), points);
            assert_eq!(texts.count(), 1);
            files.push((place.path().join(points.file), Json::Int(rank)));
        }
        let mut steps = Vec::new();
        each_step(files, |step, reduced| {
            assert_eq!(reduced.count, 2);
            let first = (0..3).find(|rank| step % 3 != *rank).unwrap();
            assert_eq!(reduced.min.who, Json::Int(first));
            assert_eq!(reduced.min.value, Scalar::I64(step * 10 + first));
            steps.push(step);
            Ok(())
        })
        .unwrap();
        assert!(steps.iter().copied().eq(0..20_000));
    }
}
