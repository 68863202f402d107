//! The read store: what the journal holds, ordered for reading, and the rows of read models.
//!
//! Kept in sled. It takes batches in the background and is behind the journal by what is not
//! applied yet; everything in it is derived, so damage is answered by wiping and rebuilding it.
//! A batch is atomic: entries, indexes, rows and the position they reflect, or nothing.
//!
//! sled is told to do little: many entries per value (`block`), no value per index entry
//! (`index`), and only the last few hundred rows of a projection are single values: what a rebuild
//! or a large batch makes lies in files beside it (`generations`, `packed`).

mod block;
mod error;
mod filter;
mod generations;
mod index;
mod keys;
mod packed;
mod rows;
mod sheet;
mod state;
mod writes;

#[cfg(test)]
mod tests;

use std::fs;
use std::io::ErrorKind;
use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use block::Block;
use error::TreeError;
use generations::Projections;
use index::key_of;
use state::State;
use writes::Writes;

pub use error::ReadStoreError;
pub use generations::{
    Draft, DraftRows, FaultNote, GenerationNote, GenerationRows, GenerationScan, ProjectionRecord,
    Promotion, Return, TableRow,
};
pub use rows::{MAX_ROW_BYTES, Row, RowChange, RowSource};
pub use sheet::Sheet;

use crate::file::{self, FileError};
use crate::step::{self, Safeguard, Step};

const READ_FOLDER: &str = "read";
/// Says what was found damaged while the store was open, until it is built anew.
const DAMAGED_FILE: &str = "damaged";
/// A store of another format is built anew from the journal.
const FORMAT: u64 = 4;
/// A page above a quarter of this leaves sled's log for a file that is never synced. A page holds
/// sixteen values of at most 96 KiB.
const SLED_SEGMENT_BYTES: usize = 8 * 1024 * 1024;

/// How long a store that is just being closed is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_RETRY: Duration = Duration::from_millis(5);

/// How the read store is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadStoreOptions {
    /// Memory that sled may use for pages, in bytes. Not a bound for all of its memory.
    pub cache_bytes: u64,
}

impl Default for ReadStoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 128 * 1024 * 1024,
        }
    }
}

/// What one apply changes, together or not at all. Some thousand entries and rows are a good size;
/// all of it is in memory at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Entries that continue where the store is, without a gap.
    pub entries: Vec<StoredEntry>,
    /// Changes of rows; a later change of the same row wins.
    pub rows: Vec<RowChange>,
    /// Projections that stopped, each with where and why: their rows change no more.
    pub faults: Vec<(String, FaultNote)>,
    /// The last position that the store reflects with this batch: that of the last entry, or as
    /// before when there are no entries.
    pub applied: u64,
}

/// One entry and what it is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its position in the journal.
    pub position: u64,
    /// The stream it belongs to. Within a stream, positions ascend with versions.
    pub stream: Arc<str>,
    /// The command it came from; entries of one command follow each other.
    pub command_id: [u8; 16],
    /// Its stored bytes, opaque here.
    pub bytes: Arc<[u8]>,
}

/// What the read store takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadStoreStats {
    /// The last position it reflects.
    pub applied: u64,
    /// Bytes of sled on disk.
    pub bytes_on_disk: u64,
    /// Bytes of files of packed rows on disk.
    pub packed_bytes: u64,
    /// Bytes of index filters in memory.
    pub filter_bytes: usize,
    /// Index records in memory; they are sealed at a fixed number.
    pub recent_records: usize,
    /// Files that sled keeps outside its log; there should be none.
    pub blob_files: usize,
}

/// Entries by position, stream and command, and rows. Can be shared between threads; only one
/// may apply at a time, reading goes on meanwhile.
#[derive(Debug)]
pub struct ReadStore {
    folder: PathBuf,
    tree: sled::Db,
    state: RwLock<State>,
    projections: RwLock<Projections>,
    /// Held while a batch is applied, so that two cannot both continue at the same position.
    applying: Mutex<()>,
    /// Set when a write failed: nobody knows what sled has of it before it is opened again.
    takes_no_more: AtomicBool,
    /// The last field, so that it is dropped after `tree`; whoever reads rows holds it, too.
    last: Arc<LastHandle>,
}

/// The handle with which sled is closed. sled syncs its file then, and panics when that fails; what
/// it has not kept is in the journal, so that is no reason to take the program down.
#[derive(Debug)]
struct LastHandle(Option<sled::Db>);

