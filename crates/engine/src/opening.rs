//! Opening a store: the journal is compared with what the read store reflects, the difference is
//! replayed, and what a crash may have cut off is finished.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redress_domain::aggregate::Aggregate;
use redress_domain::event::Recorded;
use redress_domain::identity::StreamId;
use redress_domain::rulebook::{Edition, Rulebook};
use redress_projections::{Condition, Opening, ReadModels};
use redress_store::entry;
use redress_store::journal::{
    self, FileJournal, Journal, JournalReader, MemoryJournal, OpenReport as JournalReport,
};
use redress_store::lock::StoreLock;
use redress_store::read_store::{
    Batch, FaultNote, ReadStore, ReadStoreOptions, RowChange, StoredEntry,
};
use redress_store::step::{self, Safeguard};
use redress_store::vault::{KeyEncryptionKey, Vault, VaultError};

use crate::error::EngineError;
use crate::rebuilding::of_generation;
use crate::refilling::refill;
use crate::session::{Manner, Session};
use crate::shelf::Shelf;
use crate::submission::History;
use crate::world::World;

/// Entries that one batch for the read store holds while it is brought up.
const BATCH_ENTRIES: usize = 8_192;

/// Takes how much is done and how much there is to do.
pub type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// Where a store is and what it begins with.
pub struct StoreConfiguration {
    /// The data directory.
    pub directory: PathBuf,
    /// The edition that the log begins with; it also governs everything before it.
    pub first_edition: Edition,
    /// The bytes that the journal is bound to: the document of the first edition.
    pub genesis: Vec<u8>,
    /// Wraps the keys that seal personal text.
    pub key_encryption_key: KeyEncryptionKey,
    /// Called while the read store is brought up: how much of the log it has taken and how much
    /// there is to take. One that was lost takes the log twice: its entries, and then its rows.
    pub progress: Option<Progress>,
}

/// What opening a store found and did.
#[derive(Clone, Debug, Default)]
pub struct OpenReport {
    /// Where the log ends.
    pub last_position: u64,
    /// What was dropped of the end of the log: it had never been acknowledged.
    pub torn_bytes: u64,
    /// How many events the read store did not reflect yet.
    pub caught_up: u64,
    /// Why the read store was built anew, if it was.
    pub rebuilt_because: Option<String>,
    /// Projections whose rows are not of this release, or cannot be read: they are being built anew
    /// while everything else is answered.
    pub rebuilding: Vec<&'static str>,
}

/// Where the log can be read from its beginning, beside the writer.
#[derive(Clone)]
pub(crate) enum LogSource {
    Directory {
        directory: PathBuf,
        genesis: Vec<u8>,
    },
    Memory(MemoryJournal),
}

impl LogSource {
    pub fn reader(&self, from: u64) -> Result<JournalReader, EngineError> {
        Ok(match self {
            Self::Directory { directory, genesis } => {
                JournalReader::open(directory, genesis, from)?
            }
            Self::Memory(journal) => journal.reader(from)?,
        })
    }
}

/// Everything that was opened.
pub(crate) struct Opened {
    pub world: World,
    pub journal: Box<dyn Journal>,
    pub vault: Arc<Vault>,
    pub store: Option<Arc<ReadStore>>,
    pub source: LogSource,
    pub lock: Option<StoreLock>,
    pub report: OpenReport,
}

