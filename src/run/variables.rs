//! The table of options: their names, their variables of the environment, and how those are read.

use super::Signals;
use super::options::{IfSuccess, Options};
use crate::base::environment::{is_on, number, one_of, others, path, span, variable, whole, yes_or_no};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Object};
use crate::members::rank::Role;

/// An option. Each has a setter in every binding, and docs/environment.md a line for each variable: the tests
/// below look.
struct Row {
    /// The name after `metalab_options_` in the C interface.
    #[cfg(test)]
    name: &'static str,
    /// The variable that is read where the option is not set; "" for none.
    variable: &'static str,
    is_set: fn(&Options) -> bool,
    /// Sets the option to the variable's text.
    read: fn(&mut Options, &str) -> Result<()>,
}

impl Row {
    /// Reads the variable, if there is one.
    fn read_into(&self, options: &mut Options) -> Result<()> {
        let Some(text) = variable(self.variable)? else { return Ok(()) };
        (self.read)(options, &text).map_err(|error| error.context(self.variable))
    }
}

/// An option, its variable, the field that it sets, and how its text is read.
macro_rules! row {
    ($name:literal, $variable:literal, $field:ident, |$options:ident, $text:ident| $read:expr) => {
        Row {
            #[cfg(test)]
            name: $name,
            variable: $variable,
            is_set: |options| !options.$field.is_empty(),
            read: |$options, $text| {
                $read;
                Ok(())
            },
        }
    };
    ($name:literal) => {
        Row {
            #[cfg(test)]
            name: $name,
            variable: "",
            is_set: |_| true,
            read: |_, _| Ok(()),
        }
    };
}

/// A field that may be unset.
trait Field {
    fn is_empty(&self) -> bool;
}

impl<T> Field for Option<T> {
    fn is_empty(&self) -> bool {
        self.is_none()
    }
}

impl<T> Field for Vec<T> {
    fn is_empty(&self) -> bool {
        Vec::is_empty(self)
    }
}

#[rustfmt::skip]
const TABLE: [Row; 31] = [
    row!("store", "METALAB_STORE", store, |options, text| options.store(text)),
    row!("experiment", "METALAB_EXPERIMENT", experiment, |options, text| options.experiment(text)?),
    row!("experiment_description"),
    row!("add_experiment_tag"),
    row!("planned_runs", "METALAB_PLANNED_RUNS", planned_runs, |options, text| options.planned_runs(whole(text)?)),
    row!("run_id", "METALAB_RUN_ID", run_id, |options, text| options.run_id(text)?),
    row!("params_json", "METALAB_PARAMS", params, |options, text| options.add_params(json::object("params", text)?)),
    row!("context_json", "METALAB_CONTEXT", context, |options, text| options.add_context(json::object("context", text)?)),
    row!("metadata_json", "METALAB_METADATA", metadata, |options, text| options.add_metadata(json::object("metadata", text)?)),
    row!("add_tag", "METALAB_TAGS", tags, |options, text| options.add_tags(text)),
    row!("note", "METALAB_NOTES", note, |options, text| options.note(text)),
    row!("seed", "METALAB_SEED", seed, |options, text| options.seed(whole(text)?)),
    row!("replicate", "METALAB_REPLICATE", replicate, |options, text| options.replicate(whole(text)?)),
    row!("code_hash", "METALAB_CODE_HASH", code_hash, |options, text| options.code_hash(text)),
    row!("worker", "METALAB_WORKER", worker, |options, text| options.worker(text)?),
    row!("compiler"),
    row!("sample", "METALAB_SAMPLE_SECONDS", sample, |options, text| options.sample_seconds(number(text)?)?),
    row!("flush_interval", "METALAB_FLUSH_SECONDS", flush, |options, text| options.flush_interval(span(text)?)),
    row!("refresh_interval", "METALAB_REFRESH_SECONDS", refresh, |options, text| options.refresh_interval(span(text)?)),
    row!("journal", "METALAB_JOURNAL", journal, |options, text| options.journal(path(text)?)),
    row!("if_success", "METALAB_IF_SUCCESS", if_success, |options, text| options.if_success(one_of(text, &POLICIES)?)),
    row!("durable", "METALAB_DURABLE", durable, |options, text| options.durable(yes_or_no(text)?)),
    row!("index_wait", "METALAB_INDEX_WAIT", index_wait, |options, text| options.index_wait(span(text)?)),
    row!("signals", "METALAB_SIGNALS", signals, |options, text| options.environment_signals = signals(text)?),
    row!("end_time", "METALAB_END_TIME", end_time, |options, text| options.end_time_seconds(whole(text)?)),
    row!("stop_before", "METALAB_STOP_BEFORE", stop_before, |options, text| options.stop_before(span(text)?)),
    row!("role", "METALAB_ROLE", role, |options, text| options.role(one_of(text, &ROLES)?)),
    row!("rank"),
    row!("ranks_param", "METALAB_RANKS_PARAM", ranks_param, |options, text| options.ranks_param(text)),
    row!("attach_patience", "METALAB_ATTACH_SECONDS", attach_patience, |options, text| options.attach_patience(span(text)?)),
    row!("restart", "METALAB_RESTART_STEP", restart, |options, text| options.restart(whole(text)?)),
];

