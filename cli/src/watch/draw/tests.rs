use std::collections::BTreeSet;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::watch::charts::Along;
use crate::watch::model::Line;
use crate::watch::once;
use crate::watch::picture::Field;

/// A run with these series, each of 101 points of `value`.
fn run(id: &str, names: &[&str], value: impl Fn(i64) -> f64) -> Watched {
    let mut run = Watched::of(id, "heat:1", RunStatus::Running);
    for name in names {
        let mut line = Line { name: (*name).to_owned(), unit: Some("K".into()), ..Line::default() };
        (0..=100).for_each(|step| line.buckets.add(step, value(step)));
        run.lines.push(line);
    }
    run.last_step = Some(100);
    run.is_read = true;
    run
}

/// A frame, as text and as a buffer.
fn drawn(runs: &[&Watched], colors: Colors, ui: &mut Ui, width: u16, height: u16) -> (String, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let scene = Scene { runs, patterns: &[], colors, now: (Instant::now(), UNIX_EPOCH) };
    terminal.draw(|shown| frame(&scene, ui, shown.buffer_mut())).unwrap();
    let buffer = terminal.backend().buffer().clone();
    (once::text(&buffer).join("\n"), buffer)
}

#[test]
fn a_frame_has_the_run_its_curves_and_its_log() {
    let mut one = run("abc", &["loss"], |step| step as f64);
    let line = LogLine {
        text: "2026-11-28 21:53:07 [WARNING] [metalab.run.a] hot".into(),
        time: String::new(),
        severity: Severity::Warning,
    };
    one.log.push_back(line);
    let (text, buffer) = drawn(&[&one], Colors::Full, &mut Ui::default(), 60, 16);
    let wanted = "\
● running  abc  heat:1  step 100
loss [K] 100
100┤                                                 ⢀⣀⠤⠤⠒⠒⠉
   │                                          ⣀⣀⡠⠤⠒⠊⠉⠁
   │                                   ⣀⣀⠤⠤⠒⠊⠉
   │                            ⢀⣀⠤⠔⠒⠉⠉
 50┤                     ⣀⡠⠤⠔⠒⠉⠉⠁
   │              ⣀⡠⠤⠒⠒⠉⠉
   │      ⢀⣀⡠⠤⠒⠊⠉⠉
  0┤⣀⠤⠔⠒⠒⠉⠁
   └┬───────────────────────────┬───────────────────────────
    0                          50                       step
── log ─────────────────────────────────────────────────────
2026-11-28 21:53:07 [WARNING] [metalab.run.a] hot

q quit  ? help  / filter  Enter focus  g log  l log axis  t";
    assert_eq!(text, wanted, "\n{text}");
    let yellow = buffer.content().iter().filter(|cell| cell.fg == Color::Yellow).count();
    assert!(yellow >= 40, "a warning has its colour");
}

#[test]
fn runs_and_ranks_share_a_chart_in_colours_of_their_own() {
    let names = ["loss", "loss@rank.1", "loss@rank.10", "loss@rank.2"];
    let one = run("abc", &names, |step| step as f64);
    let (text, buffer) = drawn(&[&one], Colors::Indexed, &mut Ui::default(), 80, 24);
    assert!(text.contains("loss [K] run rank.1 rank.2 rank.10"), "{text}");
    let colors: BTreeSet<String> = buffer.content().iter().map(|cell| cell.fg.to_string()).collect();
    assert!(colors.len() >= 5, "{colors:?}");

    let other = run("def", &["loss"], |step| -step as f64);
    let (text, buffer) = drawn(&[&one, &other], Colors::None, &mut Ui::default(), 80, 24);
    assert!(text.contains("a=abc b=abc rank.1"), "{text}");
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let mut ui = Ui { is_focused: true, ..Ui::default() };
    let (text, _) = drawn(&[&one, &other], Colors::Full, &mut ui, 100, 30);
    assert!(text.contains("least -100") && text.contains("greatest 0"), "{text}");
}

