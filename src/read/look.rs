//! The look of a series: the points that it takes to draw it, and its figures, found while its file is read
//! from the beginning to the end, so that one of any length needs little memory.

use super::column::{Builder, Values};
use super::entry;
use super::life::RunStatus;
use super::members;
use super::pieces::{self, Cell};
use super::run::Place;
use super::series::{self, Series};
use crate::base::about::About;
use crate::base::error::Result;
use crate::base::value::{Scalar, Value};
use crate::store::series::total_of_partial;

/// How many points a series of a run that goes on may have to be read whole for a glance.
const LONG: u64 = 100_000;

/// The look of a series.
#[derive(Debug, Clone)]
pub struct Look {
    /// The points that it takes to draw the series: those that [`Series::thinned`] leaves, and after each of
    /// these the first one without a number, so that no gap is drawn over. The whole series, if it is of texts.
    pub series: Series,
    /// The places of these points in the whole series; none where it is of texts.
    pub places: Vec<u64>,
    /// How many points there are; more than `series` has, where that is thinned.
    pub points: u64,
    /// The least finite value.
    pub least: Option<f64>,
    /// The greatest finite value.
    pub greatest: Option<f64>,
    /// How many values are no number or missing, how many are infinite, and how many minus infinity.
    pub odd: [u64; 3],
    /// True if several points have the same step.
    pub has_repeats: bool,
}

impl Look {
    /// How many points the series has, also where only those are here that its run showed while it went on.
    pub fn total(&self) -> u64 {
        self.series.part_of.unwrap_or(self.points)
    }

    /// The look of `series` by about `most` points, 4 at least.
    pub fn of(series: &Series, most: usize) -> Self {
        let mut thinner = Thinner::new(series.len() as u64, most);
        for (place, step) in series.steps.iter().enumerate() {
            let is_there = series.valid.as_ref().is_none_or(|valid| valid[place] != 0);
            thinner.add(
                *step,
                match series.values.get(place).filter(|_| is_there) {
                    Some(Value::Scalar(value)) => Cell::Scalar(value),
                    Some(Value::Text(_)) => Cell::Other,
                    None => Cell::Missing,
                },
            );
        }
        let is_of_texts = matches!(series.values, Values::Text(_));
        let whole = if is_of_texts { series.clone() } else { series.select(&[]) };
        thinner.finish(whole, matches!(series.values, Values::Float(_)))
    }
}

/// The look of the series `name` of a run by about `most` points; nothing if the run has none of that name.
///
/// # Errors
/// When it can't be read.
pub(super) fn look(place: &Place, name: &str, most: usize) -> Result<Option<Look>> {
    if place.recorded_status()? != RunStatus::Running {
        if let Some(found) = of_entry(place, name, most)? {
            return Ok(Some(found));
        }
    }
    Ok(series::whole(place, name)?.map(|whole| Look::of(&whole, most)))
}

/// As [`look`], but of a long series of a run that goes on, the points that the run has shown in its store: at
/// once, however many there are, but as old as its last refresh.
///
/// # Errors
/// When it can't be read.
pub(super) fn glance(place: &Place, name: &str, most: usize) -> Result<Option<Look>> {
    if is_shown(place, name)? {
        let shown = of_entry(place, name, most)?;
        if shown.is_some() {
            return Ok(shown);
        }
    }
    look(place, name, most)
}

/// Returns true if the run goes on and the entry is what it has shown of a long series.
fn is_shown(place: &Place, name: &str) -> Result<bool> {
    if place.recorded_status()? != RunStatus::Running {
        return Ok(false);
    }
    let total = place.ending(name)?.and_then(|(_, ending)| total_of_partial(&ending.metadata));
    // Of a run that goes on from a step, the entry may yet be that of the attempt before.
    Ok(total.is_some_and(|total| total > LONG)
        && !members::open(place)?.iter().any(|open| open.member.base_end().is_some()))
}