/// Opens the store of a data directory, or creates it. Where the read store was lost and the log is
/// long, it has its entries then and no rows: these are the caller's to rebuild.
pub(crate) fn open(
    configuration: StoreConfiguration,
    progress: &mut Option<Progress>,
) -> Result<Opened, EngineError> {
    let StoreConfiguration {
        directory,
        first_edition,
        genesis,
        key_encryption_key,
        progress: _,
    } = configuration;
    let lock = StoreLock::acquire(&directory)?;
    refuse_lost_tail(&directory, &genesis)?;
    let (journal, JournalReport { torn, .. }) = FileJournal::open(&directory, &genesis)?;
    let vault = Arc::new(Vault::open(&directory, key_encryption_key)?);
    let source = LogSource::Directory {
        directory: directory.clone(),
        genesis,
    };
    let mut report = OpenReport {
        last_position: journal.last_position(),
        torn_bytes: torn.map_or(0, |torn| torn.bytes),
        ..OpenReport::default()
    };
    let last_position = journal.last_position();
    let store = open_read_store(&directory, &journal, &mut report)?;
    report.caught_up = last_position - store.applied();
    if is_without_rows(&store)? {
        refill(&source, &store, last_position, |position| {
            if let Some(progress) = progress {
                progress(position, 2 * last_position);
            }
        })?;
    }
    let rulebook = Rulebook::new(first_edition);
    let mut world = restore(&store, rulebook)?;
    catch_up(&mut world, &source, &store, last_position, progress)?;
    report.rebuilding = world.absent();
    if world.expect_deciding().is_ok()
        && let Err(error) = come_to_terms(&mut world, &vault)
    {
        world.stopped_by(error)?;
    }
    Ok(Opened {
        world,
        journal: Box::new(journal),
        vault,
        store: Some(store),
        source,
        lock: Some(lock),
        report,
    })
}

/// A store that lives in memory alone, for scenarios, trials and looks ahead.
pub(crate) fn in_memory(first_edition: Edition) -> Result<Opened, EngineError> {
    let journal = MemoryJournal::new();
    Ok(Opened {
        world: World::new(
            Rulebook::new(first_edition),
            ReadModels::new(None)?,
            Shelf::new(None),
        ),
        journal: Box::new(journal.clone()),
        vault: Arc::new(Vault::in_memory()?),
        store: None,
        source: LogSource::Memory(journal),
        lock: None,
        report: OpenReport::default(),
    })
}

