//! Ranks of a program that took no part in its run: the record says which, since its metrics and series
//! are then not those of the whole program.

use std::collections::BTreeSet;

use super::seat::Seat;
use crate::base::json::Json;

/// Ranges of ranks that the warning names, at most.
const NAMED: usize = 8;

/// The warning of the ranks that took no part, if some are missing. A run that rank 0 alone has opened was
/// meant to be so.
pub(super) fn warning(owner: &Seat, seats: &[Seat]) -> Option<Json> {
    let size = owner.notice.i64_at("size").filter(|_| owner.notice.i64_at("expects") > Some(0))?;
    let ranks: BTreeSet<i64> = seats.iter().map(Seat::rank).filter(|rank| (0..size).contains(rank)).collect();
    let absent = size - ranks.len() as i64;
    if ranks.len() < 2 || absent == 0 {
        return None;
    }
    let message = format!("{absent} of {size} ranks took no part in the run");
    Some(Json::object([("message", message), ("reason", format!("absent: {}", describe(&ranks, size)))]))
}

/// The ranks below `size` that are not in `ranks`, in words.
fn describe(ranks: &BTreeSet<i64>, size: i64) -> String {
    let mut next = 0;
    let mut gaps = Vec::new();
    for rank in ranks.iter().copied().chain([size]) {
        match rank - next {
            0 => {}
            1 => gaps.push(format!("rank {next}")),
            _ => gaps.push(format!("ranks {next} to {}", rank - 1)),
        }
        next = rank + 1;
    }
    let more = gaps.len().saturating_sub(NAMED);
    gaps.truncate(NAMED);
    let more = if more > 0 { format!(", and {more} more ranges") } else { String::new() };
    gaps.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_named_and_many_are_counted() {
        let some = |ranks: &[i64], size| describe(&ranks.iter().copied().collect(), size);
        assert_eq!(some(&[0, 1, 3, 7], 9), "rank 2, ranks 4 to 6, rank 8");
        assert_eq!(some(&[0, 9], 10), "ranks 1 to 8");
        let even: Vec<i64> = (0..20).step_by(2).collect();
        assert!(some(&even, 20).ends_with("rank 15, and 2 more ranges"), "{}", some(&even, 20));
    }
}
