//! Reads commits in order, across segments, with bounded memory.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use super::Commit;
use super::error::{Damage, JournalError};
use super::frame::CommitRef;
use super::scanner::{Frame, Scanner, Step};
use super::segment::{JOURNAL_FOLDER, Segment, SegmentHeader, genesis_digest, list_segments};
use super::tail::LastSegment;

/// Commits in order, as they were durable when the reader was made. Independent of the journal it
/// came from: it has file handles of its own and can move to another thread.
#[derive(Debug)]
pub struct JournalReader {
    source: Source,
    /// Commits that end before this position are passed over.
    from_position: u64,
}

#[derive(Debug)]
enum Source {
    Files(Box<SegmentsReader>),
    Memory(MemoryReader),
}

impl JournalReader {
    /// Reads the journal of a data directory without opening it for appending: a stopped store, a
    /// backup. A torn tail is left out. `genesis` must be the bytes the journal was created with.
    pub fn open(
        data_directory: &Path,
        genesis: &[u8],
        from_position: u64,
    ) -> Result<Self, JournalError> {
        let genesis = genesis_digest(genesis);
        let folder = data_directory.join(JOURNAL_FOLDER);
        // The limit belongs to the last of these, whatever a writer begins meanwhile.
        let segments = list_settled(&folder)?;
        let limit = match segments.last() {
            None => 0,
            Some(last) => {
                let header = SegmentHeader::read(last, &genesis)?;
                LastSegment::read(last, &header)?.end
            }
        };
        Ok(Self::of_segments(segments, genesis, from_position, limit))
    }

    /// Reads these segments, the last one up to the offset `limit`.
    pub(super) fn of_segments(
        segments: Vec<Segment>,
        genesis: [u8; 32],
        from_position: u64,
        limit: u64,
    ) -> Self {
        let from_position = from_position.max(1);
        let mut segments = VecDeque::from(segments);
        let needed = segments
            .partition_point(|segment| segment.first_position <= from_position)
            .saturating_sub(1);
        segments.drain(..needed);
        Self {
            source: Source::Files(Box::new(SegmentsReader {
                next_position: segments.front().map_or(1, |first| first.first_position),
                segments,
                genesis,
                limit,
                current: None,
            })),
            from_position,
        }
    }

    /// Reads commits that are held in memory, each in the layout it has inside a frame.
    pub(super) fn of_memory(commits: Vec<(u64, Arc<[u8]>)>, from_position: u64) -> Self {
        Self {
            source: Source::Memory(MemoryReader { commits, next: 0 }),
            from_position,
        }
    }

    /// The next commit, borrowed until the next call; `None` at the end. After an error there is
    /// no use in calling again: what follows the damaged place cannot be trusted.
    pub fn next_commit(&mut self) -> Result<Option<CommitRef<'_>>, JournalError> {
        match &mut self.source {
            Source::Files(files) => files.next_commit(self.from_position),
            Source::Memory(memory) => Ok(memory.next_commit(self.from_position)),
        }
    }
}

impl Iterator for JournalReader {
    type Item = Result<Commit, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_commit()
            .map(|found| found.map(|commit| commit.to_commit()))
            .transpose()
    }
}

/// The segments of a folder. A listing is not taken at one instant: one made while a writer begins
/// segments may miss one of them and show a later one, so it counts once it was seen twice.
pub(super) fn list_settled(folder: &Path) -> Result<Vec<Segment>, JournalError> {
    let positions = |segments: &[Segment]| -> Vec<u64> {
        segments
            .iter()
            .map(|segment| segment.first_position)
            .collect()
    };
    let mut segments = list_segments(folder)?;
    loop {
        let again = list_segments(folder)?;
        if positions(&again) == positions(&segments) {
            return Ok(segments);
        }
        segments = again;
    }
}

/// Reads segment files one after another.
#[derive(Debug)]
struct SegmentsReader {
    segments: VecDeque<Segment>,
    genesis: [u8; 32],
    /// Offset behind the last durable byte of the last segment.
    limit: u64,
    current: Option<Current>,
    /// The position that the next segment must begin with.
    next_position: u64,
}

/// The segment being read, and how far.
#[derive(Debug)]
struct Current {
    scanner: Scanner,
    frame: Option<Frame>,
    /// Bytes of the frame's commits that were returned already.
    passed: usize,
    /// Position of the next commit of the frame.
    position: u64,
}

impl SegmentsReader {
    fn next_commit(&mut self, from: u64) -> Result<Option<CommitRef<'_>>, JournalError> {
        loop {
            if self.current.is_none() && !self.open_next_segment()? {
                return Ok(None);
            }
            let Some(current) = &mut self.current else {
                return Ok(None);
            };
            if current.skip_to(from) {
                break;
            }
            match current.scanner.step()? {
                Step::Frame(frame) => {
                    current.position = frame.first_position;
                    current.passed = 0;
                    current.frame = Some(frame);
                }
                Step::End => {
                    self.next_position = current.scanner.next_position();
                    self.current = None;
                }
                Step::Broken(damage) => return Err(current.scanner.damage(damage)),
            }
        }
        Ok(self.current.as_mut().and_then(Current::take_commit))
    }

    fn open_next_segment(&mut self) -> Result<bool, JournalError> {
        let Some(segment) = self.segments.pop_front() else {
            return Ok(false);
        };
        if segment.first_position != self.next_position {
            let what = Damage::SegmentMissing;
            return Err(segment.damage_at(0, self.next_position, what));
        }
        SegmentHeader::read(&segment, &self.genesis)?;
        let limit = if self.segments.is_empty() {
            self.limit
        } else {
            segment.bytes()?
        };
        self.current = Some(Current {
            scanner: Scanner::new(&segment, limit)?,
            frame: None,
            passed: 0,
            position: segment.first_position,
        });
        Ok(true)
    }
}

impl Current {
    /// Passes over the commits of the current frame that end before `from`; whether one is left.
    fn skip_to(&mut self, from: u64) -> bool {
        while let Some(commit) = self.peek() {
            if commit.last_position() >= from {
                return true;
            }
            self.take_commit();
        }
        false
    }

    fn peek(&self) -> Option<CommitRef<'_>> {
        let frame = self.frame.as_ref()?;
        let rest = self.scanner.commits(frame).get(self.passed..)?;
        CommitRef::split_first(rest, self.position).map(|(commit, _)| commit)
    }

    fn take_commit(&mut self) -> Option<CommitRef<'_>> {
        let frame = self.frame.as_ref()?;
        let commits = self.scanner.commits(frame);
        let rest = commits.get(self.passed..)?;
        let (commit, after) = CommitRef::split_first(rest, self.position)?;
        self.passed = commits.len() - after.len();
        self.position = commit.last_position() + 1;
        Some(commit)
    }
}

/// Reads commits held in memory.
#[derive(Debug)]
struct MemoryReader {
    commits: Vec<(u64, Arc<[u8]>)>,
    next: usize,
}

impl MemoryReader {
    fn next_commit(&mut self, from: u64) -> Option<CommitRef<'_>> {
        while let Some((first_position, bytes)) = self.commits.get(self.next) {
            self.next += 1;
            let (commit, _) = CommitRef::split_first(bytes, *first_position)?;
            if commit.last_position() >= from {
                return Some(commit);
            }
        }
        None
    }
}
