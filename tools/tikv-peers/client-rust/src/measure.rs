//! How it is timed.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tikv_client::Error;

use crate::operations::{Bench, Rng};

const WARM_UP: Duration = Duration::from_millis(500);

/// The figures of one measurement, without its warm-up, as a line of JSON.
pub async fn measure(bench: &Arc<Bench>, op: &str, concurrency: u64, seconds: f64) -> String {
    let warm = Instant::now() + WARM_UP;
    let end = warm + Duration::from_secs_f64(seconds);
    let mut workers = Vec::new();
    for w in 0..concurrency {
        let (bench, op) = (bench.clone(), op.to_string());
        workers.push(tokio::spawn(async move {
            let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
            let mut r = Rng(nanos ^ w);
            let (mut mine, mut conflicts, mut errors, mut first) = (Vec::new(), 0u64, 0u64, None);
            loop {
                let start = Instant::now();
                if start > end {
                    break;
                }
                let res = bench.run(&op, &mut r, w).await;
                if start < warm {
                    continue;
                }
                match res {
                    Ok(()) => mine.push(start.elapsed()),
                    Err(e) if is_conflict(&e) => conflicts += 1,
                    Err(e) => {
                        errors += 1;
                        first.get_or_insert(format!("{e:?}"));
                    }
                }
            }
            (mine, conflicts, errors, first)
        }));
    }
    tokio::time::sleep_until(warm.into()).await;
    let cpu = cpu_micros();
    let (mut all, mut conflicts, mut errors, mut first) = (Vec::new(), 0, 0, None);
    for w in workers {
        let (mine, c, e, f) = w.await.expect("worker");
        all.extend(mine);
        conflicts += c;
        errors += e;
        first = first.or(f);
    }
    let used = cpu_micros() - cpu;
    all.sort();
    let at = |p: f64| {
        let i = (p * all.len() as f64) as usize;
        all.get(i.min(all.len().saturating_sub(1)))
            .map_or(0.0, |d| d.as_micros() as f64 / 1000.0)
    };
    if let Some(f) = first {
        eprintln!("{op} at {concurrency}: {}", f.chars().take(300).collect::<String>());
    }
    format!(
        r#"{{"op":"{op}","concurrency":{concurrency},"ops":{},"ops_per_s":{},"p50_ms":{},"p99_ms":{},"cpu_us_per_op":{},"conflicts":{conflicts},"errors":{errors}}}"#,
        all.len(),
        all.len() as f64 / seconds,
        at(0.5),
        at(0.99),
        used / all.len().max(1) as f64
    )
}

fn is_conflict(e: &Error) -> bool {
    match e {
        Error::KeyError(k) => k.conflict.is_some(),
        Error::ExtractedErrors(es) | Error::MultipleKeyErrors(es) => es.iter().any(is_conflict),
        Error::PessimisticLockError { inner, .. } => is_conflict(inner),
        _ => format!("{e:?}").contains("WriteConflict"),
    }
}

/// User and system time of this process so far, all threads (Linux counts it in ticks of 10 ms).
fn cpu_micros() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may hold anything; times are the 12th and 13th field behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10_000.0
}
