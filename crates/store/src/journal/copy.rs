//! Segments for a backup: which there are, whether each is whole up to where it counts, and what a
//! segment that is cut in the middle holds.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Commit;
use super::error::{Damage, JournalError};
use super::frame::{self, CommitRef};
use super::reader::list_settled;
use super::scanner::{Frame, Scanner, Step};
use super::segment::{
    JOURNAL_FOLDER, NO_PREVIOUS, Segment, SegmentHeader, digest_line, genesis_digest,
};
use super::tail::whole_frame;
use crate::file::{self, FileError, ensure_directory};

/// Bytes read at once where no frame is looked at.
const READ_BYTES: usize = 1024 * 1024;

/// As much of a segment as belongs to a log, and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Position that the segment begins with.
    pub first_position: u64,
    /// How many of its bytes count, from its beginning.
    pub bytes: u64,
    /// SHA-256 over these bytes.
    pub digest: [u8; 32],
}

/// What a look at a segment found.
#[derive(Debug)]
pub(crate) struct Looked {
    /// What of it counts.
    pub piece: Piece,
    /// Position behind its last entry.
    pub next_position: u64,
    /// SHA-256 over the bytes before the offset that was asked about, when a frame ends there.
    pub digest_before: Option<[u8; 32]>,
}

/// How much of a segment to look at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    /// All of it: a sealed segment.
    Whole,
    /// Up to its last whole frame: the last segment of a log that may be in use.
    WholeFrames,
    /// Exactly so many bytes.
    Bytes(u64),
}

/// The journal of one data directory or backup, segment by segment.
#[derive(Debug)]
pub(crate) struct Segments {
    folder: PathBuf,
    genesis: [u8; 32],
}

/// A commit seen on the way through a segment.
pub(crate) struct SeenCommit<'bytes> {
    /// The commit.
    pub commit: CommitRef<'bytes>,
    /// Offset of its frame, in bytes.
    pub frame_offset: u64,
}

impl Segments {
    /// The journal of a directory, which was begun with these genesis bytes.
    pub fn of(directory: &Path, genesis: &[u8]) -> Self {
        Self {
            folder: directory.join(JOURNAL_FOLDER),
            genesis: genesis_digest(genesis),
        }
    }

    /// Makes the folder, durably, and removes what an interrupted copy left in it.
    pub fn prepare(&self, directory: &Path) -> Result<(), FileError> {
        ensure_directory(directory, JOURNAL_FOLDER)?;
        file::remove_unfinished(&self.folder)
    }

    /// First positions of the segments, in order, also while a writer begins new ones.
    pub fn list(&self) -> Result<Vec<u64>, JournalError> {
        let segments = list_settled(&self.folder)?;
        Ok(segments.iter().map(|one| one.first_position).collect())
    }

    /// The file of the segment that begins at a position.
    pub fn path(&self, first_position: u64) -> PathBuf {
        Segment::at(&self.folder, first_position).path
    }

    /// The digest that a segment's header carries of the segment before it; `None` for the first.
    pub fn digest_of_previous(
        &self,
        first_position: u64,
    ) -> Result<Option<[u8; 32]>, JournalError> {
        let header = SegmentHeader::read(&self.existing(first_position)?, &self.genesis)?;
        Ok((header.previous != NO_PREVIOUS).then_some(header.previous))
    }

