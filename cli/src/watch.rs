//! Live curves in the terminal: readers fill a model of the runs, frames are drawn of it when it has changed.

mod buckets;
mod charts;
mod clock;
mod colors;
mod draw;
pub mod finder;
mod layout;
mod log;
mod model;
pub mod once;
mod picture;
mod pulse;
pub mod reader;
mod screen;
mod ui;

pub use charts::Along;
pub use colors::Colors;
pub use model::Model;
pub use ui::Ui;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use ratatui::crossterm::event;

use crate::failure::{Answer, Failure, Result};
use draw::Scene;
use model::lock;
use screen::Screen;
use ui::After;

/// How often it is looked for news while there are some, and while there are none.
const SOON: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_millis(100);

/// For how long after news others are expected.
const LIVELY: Duration = Duration::from_secs(2);

/// Shows the model until somebody quits; there is `interval` between two frames at least.
pub fn show(model: &Model, patterns: &[String], colors: Colors, interval: Duration) -> Result<Answer> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot use the terminal: {error}"));
    let mut screen = Screen::take().map_err(failed)?;
    let ended = watch(&mut screen, model, patterns, colors, interval);
    model.is_over.store(true, Ordering::Relaxed);
    drop(screen);
    ended.map_err(failed)?;
    if screen::has_panicked() {
        return Err(Failure::new("a part of mlab failed, as the message before says"));
    }
    Ok(screen::signal().map_or(Answer::Yes, |signal| Answer::Status(128 + signal as u8)))
}

fn watch(
    screen: &mut Screen,
    model: &Model,
    patterns: &[String],
    colors: Colors,
    interval: Duration,
) -> std::io::Result<()> {
    let mut ui = Ui::default();
    let (mut seen, mut second, mut is_due) = (0, u64::MAX, true);
    let (mut drawn, mut news): (Option<Instant>, Instant) = (None, Instant::now());
    let start = Instant::now();
    while screen::signal().is_none() && !screen::has_panicked() {
        let (version, seconds) = (model.version(), start.elapsed().as_secs());
        if version != seen {
            (news, is_due) = (Instant::now(), true);
        }
        // The time goes on, and so does a silence.
        is_due |= seconds != second;
        let wait = match drawn.map(|drawn| interval.saturating_sub(drawn.elapsed())) {
            Some(left) if is_due && !left.is_zero() => left,
            _ if is_due => {
                (seen, second, is_due, drawn) = (version, seconds, false, Some(Instant::now()));
                draw_frame(screen, model, patterns, colors, &mut ui)?;
                Duration::ZERO
            }
            _ if news.elapsed() < LIVELY => SOON,
            _ => IDLE,
        };
        if !screen.wait(wait)? {
            continue;
        }
        while event::poll(Duration::ZERO)? {
            match ui.event(&event::read()?) {
                After::Quit => return Ok(()),
                After::Redraw => screen.terminal.clear()?,
                After::Suspend => screen.suspend()?,
                After::Draw => {}
                After::Nothing => continue,
            }
            is_due = true;
        }
        model.wants_fields.store(ui.has_fields, Ordering::Relaxed);
    }
    Ok(())
}

fn draw_frame(
    screen: &mut Screen,
    model: &Model,
    patterns: &[String],
    colors: Colors,
    ui: &mut Ui,
) -> std::io::Result<()> {
    let runs = model.runs();
    let guards: Vec<_> = runs.iter().map(|run| lock(run)).collect();
    let runs: Vec<_> = guards.iter().map(|guard| &**guard).collect();
    let scene = Scene { runs: &runs, patterns, colors, now: (Instant::now(), SystemTime::now()) };
    screen.terminal.draw(|frame| draw::frame(&scene, ui, frame.buffer_mut())).map(drop)
}
