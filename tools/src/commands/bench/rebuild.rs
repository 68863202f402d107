//! Rebuilding every read model, rows written and made live, beside just scanning and decoding the
//! same journal; and opening.

use std::time::{Duration, Instant};

use redress_engine::{EngineError, RebuildOutcome};
use redress_protocol::edition;
use redress_store::entry;
use redress_store::journal::JournalReader;

use super::load::bytes_below;
use super::memory;
use crate::failure::Failure;
use crate::store::StoreArguments;

/// Figures of a rebuild.
pub struct Rebuilt {
    /// Events in the log.
    pub events: u64,
    /// Events per second until the new rows were live.
    pub per_second: f64,
    /// Events scanned and decoded per second, one core.
    pub scan_per_second: f64,
    /// Most memory that this process had so far, in bytes; 0 where the system does not say.
    pub peak_rss_bytes: u64,
    /// Bytes of everything in the data directory per event, with the rows before the rebuild, which
    /// are kept.
    pub bytes_per_event: f64,
    /// Bytes of the journal per event.
    pub journal_bytes_per_event: f64,
}

/// Figures of opening.
pub struct Opened {
    /// Events in the log.
    pub events: u64,
    /// How long it took to open, with everything in place.
    pub took: Duration,
}

/// Measures a rebuild of the read models of a store.
pub fn measure(store: &StoreArguments) -> Result<Rebuilt, Failure> {
    let (events, scanned) = scan(store)?;
    let engine = store.open()?;
    let report = engine.rebuild()?;
    let is_equal = report.projections.iter().all(|one| match &one.outcome {
        RebuildOutcome::Replaced(comparison) => comparison
            .as_ref()
            .is_some_and(|comparison| comparison.differing == 0),
        RebuildOutcome::Faulted { .. } => false,
    });
    if !is_equal {
        return Err(Failure::Integrity(
            "a rebuild gave other rows than the live read models".to_owned(),
        ));
    }
    Ok(Rebuilt {
        events,
        per_second: events as f64 / report.took.as_secs_f64().max(f64::EPSILON),
        scan_per_second: events as f64 / scanned.as_secs_f64().max(f64::EPSILON),
        peak_rss_bytes: memory::peak_rss_bytes(),
        bytes_per_event: bytes_below(&store.data)? as f64 / (events as f64).max(1.0),
        journal_bytes_per_event: bytes_below(&store.data.join("journal"))? as f64
            / (events as f64).max(1.0),
    })
}

/// Scans and decodes the journal and does nothing else: how many events, and how long it took.
fn scan(store: &StoreArguments) -> Result<(u64, Duration), Failure> {
    let journal_failure = |error| Failure::Engine(EngineError::Journal(error));
    let started = Instant::now();
    let mut reader = JournalReader::open(&store.data, edition::BUILT_IN.as_bytes(), 1)
        .map_err(journal_failure)?;
    let mut events = 0;
    while let Some(commit) = reader.next_commit().map_err(journal_failure)? {
        for entry_bytes in commit.entries() {
            let decoded = entry::decode(entry_bytes)
                .map_err(|error| Failure::Engine(EngineError::Entry(error)))?;
            events = decoded.recorded.header.position;
        }
    }
    Ok((events, started.elapsed()))
}

/// Measures opening a store that was closed.
pub fn measure_open(store: &StoreArguments) -> Result<Opened, Failure> {
    let started = Instant::now();
    let engine = store.open()?;
    let took = started.elapsed();
    Ok(Opened {
        events: engine.last_position(),
        took,
    })
}
