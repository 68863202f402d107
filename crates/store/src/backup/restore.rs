//! The way back: from a backup to a data directory.
//!
//! What is asked for is looked for and checked before the place is touched. From then on a mark
//! says that the place is no store yet; it is taken away when everything is there, durable, and
//! reads as it was written.

use std::fs;
use std::path::{Path, PathBuf};

use redress_domain::instant::Instant;

use super::FIRST_EDITION_FILE;
use super::error::BackupError;
use super::manifest::{self, Manifest};
use super::marker;
use super::verify::{check_chain, check_piece, open, show_entries};
use crate::entry;
use crate::file::{self, FileError, paths_in, remove_if_present, sync_directory};
use crate::journal::copy::{Piece, SeenCommit, Segments};
use crate::journal::{Commit, Damage, JournalError};
use crate::lock::StoreLock;
use crate::step::{self, Safeguard, Step};
use crate::vault;

/// Up to where a log is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All of it.
    End,
    /// This position and everything before it. Commands are restored whole: a position inside the
    /// events of one is refused.
    Position(u64),
    /// The last command recorded at this instant or before, and everything before it.
    Recorded(Instant),
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// Position of the last event.
    pub last_position: u64,
    /// Position of the last event in the backup.
    pub backup_position: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of the segments.
    pub bytes: u64,
    /// The digest that stands for the whole restored log, in hexadecimal digits. It is that of the
    /// backup unless the log was cut.
    pub log_digest: String,
    /// How many files of keys were restored; `None` when they were not asked for.
    pub key_files: Option<u64>,
}

/// A restore that is possible: the backup was checked up to where it ends.
#[derive(Debug)]
pub struct Restoring {
    directory: PathBuf,
    manifest: Manifest,
    segments: Segments,
    cut: Cut,
    last_position: u64,
}

/// Where the restored log ends.
#[derive(Debug, Default)]
struct Cut {
    /// How many pieces are restored as they are.
    pieces: usize,
    /// What the piece after them becomes, when the end lies inside it.
    inside: Option<Inside>,
}

/// An end inside a piece.
#[derive(Debug)]
struct Inside {
    /// Position that the piece begins with.
    first_position: u64,
    /// Bytes that are kept: whole frames.
    bytes: u64,
    /// Commits of the next frame that are kept.
    commits: Vec<Commit>,
}

/// Why a walk through the backup ended early.
enum Stop {
    /// The end was reached.
    Reached,
    /// Something failed.
    Failed(BackupError),
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Failed(error.into())
    }
}

/// Checks a backup up to where a restore is to end. `on_entry` gets every entry that will be
/// restored, and can refuse it with words of its own.
///
/// # Errors
/// Damage before that end, and an end that the backup does not have.
pub fn begin_restore(
    directory: &Path,
    until: Until,
    mut on_entry: impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Result<Restoring, BackupError> {
    let (manifest, segments) = open(directory)?;
    if let Until::Position(asked) = until
        && (asked == 0 || asked > manifest.last_position)
    {
        return Err(BackupError::PositionUnknown {
            asked,
            last: manifest.last_position,
        });
    }
    let mut walk = Walk {
        until,
        segments: &segments,
        last_position: 0,
        inside: None,
    };
    let mut pieces = 0;
    for (index, piece) in manifest.pieces.iter().enumerate() {
        walk.inside = None;
        let walked = check_piece(&manifest, index, &segments, |seen| {
            walk.take(piece, seen, &mut on_entry)
        });
        match walked {
            Ok(()) => pieces += 1,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Reached) => {
                check_chain(&manifest, index, &segments)?;
                break;
            }
        }
    }
    // An end between two segments needs nothing of the second.
    let inside = walk
        .inside
        .take_if(|_| pieces < manifest.pieces.len())
        .filter(|inside| inside.first_position <= walk.last_position);
    let last_position = walk.last_position;
    Ok(Restoring {
        directory: directory.to_path_buf(),
        manifest,
        segments,
        cut: Cut { pieces, inside },
        last_position,
    })
}

