//! The pulse of a run: how long its news are apart, so that one that stalls is seen, and how many steps it
//! makes in a second.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A run stalls when nothing has come for so many times the usual distance.
const TIMES: u32 = 10;

/// And for this long at least.
const LEAST: Duration = Duration::from_secs(5);

/// The weight of the newest distance in the usual one.
const WEIGHT: f64 = 0.2;

/// The time over which steps are counted.
const WINDOW: Duration = Duration::from_secs(10);

/// The news of a run, a point or a log line.
#[derive(Debug, Clone)]
pub struct Pulse {
    last: Instant,
    usual: Option<Duration>,
    steps: VecDeque<(Instant, i64)>,
}

impl Pulse {
    /// The pulse of a run that is looked at since `now`; `usual` is the distance as far as it is known.
    pub fn new(now: Instant, usual: Option<Duration>) -> Self {
        Self { last: now, usual, steps: VecDeque::new() }
    }

    /// Takes it that the distance is this, unless it was seen.
    pub fn suppose(&mut self, usual: Duration) {
        self.usual.get_or_insert(usual);
    }

    /// Notes news.
    pub fn beat(&mut self, now: Instant) {
        let distance = now.saturating_duration_since(self.last);
        self.usual = Some(match self.usual {
            Some(usual) => usual.mul_f64(1.0 - WEIGHT) + distance.mul_f64(WEIGHT),
            None => distance,
        });
        self.last = now;
    }

    /// Notes the highest step.
    pub fn step(&mut self, now: Instant, step: i64) {
        // One look in a hundredth of the window is enough.
        match self.steps.make_contiguous() {
            [_, .., last] if now - last.0 < WINDOW / 100 => last.1 = step,
            _ => self.steps.push_back((now, step)),
        }
        while self.steps.len() > 2 && now - self.steps[0].0 > WINDOW {
            self.steps.pop_front();
        }
    }

    /// Steps in a second, if it is known.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        let ((start, first), (_, last)) = (self.steps.front()?, self.steps.back()?);
        let seconds = (now - *start).as_secs_f64();
        (self.steps.len() > 1 && seconds >= 0.5).then(|| last.saturating_sub(*first) as f64 / seconds)
    }

    /// How long nothing has come, if that is much longer than usual.
    pub fn stalled(&self, now: Instant) -> Option<Duration> {
        let silence = now.saturating_duration_since(self.last);
        let most = self.usual?.saturating_mul(TIMES).max(LEAST);
        (silence > most).then_some(silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_stalls_when_nothing_comes_for_much_longer_than_usual() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut pulse = Pulse::new(start, None);
        assert_eq!(pulse.stalled(at(1000)), None, "nobody knows what is usual");
        (1..20).for_each(|second| pulse.beat(at(2 * second)));
        assert_eq!(pulse.stalled(at(38 + 19)), None);
        assert_eq!(pulse.stalled(at(38 + 21)), Some(Duration::from_secs(21)));
        let mut fast = Pulse::new(start, Some(Duration::from_millis(1)));
        fast.beat(start);
        assert!(fast.stalled(at(4)).is_none() && fast.stalled(at(6)).is_some());
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let mut pulse = Pulse::new(start, None);
        assert_eq!(pulse.rate(start), None);
        (0..=1000).for_each(|tick| pulse.step(at(tick * 20), 5 * tick as i64));
        let rate = pulse.rate(at(20_000)).unwrap();
        assert!((rate - 250.0).abs() < 5.0, "{rate}");
        assert!(pulse.rate(at(40_000)).unwrap() < 100.0, "it has stopped");
        assert!(pulse.steps.len() < 200);
    }
}
