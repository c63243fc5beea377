//! A solver that goes on from its latest snapshot when it is started again.
use metalab::{Capture, DType, Opened, Options, Order, Result};

const N: usize = 64;
const STEPS: i64 = 100;

fn main() -> Result<()> {
    let mut options = Options::new();
    options.store("runs").experiment("restart:1")?.param("n", N as i64)?;

    let mut u = [0.0; N];
    u[N / 2] = 1.0;
    let mut last = 0;
    let mut before = Capture::earlier(&options)?; // is there an earlier attempt?
    if let Some(snapshot) = before.as_ref().map(|run| run.latest("u")).transpose()?.flatten() {
        u.copy_from_slice(snapshot.array()?.elements()?); // its last snapshot
        last = snapshot.step;
        options.restart(last + 1);
    }
    println!("from step {}", last + 1);

    let Opened::Capture(run) = Capture::open(&options)? else { return Ok(()) };
    let fields = run.snapshots("u", DType::Float64, Order::C, &[N as u64], ())?;
    for step in last + 1..=STEPS {
        let old = u;
        for i in 1..N - 1 {
            u[i] = old[i] + 0.25 * (old[i - 1] - 2.0 * old[i] + old[i + 1]);
        }
        run.metric_step("peak", step, u.iter().copied().fold(0.0, f64::max))?;
        if step % 50 == 0 {
            let field = fields.begin(step)?;
            // SAFETY: room for N numbers, which is nobody else's until it is sealed.
            unsafe { field.data().cast::<f64>().copy_from_nonoverlapping(u.as_ptr(), N) };
            field.seal()?;
        }
        if step == 70 && last == 0 {
            run.cancel(Some("the time is up"))?;
            break;
        }
    }
    run.finish()?;

    if let Some(before) = &mut before {
        before.refresh()?;
        println!("{} steps", before.last_step()?.unwrap_or_default());
    }
    Ok(())
}
