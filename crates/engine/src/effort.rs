//! What the engine has done since it was opened, and how long each part of it was at it: counted
//! where the work is done, read by whoever watches or measures.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redress_projections::Condition;

use crate::engine::Engine;
use crate::spread::{GROUP_COMMITS, SYNC_US, Spread};

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
    pub groups: Mutex<Groups>,
}

/// How the groups were that were made durable.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    pub commits: Spread,
    pub sync_us: Spread,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            commits: Spread::new(GROUP_COMMITS),
            sync_us: Spread::new(SYNC_US),
        }
    }
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

    /// How far every projection has come. Unlike [`Engine::projections`] it waits for nothing and
    /// reads no rows.
    #[must_use]
    pub fn projection_progress(&self) -> Vec<ProjectionProgress> {
        let building = self.building_position();
        let world = self.shared.world();
        let names = world.models.names().into_iter().map(|(name, _)| name);
        names
            .map(|name| match world.models.condition(name) {
                Condition::Following => ProjectionProgress {
                    name,
                    position: world.last_position,
                    is_live: true,
                },
                Condition::Faulted { position, .. } => ProjectionProgress {
                    name,
                    position: *position,
                    is_live: false,
                },
                Condition::Absent => ProjectionProgress {
                    name,
                    position: building,
                    is_live: false,
                },
            })
            .collect()
    }
}

/// How far a projection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectionProgress {
    /// Its name.
    pub name: &'static str,
    /// The last position folded.
    pub position: u64,
    /// Whether it follows the log: it is neither being built nor faulted.
    pub is_live: bool,
}
