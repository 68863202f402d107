//! Reads a journal on as it grows, without beginning anew: whoever follows the log looks at each
//! byte once.

use std::path::{Path, PathBuf};

use super::Journal;
use super::error::{Damage, JournalError};
use super::frame::CommitRef;
use super::memory::MemoryJournal;
use super::reader::list_settled;
use super::scanner::{Scanner, Step};
use super::segment::{JOURNAL_FOLDER, Segment, SegmentHeader, genesis_digest};

/// Where somebody is in a journal that is being written. Independent of the journal itself: it has
/// a file handle of its own and can move to another thread.
#[derive(Debug)]
pub struct JournalFollower(Place);

#[derive(Debug)]
enum Place {
    Files(Box<FilesFollower>),
    Memory {
        journal: MemoryJournal,
        next_position: u64,
    },
}

impl JournalFollower {
    /// Follows the journal of a data directory from a position on. `genesis` must be the bytes the
    /// journal was created with.
    #[must_use]
    pub fn of_directory(data_directory: &Path, genesis: &[u8], from_position: u64) -> Self {
        Self(Place::Files(Box::new(FilesFollower {
            folder: data_directory.join(JOURNAL_FOLDER),
            genesis: genesis_digest(genesis),
            scanner: None,
            next_position: from_position.max(1),
            read_until: 0,
        })))
    }

    /// Follows a journal in memory from a position on.
    #[must_use]
    pub fn of_memory(journal: MemoryJournal, from_position: u64) -> Self {
        Self(Place::Memory {
            journal,
            next_position: from_position.max(1),
        })
    }

    /// The position that is read next.
    #[must_use]
    pub fn next_position(&self) -> u64 {
        match &self.0 {
            Place::Files(files) => files.next_position,
            Place::Memory { next_position, .. } => *next_position,
        }
    }

    /// Shows every entry that was not shown yet, with its position, in order, frame by frame, until
    /// `durable` is reached or a frame has ended and `enough` says so. `durable` is a position that
    /// is known to be durable: nothing behind it is looked at, since it may be half written.
    ///
    /// # Errors
    /// When the journal cannot be read or is damaged; there is no use in calling again after that.
    pub fn read(
        &mut self,
        durable: u64,
        mut see: impl FnMut(u64, &[u8]),
        mut enough: impl FnMut() -> bool,
    ) -> Result<(), JournalError> {
        match &mut self.0 {
            Place::Files(files) => files.read(durable, &mut see, &mut enough),
            Place::Memory {
                journal,
                next_position,
            } => {
                let mut reader = journal.reader(*next_position)?;
                while *next_position <= durable {
                    let Some(commit) = reader.next_commit()? else {
                        return Ok(());
                    };
                    *next_position = show(&commit, *next_position, &mut see);
                    if enough() {
                        return Ok(());
                    }
                }
                Ok(())
            }
        }
    }
}

/// Shows the entries of a commit from a position on; the position behind its last one.
fn show(commit: &CommitRef<'_>, from: u64, see: &mut impl FnMut(u64, &[u8])) -> u64 {
    for (position, bytes) in (commit.first_position..).zip(commit.entries()) {
        if position >= from {
            see(position, bytes);
        }
    }
    from.max(commit.last_position() + 1)
}

#[derive(Debug)]
struct FilesFollower {
    folder: PathBuf,
    genesis: [u8; 32],
    /// Where it is in a segment; `None` before the first look.
    scanner: Option<Scanner>,
    /// Entries before this position were shown, or are not asked for.
    next_position: u64,
    /// Up to where what the scanner holds in memory is known to have been whole when it was read.
    read_until: u64,
}

impl FilesFollower {
    fn read(
        &mut self,
        durable: u64,
        see: &mut impl FnMut(u64, &[u8]),
        enough: &mut impl FnMut() -> bool,
    ) -> Result<(), JournalError> {
        if durable > self.read_until {
            // What was read ahead may have been a write on its way.
            if let Some(scanner) = &mut self.scanner {
                scanner.look_again()?;
            }
            self.read_until = durable;
        }
        while self.next_position <= durable {
            let Some(scanner) = &mut self.scanner else {
                self.scanner = Some(self.open(&self.segment_of_next()?)?);
                continue;
            };
            // Nothing behind what is durable is parsed: the rest of the file is not settled.
            match scanner.step()? {
                Step::Frame(frame) => {
                    let mut rest = scanner.commits(&frame);
                    let mut position = frame.first_position;
                    while let Some((commit, after)) = CommitRef::split_first(rest, position) {
                        if commit.last_position() >= self.next_position {
                            self.next_position = show(&commit, self.next_position, see);
                        }
                        position = commit.last_position() + 1;
                        rest = after;
                    }
                    if enough() {
                        return Ok(());
                    }
                }
                Step::End => {
                    let next = Segment::at(&self.folder, scanner.next_position());
                    self.scanner = Some(self.open(&next)?);
                }
                Step::Broken(damage) => return Err(scanner.damage(damage)),
            }
        }
        Ok(())
    }

    /// The segment that holds the next position.
    fn segment_of_next(&self) -> Result<Segment, JournalError> {
        let mut segments = list_settled(&self.folder)?;
        let later =
            segments.partition_point(|segment| segment.first_position <= self.next_position);
        segments.truncate(later);
        segments
            .pop()
            .ok_or_else(|| Segment::at(&self.folder, 1).damage(Damage::SegmentMissing))
    }

    fn open(&self, segment: &Segment) -> Result<Scanner, JournalError> {
        if !segment.path.is_file() {
            return Err(segment.damage(Damage::SegmentMissing));
        }
        SegmentHeader::read(segment, &self.genesis)?;
        Ok(Scanner::new(segment, segment.bytes()?)?)
    }
}
