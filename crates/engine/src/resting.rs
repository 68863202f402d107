//! A store in memory that outlives its engine: what a machine's disk is to a process that dies.

use std::sync::Arc;

use parking_lot::Mutex;
use redress_domain::rulebook::{Edition, Rulebook};
use redress_projections::ReadModels;
use redress_store::entry;
use redress_store::journal::{Journal, MemoryJournal};
use redress_store::vault::Vault;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::opening::{LogSource, OpenReport, Opened, come_to_terms};
use crate::shelf::Shelf;
use crate::world::World;

/// What stays of a store in memory when its engine is gone: the log and the keys. For simulation,
/// and for programs that keep many small stores and restart them.
pub struct MemoryDisk {
    journal: MemoryJournal,
    vault: Mutex<Arc<Vault>>,
}

impl MemoryDisk {
    /// A disk without a store.
    ///
    /// # Errors
    /// When no keys could be made.
    pub fn new() -> Result<Self, EngineError> {
        Self::holding(MemoryJournal::new())
    }

    /// A disk with this log and with new keys, as after a restore that brought no vault.
    ///
    /// # Errors
    /// When no keys could be made.
    pub fn holding(journal: MemoryJournal) -> Result<Self, EngineError> {
        Ok(Self {
            journal,
            vault: Mutex::new(Arc::new(Vault::in_memory()?)),
        })
    }

    /// A disk without a log that has this one's keys, so that many short runs need not make their
    /// own. For a disk that no engine has used: keys in use are given again.
    ///
    /// # Errors
    /// When no keys could be made.
    pub fn with_the_same_keys(&self) -> Result<Self, EngineError> {
        let vault = self.open_vault();
        vault.ensure(0)?;
        vault.note_used(0)?;
        Ok(Self {
            journal: MemoryJournal::new(),
            vault: Mutex::new(Arc::new(vault.reopened())),
        })
    }

    /// Another handle on its log.
    #[must_use]
    pub fn journal(&self) -> MemoryJournal {
        self.journal.clone()
    }

    /// The keys as the next process finds them.
    fn open_vault(&self) -> Arc<Vault> {
        let mut vault = self.vault.lock();
        *vault = Arc::new(vault.reopened());
        Arc::clone(&vault)
    }
}

impl Engine {
    /// Opens the store on a disk in memory, or begins it: replays its log and finishes what a crash
    /// may have cut off. `journal` takes what is appended from now on and must end up in the disk's
    /// own; a simulation puts one there that fails. No other engine may have the disk open.
    ///
    /// # Errors
    /// When what is there cannot be read or does not fit.
    pub fn on_memory_disk(
        first_edition: Edition,
        clock: Arc<dyn Clock>,
        disk: &MemoryDisk,
        journal: Box<dyn Journal>,
    ) -> Result<Self, EngineError> {
        let vault = disk.open_vault();
        let mut world = World::new(
            Rulebook::new(first_edition.clone()),
            ReadModels::new(None)?,
            Shelf::new(None),
        );
        let mut reader = disk.journal.reader(1)?;
        while let Some(commit) = reader.next_commit()? {
            for bytes in commit.entries() {
                let recorded = entry::decode(bytes)?.recorded;
                world.apply(bytes.into(), &recorded)?;
            }
        }
        come_to_terms(&mut world, &vault)?;
        let opened = Opened {
            report: OpenReport {
                last_position: world.last_position,
                ..OpenReport::default()
            },
            world,
            journal,
            vault,
            store: None,
            source: LogSource::Memory(disk.journal()),
            lock: None,
        };
        Self::start(opened, first_edition, clock)
    }
}
