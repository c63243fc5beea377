use super::*;

fn curve(points: &[(f64, f64)]) -> Curve {
    let pieces = points.iter().map(|(x, y)| Piece::point(*x, *y)).collect();
    Curve { label: "loss".into(), color: 0, pieces }
}

fn labels(low: f64, high: f64, scaling: Scaling, wanted: usize) -> Vec<String> {
    let ticks = Scale::new(low, high, scaling).ticks(wanted);
    ticks.into_iter().map(|(_, label)| label).collect()
}

#[test]
fn ticks_are_round() {
    assert_eq!(labels(0.0, 1.0, Scaling::Linear, 5), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
    assert_eq!(labels(-3.0, 7.0, Scaling::Linear, 4), ["0", "5"]);
    assert_eq!(labels(100.0, 100.3, Scaling::Linear, 3), ["100", "100.1", "100.2", "100.3"]);
    assert_eq!(labels(0.0, 1e6, Scaling::Linear, 2), ["0", "500k", "1M"]);
    assert_eq!(labels(1e-8, 1e-4, Scaling::Chosen, 8), ["1e-8", "1e-7", "1e-6", "1e-5", "0.0001"]);
    assert_eq!(labels(1e-8, 1.0, Scaling::Chosen, 3), ["1e-6", "0.001", "1"]);
    assert_eq!(labels(2.0, 5.0, Scaling::Logarithmic, 3), ["2", "3", "4", "5"]);
    for (low, high) in [(f64::MIN, f64::MAX), (5.0, 5.0), (0.0, 0.0), (1e300, 1e300), (-1e-320, 1e-320)] {
        let scale = Scale::new(low, high, Scaling::Chosen);
        assert!(scale.low < scale.high && scale.ticks(4).len() < 10, "{scale:?}");
        assert!((0.0..=1.0).contains(&scale.place(low)), "{scale:?}");
    }
}

#[test]
fn an_axis_is_logarithmic_where_positive_values_span_two_decades() {
    let is_log = |low, high| Scale::new(low, high, Scaling::Chosen).is_log;
    assert!(is_log(0.001, 1.0));
    assert!(!is_log(0.5, 1.0) && !is_log(0.0, 1.0) && !is_log(-1.0, 1e9) && !is_log(1.0, 100.0));
    assert!(!Scale::new(-1.0, 1.0, Scaling::Logarithmic).is_log, "there is no logarithm");
    let scale = Scale::new(1e-4, 1.0, Scaling::Chosen);
    assert!((scale.place(1e-2) - 0.5).abs() < 1e-12 && (scale.value(0.5) - 1e-2).abs() < 1e-12);
}

#[test]
fn a_chart_has_axes_and_the_curve() {
    let curves = [curve(&(0..=20).map(|x| (f64::from(x), f64::from(x * x))).collect::<Vec<_>>())];
    let plot = Plot { curves: &curves, x_title: "step", ..Plot::default() };
    let lines = plot.draw(40, 10).lines();
    assert_eq!(
        lines,
        [
            "400┤                                 ⢀⠔⠊",
            "   │                               ⣀⠔⠁",
            "   │                            ⢀⠤⠊",
            "   │                         ⢀⡠⠊⠁",
            "200┤                      ⣀⠔⠊⠁",
            "   │                 ⢀⣀⠤⠒⠉",
            "   │           ⢀⣀⡠⠤⠒⠊⠁",
            "  0┤⣀⣀⣀⣀⡠⠤⠤⠤⠒⠒⠉⠁",
            "   └┬─────────────────┬─────────────────",
            "    0                10             step",
        ]
        .map(String::from),
        "\n{}",
        lines.join("\n")
    );
}

#[test]
fn what_is_no_number_is_a_gap_with_a_mark() {
    let curves = [curve(&[(0.0, 1.0), (1.0, f64::NAN), (2.0, 1.0), (3.0, f64::INFINITY)])];
    let picture = Plot { curves: &curves, ..Plot::default() }.draw(8, 3);
    let text = picture.lines().join("\n");
    assert_eq!(text.matches('×').count(), 2, "{text}");
    let dots = text.chars().filter(|symbol| ('\u{2801}'..'\u{28ff}').contains(symbol)).count();
    assert_eq!(dots, 2, "no line over the gap:\n{text}");
}

#[test]
fn extremes_within_a_piece_are_drawn() {
    let mut piece = Piece::point(0.0, 0.0);
    (piece.x_end, piece.greatest) = (1.0, 10.0);
    let curves = [Curve { label: String::new(), color: 3, pieces: vec![piece, Piece::point(2.0, 0.0)] }];
    let picture = Plot { curves: &curves, ..Plot::default() }.draw(8, 3);
    assert!(picture.cells[..8].iter().any(|cell| cell.color == 3), "{:?}", picture.lines());
}

#[test]
fn any_size_and_any_curve_can_be_drawn() {
    let all = [
        curve(&[]),
        curve(&[(0.0, f64::NAN)]),
        curve(&[(f64::NAN, 1.0)]),
        curve(&[(0.0, 1.0)]),
        curve(&[(0.0, f64::MIN), (f64::MAX, f64::MAX)]),
    ];
    for curves in all.chunks(1).chain([all.as_slice()]) {
        for (width, height) in [(0, 0), (1, 1), (5, 2), (17, 4), (16, 6), (200, 60)] {
            let plot = Plot { curves, x_title: "a title", has_letters: true, ..Plot::default() };
            let picture = plot.draw(width, height);
            assert_eq!(picture.cells.len(), width * height);
        }
    }
    let none = Plot::default().draw(20, 3).lines().join("");
    assert!(none.contains("no points yet"), "{none}");
}
