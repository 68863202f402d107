//! The manifest: what belongs to a backup.
//!
//! Text that `sha256sum -c` understands; what it must not read stands behind `#`. The last line is
//! a digest over all lines before it.
//!
//! ```text
//! # redress backup, format 1
//! # last position 142842
//! 6c1f…  first-edition.toml
//! # bytes 67108900
//! 93ab…  journal/00000000000000000001.segment
//! # manifest 40d2…
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::FIRST_EDITION_FILE;
use super::error::BackupError;
use crate::file::{self, FileError};
use crate::journal::copy::{Piece, Segments};

/// The newest format that this release writes and reads.
const FORMAT: u32 = 1;
const FILE: &str = "manifest";

const FORMAT_WORDS: &str = "# redress backup, format ";
const POSITION_WORDS: &str = "# last position ";
const BYTES_WORDS: &str = "# bytes ";
const OWN_DIGEST_WORDS: &str = "# manifest ";
/// Between a digest and a name, as `sha256sum` writes it.
const GAP: &str = "  ";

/// What belongs to a backup. One without segments belongs to a directory in which no backup was
/// finished yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    /// SHA-256 of the document that the log is bound to.
    pub genesis: [u8; 32],
    /// Position of the last event.
    pub last_position: u64,
    /// The segments in order, the last one as far as it was copied.
    pub pieces: Vec<Piece>,
}

/// Where the manifest of a backup is.
pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

impl Manifest {
    /// Reads the manifest of a directory; `None` when it has none.
    pub fn read(directory: &Path) -> Result<Option<Self>, BackupError> {
        let path = path(directory);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(FileError::when("read", &path))?,
        };
        let damaged = |what| BackupError::ManifestDamaged {
            path: path.clone(),
            what,
        };
        let text = String::from_utf8(bytes).map_err(|_| damaged("it is no text"))?;
        let (format, body) = checked(&text)
            .ok_or_else(|| damaged("its lines do not have the digest at their end"))?;
        if format > FORMAT {
            return Err(BackupError::NewerFormat {
                path,
                found: format,
                supported: FORMAT,
            });
        }
        let manifest = parse(body).ok_or_else(|| damaged("a line is not what it must be"))?;
        Ok(Some(manifest))
    }

    /// Replaces the manifest of a directory, durably.
    pub fn write(&self, directory: &Path) -> Result<(), FileError> {
        file::replace(&path(directory), self.encode().as_bytes(), false)
    }

    /// The digest that stands for the whole log: the last segment's, whose header carries the one
    /// before it, and so on down to the first. All zeros when there is no segment.
    pub fn log_digest(&self) -> [u8; 32] {
        self.pieces.last().map_or([0; 32], |piece| piece.digest)
    }

    /// The position behind a piece.
    pub fn next_position(&self, index: usize) -> u64 {
        self.pieces
            .get(index + 1)
            .map_or(self.last_position + 1, |next| next.first_position)
    }

    fn encode(&self) -> String {
        let mut text = format!(
            "{FORMAT_WORDS}{FORMAT}\n{POSITION_WORDS}{}\n",
            self.last_position
        );
        text.push_str(&line(&self.genesis, FIRST_EDITION_FILE));
        for piece in &self.pieces {
            text.push_str(&format!("{BYTES_WORDS}{}\n", piece.bytes));
            text.push_str(&line(&piece.digest, &segment_name(piece.first_position)));
        }
        let own = hexadecimal(&Sha256::digest(&text).into());
        text.push_str(&format!("{OWN_DIGEST_WORDS}{own}\n"));
        text
    }
}

/// The format and the lines behind it, when the digest at the end is theirs.
fn checked(text: &str) -> Option<(u32, &str)> {
    let lines = text.strip_suffix('\n')?;
    let begin = lines.rfind('\n')? + 1;
    let (body, own) = text.split_at_checked(begin)?;
    let digest = hexadecimal(&Sha256::digest(body).into());
    if own != format!("{OWN_DIGEST_WORDS}{digest}\n") {
        return None;
    }
    let (first, rest) = body.split_once('\n')?;
    Some((first.strip_prefix(FORMAT_WORDS)?.parse().ok()?, rest))
}

fn parse(body: &str) -> Option<Manifest> {
    let mut lines = body.lines();
    let last_position = lines.next()?.strip_prefix(POSITION_WORDS)?.parse().ok()?;
    let (genesis, name) = lines.next()?.split_once(GAP)?;
    if name != FIRST_EDITION_FILE {
        return None;
    }
    let mut pieces = Vec::new();
    while let Some(line) = lines.next() {
        let bytes = line.strip_prefix(BYTES_WORDS)?.parse().ok()?;
        let (digest, name) = lines.next()?.split_once(GAP)?;
        let first_position = position_of(name)?;
        pieces.push(Piece {
            first_position,
            bytes,
            digest: from_hexadecimal(digest)?,
        });
    }
    let in_order = pieces.is_sorted_by(|one, next| one.first_position < next.first_position);
    in_order.then_some(Manifest {
        genesis: from_hexadecimal(genesis)?,
        last_position,
        pieces,
    })
}

fn line(digest: &[u8; 32], name: &str) -> String {
    format!("{}{GAP}{name}\n", hexadecimal(digest))
}

fn segment_name(first_position: u64) -> String {
    format!("journal/{}", Segments::name(first_position))
}

/// The position in a segment's name; `None` when it is not exactly the name of one.
fn position_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("journal/")?.split('.').next()?;
    let position = digits.parse().ok()?;
    (segment_name(position) == name).then_some(position)
}

/// SHA-256 of the document that a log is bound to.
pub(super) fn digest_of_document(document: &[u8]) -> [u8; 32] {
    Sha256::digest(document).into()
}

/// A digest as people see it.
pub(super) fn hexadecimal(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let bytes: Vec<u8> = (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect::<Option<_>>()?;
    bytes.try_into().ok()
}