/// The look of a series by its entry; nothing where its entry has to be read whole.
fn of_entry(place: &Place, name: &str, most: usize) -> Result<Option<Look>> {
    let Some((path, ending)) = place.ending(name)? else { return Ok(None) };
    let (Some(count), true) = (ending.count, entry::is_series(&ending.metadata)) else { return Ok(None) };
    let count = count as u64;
    let mut thinner = Thinner::new(count, most);
    let shown = pieces::whole(&path, &mut |step, value| thinner.add(step, value))?;
    if shown != Some(count) || !thinner.is_usual {
        return Ok(None);
    }
    let part_of = total_of_partial(&ending.metadata).filter(|total| *total > count);
    let About { unit, description, axis, .. } = About::read(&ending.metadata.into());
    let (steps, values, valid) = (Vec::new(), Values::Empty(0), None);
    let series = Series { name: name.to_owned(), unit, description, axis, steps, values, valid, part_of };
    Ok(Some(thinner.finish(series, false)))
}

/// A point.
#[derive(Debug, Clone, Copy)]
struct Point {
    place: u64,
    step: i64,
    value: Option<Scalar>,
    /// The value as a float; NaN where there is none.
    number: f64,
}

/// A point that stays, and the first one after it that has no number.
#[derive(Debug, Clone, Copy)]
struct Kept {
    point: Point,
    gap: Option<Point>,
}

impl Kept {
    fn of(point: Point) -> Self {
        Self { point, gap: None }
    }
}

/// Points that came one after the other.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    first: Kept,
    last: Point,
    /// The least and the greatest number.
    extremes: Option<(Kept, Kept)>,
}

/// Thins points as they come, whose number is known before.
#[derive(Debug)]
struct Thinner {
    count: u64,
    buckets: u64,
    /// The number of the bucket that is filled, and where it ends.
    number: u64,
    end: u64,
    bucket: Option<Bucket>,
    place: u64,
    stay: Vec<Point>,
    least: f64,
    greatest: f64,
    odd: [u64; 3],
    before: Option<i64>,
    has_repeats: bool,
    has_floats: bool,
    /// False if they are not sorted by step, or are not numbers alone.
    is_usual: bool,
}

impl Thinner {
    fn new(count: u64, most: usize) -> Self {
        let most = most.max(4) as u64;
        // Few points all stay: each is a bucket of its own.
        let buckets = if count <= most { count } else { most / 4 };
        Self {
            count,
            buckets,
            number: 0,
            end: 0,
            bucket: None,
            place: 0,
            stay: Vec::new(),
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            odd: [0; 3],
            before: None,
            has_repeats: false,
            has_floats: false,
            is_usual: true,
        }
    }

    #[inline]
    fn add(&mut self, step: i64, cell: Cell) {
        let (value, number) = match cell {
            Cell::Scalar(value) => {
                self.has_floats |= matches!(value, Scalar::F64(_));
                self.is_usual &= !matches!(value, Scalar::Bool(_));
                (Some(value), pieces::number(value))
            }
            Cell::Missing => (None, f64::NAN),
            Cell::Other => {
                self.is_usual = false;
                (None, f64::NAN)
            }
        };
        if let Some(before) = self.before {
            self.is_usual &= before <= step;
            self.has_repeats |= before == step;
        }
        self.before = Some(step);
        let point = Point { place: self.place, step, value, number };
        self.place += 1;
        if number.is_finite() {
            self.least = self.least.min(number);
            self.greatest = self.greatest.max(number);
        } else {
            self.note_odd(number);
        }
        match &mut self.bucket {
            Some(bucket) if point.place < self.end => bucket.add(point),
            _ => self.next_bucket(point),
        }
    }

    #[cold]
    fn note_odd(&mut self, number: f64) {
        self.odd[if number.is_nan() { 0 } else { 1 + usize::from(number < 0.0) }] += 1;
    }

    #[cold]
    fn next_bucket(&mut self, point: Point) {
        self.close();
        self.bucket = Some(Bucket::of(point));
        self.number += 1;
        let end = u128::from(self.number) * u128::from(self.count) / u128::from(self.buckets.max(1));
        self.end = end as u64;
    }

    /// Takes over the points of the bucket that is full.
    fn close(&mut self) {
        let Some(bucket) = self.bucket.take() else { return };
        let mut stay: Vec<Kept> = vec![bucket.first, Kept::of(bucket.last)];
        stay.extend(bucket.extremes.iter().flat_map(|(least, greatest)| [*least, *greatest]));
        let mut points: Vec<Point> = stay.iter().map(|kept| kept.point).collect();
        // After each that stays, the first one without a number is no other's than before the next one.
        points.extend(stay.iter().filter_map(|kept| kept.gap));
        points.sort_by_key(|point| point.place);
        points.dedup_by_key(|point| point.place);
        self.stay.extend(points);
    }

