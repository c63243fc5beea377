//! How a process died, for the record and the log.

use super::cause::Cause;
use crate::base::clock::Moment;
use crate::base::json::Json;
use crate::journal::position::Fence;

/// How a process ended, as far as that is known.
pub struct Death {
    pub pid: i64,
    pub host: Option<String>,
    pub cause: Cause,
    /// Who has declared it dead, where nobody could see that it was.
    pub declared_by: Option<Fence>,
    /// When it was last known to be alive.
    pub seen: Moment,
    /// The run's record as it was found.
    pub record: Option<Json>,
}

impl Death {
    /// When it was, as far as that is known.
    pub fn moment(&self) -> Moment {
        self.cause.moment().unwrap_or(self.seen)
    }

    /// In one word, for the record.
    pub fn kind(&self) -> &'static str {
        self.cause.kind()
    }

    /// The error in the part of the process, of which `message` tells.
    pub fn of_part(&self, message: &str) -> Json {
        Json::object([
            ("message", Json::from(message)),
            ("weight", self.cause.weight().into()),
            ("number", self.cause.number().into()),
        ])
    }

    /// For the record and the log; `last` is the last step that any series has.
    pub fn message(&self, last: Option<i64>) -> String {
        let host = self.host.as_deref().map_or(String::new(), |host| format!(" on {host}"));
        let step = last.map_or(String::new(), |step| format!(", last step {step}"));
        let time = match self.cause.moment() {
            Some(moment) => format!("at {}", moment.iso()),
            None => format!("last seen at {}", self.seen.iso()),
        };
        let declared =
            self.declared_by.as_ref().map(|by| format!(", declared dead by {by}")).unwrap_or_default();
        format!("process {}{host} {}{step}, {time}{declared}", self.pid, self.cause.phrase())
    }
}
