//! Groups of runs, and the mean, the least and the greatest of what they have.

use std::collections::HashMap;

use metalab::Json;

use super::grid::{Grid, compare, number};

/// A column: its name, and a value for each run.
type Column = (String, Vec<Option<Json>>);

/// The groups of `runs` runs with the same values in the columns `by`.
pub fn of(by: &[Column], columns: &[Column], runs: usize) -> Grid {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for run in 0..runs {
        let text = |(_, values): &Column| values[run].as_ref().map(Json::to_compact).unwrap_or_default();
        let key = by.iter().map(text).collect::<Vec<_>>().join("\n");
        let group = *known.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(run);
    }
    groups.sort_by(|a, b| {
        let order = by.iter().map(|(_, values)| compare(&values[a[0]], &values[b[0]], false));
        order.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let mut headings: Vec<String> = by.iter().map(|(name, _)| name.clone()).collect();
    headings.push("count".to_owned());
    for (name, _) in columns {
        headings.extend(["mean", "min", "max"].map(|figure| format!("{name}.{figure}")));
    }
    let row = |group: &Vec<usize>| {
        let mut row: Vec<Option<Json>> = by.iter().map(|(_, values)| values[group[0]].clone()).collect();
        row.push(Some(Json::Int(group.len() as i64)));
        for (_, values) in columns {
            let numbers: Vec<f64> = group.iter().filter_map(|run| number(values[*run].as_ref()?)).collect();
            row.extend(figures(&numbers).map(|figure| figure.map(Json::Float)));
        }
        row
    };
    Grid { headings, rows: groups.iter().map(row).collect() }
}

/// The mean, the least and the greatest.
fn figures(numbers: &[f64]) -> [Option<f64>; 3] {
    if numbers.is_empty() {
        return [None; 3];
    }
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let least = numbers.iter().copied().reduce(f64::min);
    [Some(mean), least, numbers.iter().copied().reduce(f64::max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_figures() {
        let n = |value: i64| Some(Json::Int(value));
        let by = [("n".to_owned(), vec![n(2), n(1), n(2), None])];
        let loss = [("loss".to_owned(), vec![Some(Json::Float(1.0)), Some(Json::from("x")), n(3), None])];
        let grid = of(&by, &loss, 4);
        assert_eq!(grid.headings, ["n", "count", "loss.mean", "loss.min", "loss.max"]);
        let float = |value| Some(Json::Float(value));
        assert_eq!(grid.rows[0], [n(1), n(1), None, None, None]);
        assert_eq!(grid.rows[1], [n(2), n(2), float(2.0), float(1.0), float(3.0)]);
        assert_eq!(grid.rows[2][0], None);
        let [mean, least, greatest] = figures(&[1.0, f64::NAN]);
        assert!(mean.is_some_and(f64::is_nan) && least == Some(1.0) && greatest == Some(1.0));
    }
}