/// The variable that lists options of which the environment goes before the code.
const OVERRIDE: &str = "METALAB_OVERRIDE";

/// Variables that add to what is set.
const ADDED: [&str; 4] = ["METALAB_PARAMS", "METALAB_CONTEXT", "METALAB_METADATA", "METALAB_TAGS"];

/// The variables of a list of their ends, as in "experiment,params".
fn overridden(list: &str) -> Result<Vec<&'static str>> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let find = |word: &str| {
        let is_it =
            |name: &&str| name.strip_prefix("METALAB_").is_some_and(|end| end.eq_ignore_ascii_case(word));
        TABLE.iter().map(|row| row.variable).find(is_it).ok_or_else(|| {
            let text = format!("{word:?} is no variable's end, as in \"experiment,params\"");
            Error::new(ErrorKind::Value, text).context(OVERRIDE)
        })
    };
    words.map(find).collect()
}

const POLICIES: [(&str, IfSuccess); 3] =
    [("rerun", IfSuccess::Rerun), ("refuse", IfSuccess::Refuse), ("skip", IfSuccess::Skip)];

const ROLES: [(&str, Role); 4] =
    [("auto", Role::Auto), ("owner", Role::Owner), ("worker", Role::Worker), ("ranks", Role::Ranks)];

impl Options {
    /// These options, and from the environment those that are not set; objects get the members that they do
    /// not have, and tags those of the variable. What `METALAB_OVERRIDE` lists goes before what is set.
    ///
    /// # Errors
    /// When a variable's value is not of its kind; the message names the variable.
    pub(crate) fn with_environment(&self) -> Result<Self> {
        let first = variable(OVERRIDE)?.map_or(Ok(Vec::new()), |list| overridden(&list))?;
        let mut options = self.clone();
        let (kept, read): (Vec<_>, Vec<_>) = TABLE
            .iter()
            .filter(|row| !row.variable.is_empty())
            .partition(|row| (row.is_set)(self) && !first.contains(&row.variable));
        for row in kept.into_iter().filter(|row| ADDED.contains(&row.variable)) {
            row.read_into(&mut options)?;
        }
        // The members that were set go over those that were added.
        for (all, own) in options.objects().into_iter().zip(self.clone().objects()) {
            if let (Some(all), Some(own)) = (all, own) {
                all.append(own);
            }
        }
        for row in read {
            row.read_into(&mut options)?;
        }
        if options.end_time.is_none() {
            options.end_time = others("SLURM_JOB_END_TIME").and_then(|end| end.parse().ok());
        }
        Ok(options)
    }

    /// A line for the log where the run is to stop before the end of its job, and SLURM, as of some versions,
    /// does not say when that is.
    pub(crate) fn end_is_unknown(&self) -> Option<String> {
        let is_asked = self.stop_before.is_some_and(|margin| !margin.is_zero()) && self.end_time.is_none();
        let job = others("SLURM_JOB_ID").filter(|_| is_asked)?;
        Some(format!(
            "Capture can't stop before the end of the job: SLURM does not say when that is. In the job's script, \
             before the solver: export METALAB_END_TIME=$(date -d \"$(squeue -h -j {job} -o %e)\" +%s)"
        ))
    }

    fn objects(&mut self) -> [Option<&mut Object>; 3] {
        [self.params.as_mut(), self.context.as_mut(), self.metadata.as_mut()]
    }

    /// Adds the tags of a list that commas separate.
    fn add_tags(&mut self, list: &str) {
        for tag in list.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            self.add_tag(tag);
        }
    }
}

/// Returns whether `METALAB_DISABLED` turns every capture of this process into one that keeps nothing.
///
/// # Errors
/// When it says neither yes nor no.
pub(crate) fn disabled() -> Result<bool> {
    is_on("METALAB_DISABLED")
}