/// The walk through a backup up to where a restore ends.
struct Walk<'a> {
    until: Until,
    segments: &'a Segments,
    last_position: u64,
    inside: Option<Inside>,
}

impl Walk<'_> {
    /// Takes one commit, or says that it lies behind the end.
    fn take(
        &mut self,
        piece: &Piece,
        seen: &SeenCommit<'_>,
        on_entry: &mut impl FnMut(u64, &[u8]) -> Result<(), String>,
    ) -> Result<(), Stop> {
        let inside = self.inside.get_or_insert_with(|| Inside {
            first_position: piece.first_position,
            bytes: seen.frame_offset,
            commits: Vec::new(),
        });
        if inside.bytes != seen.frame_offset {
            inside.bytes = seen.frame_offset;
            inside.commits.clear();
        }
        if self.is_behind_end(piece, seen)? {
            return Err(Stop::Reached);
        }
        show_entries(self.segments, piece, seen, on_entry)?;
        self.last_position = seen.commit.last_position();
        // Only what may have to be written anew is kept in memory: one frame.
        if self.until != Until::End
            && let Some(inside) = &mut self.inside
        {
            inside.commits.push(seen.commit.to_commit());
        }
        Ok(())
    }

    fn is_behind_end(&self, piece: &Piece, seen: &SeenCommit<'_>) -> Result<bool, Stop> {
        let (first, last) = (seen.commit.first_position, seen.commit.last_position());
        match self.until {
            Until::End => Ok(false),
            Until::Position(asked) if (first..last).contains(&asked) => {
                Err(Stop::Failed(BackupError::InsideCommand {
                    asked,
                    first,
                    last,
                }))
            }
            Until::Position(asked) => Ok(last > asked),
            Until::Recorded(until) => {
                // All events of a command are recorded at one instant.
                let bytes = seen.commit.entries().next().unwrap_or_default();
                let head = entry::peek(bytes).map_err(|error| {
                    let words = error.to_string();
                    let offset = seen.frame_offset;
                    self.segments
                        .entry_damage(piece.first_position, offset, first, words)
                })?;
                if first == 1 && head.recorded_at > until {
                    return Err(Stop::Failed(BackupError::NothingRecorded {
                        first: head.recorded_at,
                    }));
                }
                Ok(head.recorded_at > until)
            }
        }
    }
}

impl Restoring {
    /// Position of the last event that will be there.
    pub fn last_position(&self) -> u64 {
        self.last_position
    }

    /// Restores into a data directory that is empty or not there, or that an earlier restore has
    /// left unfinished. With `keys`, the keys of personal texts come from that directory. Without,
    /// they are noted as not restored: `named_keys` is the first number above every key that the
    /// restored log names, and new texts get numbers from there on.
    ///
    /// # Errors
    /// A place with something in it or in use; damage; keys that are not all there.
    pub fn into_directory(
        &self,
        target: &Path,
        keys: Option<&Path>,
        named_keys: u64,
    ) -> Result<RestoreReport, BackupError> {
        keep_apart_from(target, &self.directory, keys)?;
        if let Some(keys) = keys {
            vault::check_keys(keys, named_keys)?;
        }
        refuse_something(target)?;
        let _lock = StoreLock::acquire_unfinished(target)?;
        refuse_something(target)?;
        if !step::is_without(Safeguard::RestoreMarked) {
            marker::set(target)?;
        }
        remove_unfinished(target)?;
        step::reached(Step::RestoreBegun);
        let restored = self.copy_log(target)?;
        let key_files = match keys {
            Some(keys) => Some(vault::restore_keys(keys, target)?),
            None => {
                vault::note_not_restored(target, named_keys, self.last_position)?;
                None
            }
        };
        let document = self.directory.join(FIRST_EDITION_FILE);
        let genesis = fs::read(&document).map_err(FileError::when("read", &document))?;
        restored.check(target, &genesis)?;
        file::replace(&target.join(FIRST_EDITION_FILE), &genesis, false)?;
        step::reached(Step::RestoreBeforeUnmark);
        marker::remove(target)?;
        step::reached(Step::RestoreAfterUnmark);
        Ok(RestoreReport {
            last_position: self.last_position,
            backup_position: self.manifest.last_position,
            segments: restored.pieces.len() as u64,
            bytes: restored.pieces.iter().map(|piece| piece.bytes).sum(),
            log_digest: manifest::hexadecimal(&restored.log_digest()),
            key_files,
        })
    }

