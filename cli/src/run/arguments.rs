//! Parameters on a command line: `--n 64`, `--n=64`, `-n 64`, `n=64`.

use std::path::Path;

use serde_json::{Map, Value};

use crate::typed::typed;

/// Programs that start another one, which the command line names behind their own options.
const LAUNCHERS: [&str; 24] = [
    "mpirun",
    "mpiexec",
    "mpiexec.hydra",
    "orterun",
    "prterun",
    "srun",
    "aprun",
    "jsrun",
    "flux",
    "env",
    "nice",
    "time",
    "timeout",
    "numactl",
    "taskset",
    "stdbuf",
    "setsid",
    "nohup",
    "ibrun",
    "perf",
    "valgrind",
    "strace",
    "chrt",
    "xvfb-run",
];

/// Programs that run a script, which the command line names.
const INTERPRETERS: [&str; 11] =
    ["sh", "bash", "dash", "zsh", "ksh", "python", "python3", "perl", "julia", "Rscript", "octave"];

/// The launchers that start so many processes.
const OF_RANKS: [&str; 5] = ["mpirun", "mpiexec", "mpiexec.hydra", "orterun", "srun"];

/// A command line, as far as it says what is run.
#[derive(Debug, PartialEq)]
pub struct Parsed {
    /// The name of the program, without its directory.
    pub name: String,
    /// Where the program is in the command line.
    pub program: usize,
    /// Its parameters.
    pub params: Map<String, Value>,
}

/// Reads a command line, which is not empty.
pub fn parse(command: &[String]) -> Parsed {
    let mut program = 0;
    let mut params = Map::new();
    while let Some(own) = behind_launcher(command, program) {
        if OF_RANKS.contains(&file_name(&command[program]).as_str()) {
            params.extend(ranks(&command[program + 1..own]).map(|ranks| ("ranks".to_owned(), ranks)));
        }
        program = own;
    }
    let mut name = file_name(&command[program]);
    let mut first = program + 1;
    if INTERPRETERS.contains(&name.trim_end_matches(|last: char| last == '.' || last.is_ascii_digit())) {
        let script = (first..command.len()).find(|at| !command[*at].starts_with('-'));
        match script.filter(|at| *at == first && Path::new(&command[*at]).is_file()) {
            Some(at) => {
                let stem = Path::new(&command[at]).file_stem();
                name = stem.map_or(name, |stem| stem.to_string_lossy().into_owned());
                first = at + 1;
            }
            // A line for the shell has no parameters that could be told from the rest.
            None => first = command.len(),
        }
    }
    params.extend(options(&command[first..]));
    Parsed { name, program, params }
}

fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Where the program is that the launcher at `at` starts, if that is one.
fn behind_launcher(command: &[String], at: usize) -> Option<usize> {
    if !LAUNCHERS.contains(&file_name(&command[at]).as_str()) {
        return None;
    }
    let is_program = |word: &String| {
        !word.starts_with('-') && !word.contains('=') && super::program::find(word.as_ref()).is_ok()
    };
    (at + 1..command.len()).find(|index| is_program(&command[*index]))
}

/// The number of processes that a launcher's options say.
fn ranks(options: &[String]) -> Option<Value> {
    let named = |word: &str| matches!(word, "-n" | "-np" | "--np" | "--ntasks");
    options.windows(2).find_map(|pair| named(&pair[0]).then(|| pair[1].parse::<i64>().ok())?).map(Value::from)
}

/// The options among a program's arguments. Other arguments are in the run's provenance.
fn options(arguments: &[String]) -> Map<String, Value> {
    let mut found = Map::new();
    let mut put = |key: &str, value: Value| {
        if !key.is_empty() {
            found.insert(key.to_owned(), value);
        }
    };
    let mut index = 0;
    while index < arguments.len() {
        let argument = &arguments[index];
        index += 1;
        let option = argument.trim_start_matches('-');
        let is_option = option.len() < argument.len() && !option.is_empty() && !is_number(argument);
        match option.split_once('=') {
            Some((key, value)) if is_option || is_name(key) => put(key, typed(value)),
            _ if !is_option => {}
            _ => {
                let value = arguments.get(index).filter(|next| !next.starts_with('-') || is_number(next));
                let value = value.filter(|next| !next.split_once('=').is_some_and(|(key, _)| is_name(key)));
                index += usize::from(value.is_some());
                put(option, value.map_or(Value::Bool(true), |value| typed(value)));
            }
        }
    }
    found
}

/// Returns true if `key=value` with this key is a parameter.
fn is_name(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && key.chars().all(|c| c.is_alphanumeric() || "_.-:%[]".contains(c))
}

fn is_number(text: &str) -> bool {
    matches!(typed(text), Value::Number(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(line: &str) -> Value {
        let command: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(&command).params.into()
    }

    #[test]
    fn options_are_parameters() {
        let line = "./s --n 64 --tol=1e-3 -x 2.5 cells=128 --fast --mode=cg -shift -3 --name run";
        let expected = json!({"n": 64, "tol": 1e-3, "x": 2.5, "cells": 128, "fast": true, "mode": "cg",
            "shift": -3, "name": "run"});
        assert_eq!(of(line), expected);
        assert_eq!(of("lmp -in in.lj -var T 1.5"), json!({"in": "in.lj", "var": "T"}));
        assert_eq!(of("./s input.dat -v --verbose=false"), json!({"v": true, "verbose": false}));
        assert_eq!(of("./s -5 - -- http://x?a=b"), json!({}));
        assert_eq!(of("./s --x nan --y inf --z 0x10"), json!({"x": "nan", "y": "inf", "z": "0x10"}));
    }

    #[test]
    fn a_launcher_is_not_the_program() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let parsed = parse(&words("mpirun -n 4 /bin/cat --n 8"));
        assert_eq!((parsed.name.as_str(), parsed.program), ("cat", 3));
        assert_eq!(Value::from(parsed.params), json!({"ranks": 4, "n": 8}));
        let parsed = parse(&words("env A=1 nice -n 5 cat x=2"));
        assert_eq!((parsed.name.as_str(), Value::from(parsed.params)), ("cat", json!({"x": 2})));
        assert_eq!(of("sh -c x=1"), json!({}));
    }
}
