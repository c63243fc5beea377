//! All runs of a store, the best first.
use metalab::read::{Query, Store, Values};

fn main() -> metalab::Result<()> {
    let query = Query { filter: "metrics.peak exists order by metrics.peak", ..Query::default() };
    let table = Store::open("runs")?.runs(&query)?;
    let column = |name| table.column(name).map(|column| &column.values);
    let (Some(Values::Int(n)), Some(Values::Float(peak)), Some(Values::Text(status))) =
        (column("params.n"), column("metrics.peak"), column("status"))
    else {
        return Ok(()); // there is no run yet
    };
    for (row, (n, peak)) in n.iter().zip(peak).enumerate() {
        println!("{n} {peak:.4} {}", status.get(row).unwrap_or_default());
    }
    Ok(())
}