/// Signals by name: `fatal`, `stop`, `interrupt`, or several with commas.
fn signals(text: &str) -> Result<Signals> {
    let mut signals = Signals::default();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match one_of(word, &[("fatal", 0), ("stop", 1), ("interrupt", 2)])? {
            0 => signals.fatal = true,
            1 => signals.stop = true,
            _ => signals.interrupt = true,
        }
    }
    Ok(signals)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(path: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    /// The functions `metalab_options_...` of the header, each with its comment.
    fn setters(header: &str) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        let mut end = 0;
        for (at, start) in header.match_indices("\nmetalab_status_t metalab_options_") {
            let name = &header[at + start.len()..];
            let name = &name[..name.find('(').unwrap()];
            let comment = header[end..at].rfind("/*").unwrap();
            found.push((name.to_owned(), &header[end + comment..at]));
            end = at;
        }
        found
    }

    #[test]
    fn every_option_has_a_setter_in_every_binding_and_a_documented_variable() {
        let (header, page) = (file("include/metalab.h"), file("docs/environment.md"));
        let setters = setters(&header);
        let bindings = [
            ("C++", file("bindings/cpp/metalab/options.hpp"), "metalab_options_"),
            ("Fortran", file("bindings/fortran/src/metalab_options.f90"), "c_options_"),
            ("Julia", file("bindings/julia/src/options.jl"), "metalab_options_"),
            ("R", file("bindings/r/src/run.c"), "metalab_options_"),
        ];
        let mut wrong = Vec::new();
        for Row { name, variable, .. } in &TABLE {
            match setters.iter().find(|(setter, _)| setter == name) {
                Some((_, comment)) if !comment.contains(variable) => {
                    wrong.push(format!("metalab_options_{name} does not name {variable}"));
                }
                Some(_) => {}
                None => wrong.push(format!("C has no metalab_options_{name}")),
            }
            if !page.contains(&format!("`{variable}`")) && !variable.is_empty() {
                wrong.push(format!("docs/environment.md has no {variable}"));
            }
            for (binding, source, prefix) in &bindings {
                let call = format!("{prefix}{name}");
                let is_called = source.match_indices(&call).any(|(at, call)| {
                    let next = source[at + call.len()..].chars().next();
                    !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
                });
                // R needs the signals for itself.
                if !is_called && (*binding, *name) != ("R", "signals") {
                    wrong.push(format!("{binding} has no {name}"));
                }
            }
        }
        for (setter, _) in &setters {
            let is_known = TABLE.iter().any(|row| row.name == setter) || setter.starts_with("param_");
            // The variables of a namelist are parameters, too.
            if !is_known && !["new", "run", "namelist"].contains(&setter.as_str()) {
                wrong.push(format!("metalab_options_{setter} is not in the table"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(setters.len() > TABLE.len(), "only {} setters were found", setters.len());
    }

    #[test]
    fn a_variable_sets_its_option_and_no_other() {
        let texts = |row: &Row| match row.name {
            "params_json" | "context_json" | "metadata_json" => "{\"a\": 1}",
            "if_success" => "skip",
            "role" => "worker",
            "signals" => "stop, fatal",
            _ => "1",
        };
        for row in TABLE.iter().filter(|row| !row.variable.is_empty()) {
            let mut options = Options::new();
            assert!(!(row.is_set)(&options), "{}", row.name);
            (row.read)(&mut options, texts(row)).unwrap();
            let set = TABLE.iter().filter(|row| !row.variable.is_empty() && (row.is_set)(&options));
            let set: Vec<_> = set.map(|row| row.name).collect();
            // The variable for signals is kept apart: it is not followed everywhere.
            let wanted = if row.name == "signals" { vec![] } else { vec![row.name] };
            assert_eq!(set, wanted);
        }
        assert_eq!(overridden("experiment, params").unwrap(), ["METALAB_EXPERIMENT", "METALAB_PARAMS"]);
        assert!(overridden("experiment,parms").unwrap_err().message().contains("\"parms\""));
        let mut options = Options::new();
        options.add_tags(" a, ,b,a");
        assert_eq!(options.tags, ["a", "b"]);
        assert_eq!(signals("fatal").unwrap(), Signals { fatal: true, ..Signals::default() });
        let interrupt = Signals { stop: true, interrupt: true, fatal: false };
        assert_eq!(signals("interrupt, stop").unwrap(), interrupt);
        assert!(signals("fatal;stop").is_err());
    }
}
