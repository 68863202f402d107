//! The end of the last segment: is what stands there whole, torn, or damaged?
//!
//! A crash can leave the last frame cut short or with sectors that were never written. Such a frame
//! was acknowledged to nobody and is dropped. A frame that has its full length and a wrong
//! checksum without a missing sector may have been acknowledged: that is damage, and stays.

use sha2::{Digest, Sha256};

use super::error::JournalError;
use super::frame::{self, FrameHeader};
use super::scanner::{Frame, Scanner, Step};
use super::segment::{Segment, SegmentHeader};

/// A torn write at the very end of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// The segment file.
    pub segment: std::path::PathBuf,
    /// Where the torn frame begins in that file, in bytes.
    pub offset: u64,
    /// How many bytes of it are there.
    pub bytes: u64,
    /// The position its first entry would have had.
    pub position: u64,
}

impl TornTail {
    /// What stands between the last whole frame, where the scanner is, and the end of the file.
    pub(super) fn behind(segment: &Segment, scanner: &Scanner, length: u64) -> Option<Self> {
        let bytes = length.saturating_sub(scanner.offset());
        (bytes > 0).then(|| Self {
            segment: segment.path.clone(),
            offset: scanner.offset(),
            bytes,
            position: scanner.next_position(),
        })
    }
}

/// What the last segment of a journal holds.
#[derive(Debug)]
pub(super) struct LastSegment {
    /// Offset behind the last whole frame, in bytes.
    pub end: u64,
    /// Position behind the last entry.
    pub next_position: u64,
    /// Digest, not finished, of the segment up to `end`.
    pub digest: Sha256,
    /// Offset and bytes of the last whole frame.
    pub last_frame: Option<(u64, Vec<u8>)>,
    /// What stands behind it, if anything does.
    pub torn: Option<TornTail>,
}

impl LastSegment {
    /// Reads the last segment whole, or reports where it is damaged.
    pub fn read(segment: &Segment, header: &SegmentHeader) -> Result<Self, JournalError> {
        let length = segment.bytes()?;
        let mut scanner = Scanner::new(segment, length)?;
        let mut digest = Sha256::new_with_prefix(header.encode());
        let mut last_frame = None;
        while let Some(frame) = whole_frame(&mut scanner)? {
            let bytes = scanner.frame_bytes(&frame);
            digest.update(bytes);
            let (offset, last) = last_frame.get_or_insert_with(|| (0, Vec::new()));
            *offset = frame.offset;
            last.clear();
            last.extend_from_slice(bytes);
        }
        Ok(Self {
            end: scanner.offset(),
            next_position: scanner.next_position(),
            digest,
            last_frame,
            torn: TornTail::behind(segment, &scanner, length),
        })
    }
}

/// The next frame of the last segment; `None` at its end, be that clean or torn.
pub(super) fn whole_frame(scanner: &mut Scanner) -> Result<Option<Frame>, JournalError> {
    match scanner.step()? {
        Step::End => Ok(None),
        Step::Frame(frame) => Ok(Some(frame)),
        Step::Broken(damage) => {
            let rest = scanner.rest()?;
            if is_torn(&rest, scanner.offset(), scanner.next_position()) {
                Ok(None)
            } else {
                Err(scanner.damage(damage))
            }
        }
    }
}

/// Whether `rest`, which begins at `offset` of the last segment, goes to the end of the journal and
/// is not a whole frame of `position`, is a write that a crash interrupted.
fn is_torn(rest: &[u8], offset: u64, position: u64) -> bool {
    if rest.len() < frame::HEADER_BYTES {
        return true;
    }
    let Some(header) = FrameHeader::parse(rest) else {
        return frame::header_lies_in_zeros(rest, offset)
            && !frame::holds_later_frame(rest, position);
    };
    if header.first_position != position || header.frame_bytes() < rest.len() {
        return false;
    }
    let payload = rest.get(frame::HEADER_BYTES..).unwrap_or_default();
    let payload_offset = offset + frame::HEADER_BYTES as u64;
    header.frame_bytes() > rest.len()
        || frame::zero_sectors(payload, payload_offset) > header.zero_sectors
}

/// A torn tail is dropped with these words in the log.
pub(super) fn warn_of(torn: &TornTail) {
    tracing::warn!(
        segment = %torn.segment.display(),
        offset = torn.offset,
        bytes = torn.bytes,
        position = torn.position,
        "dropped a torn write at the end of the journal; nothing in it was acknowledged"
    );
}
