//! Reads one segment frame by frame with large reads and checks every checksum and position.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::error::{Damage, JournalError};
use super::frame::{self, FrameHeader};
use super::segment::{self, Segment};
use crate::file::FileError;

/// Bytes asked for at once.
const READ_BYTES: usize = 1024 * 1024;

/// What came next in a segment.
#[derive(Debug)]
pub(super) enum Step {
    /// The segment ends here, behind its last whole frame.
    End,
    /// A whole frame; its bytes are there until the next step.
    Frame(Frame),
    /// No whole frame: what is wrong here, if this is not a torn tail.
    Broken(Damage),
}

/// Where a checked frame is, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Offset of the frame in the segment, in bytes.
    pub offset: u64,
    /// Position of its first entry.
    pub first_position: u64,
    /// Number of its entries.
    pub entries: u64,
    /// Number of its commits.
    pub commits: u64,
    /// The whole frame's place in the scanner's buffer.
    bytes: Range<usize>,
}

/// A position in a segment, moving forward frame by frame.
#[derive(Debug)]
pub(super) struct Scanner {
    segment: Segment,
    file: File,
    /// What was read and not yet passed is `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the segment of `buffer[start]`.
    offset: u64,
    /// Offset behind the last byte of the segment that may be read.
    limit: u64,
    /// The position the next frame must begin with.
    next_position: u64,
}

impl Scanner {
    /// Begins behind the header of a segment, whose header the caller has checked, and reads at
    /// most up to the offset `limit`.
    pub fn new(segment: &Segment, limit: u64) -> Result<Self, FileError> {
        let offset = segment::HEADER_BYTES as u64;
        let mut file = File::open(&segment.path).map_err(FileError::when("open", &segment.path))?;
        file.seek(SeekFrom::Start(offset))
            .map_err(FileError::when("read", &segment.path))?;
        Ok(Self {
            segment: segment.clone(),
            file,
            buffer: vec![0; READ_BYTES],
            start: 0,
            end: 0,
            offset,
            limit,
            next_position: segment.first_position,
        })
    }

    /// Moves to the next frame and checks it whole.
    pub fn step(&mut self) -> Result<Step, JournalError> {
        let header = match self.header()? {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(Step::End),
            Err(damage) => return Ok(Step::Broken(damage)),
        };
        if !self.fill(header.frame_bytes())? {
            return Ok(Step::Broken(Damage::FrameCutShort));
        }
        let bytes = self.start..self.start + header.frame_bytes();
        let payload = &self.buffer[bytes.start + frame::HEADER_BYTES..bytes.end];
        if !header.matches(payload) {
            return Ok(Step::Broken(Damage::FrameChecksum));
        }
        let Some(entries) = frame::count_entries(payload, header.commits) else {
            return Ok(Step::Broken(Damage::FrameContent));
        };
        let frame = Frame {
            offset: self.offset,
            first_position: header.first_position,
            entries,
            commits: u64::from(header.commits),
            bytes,
        };
        self.pass(header.frame_bytes());
        self.next_position += entries;
        Ok(Step::Frame(frame))
    }

    /// The header of the next frame, checked against the position it must have; `None` at the end.
    fn header(&mut self) -> Result<Result<Option<FrameHeader>, Damage>, JournalError> {
        if self.offset >= self.limit {
            return Ok(Ok(None));
        }
        if !self.fill(frame::HEADER_BYTES)? {
            return Ok(Err(Damage::FrameCutShort));
        }
        let Some(header) = FrameHeader::parse(&self.buffer[self.start..self.end]) else {
            return Ok(Err(Damage::FrameHeader));
        };
        if header.first_position != self.next_position {
            let found = header.first_position;
            return Ok(Err(Damage::Positions { found }));
        }
        Ok(Ok(Some(header)))
    }

    /// The whole bytes of the frame that the last step returned.
    pub fn frame_bytes(&self, frame: &Frame) -> &[u8] {
        self.buffer.get(frame.bytes.clone()).unwrap_or_default()
    }

    /// The commits of the frame that the last step returned, one after another.
    pub fn commits(&self, frame: &Frame) -> &[u8] {
        let end = frame.bytes.end.saturating_sub(1);
        self.buffer
            .get(frame.bytes.start + frame::HEADER_BYTES..end)
            .unwrap_or_default()
    }

    /// Offset of the next frame in the segment, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The position the next frame must begin with.
    pub fn next_position(&self) -> u64 {
        self.next_position
    }

    /// Damage at the next frame.
    pub fn damage(&self, what: Damage) -> JournalError {
        self.segment
            .damage_at(self.offset, self.next_position, what)
    }

    /// Forgets what was read ahead of the next frame, and goes on to the end that the segment has
    /// now.
    pub fn look_again(&mut self) -> Result<(), FileError> {
        self.file
            .seek(SeekFrom::Start(self.offset))
            .map_err(FileError::when("read", &self.segment.path))?;
        self.start = 0;
        self.end = 0;
        self.limit = self.segment.bytes()?;
        Ok(())
    }

    /// Everything from the next frame to the limit: what a writer has added behind it meanwhile
    /// must not be mistaken for a part of what is broken here.
    pub fn rest(&mut self) -> Result<Vec<u8>, FileError> {
        let mut rest = Vec::new();
        let bytes = self.limit.saturating_sub(self.offset);
        self.file
            .seek(SeekFrom::Start(self.offset))
            .and_then(|_| self.file.by_ref().take(bytes).read_to_end(&mut rest))
            .map_err(FileError::when("read", &self.segment.path))?;
        Ok(rest)
    }

    /// Makes at least `wanted` bytes available from `start`; false when the segment ends before.
    fn fill(&mut self, wanted: usize) -> Result<bool, FileError> {
        if self.end - self.start >= wanted {
            return Ok(true);
        }
        if self.offset + wanted as u64 > self.limit {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        while self.end < wanted {
            let read = self
                .file
                .read(&mut self.buffer[self.end..])
                .map_err(FileError::when("read", &self.segment.path))?;
            if read == 0 {
                return Ok(false);
            }
            self.end += read;
        }
        Ok(true)
    }

    fn pass(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }
}
