//! Reading the whole journal to see that every byte of it is what was written.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::{Damage, JournalError};
use super::frame::CommitRef;
use super::scanner::{Frame, Scanner, Step};
use super::segment::{
    JOURNAL_FOLDER, NO_PREVIOUS, Segment, SegmentHeader, digest_line, genesis_digest, list_segments,
};
use super::tail::{LastSegment, TornTail, whole_frame};
use crate::file::FileError;

/// What a verification went through without finding damage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Segment files.
    pub segments: u64,
    /// Commits.
    pub commits: u64,
    /// Entries; since positions have no gap, also the last position.
    pub entries: u64,
    /// Bytes of the segments, without a torn tail.
    pub bytes: u64,
    /// A write at the very end that a crash interrupted; the next opening drops it.
    pub torn: Option<TornTail>,
}

/// Reads every segment of a data directory's journal and checks every checksum, the positions and
/// the chain of digests. `on_entry` gets every entry with its position, and can refuse it with
/// words of its own. Returns the first damage found as [`JournalError::Corrupt`].
///
/// Changes nothing; of a journal in use it sees what is there at each moment, so the caller should
/// hold the lock.
pub fn verify(
    data_directory: &Path,
    genesis: &[u8],
    mut on_entry: impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Result<VerifyReport, JournalError> {
    let genesis = genesis_digest(genesis);
    let folder = data_directory.join(JOURNAL_FOLDER);
    let segments = list_segments(&folder)?;
    let mut report = VerifyReport::default();
    let mut sealed: Option<(&Segment, [u8; 32])> = None;
    for (index, segment) in segments.iter().enumerate() {
        let position = report.entries + 1;
        if segment.first_position != position {
            return Err(segment.damage_at(0, position, Damage::SegmentMissing));
        }
        let header = SegmentHeader::read(segment, &genesis)?;
        check_chain(segment, &header, sealed)?;
        let is_last = index + 1 == segments.len();
        let digest = verify_segment(segment, &header, is_last, &mut report, &mut on_entry)?;
        sealed = Some((segment, digest));
    }
    Ok(report)
}

/// Checks that the segment before has the digest that this one carries, and the operator's file.
fn check_chain(
    segment: &Segment,
    header: &SegmentHeader,
    sealed: Option<(&Segment, [u8; 32])>,
) -> Result<(), JournalError> {
    let Some((before, digest)) = sealed else {
        return match header.previous == NO_PREVIOUS {
            true => Ok(()),
            false => Err(segment.damage(Damage::SegmentHeader)),
        };
    };
    let line = digest_line(before, &digest);
    let beside = before.digest_path();
    let is_as_recorded = match fs::read(&beside) {
        // The operator may keep it elsewhere; what binds is in the next segment's header.
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        read => read.map_err(FileError::when("read", &beside))? == line.as_bytes(),
    };
    if header.previous != digest {
        return Err(before.damage(Damage::SegmentDigest));
    }
    match is_as_recorded {
        true => Ok(()),
        false => Err(before.damage(Damage::DigestFile)),
    }
}

/// Goes through one segment, adds what it holds to the report, and returns its digest.
fn verify_segment(
    segment: &Segment,
    header: &SegmentHeader,
    is_last: bool,
    report: &mut VerifyReport,
    on_entry: &mut impl FnMut(u64, &[u8]) -> Result<(), String>,
) -> Result<[u8; 32], JournalError> {
    let length = segment.bytes()?;
    let mut scanner = Scanner::new(segment, length)?;
    let mut digest = Sha256::new_with_prefix(header.encode());
    while let Some(frame) = next_frame(&mut scanner, is_last)? {
        digest.update(scanner.frame_bytes(&frame));
        let mut rest = scanner.commits(&frame);
        let mut position = frame.first_position;
        while let Some((commit, after)) = CommitRef::split_first(rest, position) {
            for (position, entry) in (position..).zip(commit.entries()) {
                on_entry(position, entry).map_err(|words| {
                    segment.damage_at(frame.offset, position, Damage::Entry(words))
                })?;
            }
            position = commit.last_position() + 1;
            rest = after;
        }
        report.commits += frame.commits;
        report.entries += frame.entries;
    }
    report.segments += 1;
    report.bytes += scanner.offset();
    report.torn = TornTail::behind(segment, &scanner, length);
    Ok(digest.finalize().into())
}

fn next_frame(scanner: &mut Scanner, is_last: bool) -> Result<Option<Frame>, JournalError> {
    if is_last {
        return whole_frame(scanner);
    }
    match scanner.step()? {
        Step::End => Ok(None),
        Step::Frame(frame) => Ok(Some(frame)),
        Step::Broken(damage) => Err(scanner.damage(damage)),
    }
}

/// Sizes of a journal, without reading all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalStats {
    /// Segment files.
    pub segments: u64,
    /// Bytes of the segment files.
    pub bytes: u64,
    /// The last position, 0 when empty.
    pub last_position: u64,
    /// A write at the very end that a crash interrupted.
    pub torn: Option<TornTail>,
}

/// Sizes of the journal of a data directory; reads the last segment only.
pub fn stats(data_directory: &Path, genesis: &[u8]) -> Result<JournalStats, JournalError> {
    let genesis = genesis_digest(genesis);
    let segments = list_segments(&data_directory.join(JOURNAL_FOLDER))?;
    let Some(last) = segments.last() else {
        return Ok(JournalStats::default());
    };
    let header = SegmentHeader::read(last, &genesis)?;
    let end = LastSegment::read(last, &header)?;
    let bytes = segments
        .iter()
        .map(Segment::bytes)
        .sum::<Result<u64, FileError>>()?;
    Ok(JournalStats {
        segments: segments.len() as u64,
        bytes,
        last_position: end.next_position - 1,
        torn: end.torn,
    })
}