impl LastHandle {
    fn get(&self, key: Vec<u8>) -> Result<Option<sled::IVec>, sled::Error> {
        self.0.as_ref().map_or(Ok(None), |tree| tree.get(key))
    }

    fn scan_prefix(&self, prefix: Vec<u8>) -> Option<sled::Iter> {
        self.0.as_ref().map(|tree| tree.scan_prefix(prefix))
    }

    /// Everything behind a key.
    fn scan_after(&self, key: Vec<u8>) -> Option<sled::Iter> {
        let behind = (Bound::Excluded(key), Bound::Unbounded);
        self.0.as_ref().map(|tree| tree.range(behind))
    }
}

/// Whoever holds this is the only one who writes.
type Alone<'store> = MutexGuard<'store, ()>;

impl Drop for LastHandle {
    fn drop(&mut self) {
        let tree = self.0.take();
        if panic::catch_unwind(AssertUnwindSafe(|| drop(tree))).is_err() {
            tracing::warn!("the read store could not be closed; what it lacks is in the journal");
        }
    }
}

impl ReadStore {
    /// Opens the read store of a data directory, or an empty one when there is none.
    ///
    /// When [`ReadStoreError::needs_rebuild`] says so, the caller [wipes](Self::wipe) it, opens it
    /// again and applies the journal from the beginning. The caller holds the
    /// [`StoreLock`](crate::lock::StoreLock) of the data directory.
    pub fn open(data_directory: &Path, options: &ReadStoreOptions) -> Result<Self, ReadStoreError> {
        let folder = data_directory.join(READ_FOLDER);
        remove_unfinished_snapshots(&folder)?;
        generations::remove_trial_drafts(&folder)?;
        refuse_known_damage(&folder)?;
        // sled answers some damage with a panic of its own; it is damage like any other here.
        let (tree, state) = panic::catch_unwind(AssertUnwindSafe(|| {
            let tree = open_tree(&folder, options)?;
            let state = State::load(&tree)?;
            Ok((tree, state))
        }))
        .unwrap_or(Err(TreeError::Unreadable("sled could not read its files")))
        .map_err(|error| error.in_folder(&folder))?;
        let store = Self {
            folder,
            last: Arc::new(LastHandle(Some(tree.clone()))),
            tree,
            state: RwLock::new(state),
            projections: RwLock::default(),
            applying: Mutex::new(()),
            takes_no_more: AtomicBool::new(false),
        };
        store.check_format()?;
        let projections = Projections::load(&store.tree, &store.folder);
        let projections = projections.map_err(|error| error.in_folder(&store.folder))?;
        *store
            .projections
            .write()
            .unwrap_or_else(PoisonError::into_inner) = projections;
        if blob_files(&store.folder)? > 0 {
            return Err(
                TreeError::Unreadable("there are values outside the log").in_folder(&store.folder)
            );
        }
        Ok(store)
    }