/// A torn end of the log is dropped when the journal is opened, because it was never acknowledged.
/// Where the read store reflects more than would be left, it was: nothing is touched then.
fn refuse_lost_tail(directory: &Path, genesis: &[u8]) -> Result<(), EngineError> {
    if !directory.join("journal").exists() {
        return Ok(());
    }
    let journal = journal::stats(directory, genesis)?;
    if journal.torn.is_none() {
        return Ok(());
    }
    match ReadStore::open(directory, &ReadStoreOptions::default()) {
        Ok(store) if store.applied() > journal.last_position => {
            Err(missing_tail(store.applied(), journal.last_position))
        }
        // One that cannot be read tells nothing, and is built anew later.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn missing_tail(applied: u64, last_position: u64) -> EngineError {
    EngineError::Broken {
        position: last_position,
        what: format!(
            "the read store reflects position {applied}, but the journal ends before it: \
             acknowledged events are missing"
        ),
    }
}

/// The vault must have every key that the log names, or have destroyed it.
fn check_vault(world: &World, vault: &Vault) -> Result<(), EngineError> {
    let named = world.models.keys.next_free()?;
    if named <= vault.pool_end() {
        return Ok(());
    }
    Err(EngineError::Broken {
        position: world.last_position,
        what: format!(
            "the log names {named} keys, the vault has {}: put its files back from their backup",
            vault.pool_end()
        ),
    })
}

/// Opens the read store; one that is damaged is removed and will be built from the journal.
fn open_read_store(
    directory: &Path,
    journal: &FileJournal,
    report: &mut OpenReport,
) -> Result<Arc<ReadStore>, EngineError> {
    let last_position = journal.last_position();
    let options = ReadStoreOptions::default();
    let opened = match ReadStore::open(directory, &options) {
        Ok(store) => store,
        Err(error) if error.needs_rebuild() => {
            tracing::warn!(%error, "the read store is built anew from the journal");
            report.rebuilt_because = Some(error.to_string());
            ReadStore::wipe(directory)?;
            ReadStore::open(directory, &options)?
        }
        Err(error) => return Err(error.into()),
    };
    if opened.applied() > last_position {
        return Err(missing_tail(opened.applied(), last_position));
    }
    let lost_because = if opened.applied() > 0 && !is_of_log(&opened, journal)? {
        Some("it is of another log")
    } else if opened.applied() == 0 && last_position > 0 {
        Some("it reflected nothing")
    } else {
        None
    };
    let opened = match lost_because {
        Some(because) => {
            report
                .rebuilt_because
                .get_or_insert_with(|| because.to_owned());
            drop(opened);
            ReadStore::wipe(directory)?;
            ReadStore::open(directory, &options)?
        }
        None => opened,
    };
    // A log that is one batch long is sooner folded into single rows than rebuilt into files.
    if opened.applied() == 0 && last_position <= BATCH_ENTRIES as u64 {
        declare_projections(&opened)?;
    } else if is_without_rows(&opened)? {
        report
            .rebuilt_because
            .get_or_insert_with(|| "it was not built to its end".to_owned());
    }
    Ok(Arc::new(opened))
}

/// Whether nothing is known of the rows of any projection: it was lost, and has at the most entries.
fn is_without_rows(store: &ReadStore) -> Result<bool, EngineError> {
    let names = ReadModels::new(None)?.names();
    Ok(names
        .iter()
        .all(|(name, _)| store.projection(name).is_none()))
}

/// Whether the last entry that a read store reflects is the one that the log has there: one of
/// another log, or of this one before it was cut and continued, may be as long.
fn is_of_log(store: &ReadStore, journal: &FileJournal) -> Result<bool, EngineError> {
    let applied = store.applied();
    let Some(reflected) = store.entry(applied)? else {
        return Ok(false);
    };
    let mut reader = journal.reader(applied)?;
    let Some(commit) = reader.next_commit()? else {
        return Ok(false);
    };
    let recorded = (commit.first_position..)
        .zip(commit.entries())
        .find(|(position, _)| *position == applied);
    Ok(recorded.is_some_and(|(_, entry)| entry == reflected))
}

/// In an empty read store every projection begins with no rows.
fn declare_projections(store: &ReadStore) -> Result<(), EngineError> {
    for (name, schema) in ReadModels::new(None)?.names() {
        let record = store.projection(name);
        if record.is_none_or(|record| record.live.schema != schema) {
            store.declare(name, schema)?;
        }
    }
    Ok(())
}

/// How a projection's rows in the read store stand.
fn opening_of(store: &ReadStore, name: &str, schema: u32) -> Opening {
    let Some(record) = store.projection(name) else {
        return Opening::As(Condition::Absent);
    };
    if let Some(fault) = record.fault {
        return Opening::As(Condition::Faulted {
            position: fault.position,
            cause: fault.cause,
        });
    }
    if record.live.schema != schema || store.lost(name).is_some() {
        return Opening::As(Condition::Absent);
    }
    Opening::Over(Some(of_generation(store.live_rows(name))))
}

/// The world as the read store has it.
fn restore(store: &Arc<ReadStore>, rulebook: Rulebook) -> Result<World, EngineError> {
    let schemas = ReadModels::new(None)?.names();
    let opened = ReadModels::open(store.applied(), |name| {
        let known = schemas.iter().find(|(one, _)| *one == name);
        opening_of(store, name, known.map_or(0, |(_, schema)| *schema))
    })?;
    let mut world = World::new(rulebook, opened.models, Shelf::new(Some(Arc::clone(store))));
    world.last_position = store.applied();
    if let Some(bytes) = store.entry(store.applied())? {
        world.last_recorded_at = entry::decode(&bytes)?.recorded.header.recorded_at;
    }
    if let Aggregate::Rulebook(rulebook) = &world.stream(&StreamId::Rulebook)?.state {
        world.rulebook = Arc::new(rulebook.clone());
    }
    Ok(world)
}

/// Brings a world whose read models follow the log to where its writer had come: with time, and with
/// the keys of personal texts.
pub(crate) fn come_to_terms(world: &mut World, vault: &Vault) -> Result<(), EngineError> {
    world.catch_up_with_time()?;
    check_vault(world, vault)?;
    reconcile_vault(world, vault)
}

/// Entries that are replayed at a time: the streams that they go on with are read before.
const ENTRIES_AHEAD: usize = 4_096;

/// Replays what the read store does not reflect, and brings it there in batches.
fn catch_up(
    world: &mut World,
    source: &LogSource,
    store: &ReadStore,
    last_position: u64,
    progress: &mut Option<Progress>,
) -> Result<(), EngineError> {
    if world.last_position >= last_position {
        return Ok(());
    }
    let mut reader = source.reader(world.last_position + 1)?;
    let mut entries: Vec<(Arc<[u8]>, Recorded)> = Vec::new();
    let mut is_more = true;
    while is_more {
        let commit = reader.next_commit()?;
        let commit = commit.filter(|commit| commit.first_position <= last_position);
        is_more = commit.is_some();
        for bytes in commit.iter().flat_map(|commit| commit.entries()) {
            let recorded = entry::decode(bytes)?.recorded;
            if recorded.header.position > world.last_position {
                entries.push((bytes.into(), recorded));
            }
        }
        if entries.len() >= ENTRIES_AHEAD || !is_more {
            let begun = entries.iter().map(|(_, recorded)| &recorded.header);
            let begun = begun.filter(|header| header.version > 0);
            world.load_ahead(begun.map(|header| &header.stream))?;
            for (bytes, recorded) in entries.drain(..) {
                world.apply(bytes, &recorded)?;
            }
        }
        if world.shelf.unsent() >= BATCH_ENTRIES {
            store.apply(batch(world)?)?;
            world.release(store.applied(), world.models.generation());
            if let Some(progress) = progress {
                progress(world.last_position, last_position);
            }
        }
    }
    store.apply(batch(world)?)?;
    world.release(store.applied(), world.models.generation());
    Ok(())
}

/// Everything that the read store does not have yet, to be applied at once.
pub(crate) fn batch(world: &mut World) -> Result<Batch, EngineError> {
    let entries: Vec<StoredEntry> = world.shelf.take_unsent();
    let rows: Vec<RowChange> = world
        .models
        .take_changes()?
        .into_iter()
        .map(|change| RowChange {
            table: change.table.into(),
            key: change.key,
            value: change.value,
        })
        .collect();
    Ok(Batch {
        entries,
        rows,
        faults: faults(world),
        applied: world.last_position,
    })
}

/// Where projections stopped, and why.
fn faults(world: &World) -> Vec<(String, FaultNote)> {
    let names = world.models.names().into_iter();
    names
        .filter_map(|(name, _)| match world.models.condition(name) {
            Condition::Faulted { position, cause } => Some((
                name.to_owned(),
                FaultNote {
                    position: *position,
                    cause: cause.clone(),
                },
            )),
            Condition::Following | Condition::Absent => None,
        })
        .collect()
}

/// Keys whose destruction was recorded are destroyed, even where a crash came in between. A vault
/// that has not all keys that the log names is not this log's: it would make other keys of the same
/// numbers.
fn reconcile_vault(world: &mut World, vault: &Vault) -> Result<(), EngineError> {
    if let Some(last) = world.models.keys.next_free()?.checked_sub(1)
        && last >= vault.pool_end()
    {
        return Err(VaultError::UnknownKey { number: last }.into());
    }
    if step::is_without(Safeguard::KeysReconciled) {
        return Ok(());
    }
    for number in world.models.keys.destroyed_numbers()? {
        if !vault.is_destroyed(number)? {
            vault.destroy(number)?;
        }
    }
    Ok(())
}

/// Finishes what a crash may have cut off: the reactions to the last command that came from
/// outside or from time. Derived commands that are in the log are not run again.
pub(crate) fn resume(session: &mut Session<'_>) -> Result<(), EngineError> {
    if step::is_without(Safeguard::Resume) {
        return Ok(());
    }
    let work = session.world.last_work()?;
    let tail: Vec<Recorded> = work.into_iter().map(|entry| entry.recorded).collect();
    let correlation_id = tail.first().and_then(|first| first.header.correlation_id);
    session.manner = Manner {
        virtual_time: true,
        history: correlation_id.and_then(History::of_correlation_id),
    };
    session.resuming = true;
    let commands: Vec<&[Recorded]> = tail
        .chunk_by(|one, next| one.header.command_id == next.header.command_id)
        .collect();
    session.react_to_each(&commands, correlation_id)?;
    session.resuming = false;
    Ok(())
}