    /// Copies the segments, the last one cut where it must be; what the place then holds.
    fn copy_log(&self, target: &Path) -> Result<Manifest, BackupError> {
        let document = self.directory.join(FIRST_EDITION_FILE);
        let genesis = fs::read(&document).map_err(FileError::when("read", &document))?;
        let place = Segments::of(target, &genesis);
        place.prepare(target)?;
        let mut restored = Manifest {
            last_position: self.last_position,
            pieces: Vec::new(),
            ..self.manifest
        };
        for piece in self.manifest.pieces.iter().take(self.cut.pieces) {
            place.take(&self.segments, piece)?;
            step::reached(Step::RestoreSegmentCopied);
            restored.pieces.push(piece.clone());
        }
        if let Some(inside) = &self.cut.inside {
            restored.pieces.push(place.take_cut(
                &self.segments,
                inside.first_position,
                inside.bytes,
                &inside.commits,
            )?);
        }
        if let Some((_, sealed)) = restored.pieces.split_last() {
            for piece in sealed {
                place.write_digest_file(piece)?;
            }
        }
        Ok(restored)
    }
}

impl Manifest {
    /// Reads back what was restored: every piece as it was written, and nothing else.
    fn check(&self, target: &Path, genesis: &[u8]) -> Result<(), BackupError> {
        let place = Segments::of(target, genesis);
        for (index, piece) in self.pieces.iter().enumerate() {
            check_piece(self, index, &place, |_| Ok::<(), JournalError>(()))?;
            if place.bytes_behind(piece) > 0 {
                return Err(place
                    .damage(piece.first_position, Damage::SegmentDigest)
                    .into());
            }
        }
        if place.list()?.len() != self.pieces.len() {
            return Err(BackupError::ReadBack {
                directory: target.to_path_buf(),
            });
        }
        Ok(())
    }
}

fn keep_apart_from(target: &Path, backup: &Path, keys: Option<&Path>) -> Result<(), BackupError> {
    super::keep_apart(target, backup)?;
    match keys {
        Some(keys) => super::keep_apart(target, keys),
        None => Ok(()),
    }
}

/// Refuses a place with anything in it, unless all of it was left by a restore.
fn refuse_something(target: &Path) -> Result<(), BackupError> {
    if !target.exists() {
        return Ok(());
    }
    let paths = paths_in(target)?;
    let was_begun = marker::is_unfinished(target);
    let harmless = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name == "lock")
            || marker::is_mark(path)
            || (was_begun && is_restored(path))
    };
    match paths.iter().all(harmless) {
        true => Ok(()),
        false => Err(BackupError::NotEmpty {
            directory: target.to_path_buf(),
        }),
    }
}

/// Whether a path is one that a restore makes.
fn is_restored(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ["journal", vault::FOLDER].contains(&&*name) || name.starts_with(FIRST_EDITION_FILE)
}

/// Removes what an earlier restore has left of the log and the keys.
fn remove_unfinished(target: &Path) -> Result<(), FileError> {
    for path in paths_in(target)?
        .into_iter()
        .filter(|path| is_restored(path))
    {
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(FileError::when("remove", &path))?;
        } else {
            remove_if_present(&path)?;
        }
    }
    sync_directory(target)
}
