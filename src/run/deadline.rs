//! When the process's time is up.

use std::time::Duration;

use crate::base::clock::Moment;

/// When the process's time is up, and how much earlier it has to begin to stop.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    end: Option<i64>,
    margin: Duration,
}

impl Deadline {
    /// Returned by `stop_at` if time is no reason to stop.
    pub const NEVER: u64 = u64::MAX;

    /// An end in seconds since the epoch, if there is one, and how long before it a run is to stop;
    /// zero for not at all.
    pub fn new(end: Option<i64>, margin: Duration) -> Self {
        Self { end, margin }
    }

    /// Seconds until the end, negative after it; infinity if there is none.
    pub fn seconds_left(self) -> f64 {
        self.end.map_or(f64::INFINITY, |end| {
            let now = Moment::now();
            (end as f64 - now.seconds() as f64) - (now.nanos() % 1_000_000_000) as f64 * 1e-9
        })
    }

    /// From when on a run is to stop, in nanoseconds since the epoch.
    pub fn stop_at(self) -> u64 {
        let Some(end) = self.end.filter(|_| !self.margin.is_zero()) else { return Self::NEVER };
        let end = u64::try_from(end).unwrap_or(0).saturating_mul(1_000_000_000);
        let margin = u64::try_from(self.margin.as_nanos()).unwrap_or(u64::MAX);
        // The last instant stands for never.
        end.saturating_sub(margin).min(Self::NEVER - 1)
    }

    /// Why a run was told to stop.
    pub fn reason(self) -> String {
        let end = Moment::from_nanos(
            u64::try_from(self.end.unwrap_or(0)).unwrap_or(0).saturating_mul(1_000_000_000),
        );
        format!("time: less than {} s before the end at {}", self.margin.as_secs_f64(), end.iso())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_its_margin_before_the_end() {
        let second = 1_000_000_000;
        let of = |end, margin| Deadline::new(end, Duration::from_secs_f64(margin));
        assert_eq!(of(Some(100), 1.5).stop_at(), 98 * second + second / 2);
        assert_eq!(of(Some(100), 200.0).stop_at(), 0);
        assert_eq!(of(Some(-5), 1.0).stop_at(), 0);
        assert_eq!(of(Some(100), 0.0).stop_at(), Deadline::NEVER);
        assert_eq!(of(None, 10.0).stop_at(), Deadline::NEVER);
        assert_eq!(of(Some(i64::MAX), 1e-9).stop_at(), Deadline::NEVER - 1);
        assert_eq!(of(None, 10.0).seconds_left(), f64::INFINITY);
        assert!(of(Some(0), 0.0).seconds_left() < -1e9);
        assert!(of(Some(i64::MAX), 0.0).seconds_left() > 1e18);
        assert!(of(Some(100), 1.5).reason().starts_with("time: less than 1.5 s before the end at 1970-"));
    }
}
