//! A curve of any length in bounded memory: buckets of equally many steps, each with its first, last, least
//! and greatest value. When they are full, two become one.
//!
//! The content of a bucket does not depend on the order of the points, nor on how often one comes.

use std::collections::VecDeque;

/// Buckets of a curve, at most: more than the dots across any usual terminal.
const MOST: usize = 1024;

/// A stretch of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub first_step: i64,
    pub last_step: i64,
    pub first: f64,
    pub last: f64,
    /// The extremes of its finite values; the least is above the greatest where there is none.
    pub least: f64,
    pub greatest: f64,
    /// True if a value of it is no number, or infinite.
    pub is_broken: bool,
}

impl Bucket {
    fn of(step: i64, value: f64) -> Self {
        let is_broken = !value.is_finite();
        let (least, greatest) = if is_broken { (f64::INFINITY, f64::NEG_INFINITY) } else { (value, value) };
        Self { first_step: step, last_step: step, first: value, last: value, least, greatest, is_broken }
    }

    fn add(&mut self, other: &Self) {
        if other.first_step < self.first_step {
            (self.first_step, self.first) = (other.first_step, other.first);
        }
        if other.last_step >= self.last_step {
            (self.last_step, self.last) = (other.last_step, other.last);
        }
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.is_broken |= other.is_broken;
    }
}

/// The buckets of a curve.
#[derive(Debug, Clone, Default)]
pub struct Buckets {
    /// A bucket has two to the power of this many steps.
    shift: u32,
    /// The number of the first bucket: its steps, shifted.
    base: i64,
    buckets: VecDeque<Option<Bucket>>,
}

impl Buckets {
    /// Adds a point.
    #[inline]
    pub fn add(&mut self, step: i64, value: f64) {
        let place = (step >> self.shift).wrapping_sub(self.base);
        match self.buckets.get_mut(place as usize) {
            Some(Some(bucket)) if place >= 0 => bucket.add(&Bucket::of(step, value)),
            _ => self.make_room(Bucket::of(step, value)),
        }
    }

    /// Adds a bucket where there is none.
    #[cold]
    fn make_room(&mut self, fresh: Bucket) {
        if self.buckets.is_empty() {
            self.base = fresh.first_step >> self.shift;
        }
        loop {
            let number = fresh.first_step >> self.shift;
            let end = i128::from(self.base) + self.buckets.len() as i128;
            let (low, high) = (number.min(self.base), i128::from(number).max(end - 1));
            if high - i128::from(low) < MOST as i128 {
                break;
            }
            self.halve();
        }
        let number = fresh.first_step >> self.shift;
        while number < self.base {
            self.buckets.push_front(None);
            self.base -= 1;
        }
        let place = (number - self.base) as usize;
        if place >= self.buckets.len() {
            self.buckets.resize(place + 1, None);
        }
        match &mut self.buckets[place] {
            Some(bucket) => bucket.add(&fresh),
            none => *none = Some(fresh),
        }
    }

    /// Makes one bucket of two.
    fn halve(&mut self) {
        let base = self.base >> 1;
        let mut halved: VecDeque<Option<Bucket>> = VecDeque::with_capacity(MOST);
        for (index, bucket) in self.buckets.iter().enumerate() {
            let place = (((self.base + index as i64) >> 1) - base) as usize;
            if place == halved.len() {
                halved.push_back(*bucket);
            } else if let (Some(bucket), Some(into)) = (bucket, halved.get_mut(place)) {
                match into {
                    Some(into) => into.add(bucket),
                    none => *none = Some(*bucket),
                }
            }
        }
        (self.base, self.buckets, self.shift) = (base, halved, self.shift + 1);
    }

