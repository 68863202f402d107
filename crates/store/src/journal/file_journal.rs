//! The journal in files: opening it, appending to it, sealing segments.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::reader::JournalReader;
use super::segment::{
    JOURNAL_FOLDER, NO_PREVIOUS, Segment, SegmentHeader, digest_line, genesis_digest, list_segments,
};
use super::tail::{LastSegment, TornTail, warn_of};
use super::{Commit, Journal, JournalError, check_group, frame};
use crate::file::{self, FileError};
use crate::step::{self, Step};

/// A frame is closed when it has this many bytes; a larger group becomes several, each synced.
const FRAME_TARGET_BYTES: usize = 4 * 1024 * 1024;

/// How a journal is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalOptions {
    /// A segment is sealed before the append that would begin behind this many bytes.
    pub segment_bytes: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            segment_bytes: step::bytes_or("REDRESS_SEGMENT_BYTES", 64 * 1024 * 1024),
        }
    }
}

/// What was found when a journal was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// The last durable position, 0 when empty.
    pub last_position: u64,
    /// The torn write that was dropped from the end, if there was one.
    pub torn: Option<TornTail>,
}

/// The journal in segment files of a data directory. The caller holds the
/// [`StoreLock`](crate::lock::StoreLock) of that directory.
///
/// Appending blocks the calling thread for one write and one sync per group.
#[derive(Debug)]
pub struct FileJournal {
    folder: PathBuf,
    genesis: [u8; 32],
    options: JournalOptions,
    segment: Segment,
    file: File,
    /// Bytes of the current segment, all of them durable.
    segment_bytes: u64,
    /// Digest, not finished, of the current segment's bytes.
    digest: Sha256,
    last_position: u64,
    poisoned: bool,
    /// The frame being written; kept to use its memory again.
    frame: Vec<u8>,
}

impl FileJournal {
    /// Opens the journal of a data directory with default options, creating it when there is none.
    ///
    /// `genesis` are the bytes the store was created with; their digest is in every segment, and
    /// other bytes are refused. Only the last segment is read, so the time does not grow with the
    /// journal; damage elsewhere is found by [`verify`](super::verify) and by reading.
    pub fn open(data_directory: &Path, genesis: &[u8]) -> Result<(Self, OpenReport), JournalError> {
        Self::open_with(data_directory, genesis, JournalOptions::default())
    }

    /// [`FileJournal::open`] with options.
    pub fn open_with(
        data_directory: &Path,
        genesis: &[u8],
        options: JournalOptions,
    ) -> Result<(Self, OpenReport), JournalError> {
        let genesis = genesis_digest(genesis);
        let folder = file::ensure_directory(data_directory, JOURNAL_FOLDER)?;
        file::remove_unfinished(&folder)?;
        let segment = match list_segments(&folder)?.pop() {
            Some(last) => last,
            None => create_segment(&folder, 1, genesis, NO_PREVIOUS)?,
        };
        let header = SegmentHeader::read(&segment, &genesis)?;
        let last = LastSegment::read(&segment, &header)?;
        let mut handle = OpenOptions::new()
            .write(true)
            .open(&segment.path)
            .map_err(FileError::when("open", &segment.path))?;
        settle_end(&mut handle, &last)
            .map_err(FileError::when("settle the end of", &segment.path))?;
        let report = OpenReport {
            last_position: last.next_position - 1,
            torn: last.torn,
        };
        if let Some(torn) = &report.torn {
            warn_of(torn);
        }
        let journal = Self {
            folder,
            genesis,
            options,
            segment,
            file: handle,
            segment_bytes: last.end,
            digest: last.digest,
            last_position: report.last_position,
            poisoned: false,
            frame: Vec::new(),
        };
        Ok((journal, report))
    }

