//! When a step was made: points have no time of their own, so that it is noted when they come.

/// Steps whose time is kept, at most.
const MOST: usize = 512;

/// Times at which steps were reached, in seconds since the run began, in the order of both.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    times: Vec<(i64, f64)>,
}

impl Clock {
    /// Notes that `step` was the highest one at `time`.
    pub fn note(&mut self, step: i64, time: f64) {
        if let Some(last) = self.times.last_mut() {
            if step <= last.0 || time < last.1 {
                return;
            }
            let start = self.times[0].1;
            let every = (time - start) / (MOST as f64 / 2.0);
            match self.times.as_mut_slice() {
                [.., before, last] if last.1 - before.1 < every => {
                    *last = (step, time);
                    return;
                }
                _ => {}
            }
        }
        self.times.push((step, time));
        if self.times.len() > MOST {
            let mut index = 0;
            self.times.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    /// The time of a step, on the line between those that were noted.
    pub fn at(&self, step: i64) -> f64 {
        let after = self.times.partition_point(|(noted, _)| *noted < step);
        match (after.checked_sub(1).map(|before| self.times[before]), self.times.get(after)) {
            (_, Some((noted, time))) if *noted == step => *time,
            (Some((low, start)), Some((high, end))) => {
                start + (end - start) * (step - low) as f64 / (high - low) as f64
            }
            (Some((_, time)), None) | (None, Some(&(_, time))) => time,
            (None, None) => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_the_time_at_which_they_came() {
        let mut clock = Clock::default();
        assert!(clock.at(3).is_nan());
        (0..100_000).for_each(|tick| clock.note(2 * tick, tick as f64));
        clock.note(5, 0.0);
        assert!(clock.times.len() <= MOST, "{}", clock.times.len());
        for step in [0, 1, 777, 100_000, 199_998] {
            let off = (clock.at(step) - step as f64 / 2.0).abs();
            assert!(off < 1.0, "{step}: {off}");
        }
        assert_eq!((clock.at(-5), clock.at(1 << 40)), (0.0, 99_999.0));
    }
}