    /// The buckets that have points, in the order of their steps.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Bucket> {
        self.buckets.iter().flatten()
    }

    /// The first bucket that ends at this step or later.
    pub fn at(&self, step: i64) -> Option<&Bucket> {
        let place = (step >> self.shift).saturating_sub(self.base).max(0) as usize;
        let mut later = self.buckets.iter().skip(place).flatten();
        later.find(|bucket| bucket.last_step >= step)
    }

    /// The last value, and its step.
    pub fn last(&self) -> Option<(i64, f64)> {
        self.iter().next_back().map(|bucket| (bucket.last_step, bucket.last))
    }

    /// The value at a step, about: between two buckets, on the line between them.
    pub fn value_at(&self, step: i64) -> Option<f64> {
        let next = self.at(step)?;
        if next.first_step <= step || next.first_step == next.last_step && next.first_step == step {
            let width = (next.last_step - next.first_step) as f64;
            let part = if width > 0.0 { (step - next.first_step) as f64 / width } else { 0.0 };
            return Some(next.first + part * (next.last - next.first));
        }
        let before = self.iter().rev().find(|bucket| bucket.last_step < step)?;
        let part = (step - before.last_step) as f64 / (next.first_step - before.last_step) as f64;
        Some(before.last + part * (next.first - before.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(points: impl IntoIterator<Item = (i64, f64)>) -> Buckets {
        let mut buckets = Buckets::default();
        points.into_iter().for_each(|(step, value)| buckets.add(step, value));
        buckets
    }

    fn all(buckets: &Buckets) -> Vec<Bucket> {
        buckets.iter().copied().collect()
    }

    #[test]
    fn extremes_stay_however_many_points_come() {
        let value = |step: i64| match step {
            123_456 => 1e9,
            777_777 => -1e9,
            500_000 => f64::NAN,
            step => (step % 13) as f64,
        };
        let buckets = filled((0..1_000_000).map(|step| (step, value(step))));
        let found = all(&buckets);
        assert!((MOST / 2..=MOST).contains(&found.len()), "{}", found.len());
        let spike = found.iter().find(|bucket| bucket.greatest == 1e9).unwrap();
        assert!((spike.first_step..=spike.last_step).contains(&123_456));
        assert_eq!(found.iter().filter(|bucket| bucket.least == -1e9).count(), 1);
        let broken: Vec<&Bucket> = found.iter().filter(|bucket| bucket.is_broken).collect();
        assert!(broken.len() == 1 && broken[0].least == 0.0, "{broken:?}");
        assert_eq!((found[0].first_step, buckets.last()), (0, Some((999_999, (999_999 % 13) as f64))));
        // Every step is in one bucket, and they are in order.
        assert!(found.windows(2).all(|two| two[0].last_step + 1 == two[1].first_step));
    }

    #[test]
    fn the_order_and_the_number_of_times_do_not_matter() {
        let points: Vec<(i64, f64)> = (0..20_000).map(|step| (step * 3 - 30_000, step as f64)).collect();
        let in_order = filled(points.clone());
        let twice = filled(points.iter().rev().chain(&points).copied());
        // The widths may differ, by one that is a power of two; the look does not.
        let sum = |buckets: &Buckets| (buckets.last(), buckets.iter().next().map(|one| one.first));
        assert_eq!(sum(&in_order), sum(&twice));
        assert_eq!(all(&in_order), all(&twice));
    }

    #[test]
    fn any_steps_can_come() {
        let buckets = filled([(0, 1.0), (i64::MAX, 2.0), (i64::MIN, 3.0), (5, 4.0)]);
        assert_eq!(buckets.last(), Some((i64::MAX, 2.0)));
        assert_eq!(all(&buckets)[0].first, 3.0);
        assert!(Buckets::default().last().is_none() && Buckets::default().value_at(0).is_none());
    }

    #[test]
    fn values_between_points_are_on_the_line_between_them() {
        let buckets = filled([(0, 0.0), (10, 20.0), (1000, 20.0)]);
        assert_eq!((buckets.value_at(5), buckets.value_at(10)), (Some(10.0), Some(20.0)));
        assert_eq!((buckets.value_at(-1), buckets.value_at(1001)), (None, None));
    }
}
