//! The points of a series that are shown while it grows: all of them while they are few, and beyond that those
//! that make up its look. The points are divided into buckets of equal number, in the order in which they
//! came, and of each the first, the last, the least and the greatest stay. Where the buckets become too many,
//! each two become one: so a point costs the same however many there were before.

use crate::base::json;
use crate::base::value::Scalar;

/// The points that stay, at most. Half as many all stay: buckets of two have both.
pub const POINTS: usize = 1000;

/// Points of a bucket that stay, at most.
const OF_BUCKET: usize = 4;

/// Bytes of texts that stay, at most; a series with more of them is not shown while it grows.
const TEXTS: usize = 64 << 10;

/// A value that stays.
#[derive(Debug, Clone, PartialEq)]
enum Kept {
    Scalar(Scalar),
    Text(Box<str>),
}

impl Kept {
    /// The number that it is drawn as, if it is drawn.
    fn finite(&self) -> Option<f64> {
        match self {
            Self::Scalar(Scalar::F64(value)) => Some(*value).filter(|value| value.is_finite()),
            Self::Scalar(Scalar::I64(value)) => Some(*value as f64),
            Self::Scalar(Scalar::Bool(value)) => Some(f64::from(u8::from(*value))),
            Self::Text(_) => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Scalar(Scalar::F64(value)) => json::write_f64(*value, out),
            Self::Scalar(Scalar::I64(value)) => json::write_i64(*value, out),
            Self::Scalar(Scalar::Bool(value)) => {
                out.extend_from_slice(if *value { b"true" } else { b"false" })
            }
            Self::Text(text) => json::write_string(text, out),
        }
    }
}

#[derive(Debug, Clone)]
struct Point {
    number: u64,
    step: i64,
    value: Kept,
}

/// Some points that came one after the other.
#[derive(Debug, Clone)]
struct Bucket {
    first: Point,
    /// None where it is the first.
    last: Option<Point>,
    /// The least and the greatest of the finite numbers.
    extremes: Option<(Point, Point)>,
}

impl Bucket {
    fn of(point: Point) -> Self {
        let extremes = point.value.finite().map(|_| (point.clone(), point.clone()));
        Self { first: point, last: None, extremes }
    }

    fn add(&mut self, point: Point) {
        if let Some(value) = point.value.finite() {
            let below = |other: &Point| other.value.finite().is_none_or(|other| value < other);
            let above = |other: &Point| other.value.finite().is_none_or(|other| value > other);
            match &mut self.extremes {
                None => self.extremes = Some((point.clone(), point.clone())),
                Some((least, _)) if below(least) => *least = point.clone(),
                Some((_, greatest)) if above(greatest) => *greatest = point.clone(),
                Some(_) => {}
            }
        }
        self.last = Some(point);
    }

    /// Adds the points of the bucket that came next.
    fn join(&mut self, next: Self) {
        let Self { first, last, extremes } = next;
        if let Some((least, greatest)) = extremes {
            for point in [least, greatest] {
                self.add(point);
            }
        }
        self.last = Some(last.unwrap_or(first));
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        let extremes = self.extremes.iter().flat_map(|(least, greatest)| [least, greatest]);
        let mut all: Vec<&Point> = [&self.first].into_iter().chain(extremes).chain(&self.last).collect();
        all.sort_by_key(|point| point.number);
        all.dedup_by_key(|point| point.number);
        all.into_iter()
    }
}

/// The points of a series that stay.
#[derive(Debug)]
pub struct Thin {
    buckets: Vec<Bucket>,
    /// Points of a full bucket.
    width: u64,
    /// Points of the last bucket.
    filled: u64,
    count: u64,
    /// Buckets at most; 0 where nothing is shown.
    most: usize,
    /// Bytes of texts.
    texts: usize,
}

impl Default for Thin {
    fn default() -> Self {
        Self::new(POINTS)
    }
}

impl Thin {
    /// No points yet; `most` of them stay, none where that is 0.
    pub fn new(most: usize) -> Self {
        Self { buckets: Vec::new(), width: 1, filled: 1, count: 0, most: most.div_ceil(OF_BUCKET), texts: 0 }
    }

    /// Has fewer points stay from now on.
    pub fn limit(&mut self, most: usize) {
        self.most = self.most.min(most.div_ceil(OF_BUCKET));
        if self.most == 0 {
            self.buckets = Vec::new();
        }
        while self.buckets.len() > self.most {
            self.halve();
        }
        self.buckets.shrink_to_fit();
    }

    /// Adds a number.
    #[inline]
    pub fn push(&mut self, step: i64, value: Scalar) {
        if self.most > 0 {
            self.add(step, Kept::Scalar(value));
        }
    }

    /// Adds a text.
    pub fn push_text(&mut self, step: i64, text: &str) {
        self.texts = self.texts.saturating_add(text.len());
        if self.texts > TEXTS {
            self.limit(0);
        }
        if self.most > 0 {
            self.add(step, Kept::Text(text.into()));
        }
    }

