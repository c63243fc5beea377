//! An offer of a run to a store, and how a store takes it: in this process, or on another host.

use std::io::Read;

use serde_json::{Value, json};

use crate::failure::{Failure, Result};

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the experiment's directory.
    pub path: String,
    pub size: u64,
    pub sha256: String,
}

/// A run as it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub experiment_id: String,
    pub run_id: String,
    /// When this attempt began, as the record says.
    pub started_at: String,
    /// True if the record says that the run goes on.
    pub is_running: bool,
    /// True if another attempt that is there is to be replaced.
    pub replace: bool,
    pub files: Vec<File>,
    /// Links among them: where, and where to.
    pub links: Vec<(String, String)>,
    /// The text of the manifest of artifacts, if there is one.
    pub manifest: Option<String>,
    /// The text of the record.
    pub record: String,
    /// The text of the manifest of the experiment, if there is one, but for the runs that it lists.
    pub experiment: Option<String>,
}

/// A store that takes runs.
pub trait Target {
    /// Offers a run; returns which of its files are needed.
    fn offer(&mut self, offer: &Offer) -> Result<Vec<usize>>;
    /// Sends a file that is needed.
    fn file(&mut self, index: usize, size: u64, content: &mut dyn Read) -> Result<()>;
    /// Shows the run to readers; or returns the files that were not what was offered, and leaves it.
    fn commit(&mut self) -> Result<Vec<usize>>;
    /// Ends it.
    fn end(&mut self) -> Result<()>;
}

impl Offer {
    pub fn json(&self) -> Value {
        let files: Vec<Value> =
            self.files.iter().map(|file| json!([file.path, file.size, file.sha256])).collect();
        json!({
            "experiment_id": self.experiment_id, "run_id": self.run_id, "started_at": self.started_at,
            "is_running": self.is_running, "replace": self.replace, "files": files, "links": self.links,
            "manifest": self.manifest, "record": self.record, "experiment": self.experiment,
        })
    }

    /// The offer in a message of another host.
    pub fn read(json: &Value) -> Result<Self> {
        let read = || -> Option<Self> {
            let text = |key: &str| json[key].as_str().map(str::to_owned);
            let file = |one: &Value| -> Option<File> {
                let [path, size, sha256] = one.as_array()?.as_slice() else { return None };
                let (path, sha256) = (path.as_str()?.to_owned(), sha256.as_str()?.to_owned());
                Some(File { path, size: size.as_u64()?, sha256 })
            };
            let link = |one: &Value| Some((one[0].as_str()?.to_owned(), one[1].as_str()?.to_owned()));
            Some(Self {
                experiment_id: text("experiment_id")?,
                run_id: text("run_id")?,
                started_at: text("started_at")?,
                is_running: json["is_running"].as_bool()?,
                replace: json["replace"].as_bool()?,
                files: json["files"].as_array()?.iter().map(file).collect::<Option<_>>()?,
                links: json["links"].as_array()?.iter().map(link).collect::<Option<_>>()?,
                manifest: text("manifest"),
                record: text("record")?,
                experiment: text("experiment"),
            })
        };
        read().ok_or_else(|| Failure::new("the other side has sent no offer of a run"))
    }

    /// Refuses an offer that would write anything else than this run's files.
    pub fn check(&self) -> Result<()> {
        metalab::name::check_experiment_id(&self.experiment_id)?;
        metalab::name::check_run_id(&self.run_id)?;
        let run_id = &self.run_id;
        let starts =
            [format!("artifacts/{run_id}/"), format!("results/{run_id}/"), format!("logs/{run_id}_")];
        let is_inside = |path: &str| {
            let is_plain =
                path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'));
            let has_start = starts.iter().any(|start| path.starts_with(start));
            is_plain && (has_start || path == format!("derived/{run_id}.json"))
        };
        // A link leads from one entry to another of the same directory.
        let is_short = |path: &str, to: &str| {
            let depth = path.matches('/').count().saturating_sub(2);
            let rest = to.trim_start_matches("../");
            let up = (to.len() - rest.len()) / 3;
            up <= depth
                && !rest.starts_with('/')
                && rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
        };
        let wrong = |path: &str| Failure::new(format!("{path} is no file of run {run_id}"));
        for file in &self.files {
            if !is_inside(&file.path) {
                return Err(wrong(&file.path));
            }
        }
        for (path, to) in &self.links {
            if !is_inside(path) || !path.starts_with("results/") || !is_short(path, to) {
                return Err(wrong(path));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(path: &str, link: Option<(&str, &str)>) -> Offer {
        Offer {
            experiment_id: "heat:1".into(),
            run_id: "r".into(),
            started_at: String::new(),
            is_running: false,
            replace: false,
            files: vec![File { path: path.into(), size: 1, sha256: "ab".into() }],
            links: link.into_iter().map(|(path, to)| (path.into(), to.into())).collect(),
            manifest: None,
            record: "{}".into(),
            experiment: Some("{}".into()),
        }
    }

    #[test]
    fn an_offer_writes_the_run_s_files_alone() {
        for good in ["artifacts/r/a/b.npz", "results/r/x.json", "logs/r_run.log", "derived/r.json"] {
            let offer = offer(good, Some(("results/r/a/b.json", "../c.json")));
            offer.check().unwrap();
            assert_eq!(Offer::read(&offer.json()).unwrap(), offer);
        }
        for bad in ["runs/r.json", "artifacts/r/../q/x", "/etc/passwd", "artifacts/q/x", "results/r//x", "x"]
        {
            assert!(offer(bad, None).check().is_err(), "{bad}");
        }
        for (path, to) in
            [("results/r/a.json", "../b.json"), ("results/r/a.json", "/etc/x"), ("artifacts/r/a", "b")]
        {
            assert!(offer("derived/r.json", Some((path, to))).check().is_err(), "{path} {to}");
        }
    }
}
