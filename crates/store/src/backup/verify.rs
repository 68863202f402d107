//! Reading a backup whole, to see that every byte of it is what was written.

use std::fs;
use std::path::{Path, PathBuf};

use super::FIRST_EDITION_FILE;
use super::error::BackupError;
use super::manifest::{self, Manifest};
use crate::file::{FileError, paths_in};
use crate::journal::copy::{Extent, Piece, SeenCommit, Segments};
use crate::journal::{Damage, JournalError};

/// What a verification went through without finding damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Position of the last event.
    pub last_position: u64,
    /// Segment files.
    pub segments: u64,
    /// Commits.
    pub commits: u64,
    /// Bytes of the segments, as far as they belong to the backup.
    pub bytes: u64,
    /// Bytes that a run that was interrupted has left; they belong to no backup.
    pub left_over_bytes: u64,
    /// The digest that stands for the whole log, in hexadecimal digits.
    pub log_digest: String,
}

/// Reads every file of a backup and checks it: the manifest, lengths, digests and their chain, the
/// checksums of frames, positions. `on_entry` gets every entry with its position, and can refuse it
/// with words of its own. Changes nothing and takes no lock: a run may bring the backup up meanwhile.
///
/// # Errors
/// The first damage, with its place.
pub fn verify(
    directory: &Path,
    mut on_entry: impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Result<VerifyReport, BackupError> {
    let (manifest, segments) = open(directory)?;
    let mut report = VerifyReport {
        last_position: manifest.last_position,
        segments: manifest.pieces.len() as u64,
        commits: 0,
        bytes: 0,
        left_over_bytes: 0,
        log_digest: manifest::hexadecimal(&manifest.log_digest()),
    };
    for (index, piece) in manifest.pieces.iter().enumerate() {
        check_piece(&manifest, index, &segments, |seen| {
            report.commits += 1;
            show_entries(&segments, piece, seen, &mut on_entry)
        })?;
        report.bytes += piece.bytes;
    }
    report.left_over_bytes = left_over_bytes(directory, &manifest, &segments)?;
    Ok(report)
}

/// Position of the last event of a backup, as its manifest says it.
///
/// # Errors
/// A directory without a finished backup, or a damaged manifest.
pub fn last_position(directory: &Path) -> Result<u64, BackupError> {
    Ok(open(directory)?.0.last_position)
}

/// What a backup consists of: its manifest and its segments, bound to its first edition.
pub(super) fn open(directory: &Path) -> Result<(Manifest, Segments), BackupError> {
    let no_backup = || BackupError::NoBackup {
        directory: directory.to_path_buf(),
    };
    let manifest = Manifest::read(directory)?.ok_or_else(no_backup)?;
    if manifest.pieces.is_empty() {
        return Err(no_backup());
    }
    let path = directory.join(FIRST_EDITION_FILE);
    let genesis = fs::read(&path).unwrap_or_default();
    if manifest::digest_of_document(&genesis) != manifest.genesis {
        return Err(BackupError::FirstEditionDamaged { path });
    }
    let segments = Segments::of(directory, &genesis);
    Ok((manifest, segments))
}

/// Checks a piece against the manifest and against the piece before it.
pub(super) fn check_piece<E: From<JournalError>>(
    manifest: &Manifest,
    index: usize,
    segments: &Segments,
    on_commit: impl FnMut(&SeenCommit<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let Some(piece) = manifest.pieces.get(index) else {
        return Ok(());
    };
    check_chain(manifest, index, segments)?;
    let extent = Extent::Bytes(piece.bytes);
    let looked = segments.look(piece.first_position, extent, 0, on_commit)?;
    if looked.piece != *piece {
        return Err(segments
            .damage(piece.first_position, Damage::SegmentDigest)
            .into());
    }
    let next_position = manifest.next_position(index);
    if looked.next_position != next_position {
        return Err(segments
            .damage(looked.next_position, Damage::SegmentMissing)
            .into());
    }
    Ok(())
}

/// The header of a piece carries the digest of the piece before it.
pub(super) fn check_chain(
    manifest: &Manifest,
    index: usize,
    segments: &Segments,
) -> Result<(), JournalError> {
    let Some(piece) = manifest.pieces.get(index) else {
        return Ok(());
    };
    let before = index
        .checked_sub(1)
        .and_then(|index| manifest.pieces.get(index));
    let expected_first = before.map_or(1, |_| piece.first_position);
    if piece.first_position != expected_first {
        return Err(segments.damage(expected_first, Damage::SegmentMissing));
    }
    let carried = segments.digest_of_previous(piece.first_position)?;
    match carried == before.map(|before| before.digest) {
        true => Ok(()),
        false => Err(segments.damage(piece.first_position, Damage::SegmentDigest)),
    }
}

/// Shows the entries of a commit; one that is refused is damage of its place.
pub(super) fn show_entries(
    segments: &Segments,
    piece: &Piece,
    seen: &SeenCommit<'_>,
    on_entry: &mut impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Result<(), JournalError> {
    for (position, bytes) in (seen.commit.first_position..).zip(seen.commit.entries()) {
        on_entry(position, bytes).map_err(|words| {
            segments.entry_damage(piece.first_position, seen.frame_offset, position, words)
        })?;
    }
    Ok(())
}

/// Bytes in the journal's folder that do not belong to the backup.
fn left_over_bytes(
    directory: &Path,
    manifest: &Manifest,
    segments: &Segments,
) -> Result<u64, FileError> {
    let known: Vec<PathBuf> = manifest
        .pieces
        .iter()
        .map(|piece| segments.path(piece.first_position))
        .collect();
    let behind: u64 = manifest
        .pieces
        .iter()
        .map(|piece| segments.bytes_behind(piece))
        .sum();
    let others: u64 = paths_in(&directory.join("journal"))?
        .into_iter()
        .filter(|path| !known.contains(path))
        .filter_map(|path| fs::metadata(path).ok())
        .map(|about| about.len())
        .sum();
    Ok(behind + others)
}
