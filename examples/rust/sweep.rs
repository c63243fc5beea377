//! A sweep over a parameter, of which runs that are a success already are read and not solved again.
use metalab::{Capture, IfSuccess, Json, Opened, Options, Result};

fn peak_of(n: i64) -> Result<f64> {
    let mut options = Options::new();
    options.store("runs").if_success(IfSuccess::Skip).experiment("sweep:1")?.param("n", n)?;
    match Capture::open(&options)? {
        Opened::Skipped(_) => {
            let earlier = Capture::earlier(&options)?.expect("it was skipped");
            Ok(earlier.metric("peak").and_then(Json::as_f64).expect("every run has it"))
        }
        Opened::Capture(run) => {
            println!("solving {n}");
            let peak = 1.0 / n as f64;
            run.metric("peak", peak)?;
            run.finish()?;
            Ok(peak)
        }
    }
}

fn main() -> Result<()> {
    let peaks = [64, 128].map(|n| peak_of(n).map(|peak| (n, peak)));
    for one in peaks {
        let (n, peak) = one?;
        println!("{n} {peak:.4}");
    }
    Ok(())
}