    fn add(&mut self, step: i64, value: Kept) {
        let point = Point { number: self.count, step, value };
        self.count += 1;
        match self.buckets.last_mut() {
            Some(bucket) if self.filled < self.width => {
                bucket.add(point);
                self.filled += 1;
            }
            _ => {
                if self.buckets.len() == self.most {
                    self.halve();
                }
                // Half of a bucket may have been the last one.
                match self.buckets.last_mut() {
                    Some(bucket) if self.filled < self.width => {
                        bucket.add(point);
                        self.filled += 1;
                    }
                    _ => {
                        self.buckets.push(Bucket::of(point));
                        self.filled = 1;
                    }
                }
            }
        }
    }

    /// Makes one bucket of each two.
    fn halve(&mut self) {
        let is_odd = self.buckets.len() % 2 == 1;
        let mut halves = std::mem::take(&mut self.buckets).into_iter();
        while let Some(mut bucket) = halves.next() {
            if let Some(next) = halves.next() {
                bucket.join(next);
            }
            self.buckets.push(bucket);
        }
        self.filled += if is_odd { 0 } else { self.width };
        self.width *= 2;
    }

    /// The lines `[step,value]` of the points that stay, sorted by step, equal steps in the order in which
    /// they came; None where none is to be shown.
    pub fn lines(&self) -> Option<Vec<Vec<u8>>> {
        let mut points: Vec<&Point> = self.buckets.iter().flat_map(Bucket::points).collect();
        points.sort_by_key(|point| point.step);
        (self.most > 0).then(|| {
            let line = |point: &&Point| {
                let mut line = vec![b'['];
                json::write_i64(point.step, &mut line);
                line.push(b',');
                point.value.write(&mut line);
                line.push(b']');
                line
            };
            points.iter().map(line).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: u64 = POINTS as u64 / 2;

    fn shown(thin: &Thin) -> Vec<(i64, f64)> {
        let lines = thin.lines().unwrap();
        let pair = |line: &Vec<u8>| {
            let json = json::parse(std::str::from_utf8(line).unwrap()).unwrap();
            let pair = json.as_array().unwrap();
            let value = pair[1].to_compact().parse().unwrap_or(f64::NAN);
            (pair[0].as_i64().unwrap(), value)
        };
        lines.iter().map(pair).collect()
    }

    #[test]
    fn few_points_stay_and_of_many_those_that_are_seen() {
        for count in [0, 1, 2, 3, WHOLE, WHOLE + 1, 999, 1000, 1001, 4096, 123_457] {
            let mut thin = Thin::default();
            for step in 0..count as i64 {
                let value = match step {
                    77 => 1e9,
                    400 => -1e9,
                    _ => (step % 7) as f64,
                };
                thin.push(step, Scalar::F64(value));
            }
            let points = shown(&thin);
            assert!(points.len() <= POINTS && points.is_sorted_by_key(|point| point.0), "{count}");
            assert!(count > WHOLE || points.len() as u64 == count, "{count}");
            let there = |step: i64| points.iter().any(|point| point.0 == step);
            assert!(count == 0 || there(0) && there(count as i64 - 1), "{count}");
            assert!(count <= 400 || there(77) && there(400), "{count}");
            // The work of drawing it is worth it: no less than a quarter of what may stay.
            assert!(count < 1000 || points.len() > POINTS / 4, "{count}: {}", points.len());
        }
    }

    #[test]
    fn what_is_not_finite_hides_nothing() {
        let mut thin = Thin::new(40);
        for step in 0..10_000i64 {
            let value = match step % 10 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                _ if step == 5555 => 1e9,
                _ => 1.0,
            };
            thin.push(step, Scalar::F64(value));
        }
        let points = shown(&thin);
        assert!(points.len() <= 40 && points.contains(&(5555, 1e9)), "{points:?}");
    }

    #[test]
    fn less_may_stay_later_and_texts_only_as_far_as_they_are_short() {
        let mut thin = Thin::default();
        (0..1000).for_each(|step| thin.push(step, Scalar::I64(-step)));
        thin.limit(16);
        (1000..2001).for_each(|step| thin.push(step, Scalar::I64(-step)));
        let points = shown(&thin);
        assert!(points.len() <= 16 && points.first().unwrap().0 == 0 && points.last().unwrap().0 == 2000);
        let mut texts = Thin::default();
        texts.push_text(3, "b\"");
        texts.push_text(1, "a");
        assert_eq!(texts.lines().unwrap(), [b"[1,\"a\"]".to_vec(), b"[3,\"b\\\"\"]".to_vec()]);
        texts.push_text(4, &"x".repeat(TEXTS));
        texts.push(5, Scalar::I64(1));
        assert_eq!(texts.lines(), None);
    }
}