    /// Goes through a segment frame by frame and checks everything that can be checked within it.
    /// `before` asks for the digest up to an offset. `on_commit` gets every commit in order.
    pub fn look<E: From<JournalError>>(
        &self,
        first_position: u64,
        extent: Extent,
        before: u64,
        mut on_commit: impl FnMut(&SeenCommit<'_>) -> Result<(), E>,
    ) -> Result<Looked, E> {
        let segment = self.existing(first_position)?;
        let header = SegmentHeader::read(&segment, &self.genesis)?;
        let limit = match extent {
            Extent::Whole => segment.bytes().map_err(JournalError::from)?,
            Extent::WholeFrames => synced_bytes(&segment).map_err(JournalError::from)?,
            Extent::Bytes(bytes) => bytes,
        };
        let mut digest = Sha256::new_with_prefix(header.encode());
        let mut scanner = Scanner::new(&segment, limit).map_err(JournalError::from)?;
        let mut digest_before = None;
        loop {
            if scanner.offset() == before {
                digest_before = Some(digest.clone().finalize().into());
            }
            let Some(frame) = next_frame(&mut scanner, extent)? else {
                break;
            };
            digest.update(scanner.frame_bytes(&frame));
            for_each_commit(&scanner, &frame, &mut on_commit)?;
        }
        // The limit may lie inside the header, where no frame shows it.
        if let Extent::Bytes(bytes) = extent
            && bytes != scanner.offset()
        {
            return Err(scanner.damage(Damage::FrameCutShort).into());
        }
        Ok(Looked {
            piece: Piece {
                first_position,
                bytes: scanner.offset(),
                digest: digest.finalize().into(),
            },
            next_position: scanner.next_position(),
            digest_before,
        })
    }

    /// Damage of a segment as a whole.
    pub fn damage(&self, first_position: u64, what: Damage) -> JournalError {
        Segment::at(&self.folder, first_position).damage(what)
    }

    /// Damage of an entry, whose frame is at an offset.
    pub fn entry_damage(
        &self,
        first_position: u64,
        offset: u64,
        position: u64,
        words: String,
    ) -> JournalError {
        Segment::at(&self.folder, first_position).damage_at(offset, position, Damage::Entry(words))
    }

    /// Whether the file of a piece is there with these bytes. What lies behind them does not count.
    pub fn has(&self, piece: &Piece) -> Result<bool, FileError> {
        let path = self.path(piece.first_position);
        match read_prefix(&path, piece.bytes, |_| Ok::<(), FileError>(())) {
            Ok(digest) => Ok(digest == Some(piece.digest)),
            Err(error) if error.source.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Bytes of a segment's file behind a piece; 0 when the file is not there.
    pub fn bytes_behind(&self, piece: &Piece) -> u64 {
        std::fs::metadata(self.path(piece.first_position))
            .map_or(0, |about| about.len().saturating_sub(piece.bytes))
    }

    /// Copies a piece from another journal, replacing the file here only when every byte was the
    /// one that the piece's digest was taken over.
    pub fn take(&self, from: &Self, piece: &Piece) -> Result<(), JournalError> {
        let source = from.path(piece.first_position);
        let target = self.path(piece.first_position);
        file::replace_with(&target, false, |file| {
            let read = read_prefix(&source, piece.bytes, |bytes| {
                file.write_all(bytes)
                    .map_err(FileError::when("write", &target))
            })?;
            match read == Some(piece.digest) {
                true => Ok(()),
                false => Err(from.damage(piece.first_position, Damage::SegmentDigest)),
            }
        })
    }

    /// Copies the first bytes of a segment from another journal and ends it with one frame of these
    /// commits, if there are any.
    pub fn take_cut(
        &self,
        from: &Self,
        first_position: u64,
        bytes: u64,
        commits: &[Commit],
    ) -> Result<Piece, JournalError> {
        let source = from.path(first_position);
        let target = self.path(first_position);
        let mut end = Vec::new();
        if !commits.is_empty() {
            frame::encode_frame(commits, bytes, &mut end);
        }
        let mut digest = Sha256::new();
        file::replace_with(&target, false, |file| {
            let mut write = |part: &[u8]| {
                digest.update(part);
                file.write_all(part)
                    .map_err(FileError::when("write", &target))
            };
            let read = read_prefix(&source, bytes, &mut write)?;
            if read.is_none() {
                return Err(from.damage(first_position, Damage::FrameCutShort));
            }
            Ok(write(&end)?)
        })?;
        Ok(Piece {
            first_position,
            bytes: bytes + end.len() as u64,
            digest: digest.finalize().into(),
        })
    }

    /// Writes the operator's digest file of a sealed segment.
    pub fn write_digest_file(&self, piece: &Piece) -> Result<(), FileError> {
        let segment = Segment::at(&self.folder, piece.first_position);
        let line = digest_line(&segment, &piece.digest);
        file::replace(&segment.digest_path(), line.as_bytes(), false)
    }

    /// Name of a segment's file.
    pub fn name(first_position: u64) -> String {
        let segment = Segment::at(Path::new(""), first_position);
        segment.path.display().to_string()
    }

    fn existing(&self, first_position: u64) -> Result<Segment, JournalError> {
        let segment = Segment::at(&self.folder, first_position);
        match segment.path.is_file() {
            true => Ok(segment),
            false => Err(segment.damage(Damage::SegmentMissing)),
        }
    }
}

/// Bytes of a segment that may be in use, all of them durable: what its writer has not synced yet
/// is synced here, so that nothing is ever copied that the store itself can still lose.
fn synced_bytes(segment: &Segment) -> Result<u64, FileError> {
    let file = File::open(&segment.path).map_err(FileError::when("open", &segment.path))?;
    let bytes = file
        .metadata()
        .map_err(FileError::when("read", &segment.path))?
        .len();
    file.sync_data()
        .map_err(FileError::when("sync", &segment.path))?;
    Ok(bytes)
}

fn next_frame(scanner: &mut Scanner, extent: Extent) -> Result<Option<Frame>, JournalError> {
    if let Extent::WholeFrames = extent {
        return whole_frame(scanner);
    }
    match scanner.step()? {
        Step::End => Ok(None),
        Step::Frame(frame) => Ok(Some(frame)),
        Step::Broken(damage) => Err(scanner.damage(damage)),
    }
}

fn for_each_commit<E>(
    scanner: &Scanner,
    frame: &Frame,
    on_commit: &mut impl FnMut(&SeenCommit<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = scanner.commits(frame);
    let mut position = frame.first_position;
    while let Some((commit, after)) = CommitRef::split_first(rest, position) {
        on_commit(&SeenCommit {
            commit,
            frame_offset: frame.offset,
        })?;
        position = commit.last_position() + 1;
        rest = after;
    }
    Ok(())
}

/// Shows the first bytes of a file part by part and returns their digest; `None` when the file has
/// fewer.
fn read_prefix<E: From<FileError>>(
    path: &Path,
    bytes: u64,
    mut on_part: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Option<[u8; 32]>, E> {
    let file = File::open(path).map_err(FileError::when("open", path))?;
    let mut file = file.take(bytes);
    let mut buffer = vec![0; READ_BYTES];
    let mut digest = Sha256::new();
    let mut left = bytes;
    while left > 0 {
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(FileError::when("read", path))?,
        };
        let part = buffer.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(None);
        }
        digest.update(part);
        on_part(part)?;
        left -= part.len() as u64;
    }
    Ok(Some(digest.finalize().into()))
}
