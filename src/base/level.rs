//! Log levels; their numbers are Python's.

/// How serious a line is. The numbers are Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug = 10,
    /// The course of things.
    Info = 20,
    /// Something that may be wrong.
    Warning = 30,
    /// An error; reaches the file at once.
    Error = 40,
    /// An error that ends the run.
    Critical = 50,
}

impl Level {
    /// The level with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        use Level::*;
        [Debug, Info, Warning, Error, Critical].into_iter().find(|level| *level as i32 == number)
    }

    /// `DEBUG`, as the log has it.
    pub fn name(self) -> &'static str {
        self.padded().trim_end()
    }

    /// Like `name`, padded to seven characters.
    pub fn padded(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG  ",
            Level::Info => "INFO   ",
            Level::Warning => "WARNING",
            Level::Error => "ERROR  ",
            Level::Critical => "CRITICAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_pythons() {
        assert_eq!(Level::from_number(30), Some(Level::Warning));
        assert_eq!(Level::from_number(25), None);
        assert_eq!(Level::Info.name(), "INFO");
        assert_eq!(Level::Info.padded().len(), 7);
        assert_eq!(Level::Critical.padded(), "CRITICAL");
    }
}
