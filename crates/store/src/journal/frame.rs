//! The layout of a frame: what one append writes and one sync makes durable.
//!
//! A frame holds whole commits, all of one group. It is the unit of a sync, so only the last frame
//! of the journal can be torn by a crash, and a torn one was acknowledged in no part.
//!
//! ```text
//! header (32 bytes)                                      payload
//! magic  payload  first     commits  zero     payload  header   commits…            end mark
//!        bytes    position           sectors  CRC-32C  CRC-32C
//! u32    u32      u64       u32      u32      u32      u32                           u8
//!
//! commit: entries u32, then per entry: bytes u32, the bytes        (all little-endian)
//! ```
//!
//! The header has a checksum of its own: with a length that can be believed, a frame that was cut
//! short can be told from one whose length was damaged. A frame neither begins nor ends with a zero
//! byte and says how many sectors of its payload are zeros by nature: so a sector of zeros that
//! should not be there shows a write that never reached the disk.

use super::Commit;

/// Bytes of a frame's header.
pub(super) const HEADER_BYTES: usize = 32;
/// Largest payload of a frame, in bytes; bounds what a reader must hold in memory.
pub(super) const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;
/// The unit in which a disk keeps or loses a write, in bytes.
const SECTOR_BYTES: u64 = 512;

const MAGIC: [u8; 4] = [0xF7, b'r', b'd', b'j'];
const END_MARK: u8 = 0xA5;
const CHECKED_HEADER_BYTES: usize = HEADER_BYTES - 4;

/// A frame's header whose checksum held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub payload_bytes: usize,
    pub first_position: u64,
    pub commits: u32,
    pub zero_sectors: u64,
    payload_checksum: u32,
}

impl FrameHeader {
    /// Reads a header from the first [`HEADER_BYTES`] of `bytes`; `None` when they are no header.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER_BYTES)?;
        let checksum = crc32c::crc32c(header.get(..CHECKED_HEADER_BYTES)?);
        if !header.starts_with(&MAGIC) || u32_at(header, 28)? != checksum {
            return None;
        }
        let payload_bytes = usize::try_from(u32_at(header, 4)?).ok()?;
        (payload_bytes <= MAX_PAYLOAD_BYTES).then_some(Self {
            payload_bytes,
            first_position: u64_at(header, 8)?,
            commits: u32_at(header, 16)?,
            zero_sectors: u64::from(u32_at(header, 20)?),
            payload_checksum: u32_at(header, 24)?,
        })
    }

    /// Bytes of the whole frame.
    pub fn frame_bytes(&self) -> usize {
        HEADER_BYTES + self.payload_bytes
    }

    /// Whether `payload` is what the header was written for.
    pub fn matches(&self, payload: &[u8]) -> bool {
        crc32c::crc32c(payload) == self.payload_checksum && payload.last() == Some(&END_MARK)
    }
}

/// The bytes a commit takes inside a frame.
pub(super) fn commit_bytes(commit: &Commit) -> usize {
    4 + commit
        .entries
        .iter()
        .map(|entry| 4 + entry.len())
        .sum::<usize>()
}

/// Appends a commit's bytes, as they stand inside a frame, to `out`. Sizes must have been checked.
pub(super) fn encode_commit(commit: &Commit, out: &mut Vec<u8>) {
    out.extend_from_slice(&length(commit.entries.len()));
    for entry in &commit.entries {
        out.extend_from_slice(&length(entry.len()));
        out.extend_from_slice(entry);
    }
}

