//! The report of runs: one HTML page with everything in it.

mod artifacts;
mod compared;
mod curves;
mod entries;
mod facts;
mod fields;
mod logs;
mod numbers;
mod page;
mod pictures;

use metalab::read::Run;
use serde::Serialize;

use crate::failure::Result;
use crate::format;

/// Everything that the page shows.
#[derive(Debug, Serialize)]
struct Content {
    /// The title of the page.
    title: String,
    /// When the page was made.
    made: String,
    version: &'static str,
    runs: Vec<facts::Head>,
    facts: Vec<facts::Fact>,
    params: compared::Table,
    metrics: compared::Table,
    /// The charts of series and of one-dimensional data.
    charts: Vec<curves::Chart>,
    texts: Vec<curves::Texts>,
    pictures: pictures::Pictures,
    entries: Vec<entries::Entry>,
    logs: Vec<logs::Log>,
    artifacts: Vec<artifacts::Listed>,
    /// The parts that could not be read.
    problems: Vec<String>,
}

/// The page about these runs. What can't be read of them is said on the page.
pub fn page(runs: &[Run]) -> Result<String> {
    let mut problems = Vec::new();
    let heads = facts::heads(runs);
    let curves::Curves { mut charts, texts, units } = curves::read(runs, &mut problems);
    let mut pictures = pictures::Pictures::default();
    for (index, run) in runs.iter().enumerate() {
        pictures.add_of(index, run, &mut problems);
    }
    let entries = entries::read(runs, &mut charts, &mut pictures, &mut problems);
    for chart in &mut charts {
        chart.describe(&heads);
    }
    let content = Content {
        title: title(&heads),
        made: format::local_time(format::now()),
        version: env!("CARGO_PKG_VERSION"),
        facts: facts::read(runs),
        params: compared::params(runs),
        metrics: compared::metrics(runs, &units),
        charts,
        texts,
        pictures,
        entries,
        logs: logs::read(runs, &mut problems),
        artifacts: artifacts::read(runs, &mut problems),
        runs: heads,
        problems,
    };
    page::render(&content)
}

fn title(heads: &[facts::Head]) -> String {
    match heads {
        [one] => format!("{} {}", one.experiment, one.label),
        several => {
            let mut experiments: Vec<&str> = several.iter().map(|head| head.experiment.as_str()).collect();
            experiments.dedup();
            format!("{} runs of {}", several.len(), experiments.join(", "))
        }
    }
}

/// `text`, cut after about `most` bytes.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
