//! The journal: the truth. An append-only sequence of commits in segment files.
//!
//! An acknowledgement means that the commit is in the journal and synced. Positions count entries
//! from 1 without a gap. What this code assumes of the disk: after a sync, what was written stays;
//! without one, any sector of a write may be missing and then reads as zeros or as it was before;
//! a rename is there or not there. Everything else that differs from what was written is damage,
//! which is reported with its place and never repaired in silence.

pub(crate) mod copy;
mod cut;
mod error;
mod file_journal;
mod following;
mod frame;
mod memory;
mod reader;
mod scanner;
mod segment;
mod tail;
mod verify;

#[cfg(test)]
mod tests;

use async_trait::async_trait;

pub use cut::{CutReport, cut};
pub use error::{Damage, JournalError};
pub use file_journal::{FileJournal, JournalOptions, OpenReport};
pub use following::JournalFollower;
pub use frame::{CommitRef, Entries};
pub use memory::MemoryJournal;
pub use reader::JournalReader;
pub use tail::TornTail;
pub use verify::{JournalStats, VerifyReport, stats, verify};

/// Largest entry, in bytes: an event of 16 KiB and its header.
pub const MAX_ENTRY_BYTES: usize = 24 * 1024;
/// Largest commit, in bytes, all its entries and their lengths together.
pub const MAX_COMMIT_BYTES: usize = 8 * 1024 * 1024;

/// One command's events, appended whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Position of the first entry; the others follow without a gap.
    pub first_position: u64,
    /// Each event's stored bytes, opaque here; at least one, each at most [`MAX_ENTRY_BYTES`].
    pub entries: Vec<Vec<u8>>,
}

impl Commit {
    /// The position behind the last entry, where the next commit begins.
    pub fn next_position(&self) -> u64 {
        self.first_position + self.entries.len() as u64
    }
}

/// Where commits become durable. The file is one; a replicated log could stand in for it.
#[async_trait]
pub trait Journal: Send {
    /// Appends the group and returns when it is durable; an empty group is done at once.
    ///
    /// A group that is refused before anything is written (out of order, too large) leaves the
    /// journal as it was. A failed write or sync poisons it: what is on disk is unknown, so every
    /// later append is refused with [`JournalError::Poisoned`] until it is opened again.
    async fn append(&mut self, group: &[Commit]) -> Result<(), JournalError>;

    /// Last durable position, 0 when empty.
    fn last_position(&self) -> u64;

    /// Commits in order beginning with the one that contains `from_position`, up to the last one
    /// that is durable now.
    fn reader(&self, from_position: u64) -> Result<JournalReader, JournalError>;
}

/// Checks that a group continues at `next_position` and that nothing in it is too large.
fn check_group(group: &[Commit], next_position: u64) -> Result<(), JournalError> {
    let mut expected = next_position;
    for commit in group {
        let position = commit.first_position;
        if position != expected {
            return Err(JournalError::OutOfOrder {
                expected,
                found: position,
            });
        }
        if commit.entries.is_empty() {
            return Err(JournalError::EmptyCommit { position });
        }
        for (position, entry) in (position..).zip(&commit.entries) {
            if entry.len() > MAX_ENTRY_BYTES {
                return Err(JournalError::EntryTooLarge {
                    position,
                    bytes: entry.len(),
                    limit: MAX_ENTRY_BYTES,
                });
            }
        }
        let bytes = frame::commit_bytes(commit);
        if bytes > MAX_COMMIT_BYTES {
            return Err(JournalError::CommitTooLarge {
                position,
                bytes,
                limit: MAX_COMMIT_BYTES,
            });
        }
        expected = commit.next_position();
    }
    Ok(())
}