    /// Removes the read store of a data directory; nothing may have it open.
    pub fn wipe(data_directory: &Path) -> Result<(), ReadStoreError> {
        let folder = data_directory.join(READ_FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(FileError::when("remove", &folder)(error).into())
            }
            _ => Ok(()),
        }
    }

    /// The last position that everything here reflects, 0 when empty.
    pub fn applied(&self) -> u64 {
        self.state().applied
    }

    /// Takes a batch, atomically. It is on disk some time later; what a crash takes away is
    /// applied again from the journal, from [`ReadStore::applied`] on. After a write that failed it
    /// takes nothing: [`ReadStoreError::TakesNoMore`].
    pub fn apply(&self, batch: Batch) -> Result<(), ReadStoreError> {
        let alone = self.alone();
        self.check_order(&batch)?;
        let mut writes = Writes::default();
        self.place_live(batch.rows, &mut writes)?;
        let stopped = self.projections().stop(batch.faults, &mut writes);
        if step::is_without(Safeguard::CheckpointInBatch) {
            self.write(&alone, std::mem::take(&mut writes))?;
            self.flush()?;
            step::reached(Step::BeforeCheckpoint);
        }
        let change = self
            .state()
            .add(&self.tree, &batch.entries, batch.applied, &mut writes)
            .map_err(|error| error.in_folder(&self.folder))?;
        step::reached(Step::BeforeSledBatch);
        self.write(&alone, writes)?;
        step::reached(Step::AfterSledBatch);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.take(change);
        drop(state);
        let mut projections = self
            .projections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        projections.take(stopped);
        Ok(())
    }

    /// The bytes of the entry at a position.
    pub fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, ReadStoreError> {
        let block = self.block_of(position)?;
        Ok(block.and_then(|block| block.entry(position).map(<[u8]>::to_vec)))
    }

    /// Positions and bytes of the entries from `from` to `to`, both included, in order, as far as
    /// they are here.
    pub fn entries(
        &self,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = Result<(u64, Vec<u8>), ReadStoreError>> + '_ {
        let mut next = from.max(1);
        // Each block is looked up anew: blocks at the end may be merged while this goes on.
        std::iter::from_fn(move || {
            let block = (next <= to).then(|| self.block_of(next)).transpose();
            let block = match block.map(Option::flatten) {
                Ok(found) => found?,
                Err(error) => {
                    next = u64::MAX;
                    return Some(vec![Err(error)]);
                }
            };
            let entries = block
                .iter()
                .filter(|(position, _)| (next..=to).contains(position))
                .map(|(position, entry)| Ok((position, entry.to_vec())))
                .collect();
            next = block.next_position();
            Some(entries)
        })
        .flatten()
    }

    /// The positions of a stream's entries, in order; none when there is no such stream.
    pub fn stream_positions(&self, stream: &str) -> Result<Vec<u64>, ReadStoreError> {
        let positions = self
            .state()
            .streams
            .positions(&self.tree, &key_of(stream.as_bytes()));
        positions.map_err(|error| self.explain(error))
    }

    /// Positions and bytes of a stream's entries, in order.
    pub fn stream_entries(&self, stream: &str) -> Result<Vec<(u64, Vec<u8>)>, ReadStoreError> {
        let mut entries = Vec::new();
        let mut block: Option<Block> = None;
        for position in self.stream_positions(stream)? {
            if block
                .as_ref()
                .is_none_or(|block| block.next_position() <= position)
            {
                block = self.block_of(position)?;
            }
            let bytes = block
                .as_ref()
                .and_then(|block| block.entry(position))
                .ok_or(TreeError::Unreadable("an entry of a stream is missing"))
                .map_err(|error| self.explain(error))?;
            entries.push((position, bytes.to_vec()));
        }
        Ok(entries)
    }

    /// The position of the first entry of a command, `None` when no such command is known here.
    pub fn command_position(&self, command_id: &[u8; 16]) -> Result<Option<u64>, ReadStoreError> {
        let positions = self
            .state()
            .commands
            .positions(&self.tree, &key_of(command_id))
            .map_err(|error| self.explain(error))?;
        Ok(positions.first().copied())
    }

    /// Hands everything applied to the operating system. Not needed for correctness, but when it
    /// fails nothing more is taken: what was applied must not pass for what is on disk.
    pub fn flush(&self) -> Result<(), ReadStoreError> {
        let flushed = self.tree.flush().map_err(|error| self.explain(error));
        flushed.inspect_err(|_| self.take_no_more())?;
        step::reached(Step::AfterSledFlush);
        Ok(())
    }

    /// The right to write: what is written rests on what was there before.
    fn alone(&self) -> Alone<'_> {
        self.applying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings changes to sled, all of them or none.
    fn write(&self, _alone: &Alone<'_>, writes: Writes) -> Result<(), ReadStoreError> {
        self.expect_taking()?;
        let written = writes.apply(&self.tree);
        let written = written.map_err(|error| self.explain(error));
        written.inspect_err(|_| self.take_no_more())
    }

    fn expect_taking(&self) -> Result<(), ReadStoreError> {
        match self.takes_no_more.load(Ordering::Relaxed) {
            true => Err(ReadStoreError::TakesNoMore),
            false => Ok(()),
        }
    }

    fn take_no_more(&self) {
        self.takes_no_more.store(true, Ordering::Relaxed);
    }

    /// What the store takes on disk and in memory.
    pub fn stats(&self) -> Result<ReadStoreStats, ReadStoreError> {
        let bytes_on_disk = self.tree.size_on_disk();
        let bytes_on_disk = bytes_on_disk.map_err(|error| self.explain(error))?;
        let state = self.state();
        let (stream_filters, stream_records) = state.streams.in_memory();
        let (command_filters, command_records) = state.commands.in_memory();
        Ok(ReadStoreStats {
            applied: state.applied,
            bytes_on_disk,
            packed_bytes: self.packed_bytes()?,
            filter_bytes: stream_filters + command_filters,
            recent_records: stream_records + command_records,
            blob_files: blob_files(&self.folder)?,
        })
    }

    /// State is changed only after everything that can fail, so a poisoned lock is taken as is.
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, error: impl Into<TreeError>) -> ReadStoreError {
        noted(&self.folder, error.into().in_folder(&self.folder))
    }

    fn check_format(&self) -> Result<(), ReadStoreError> {
        let stored = self.tree.get(keys::FORMAT);
        let stored = stored.map_err(|error| self.explain(error))?;
        let found = stored.map(|stored| stored.as_ref().try_into().map_or(0, u64::from_be_bytes));
        let found = match found {
            Some(FORMAT) => return Ok(()),
            None => {
                let written = self.tree.insert(keys::FORMAT, &FORMAT.to_be_bytes());
                written.map_err(|error| self.explain(error))?;
                return Ok(());
            }
            Some(found) => found,
        };
        Err(ReadStoreError::OtherFormat {
            folder: self.folder.clone(),
            found,
            supported: FORMAT,
        })
    }

    fn check_order(&self, batch: &Batch) -> Result<(), ReadStoreError> {
        let mut expected = self.applied() + 1;
        for entry in &batch.entries {
            let found = entry.position;
            if found != expected {
                return Err(ReadStoreError::OutOfOrder { expected, found });
            }
            if Block::bytes_of(&entry.bytes) > block::MAX_BYTES {
                return Err(ReadStoreError::EntryTooLarge {
                    position: found,
                    bytes: entry.bytes.len(),
                    limit: block::MAX_BYTES - Block::bytes_of(&[]),
                });
            }
            expected += 1;
        }
        let found = batch.applied.saturating_add(1);
        if found != expected {
            return Err(ReadStoreError::OutOfOrder { expected, found });
        }
        Ok(())
    }

    /// The block that holds a position.
    fn block_of(&self, position: u64) -> Result<Option<Block>, ReadStoreError> {
        let last_key = keys::block(position);
        let found = self.tree.range(keys::block(0)..=last_key).next_back();
        let Some((key, stored)) = found.transpose().map_err(|error| self.explain(error))? else {
            return Ok(None);
        };
        let block = keys::block_position(&key)
            .ok_or(TreeError::Unreadable("a block's key is not readable"))
            .and_then(|first_position| Block::decode(first_position, &stored))
            .map_err(|error| self.explain(error))?;
        Ok((position < block.next_position()).then_some(block))
    }
}

