//! What can go wrong with a journal, in the words of a journal, with the place.

use std::path::PathBuf;

use crate::file::FileError;

/// Why a journal could not be opened, read or appended to.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// Bytes that may have been acknowledged are not what was written. Nothing was changed. The
    /// operator can restore a backup, or cut the journal here with the explicit command.
    #[error(
        "the journal is damaged in {}, byte {offset}, at position {position}: {what}",
        segment.display()
    )]
    Corrupt {
        /// The segment file.
        segment: PathBuf,
        /// Where in that file the damaged header or frame begins, in bytes.
        offset: u64,
        /// The first position that cannot be trusted any more.
        position: u64,
        /// What was found there.
        what: Damage,
    },
    /// A segment was written by a later release.
    #[error(
        "{} has journal format {found}, this release reads up to {supported}",
        segment.display()
    )]
    NewerFormat {
        /// The segment file.
        segment: PathBuf,
        /// The format it says it has.
        found: u32,
        /// The newest format this release knows.
        supported: u32,
    },
    /// The journal was begun with other genesis bytes: it belongs to another store.
    #[error("{} belongs to another store: its genesis differs", segment.display())]
    GenesisDiffers {
        /// The segment file.
        segment: PathBuf,
    },
    /// An earlier write or sync failed, so what is on disk after the last acknowledged commit is
    /// unknown. Reading goes on; appending needs the journal to be opened again.
    #[error("an earlier write to the journal failed; open it again before appending")]
    Poisoned,
    /// The group to append does not continue where the journal ends.
    #[error("a commit begins at position {found}, the journal continues at {expected}")]
    OutOfOrder {
        /// The position the next commit must begin with.
        expected: u64,
        /// The position it began with.
        found: u64,
    },
    /// A commit without entries: there is nothing to acknowledge.
    #[error("the commit at position {position} has no entries")]
    EmptyCommit {
        /// The position it would have begun with.
        position: u64,
    },
    /// An entry is larger than an entry may be.
    #[error("the entry at position {position} has {bytes} bytes, the limit is {limit}")]
    EntryTooLarge {
        /// The entry's position.
        position: u64,
        /// Its size in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// The entries of one commit together are larger than a commit may be.
    #[error("the commit at position {position} has {bytes} bytes, the limit is {limit}")]
    CommitTooLarge {
        /// The commit's first position.
        position: u64,
        /// Its size in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// The operator asked to cut at a place where the journal is not damaged.
    #[error("the journal is not damaged at position {asked}: {}", damaged_elsewhere(*damaged))]
    NothingToCut {
        /// The position the operator named.
        asked: u64,
        /// Where the first damage is, if there is any.
        damaged: Option<u64>,
    },
}

fn damaged_elsewhere(position: Option<u64>) -> String {
    position.map_or_else(
        || "every record is whole".to_owned(),
        |position| format!("the first damage is at position {position}"),
    )
}

/// What is wrong at a damaged place of the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The header of the segment is cut short, is no segment header, or fails its checksum.
    #[error("the segment's header is not readable")]
    SegmentHeader,
    /// The name of the file and the first position in its header differ.
    #[error("the file's name does not match its header, which says it begins at {found}")]
    SegmentName {
        /// The first position that the header states.
        found: u64,
    },
    /// The segment that should come here is not there.
    #[error("the segment that holds this position is missing")]
    SegmentMissing,
    /// The segment's bytes do not have the digest that was taken when it was sealed, though every
    /// checksum in it holds: it was replaced or edited.
    #[error("the sealed segment does not have the digest recorded for it")]
    SegmentDigest,
    /// The segment is whole and is the one that the next segment continues; the file with its
    /// digest, kept beside it for the operator, says something else.
    #[error(
        "the segment is whole, but the .sha256 file beside it does not say so; remove or restore it"
    )]
    DigestFile,
    /// The header of a frame fails its checksum.
    #[error("the frame's header is not readable")]
    FrameHeader,
    /// The frame has its full length and a wrong checksum.
    #[error("the frame's checksum is wrong")]
    FrameChecksum,
    /// The file ends inside a frame that was once whole.
    #[error("the file ends inside the frame")]
    FrameCutShort,
    /// The checksum holds, but the frame's content is not a list of commits.
    #[error("the frame's content is not a list of commits")]
    FrameContent,
    /// The frame does not continue where the one before it ended.
    #[error("the frame begins at position {found}")]
    Positions {
        /// The position that the frame states.
        found: u64,
    },
    /// The reader of the entries found an entry it cannot accept.
    #[error("{0}")]
    Entry(String),
}
