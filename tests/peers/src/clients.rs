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
}

impl Rate {
    /// As one JSON object.
    pub fn document(&self) -> Value {
        json!({
            "per_second": self.per_second,
            "p50_ms": self.p50.as_secs_f64() * 1e3,
            "p99_ms": self.p99.as_secs_f64() * 1e3,
        })
    }
}

/// Deals things out to clients, in turn.
pub fn deal<T>(things: impl IntoIterator<Item = T>, clients: usize) -> Vec<Vec<T>> {
    let mut dealt: Vec<Vec<T>> = (0..clients).map(|_| Vec::new()).collect();
    for (index, thing) in things.into_iter().enumerate() {
        dealt[index % clients].push(thing);
    }
    dealt
}

/// Lets every client work through what is its own.
pub fn drive<T: Send>(work: Vec<Vec<T>>, act: impl Fn(T) -> Result<()> + Sync) -> Result<Rate> {
    let act = &act;
    let begun = Instant::now();
    let mut latencies = std::thread::scope(|scope| {
        let clients: Vec<_> = work
            .into_iter()
            .map(|own| {
                scope.spawn(move || -> Result<Vec<Duration>> {
                    own.into_iter()
                        .map(|one| {
                            let asked = Instant::now();
                            act(one)?;
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
    let percentile = |percent: usize| {
        let rank = (latencies.len() * percent).div_ceil(100).max(1);
        latencies.get(rank - 1).copied().unwrap_or_default()
    };
    Ok(Rate {
        per_second: latencies.len() as f64 / took.as_secs_f64(),
        p50: percentile(50),
        p99: percentile(99),
    })
}