/// Puts the frame of `commits` (not empty) into `out`, replacing its content. `offset` is where in
/// the segment it will be written; the sectors of the disk are counted from there.
pub(super) fn encode_frame(commits: &[Commit], offset: u64, out: &mut Vec<u8>) {
    out.clear();
    out.resize(HEADER_BYTES, 0);
    for commit in commits {
        encode_commit(commit, out);
    }
    out.push(END_MARK);
    let (header, payload) = out.split_at_mut(HEADER_BYTES);
    let zeros = zero_sectors(payload, offset + HEADER_BYTES as u64);
    let first_position = commits.first().map_or(0, |commit| commit.first_position);
    let fields: [&[u8]; 6] = [
        &MAGIC,
        &length(payload.len()),
        &first_position.to_le_bytes(),
        &length(commits.len()),
        &u32::try_from(zeros).unwrap_or(u32::MAX).to_le_bytes(),
        &crc32c::crc32c(payload).to_le_bytes(),
    ];
    let mut at = 0;
    for field in fields {
        header[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    }
    let checksum = crc32c::crc32c(&header[..CHECKED_HEADER_BYTES]);
    header[CHECKED_HEADER_BYTES..].copy_from_slice(&checksum.to_le_bytes());
}

/// How many sectors that begin inside `bytes` are zeros, as far as `bytes` goes. `offset` is where
/// in the file `bytes` begins.
pub(super) fn zero_sectors(bytes: &[u8], offset: u64) -> u64 {
    let to_boundary = usize::try_from(offset.next_multiple_of(SECTOR_BYTES) - offset).unwrap_or(0);
    let sectors = bytes.get(to_boundary..).unwrap_or_default();
    let zeros = sectors
        .chunks(SECTOR_BYTES as usize)
        .filter(|sector| sector.iter().all(|byte| *byte == 0))
        .count();
    zeros as u64
}

/// Whether a sector that a frame's header touches holds nothing but zeros from where the frame
/// begins. `rest` is the file from the frame's beginning, which is at `offset`.
pub(super) fn header_lies_in_zeros(rest: &[u8], offset: u64) -> bool {
    let in_first = usize::try_from(SECTOR_BYTES - offset % SECTOR_BYTES).unwrap_or(0);
    let first = rest.get(..in_first).unwrap_or(rest);
    let second = rest
        .get(in_first..rest.len().min(in_first + SECTOR_BYTES as usize))
        .filter(|sector| in_first < HEADER_BYTES && !sector.is_empty());
    let zeros = |sector: &[u8]| sector.iter().all(|byte| *byte == 0);
    zeros(first) || second.is_some_and(zeros)
}

/// Whether a frame of a later position begins anywhere in `bytes`.
pub(super) fn holds_later_frame(bytes: &[u8], position: u64) -> bool {
    bytes
        .windows(HEADER_BYTES)
        .filter(|window| window.starts_with(&MAGIC))
        .filter_map(FrameHeader::parse)
        .any(|header| header.first_position > position)
}

/// The entries of one commit, borrowed from the bytes that were read.
#[derive(Debug, Clone, Copy)]
pub struct CommitRef<'bytes> {
    /// Position of the first entry; the others follow without a gap.
    pub first_position: u64,
    count: u32,
    entries: &'bytes [u8],
}

impl<'bytes> CommitRef<'bytes> {
    /// Takes one commit off the front of `bytes`; `None` when there is no whole commit.
    pub(super) fn split_first(
        bytes: &'bytes [u8],
        first_position: u64,
    ) -> Option<(Self, &'bytes [u8])> {
        let count = u32_at(bytes, 0)?;
        let entries = bytes.get(4..)?;
        let mut rest = entries;
        for _ in 0..count {
            rest = split_entry(rest)?.1;
        }
        let entries = entries.get(..entries.len() - rest.len())?;
        let commit = Self {
            first_position,
            count,
            entries,
        };
        (count > 0).then_some((commit, rest))
    }

    /// How many entries the commit has, at least one.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether the commit has no entries; a commit that was read always has some.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Position of the last entry.
    pub fn last_position(&self) -> u64 {
        self.first_position + u64::from(self.count) - 1
    }

    /// The entries in order.
    pub fn entries(&self) -> Entries<'bytes> {
        Entries { rest: self.entries }
    }

    /// A copy that does not borrow.
    pub fn to_commit(&self) -> Commit {
        Commit {
            first_position: self.first_position,
            entries: self.entries().map(<[u8]>::to_vec).collect(),
        }
    }
}

/// The entries of a [`CommitRef`] in order.
#[derive(Debug, Clone)]
pub struct Entries<'bytes> {
    rest: &'bytes [u8],
}

impl<'bytes> Iterator for Entries<'bytes> {
    type Item = &'bytes [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (entry, rest) = split_entry(self.rest)?;
        self.rest = rest;
        Some(entry)
    }
}

/// Counts the entries of a frame's payload; `None` when it is not exactly `commits` whole commits.
pub(super) fn count_entries(payload: &[u8], commits: u32) -> Option<u64> {
    let (_, mut rest) = payload.split_last()?;
    let mut entries = 0;
    for _ in 0..commits {
        let (commit, after) = CommitRef::split_first(rest, 0)?;
        entries += u64::from(commit.count);
        rest = after;
    }
    (rest.is_empty() && entries > 0).then_some(entries)
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    bytes.get(4..)?.split_at_checked(length)
}

/// A length as it is written. Every length is below [`MAX_PAYLOAD_BYTES`] before it comes here.
fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*field))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*field))
}