    /// Whether an earlier write failed, so that nothing can be appended until it is opened again.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    fn append_frame(&mut self, commits: &[Commit]) -> Result<(), FileError> {
        if self.segment_bytes >= self.options.segment_bytes {
            self.seal()?;
        }
        frame::encode_frame(commits, self.segment_bytes, &mut self.frame);
        step::reached(Step::BeforeAppend);
        self.file
            .write_all(&self.frame)
            .map_err(FileError::when("write", &self.segment.path))?;
        step::reached(Step::BeforeSync);
        self.file
            .sync_data()
            .map_err(FileError::when("sync", &self.segment.path))?;
        step::reached(Step::AfterSync);
        self.digest.update(&self.frame);
        self.segment_bytes += self.frame.len() as u64;
        if let Some(last) = commits.last() {
            self.last_position = last.next_position() - 1;
        }
        Ok(())
    }

    /// Ends the current segment and begins the next one, which carries its digest. A crash between
    /// the two leaves a segment that is sealed again, to the same effect, by the next append.
    fn seal(&mut self) -> Result<(), FileError> {
        step::reached(Step::BeforeSegmentSeal);
        let digest: [u8; 32] = self.digest.clone().finalize().into();
        let line = digest_line(&self.segment, &digest);
        file::replace(&self.segment.digest_path(), line.as_bytes(), false)?;
        step::reached(Step::BetweenSegmentSeal);
        let first_position = self.last_position + 1;
        let next = create_segment(&self.folder, first_position, self.genesis, digest)?;
        step::reached(Step::AfterSegmentSeal);
        let header = SegmentHeader {
            first_position,
            genesis: self.genesis,
            previous: digest,
        };
        self.file = OpenOptions::new()
            .append(true)
            .open(&next.path)
            .map_err(FileError::when("open", &next.path))?;
        self.segment_bytes = next.bytes()?;
        self.digest = Sha256::new_with_prefix(header.encode());
        self.segment = next;
        Ok(())
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn append(&mut self, group: &[Commit]) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        check_group(group, self.last_position + 1)?;
        let mut rest = group;
        while !rest.is_empty() {
            let (commits, after) = rest.split_at(commits_of_one_frame(rest));
            if let Err(error) = self.append_frame(commits) {
                self.poisoned = true;
                return Err(error.into());
            }
            rest = after;
        }
        Ok(())
    }

    fn last_position(&self) -> u64 {
        self.last_position
    }

    fn reader(&self, from_position: u64) -> Result<JournalReader, JournalError> {
        Ok(JournalReader::of_segments(
            list_segments(&self.folder)?,
            self.genesis,
            from_position,
            self.segment_bytes,
        ))
    }
}

/// How many commits from the front of a group go into one frame: at least one.
fn commits_of_one_frame(group: &[Commit]) -> usize {
    let most = step::bytes_or("REDRESS_FRAME_BYTES", FRAME_TARGET_BYTES);
    let mut bytes = 0;
    let fitting = group.iter().take_while(|commit| {
        bytes += frame::commit_bytes(commit);
        bytes <= most
    });
    fitting.count().max(1)
}

fn create_segment(
    folder: &Path,
    first_position: u64,
    genesis: [u8; 32],
    previous: [u8; 32],
) -> Result<Segment, FileError> {
    let segment = Segment::at(folder, first_position);
    let header = SegmentHeader {
        first_position,
        genesis,
        previous,
    };
    file::replace(&segment.path, &header.encode(), false)?;
    Ok(segment)
}

/// Makes what is kept of the last segment durable and drops the rest.
///
/// The last frame is written once more: when the sync of an earlier process failed, its pages may
/// read well and yet never reach the disk, and a plain sync would not write them again. Writing
/// the same bytes over themselves cannot harm a frame that is durable already.
fn settle_end(file: &mut File, last: &LastSegment) -> std::io::Result<()> {
    if let Some((offset, bytes)) = &last.last_frame {
        file.seek(SeekFrom::Start(*offset))?;
        file.write_all(bytes)?;
    }
    file.set_len(last.end)?;
    file.seek(SeekFrom::Start(last.end))?;
    file.sync_all()
}

#[cfg(test)]
impl FileJournal {
    /// Puts a handle in place that fails when it is written to.
    pub(super) fn refuse_writes(&mut self, handle: File) {
        self.file = handle;
    }

    /// Appends to the current segment, however large it is.
    pub(super) fn keep_segment(&mut self) {
        self.options.segment_bytes = u64::MAX;
    }
}
