//! Load that goes on: whether the read store's lag stays bounded, memory flat, and the time to an
//! acknowledgement as it was at the beginning.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use redress_engine::Engine;

use super::load::{Folder, accepted, case, hand_in, id, merchants, submission};
use super::memory;
use crate::failure::Failure;

/// Clients that hand in commands at once, each waiting for its answer.
const CLIENTS: usize = 64;
/// The load ends when so many commands are acknowledged.
const COMMANDS_MAX: usize = 10_000_000;
/// Points of the curve.
const INTERVALS: u32 = 20;
/// Acknowledgements later than this are counted as this.
const LATENCY_MAX_US: u64 = 60_000_000;

/// One stretch of the load.
pub struct Interval {
    /// Since the load began.
    pub at: Duration,
    /// Commands acknowledged since the load began.
    pub commands: usize,
    /// Commands acknowledged per second in this stretch.
    pub per_second: f64,
    /// Median time to the acknowledgement.
    pub p50_ms: f64,
    /// 99th percentile of it.
    pub p99_ms: f64,
    /// Durable events that the read store does not have, at the end of the stretch.
    pub lag: u64,
    /// Memory of the process at the end of the stretch; 0 where the system does not say.
    pub rss_bytes: u64,
}

/// What the clients share.
struct Load {
    name: &'static str,
    next_case: AtomicUsize,
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
    latencies_us: Mutex<Histogram<u64>>,
}

/// Loads a new store for so long, or until enough commands are acknowledged.
pub fn measure(folder: &Folder, duration: Duration) -> Result<Vec<Interval>, Failure> {
    let engine = folder.store("sustained")?.open()?;
    hand_in(&engine, "merchants", &merchants())?;
    let load = Load {
        name: "sustained",
        next_case: AtomicUsize::new(0),
        acknowledged: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        latencies_us: Mutex::new(histogram()?),
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| client(&engine, &load)))
            .collect();
        let intervals = watch(&engine, &load, duration);
        load.is_over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().unwrap_or_else(|_| {
                Err(Failure::Failed(
                    "a client of the load ended early".to_owned(),
                ))
            })?;
        }
        intervals
    })
}

fn watch(engine: &Engine, load: &Load, duration: Duration) -> Result<Vec<Interval>, Failure> {
    let begun = Instant::now();
    let mut intervals = Vec::new();
    let mut before = (Duration::ZERO, 0);
    for number in 1..=INTERVALS {
        std::thread::sleep((duration * number / INTERVALS).saturating_sub(begun.elapsed()));
        let latencies = std::mem::replace(
            &mut *load
                .latencies_us
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
            histogram()?,
        );
        let (at, commands) = (begun.elapsed(), load.acknowledged.load(Ordering::Relaxed));
        let seconds = (at - before.0).as_secs_f64().max(f64::EPSILON);
        let milliseconds = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        intervals.push(Interval {
            at,
            commands,
            per_second: (commands - before.1) as f64 / seconds,
            p50_ms: milliseconds(0.5),
            p99_ms: milliseconds(0.99),
            lag: engine.effort().lag,
            rss_bytes: memory::rss_bytes(),
        });
        before = (at, commands);
        if commands >= COMMANDS_MAX {
            break;
        }
    }
    Ok(intervals)
}

fn client(engine: &Engine, load: &Load) -> Result<(), Failure> {
    while !load.is_over.load(Ordering::Relaxed) {
        let number = load.next_case.fetch_add(1, Ordering::Relaxed);
        for (step, document) in case(load.name, number).iter().enumerate() {
            let submission = submission(document, id(load.name, number * 4 + step))?;
            let asked = Instant::now();
            accepted(engine.submit(submission).wait()?)?;
            let took_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(LATENCY_MAX_US);
            load.latencies_us
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .saturating_record(took_us);
            load.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

fn histogram() -> Result<Histogram<u64>, Failure> {
    Histogram::new_with_max(LATENCY_MAX_US, 3)
        .map_err(|error| Failure::Failed(format!("latencies cannot be counted: {error:?}")))
}
