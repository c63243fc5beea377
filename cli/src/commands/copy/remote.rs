//! A store on another host, behind `ssh HOST mlab receive DIRECTORY`: lines of JSON, and the bytes of files
//! after the lines that announce them.

use std::io::{BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::offer::{Offer, Target};
use crate::failure::{Failure, Result};

/// The first line of who receives.
pub const GREETING: &str = "mlab receive 1";

/// Lines that a login may print before that.
const MOST_NOISE: usize = 1000;

/// The longest line that is read.
pub const LONGEST: u64 = 1 << 30;

/// A store on another host.
#[derive(Debug)]
pub struct Remote {
    host: String,
    child: Child,
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Remote {
    /// Starts `mlab receive` there.
    pub fn open(ssh: &str, host: &str, mlab: &str, path: &str) -> Result<Self> {
        if host.starts_with('-') || path.is_empty() {
            return Err(Failure::new(format!("{host}:{path} is no HOST:DIRECTORY")));
        }
        // An end of the connection is an error that is said.
        // SAFETY: no handler is set.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let mut words = ssh.split_whitespace();
        let program = words.next().unwrap_or("ssh");
        let command = format!("{mlab} receive -- {}", quoted(path));
        let started = Command::new(program)
            .args(words)
            .args([host, &command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|error| Failure::new(format!("cannot start {program}: {error}")))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::new(format!("{program} has no input or output")));
        };
        let host = host.to_owned();
        let mut remote = Self { host, child, to: BufWriter::new(to), from: BufReader::new(from) };
        for _ in 0..MOST_NOISE {
            if remote.line()?.trim_end() == GREETING {
                return Ok(remote);
            }
        }
        Err(remote.lost("it is no mlab"))
    }

    fn lost(&self, what: &str) -> Failure {
        Failure::new(format!("{} does not answer as mlab receive does: {what}", self.host))
            .advice("the other host needs mlab, of the same version, in its PATH; or --remote-mlab COMMAND")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match (&mut self.from).take(LONGEST).read_line(&mut line) {
            Ok(0) => Err(self.lost("the connection has ended")),
            Ok(_) => Ok(line),
            Err(error) => Err(self.lost(&error.to_string())),
        }
    }

    fn send(&mut self, message: &Value) -> Result<()> {
        let sent = writeln!(self.to, "{message}").and_then(|()| self.to.flush());
        sent.map_err(|error| self.lost(&error.to_string()))
    }

    /// The numbers in the answer to a message.
    fn ask(&mut self, message: &Value) -> Result<Vec<usize>> {
        self.send(message)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Vec<usize>> {
        let line = self.line()?;
        let answer: Value = serde_json::from_str(&line).map_err(|error| self.lost(&error.to_string()))?;
        if let Some(error) = answer["error"].as_str() {
            let failure = Failure::new(format!("{}: {error}", self.host));
            return Err(match answer["advice"].as_str() {
                Some(advice) => failure.advice(advice),
                None => failure,
            });
        }
        let number = |value: &Value| value.as_u64().map(|number| number as usize);
        let numbers = answer["files"].as_array().and_then(|all| all.iter().map(number).collect());
        numbers.ok_or_else(|| self.lost("its answer is none"))
    }
}

impl Target for Remote {
    fn offer(&mut self, offer: &Offer) -> Result<Vec<usize>> {
        let needed = self.ask(&json!({"offer": offer.json()}))?;
        match needed.iter().all(|index| *index < offer.files.len()) {
            true => Ok(needed),
            false => Err(self.lost("it wants a file that was not offered")),
        }
    }

    fn file(&mut self, index: usize, size: u64, content: &mut dyn Read) -> Result<()> {
        let head = json!({"file": index, "size": size});
        let mut send = || -> std::io::Result<()> {
            writeln!(self.to, "{head}")?;
            std::io::copy(content, &mut self.to).map(drop)
        };
        match send() {
            Ok(()) => Ok(()),
            // Who ends before all was sent says why.
            Err(error) => Err(self.answer().err().unwrap_or_else(|| self.lost(&error.to_string()))),
        }
    }

    fn commit(&mut self) -> Result<Vec<usize>> {
        self.ask(&json!({"commit": true}))
    }

    fn end(&mut self) -> Result<()> {
        self.send(&json!({"end": true}))?;
        let ended = self.child.wait().map_err(|error| self.lost(&error.to_string()))?;
        if ended.success() { Ok(()) } else { Err(self.lost(&ended.to_string())) }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // It has ended already, but after an error.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The word as the other host's shell reads it as one.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
