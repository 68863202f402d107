//! Making a backup, or bringing one up to where the log is now.

use std::fs;
use std::path::Path;

use super::FIRST_EDITION_FILE;
use super::error::BackupError;
use super::manifest::{self, Manifest};
use super::marker::is_unfinished;
use super::places::keep_apart;
use crate::file::{self, FileError, paths_in};
use crate::journal::copy::{Extent, Looked, Piece, Segments};
use crate::journal::{Damage, JournalError};
use crate::lock::{LockError, StoreLock};
use crate::step::{self, Safeguard, Step};
use crate::vault::{self, KeysReport};

/// What a run copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Position of the last event in the backup.
    pub last_position: u64,
    /// Position of the last event in the backup before this run; 0 when there was none.
    pub previous_position: u64,
    /// Segments in the backup.
    pub segments: u64,
    /// Segments of them that were copied by this run.
    pub segments_copied: u64,
    /// Bytes that were copied.
    pub bytes_copied: u64,
    /// Bytes that were in the backup already.
    pub bytes_kept: u64,
    /// First positions of segments that were damaged in the backup and are whole again.
    pub mended: Vec<u64>,
    /// The digest that stands for the whole log, in hexadecimal digits.
    pub log_digest: String,
    /// What was copied of the keys, when that was asked for.
    pub keys: Option<KeysReport>,
}

/// Copies the log of a data directory, in use or not, to a backup directory (created if missing);
/// what is there already is not copied again. With `keys`, also the keys of personal texts, to that
/// directory. `progress` gets the bytes done and the bytes in all.
///
/// Nothing is written over before what replaces it was checked. A run that is interrupted or fails
/// leaves the backup as it was.
///
/// # Errors
/// Damage in the store, with its place; a directory that holds something else, or the backup of a
/// log that this one does not continue.
pub fn run(
    data_directory: &Path,
    genesis: &[u8],
    directory: &Path,
    keys: Option<&Path>,
    mut progress: impl FnMut(u64, u64),
) -> Result<BackupReport, BackupError> {
    if is_unfinished(data_directory) {
        return Err(LockError::Restoring {
            directory: data_directory.to_path_buf(),
        }
        .into());
    }
    keep_apart(directory, data_directory)?;
    if let Some(keys) = keys {
        keep_apart(keys, directory)?;
        keep_apart(keys, data_directory)?;
    }
    refuse_something_else(directory)?;
    let _lock = StoreLock::acquire(directory)?;
    let store = Segments::of(data_directory, genesis);
    let backup = Segments::of(directory, genesis);
    let previous = begin(directory, genesis)?;
    backup.prepare(directory)?;
    step::reached(Step::BackupBegun);
    let mut copying = Copying {
        directory,
        store: &store,
        backup: &backup,
        previous: &previous,
        report: BackupReport {
            last_position: 0,
            previous_position: previous.last_position,
            segments: 0,
            segments_copied: 0,
            bytes_copied: 0,
            bytes_kept: 0,
            mended: Vec::new(),
            log_digest: String::new(),
            keys: None,
        },
        put_off: Vec::new(),
    };
    let next = copying.segments(&mut progress)?;
    if step::is_without(Safeguard::ManifestLast) {
        next.write(directory)?;
        copying.make_up()?;
    }
    let mut report = copying.report;
    // After the log, so that every key that its events name is there; before the manifest, so that
    // this also holds when the run ends here.
    report.keys = keys
        .map(|keys| vault::copy_keys(data_directory, keys))
        .transpose()?;
    if next != previous {
        step::reached(Step::BackupBeforeManifest);
        next.write(directory)?;
        step::reached(Step::BackupAfterManifest);
    }
    report.last_position = next.last_position;
    report.segments = next.pieces.len() as u64;
    report.log_digest = manifest::hexadecimal(&next.log_digest());
    Ok(report)
}

/// Refuses a directory with something in it that no backup wrote.
fn refuse_something_else(directory: &Path) -> Result<(), BackupError> {
    if !directory.exists() || manifest::path(directory).exists() {
        return Ok(());
    }
    let harmless = |path: &Path| {
        let name = path.file_stem().unwrap_or_default();
        name == "lock" || name == "manifest"
    };
    match paths_in(directory)?.iter().all(|path| harmless(path)) {
        true => Ok(()),
        false => Err(BackupError::NotABackup {
            directory: directory.to_path_buf(),
        }),
    }
}

/// What is backed up so far. A directory that is empty is marked as a backup of this log before
/// anything else is put there.
fn begin(directory: &Path, genesis: &[u8]) -> Result<Manifest, BackupError> {
    let digest = manifest::digest_of_document(genesis);
    let manifest = match Manifest::read(directory)? {
        Some(manifest) if manifest.genesis != digest => {
            return Err(BackupError::AnotherLog {
                directory: directory.to_path_buf(),
            });
        }
        Some(manifest) => manifest,
        None => {
            let empty = Manifest {
                genesis: digest,
                last_position: 0,
                pieces: Vec::new(),
            };
            empty.write(directory)?;
            empty
        }
    };
    let document = directory.join(FIRST_EDITION_FILE);
    let is_there = fs::read(&document).is_ok_and(|bytes| bytes == genesis);
    if !is_there {
        file::replace(&document, genesis, false)?;
    }
    Ok(manifest)
}

struct Copying<'a> {
    directory: &'a Path,
    store: &'a Segments,
    backup: &'a Segments,
    previous: &'a Manifest,
    report: BackupReport,
    /// What is copied only after the manifest names it: without [`Safeguard::ManifestLast`].
    put_off: Vec<Piece>,
}

