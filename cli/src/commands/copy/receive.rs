//! `mlab receive`: the other end of a copy over ssh.

use std::io::{BufRead, Read as _, Write};

use serde_json::{Value, json};

use super::local::Local;
use super::offer::{Offer, Target as _};
use super::remote::{GREETING, LONGEST};
use crate::failure::{Answer, Failure, Result};

/// Takes runs from stdin, which `mlab copy` of another host sends.
#[derive(Debug, clap::Args)]
pub struct Receive {
    /// The store.
    directory: String,
}

impl Receive {
    pub fn run(&self) -> Result<Answer> {
        let (mut from, mut to) = (std::io::stdin().lock(), std::io::stdout().lock());
        let mut local = Local::open(&self.directory)?;
        say(&mut to, GREETING)?;
        loop {
            let mut line = String::new();
            let read = (&mut from).take(LONGEST).read_line(&mut line);
            if read.map_err(|error| lost(&error))? == 0 {
                return Err(Failure::new("the connection has ended before the copy"));
            }
            let message: Value =
                serde_json::from_str(&line).map_err(|error| Failure::new(format!("no message: {error}")))?;
            if message.get("end").is_some() {
                return Ok(Answer::Yes);
            }
            if let Some(answer) = answer(&mut local, &message, &mut from) {
                match answer {
                    Ok(files) => say(&mut to, &json!({"files": files}).to_string())?,
                    Err(failure) => {
                        let said = json!({"error": failure.to_string(), "advice": failure.advice_text()});
                        say(&mut to, &said.to_string())?;
                        return Ok(Answer::No);
                    }
                }
            }
        }
    }
}

/// Does what a message asks for; returns the answer, if one is awaited.
fn answer(local: &mut Local, message: &Value, from: &mut impl BufRead) -> Option<Result<Vec<usize>>> {
    if let Some(offer) = message.get("offer") {
        return Some(Offer::read(offer).and_then(|offer| local.offer(&offer)));
    }
    if let (Some(index), Some(size)) = (message["file"].as_u64(), message["size"].as_u64()) {
        return local.file(index as usize, size, &mut from.take(size)).err().map(Err);
    }
    match message.get("commit") {
        Some(_) => Some(local.commit()),
        None => Some(Err(Failure::new("an unknown message"))),
    }
}

fn say(to: &mut impl Write, line: &str) -> Result<()> {
    writeln!(to, "{line}").and_then(|()| to.flush()).map_err(|error| lost(&error))
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::new(format!("the connection is lost: {error}"))
}
