//! What the engine has done since it was opened, and how long each part of it was at it: counted
//! where the work is done, read by whoever watches or measures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::engine::Engine;

/// What was done since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Commands and lapses of time that were decided on.
    pub decided: u64,
    /// How long the writer was at deciding, sealing, encoding and folding.
    pub deciding: Duration,
    /// Groups that were made durable, each with one sync.
    pub groups: u64,
    /// How long the journal took to write and sync them.
    pub journal: Duration,
    /// Batches that the read store took.
    pub batches: u64,
    /// How long it took to apply them.
    pub read_store: Duration,
    /// Events that are durable and that the read store does not have yet.
    pub lag: u64,
}

/// The engine's own counters. They order nothing, so they are relaxed.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub deciding: Counter,
    pub journal: Counter,
    pub read_store: Counter,
}

/// How often something was done, and how long it took.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    times: AtomicU64,
    took_ns: AtomicU64,
}

impl Counter {
    /// Counts something that was begun at an instant of the machine's monotonic clock.
    pub fn add(&self, times: u64, begun: Instant) {
        let took_ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.times.fetch_add(times, Ordering::Relaxed);
        self.took_ns.fetch_add(took_ns, Ordering::Relaxed);
    }

    fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    fn took(&self) -> Duration {
        Duration::from_nanos(self.took_ns.load(Ordering::Relaxed))
    }
}

impl Engine {
    /// What was done since the store was opened.
    #[must_use]
    pub fn effort(&self) -> Effort {
        let counters = &self.shared.counters;
        let applied = self.store.as_ref().map(|store| store.applied());
        Effort {
            decided: counters.deciding.times(),
            deciding: counters.deciding.took(),
            groups: counters.journal.times(),
            journal: counters.journal.took(),
            batches: counters.read_store.times(),
            read_store: counters.read_store.took(),
            lag: applied.map_or(0, |applied| self.last_position().saturating_sub(applied)),
        }
    }
}
