//! Rehearsing: what commands would do, without doing it.

use std::sync::Arc;

use redress_domain::rulebook::Rulebook;
use redress_projections::ReadModels;
use redress_store::entry;
use redress_store::journal::{Commit, Journal, MemoryJournal};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::opening::{LogSource, OpenReport, Opened};
use crate::shelf::Shelf;
use crate::world::World;

impl Engine {
    /// A second engine in memory that stands where this one stands now: it takes commands as this
    /// one would, and nothing of it reaches this one or the disk. It holds the whole log in memory.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn rehearse(&self) -> Result<Self, EngineError> {
        let last = self.last_position();
        let mut world = World::new(
            Rulebook::new(self.first_edition.clone()),
            ReadModels::new(None)?,
            Shelf::new(None),
        );
        let mut journal = MemoryJournal::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| EngineError::Stopped {
                because: error.to_string(),
            })?;
        let mut reader = self.source.reader(1)?;
        while let Some(commit) = reader.next_commit()? {
            if commit.first_position > last {
                break;
            }
            let copy = Commit {
                first_position: commit.first_position,
                entries: commit.entries().map(<[u8]>::to_vec).collect(),
            };
            for bytes in &copy.entries {
                let recorded = entry::decode(bytes)?.recorded;
                world.apply(bytes.as_slice().into(), &recorded)?;
            }
            runtime.block_on(journal.append(&[copy]))?;
        }
        world.catch_up_with_time()?;
        let opened = Opened {
            world,
            journal: Box::new(journal.clone()),
            vault: Arc::new(self.shared.vault.for_rehearsal()),
            store: None,
            source: LogSource::Memory(journal),
            lock: None,
            report: OpenReport::default(),
        };
        Self::start(opened, self.first_edition.clone(), Arc::clone(&self.clock))
    }
}