#[test]
fn many_series_are_small_charts_on_pages() {
    let names: Vec<String> = (0..100).map(|number| format!("s{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let one = run("abc", &names, |step| step as f64);
    let mut ui = Ui { log: LogSize::Hidden, ..Ui::default() };
    let (text, _) = drawn(&[&one], Colors::Full, &mut ui, 120, 30);
    assert!(text.contains("s00 [K]") && text.contains("s15 [K]") && !text.contains("s16 [K]"), "{text}");
    assert!(text.contains("page 1/7"), "{text}");
    ui.selected = 99;
    let (text, _) = drawn(&[&one], Colors::Full, &mut ui, 120, 30);
    assert!(text.contains("s99 [K]") && text.contains("page 7/7"), "{text}");
    ui.filter = "S42".into();
    let (text, _) = drawn(&[&one], Colors::Full, &mut ui, 120, 30);
    assert!(text.contains("s42 [K]") && !text.contains("s41 [K]") && ui.selected == 0, "{text}");
    ui.filter = "nothing".into();
    assert!(drawn(&[&one], Colors::Full, &mut ui, 120, 30).0.contains("no series has such a name"));
}

#[test]
fn the_values_at_the_cursor_are_shown() {
    let one = run("abc", &["loss"], |step| 2.0 * step as f64);
    let mut ui = Ui { mouse: Some(Position::new(40, 5)), ..Ui::default() };
    let (text, _) = drawn(&[&one], Colors::Full, &mut ui, 80, 24);
    assert!(text.contains("┊"), "{text}");
    let title = text.lines().find(|line| line.starts_with("loss [K]")).unwrap();
    let words: Vec<f64> = title.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(words.len() == 2 && (words[1] - 2.0 * words[0]).abs() < 2.0, "{title}");
}

#[test]
fn how_a_run_stands_is_shown() {
    let mut one = run("abc", &["loss"], |step| step as f64);
    one.deadline = Some(120);
    let text = drawn(&[&one], Colors::Full, &mut Ui::default(), 80, 24).0;
    assert!(text.starts_with("● running") && text.contains("2m00s left"), "{text}");
    one.status = RunStatus::Dead;
    assert!(drawn(&[&one], Colors::Full, &mut Ui::default(), 80, 24).0.starts_with("● dead"));
    one.status = RunStatus::Running;
    let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    one.pulse = crate::watch::pulse::Pulse::new(long_ago, Some(Duration::from_secs(1)));
    assert!(
        drawn(&[&one], Colors::Full, &mut Ui::default(), 80, 24).0.starts_with("● stalled: nothing for 1m")
    );
    one.id = "\u{1b}[31mred".into();
    assert!(!drawn(&[&one], Colors::Full, &mut Ui::default(), 80, 24).0.contains('\u{1b}'));
}

#[test]
fn x_is_the_time_or_the_axis_that_was_declared() {
    let mut one = run("abc", &["loss", "energy"], |step| 1000.0 * step as f64);
    one.lines[0].axis = Some("energy".into());
    one.clock.note(0, 0.0);
    one.clock.note(100, 7.0);
    let mut ui = Ui { filter: "loss".into(), ..Ui::default() };
    let title = |ui: &mut Ui| {
        let text = drawn(&[&one], Colors::Full, ui, 80, 24).0;
        text.lines()
            .find(|line| line.ends_with("energy [K]") || line.ends_with(" s") || line.ends_with("step"))
            .unwrap()
            .to_owned()
    };
    assert!(title(&mut ui).contains("60k"), "{}", title(&mut ui));
    ui.along = Along::Time;
    assert!(title(&mut ui).trim().starts_with("0 ") && title(&mut ui).contains(" 6 "), "{}", title(&mut ui));
    ui.along = Along::Step;
    assert!(title(&mut ui).contains("60 "), "{}", title(&mut ui));
}

#[test]
fn a_field_is_drawn_in_halves_of_cells() {
    let mut one = run("abc", &["loss"], |step| step as f64);
    let pixels = vec![[255, 0, 0], [255, 0, 0], [0, 0, 255], [0, 0, 255]];
    let (name, hash) = ("u".to_owned(), String::new());
    one.field = Some(Field { name, hash, range: Some((0.0, 1.0)), width: 2, height: 2, pixels });
    let mut ui = Ui { has_fields: true, ..Ui::default() };
    let (text, buffer) = drawn(&[&one], Colors::Full, &mut ui, 80, 24);
    assert!(text.contains("u  0 … 1") && text.contains('▀'), "{text}");
    let has = |red, blue| buffer.content().iter().any(|cell| cell.fg == Color::Rgb(red, 0, blue));
    assert!(has(255, 0) && has(0, 255));
    let (_, buffer) = drawn(&[&one], Colors::None, &mut ui, 80, 24);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset));
}

#[test]
fn any_terminal_has_a_frame() {
    let one = run("abc", &["loss", "loss@rank.1", "b", "c"], |step| step as f64);
    for (width, height) in [(1, 1), (2, 1), (10, 3), (20, 6), (40, 10), (80, 24), (300, 90)] {
        for log in [LogSize::Hidden, LogSize::Small, LogSize::Half, LogSize::Whole] {
            for is_focused in [false, true] {
                let mut ui = Ui { log, is_focused, has_help: true, ..Ui::default() };
                drawn(&[&one, &one], Colors::Full, &mut ui, width, height);
            }
        }
    }
    drawn(&[], Colors::Full, &mut Ui::default(), 80, 24);
}