/// Opens sled. A store that this process closed a moment ago can still be locked by a thread of
/// sled that is about to end, so that is waited for; no other process has it, by the store's lock.
fn open_tree(folder: &Path, options: &ReadStoreOptions) -> Result<sled::Db, sled::Error> {
    let configuration = sled::Config::new()
        .path(folder)
        .cache_capacity(options.cache_bytes)
        .segment_size(SLED_SEGMENT_BYTES);
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        match configuration.open() {
            Err(sled::Error::Io(error))
                if error.kind() == ErrorKind::Other && Instant::now() < patience =>
            {
                thread::sleep(LOCK_RETRY);
            }
            opened => return opened,
        }
    }
}

/// The error for the caller. Damage that was met while reading is noted in the folder, so that the
/// next opening has the store built anew.
fn noted(folder: &Path, error: ReadStoreError) -> ReadStoreError {
    if let ReadStoreError::Damaged { what, .. } = &error
        && let Err(unnoted) = fs::write(folder.join(DAMAGED_FILE), what)
    {
        tracing::warn!(%unnoted, "the next start may meet the same damage of the read store");
    }
    error
}

/// Refuses a store that was found to be damaged when it was read.
fn refuse_known_damage(folder: &Path) -> Result<(), ReadStoreError> {
    let path = folder.join(DAMAGED_FILE);
    match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        noted => {
            let noted = noted.map_err(FileError::when("read", &path))?;
            Err(ReadStoreError::Damaged {
                folder: folder.to_path_buf(),
                what: String::from_utf8_lossy(&noted).into_owned(),
            })
        }
    }
}

/// Removes snapshots that sled was interrupted in writing; it would not open with one.
fn remove_unfinished_snapshots(folder: &Path) -> Result<(), FileError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for path in file::paths_in(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            file::remove_if_present(&path)?;
        }
    }
    Ok(())
}

/// How many values sled keeps outside its log.
fn blob_files(folder: &Path) -> Result<usize, FileError> {
    let blobs = folder.join("blobs");
    match blobs.is_dir() {
        true => Ok(file::paths_in(&blobs)?.len()),
        false => Ok(0),
    }
}
