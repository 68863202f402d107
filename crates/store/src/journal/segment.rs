//! Segment files: their names, their header, and which of them make up the journal.
//!
//! ```text
//! magic    format  preamble  first     genesis  previous segment's  header
//!                  CRC-32C   position  SHA-256  SHA-256             CRC-32C
//! 8 bytes  u32     u32       u64       32       32                  u32      (little-endian)
//! ```
//!
//! The first sixteen bytes keep their meaning in every format, so that an old release can say
//! "newer" and be sure of it. A sealed segment's digest is in the header of its successor, and
//! beside it in a file that `sha256sum -c` understands.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::{Damage, JournalError};
use crate::file::{FileError, paths_in};

/// The folder of the journal inside a data directory.
pub(super) const JOURNAL_FOLDER: &str = "journal";
/// The newest segment format this release writes and reads.
pub(super) const FORMAT: u32 = 1;
/// Bytes of a segment's header.
pub(super) const HEADER_BYTES: usize = PREAMBLE_BYTES + 8 + 32 + 32 + 4;
/// A digest that stands for "there is no segment before this one".
pub(super) const NO_PREVIOUS: [u8; 32] = [0; 32];

const MAGIC: &[u8; 8] = b"redressJ";
const PREAMBLE_BYTES: usize = 16;
const SEGMENT_SUFFIX: &str = "segment";
const DIGEST_SUFFIX: &str = "sha256";
/// Digits of the position in a segment's name: enough for every u64, so names sort by position.
const NAME_DIGITS: usize = 20;

/// What a segment says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub first_position: u64,
    pub genesis: [u8; 32],
    pub previous: [u8; 32],
}

impl SegmentHeader {
    /// The header as it is written.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes.extend_from_slice(&self.first_position.to_le_bytes());
        bytes.extend_from_slice(&self.genesis);
        bytes.extend_from_slice(&self.previous);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads and checks the header of a segment: format, checksum, name, genesis.
    pub fn read(segment: &Segment, genesis: &[u8; 32]) -> Result<Self, JournalError> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        File::open(&segment.path)
            .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut bytes))
            .map_err(FileError::when("read", &segment.path))?;
        let format = parse_format(&bytes).ok_or_else(|| segment.damage(Damage::SegmentHeader))?;
        if format > FORMAT {
            return Err(JournalError::NewerFormat {
                segment: segment.path.clone(),
                found: format,
                supported: FORMAT,
            });
        }
        let header = Self::parse(&bytes).ok_or_else(|| segment.damage(Damage::SegmentHeader))?;
        if header.first_position != segment.first_position {
            let found = header.first_position;
            return Err(segment.damage(Damage::SegmentName { found }));
        }
        if header.genesis != *genesis {
            return Err(JournalError::GenesisDiffers {
                segment: segment.path.clone(),
            });
        }
        Ok(header)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (checked, checksum) = bytes.split_last_chunk::<4>()?;
        if bytes.len() != HEADER_BYTES || crc32c::crc32c(checked) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (first_position, rest) = checked.get(PREAMBLE_BYTES..)?.split_first_chunk::<8>()?;
        let (genesis, rest) = rest.split_first_chunk::<32>()?;
        Some(Self {
            first_position: u64::from_le_bytes(*first_position),
            genesis: *genesis,
            previous: *rest.first_chunk::<32>()?,
        })
    }
}

/// The format of a segment; `None` when its first bytes are damaged or no segment's.
fn parse_format(bytes: &[u8]) -> Option<u32> {
    let (checked, checksum) = bytes.get(..PREAMBLE_BYTES)?.split_last_chunk::<4>()?;
    let format = checked.strip_prefix(MAGIC)?.first_chunk::<4>()?;
    (crc32c::crc32c(checked) == u32::from_le_bytes(*checksum))
        .then_some(u32::from_le_bytes(*format))
}

/// A segment file and the position its name states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub first_position: u64,
    pub path: PathBuf,
}

impl Segment {
    /// The segment of a folder that begins at a position.
    pub fn at(folder: &Path, first_position: u64) -> Self {
        let name = format!("{first_position:0NAME_DIGITS$}.{SEGMENT_SUFFIX}");
        Self {
            first_position,
            path: folder.join(name),
        }
    }

    /// Where the digest of a sealed segment is kept for the operator.
    pub fn digest_path(&self) -> PathBuf {
        self.path
            .with_extension(format!("{SEGMENT_SUFFIX}.{DIGEST_SUFFIX}"))
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> Result<u64, FileError> {
        std::fs::metadata(&self.path)
            .map(|metadata| metadata.len())
            .map_err(FileError::when("read", &self.path))
    }

    /// Damage of the segment as a whole, located at its beginning.
    pub fn damage(&self, what: Damage) -> JournalError {
        self.damage_at(0, self.first_position, what)
    }

    /// Damage of the segment at a place.
    pub fn damage_at(&self, offset: u64, position: u64, what: Damage) -> JournalError {
        JournalError::Corrupt {
            segment: self.path.clone(),
            offset,
            position,
            what,
        }
    }

    fn from_path(path: PathBuf) -> Option<Self> {
        let stem = path.file_stem()?.to_str()?;
        let is_segment = path.extension()? == SEGMENT_SUFFIX && stem.len() == NAME_DIGITS;
        let first_position = stem.parse().ok().filter(|_| is_segment)?;
        Some(Self {
            first_position,
            path,
        })
    }
}

/// The segments of a journal folder in order. A journal begins at position 1: when there are
/// segments, but not that one, the journal is damaged.
pub(super) fn list_segments(folder: &Path) -> Result<Vec<Segment>, JournalError> {
    let mut segments: Vec<Segment> = paths_in(folder)?
        .into_iter()
        .filter_map(Segment::from_path)
        .collect();
    segments.sort_by_key(|segment| segment.first_position);
    match segments.first() {
        Some(first) if first.first_position != 1 => {
            Err(Segment::at(folder, 1).damage(Damage::SegmentMissing))
        }
        _ => Ok(segments),
    }
}

/// What the operator's digest file of a sealed segment says, in the form of `sha256sum`.
pub(super) fn digest_line(segment: &Segment, digest: &[u8; 32]) -> String {
    let name = segment
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hexadecimal}  {name}\n")
}

/// The digest that stands for the genesis bytes in every segment's header.
pub(super) fn genesis_digest(genesis: &[u8]) -> [u8; 32] {
    Sha256::digest(genesis).into()
}