    /// The look of the series `about`, whose points are those that came, unless it has points itself.
    fn finish(mut self, about: Series, is_of_floats: bool) -> Look {
        self.close();
        let mut builder = Builder::default();
        let has_floats = self.has_floats || is_of_floats;
        for point in &self.stay {
            match point.value {
                Some(Scalar::I64(value)) if has_floats => builder.push_scalar(Scalar::F64(value as f64)),
                Some(value) => builder.push_scalar(value),
                None => builder.push_missing(),
            }
        }
        let (values, valid) = builder.finish();
        let steps = self.stay.iter().map(|point| point.step).collect();
        let (series, places) = match about.is_empty() {
            true => {
                let places = self.stay.iter().map(|point| point.place).collect();
                (Series { steps, values, valid, ..about }, places)
            }
            false => (about, Vec::new()),
        };
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Look {
            series,
            places,
            points: self.place,
            least: finite(self.least),
            greatest: finite(self.greatest),
            odd: self.odd,
            has_repeats: self.has_repeats,
        }
    }
}

impl Bucket {
    fn of(point: Point) -> Self {
        let first = Kept::of(point);
        let extremes = (!point.number.is_nan()).then_some((first, first));
        Self { first, last: point, extremes }
    }

    #[inline]
    fn add(&mut self, point: Point) {
        self.last = point;
        match &mut self.extremes {
            _ if point.number.is_nan() => self.add_gap(point),
            Some((least, _)) if point.number < least.point.number => *least = Kept::of(point),
            Some((_, greatest)) if point.number > greatest.point.number => *greatest = Kept::of(point),
            Some(_) => {}
            None => self.extremes = Some((Kept::of(point), Kept::of(point))),
        }
    }

    #[cold]
    fn add_gap(&mut self, point: Point) {
        let extremes = self.extremes.iter_mut().flat_map(|(least, greatest)| [least, greatest]);
        for kept in extremes.chain([&mut self.first]) {
            kept.gap.get_or_insert(point);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: Values) -> Series {
        let steps = (0..values.len() as i64).collect();
        let (unit, description, axis, valid, part_of) = (None, None, None, None, None);
        Series { name: "s".into(), unit, description, axis, steps, values, valid, part_of }
    }

    #[test]
    fn it_has_the_points_of_the_thinned_series() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 40
        };
        for count in [1, 3, 4, 5, 39, 40, 41, 1000, 12_345] {
            for values in [
                Values::Int((0..count).map(|_| random() as i64 % 50).collect()),
                Values::Float((0..count).map(|_| random() as f64 / 7.0).collect()),
                Values::Bool((0..count).map(|_| (random() % 2) as u8).collect()),
            ] {
                let whole = series(values);
                for most in [0, 4, 40, 999] {
                    let (look, thinned) = (Look::of(&whole, most), whole.thinned(most));
                    assert_eq!((&look.series.steps, &look.series.values), (&thinned.steps, &thinned.values));
                    assert_eq!((look.points, look.odd, look.has_repeats), (count, [0; 3], false));
                }
            }
        }
    }

    #[test]
    fn gaps_and_extremes_stay() {
        let mut values: Vec<f64> = (0..10_000).map(|place| f64::from(place % 10)).collect();
        (values[1234], values[5678], values[7777]) = (1e9, -1e9, f64::NAN);
        (values[20], values[30]) = (f64::INFINITY, f64::NEG_INFINITY);
        let look = Look::of(&series(Values::Float(values)), 40);
        assert!([0, 20, 30, 1234, 5678, 7777, 9999].iter().all(|step| look.series.steps.contains(step)));
        assert!(look.series.len() <= 41 && look.series.steps.is_sorted());
        assert_eq!((look.least, look.greatest, look.odd), (Some(-1e9), Some(1e9), [1, 1, 1]));
        let none = Look::of(&series(Values::Float(vec![f64::NAN; 10_000])), 40);
        assert!(none.series.len() <= 40 && none.least.is_none() && none.odd == [10_000, 0, 0]);
        assert_eq!(Look::of(&series(Values::Empty(100)), 40).odd[0], 100);
        assert_eq!(Look::of(&series(Values::Int(Vec::new())), 40).points, 0);
    }
}
