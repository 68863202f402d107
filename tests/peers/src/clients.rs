//! Clients: each a thread that waits for its answer before it hands in the next.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;

/// How fast a load went.
pub struct Rate {
    /// Acknowledged per second.
    pub per_second: f64,
    p50: Duration,
    p99: Duration,
    p999: Duration,
}

impl Rate {
    /// The median and the slowest of a hundred and of a thousand, in milliseconds.
    pub fn latencies_ms(&self) -> [f64; 3] {
        [self.p50, self.p99, self.p999].map(|latency| latency.as_secs_f64() * 1e3)
    }

    /// As one JSON object.
    pub fn document(&self) -> Value {
        json!({
            "per_second": self.per_second,
            "p50_ms": self.p50.as_secs_f64() * 1e3,
            "p99_ms": self.p99.as_secs_f64() * 1e3,
            "p999_ms": self.p999.as_secs_f64() * 1e3,
        })
    }
}

/// Deals things out to clients, in turn.
pub fn deal<T>(things: impl IntoIterator<Item = T>, clients: usize) -> Vec<((), Vec<T>)> {
    let mut dealt: Vec<((), Vec<T>)> = (0..clients).map(|_| ((), Vec::new())).collect();
    for (index, thing) in things.into_iter().enumerate() {
        dealt[index % clients].1.push(thing);
    }
    dealt
}

/// Lets every client work through what is its own, with what it has to do that with: a connection,
/// or nothing.
pub fn drive<C: Send, T: Send>(
    work: Vec<(C, Vec<T>)>,
    act: impl Fn(&mut C, T) -> Result<()> + Sync,
) -> Result<Rate> {
    let act = &act;
    let begun = Instant::now();
    let mut latencies = std::thread::scope(|scope| {
        let clients: Vec<_> = work
            .into_iter()
            .map(|(mut with, own)| {
                scope.spawn(move || -> Result<Vec<Duration>> {
                    own.into_iter()
                        .map(|one| {
                            let asked = Instant::now();
                            act(&mut with, one)?;
                            Ok(asked.elapsed())
                        })
                        .collect()
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().map_err(|_| "a client ended early")??);
        }
        Result::Ok(all)
    })?;
    let took = begun.elapsed();
    latencies.sort_unstable();
    let per_mille = |share: usize| {
        let rank = (latencies.len() * share).div_ceil(1_000).max(1);
        latencies.get(rank - 1).copied().unwrap_or_default()
    };
    Ok(Rate {
        per_second: latencies.len() as f64 / took.as_secs_f64(),
        p50: per_mille(500),
        p99: per_mille(990),
        p999: per_mille(999),
    })
}