impl Copying<'_> {
    /// Brings every segment of the backup up, oldest first; what then belongs to it.
    fn segments(&mut self, progress: &mut impl FnMut(u64, u64)) -> Result<Manifest, BackupError> {
        let positions = self.store.list()?;
        let sizes = positions
            .iter()
            .map(|position| self.size(*position))
            .collect::<Result<Vec<_>, FileError>>()?;
        let total: u64 = sizes.iter().sum();
        let mut next = Manifest {
            genesis: self.previous.genesis,
            last_position: 0,
            pieces: Vec::new(),
        };
        let mut done = 0;
        for (index, first_position) in positions.iter().enumerate() {
            let before = self.previous.pieces.get(index);
            if before.is_some_and(|piece| piece.first_position != *first_position) {
                return Err(self.diverged(*first_position));
            }
            let expected = next.last_position + 1;
            if *first_position != expected {
                return Err(self.store.damage(expected, Damage::SegmentMissing).into());
            }
            let piece = match positions.get(index + 1) {
                Some(successor) => {
                    next.last_position = successor - 1;
                    self.sealed(*first_position, *successor, before)?
                }
                None => {
                    let (piece, last_position) = self.last(*first_position, before)?;
                    next.last_position = last_position;
                    piece
                }
            };
            next.pieces.push(piece);
            done += sizes.get(index).copied().unwrap_or(0);
            progress(done, total);
        }
        if next.pieces.len() < self.previous.pieces.len()
            || next.last_position < self.previous.last_position
        {
            return Err(self.store_ends_before(next.last_position));
        }
        Ok(next)
    }

    /// A sealed segment: its successor says what its digest is.
    fn sealed(
        &mut self,
        first_position: u64,
        successor: u64,
        before: Option<&Piece>,
    ) -> Result<Piece, BackupError> {
        let sealed = self.store.digest_of_previous(successor)?;
        if let Some(piece) = before
            && Some(piece.digest) == sealed
        {
            if self.backup.has(piece)? {
                self.report.bytes_kept += piece.bytes;
                return Ok(piece.clone());
            }
            self.report.mended.push(first_position);
        }
        let looked = self.look(first_position, Extent::Whole, before)?;
        if Some(looked.piece.digest) != sealed {
            let damage = self.store.damage(first_position, Damage::SegmentDigest);
            return Err(damage.into());
        }
        if looked.next_position != successor {
            let damage = self
                .store
                .damage(looked.next_position, Damage::SegmentMissing);
            return Err(damage.into());
        }
        self.refuse_diverged(&looked, before)?;
        self.copy(&looked.piece)?;
        Ok(looked.piece)
    }

    /// The last segment, up to its last whole frame, and the last position in it.
    fn last(
        &mut self,
        first_position: u64,
        before: Option<&Piece>,
    ) -> Result<(Piece, u64), BackupError> {
        let looked = self.look(first_position, Extent::WholeFrames, before)?;
        let last_position = looked.next_position - 1;
        if before.is_some_and(|piece| looked.piece.bytes < piece.bytes) {
            return Err(self.store_ends_before(last_position));
        }
        self.refuse_diverged(&looked, before)?;
        let is_there = self.backup.has(&looked.piece)?;
        if is_there {
            self.report.bytes_kept += looked.piece.bytes;
        } else {
            if before == Some(&looked.piece) {
                self.report.mended.push(first_position);
            }
            self.copy(&looked.piece)?;
        }
        Ok((looked.piece, last_position))
    }

    fn look(
        &self,
        first_position: u64,
        extent: Extent,
        before: Option<&Piece>,
    ) -> Result<Looked, JournalError> {
        let offset = before.map_or(0, |piece| piece.bytes);
        self.store.look(first_position, extent, offset, |_| {
            Ok::<(), JournalError>(())
        })
    }

    /// The store's segment must begin with exactly what is backed up of it.
    fn refuse_diverged(&self, looked: &Looked, before: Option<&Piece>) -> Result<(), BackupError> {
        match before {
            Some(piece) if looked.digest_before != Some(piece.digest) => {
                Err(self.diverged(piece.first_position))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn copy(&mut self, piece: &Piece) -> Result<(), BackupError> {
        if step::is_without(Safeguard::ManifestLast) {
            self.put_off.push(piece.clone());
            return Ok(());
        }
        self.take(piece)
    }

    fn make_up(&mut self) -> Result<(), BackupError> {
        let put_off = std::mem::take(&mut self.put_off);
        put_off.iter().try_for_each(|piece| self.take(piece))
    }

    fn take(&mut self, piece: &Piece) -> Result<(), BackupError> {
        self.backup.take(self.store, piece)?;
        step::reached(Step::BackupSegmentCopied);
        self.report.segments_copied += 1;
        self.report.bytes_copied += piece.bytes;
        Ok(())
    }

    fn size(&self, first_position: u64) -> Result<u64, FileError> {
        let path = self.store.path(first_position);
        fs::metadata(&path)
            .map(|about| about.len())
            .map_err(FileError::when("read", &path))
    }

    fn diverged(&self, position: u64) -> BackupError {
        BackupError::Diverged {
            directory: self.directory.to_path_buf(),
            position,
        }
    }

    fn store_ends_before(&self, store: u64) -> BackupError {
        BackupError::StoreEndsBefore {
            directory: self.directory.to_path_buf(),
            backup: self.previous.last_position,
            store,
        }
    }
}
