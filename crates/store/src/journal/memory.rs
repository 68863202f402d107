//! A journal in memory, for scenarios and simulation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::reader::JournalReader;
use super::{Commit, Journal, JournalError, check_group, frame};

/// A journal that holds its commits in memory. A clone is another handle on the same commits: it
/// stands for the disk that stays when a simulated process dies.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal {
    shared: Arc<Mutex<Appended>>,
}

#[derive(Debug, Default)]
struct Appended {
    /// Each commit's first position and its bytes in the layout of a frame.
    commits: Vec<(u64, Arc<[u8]>)>,
    last_position: u64,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere cannot leave `Appended` half changed, so a poisoned mutex is taken as is.
    fn appended(&self) -> MutexGuard<'_, Appended> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&mut self, group: &[Commit]) -> Result<(), JournalError> {
        let mut appended = self.appended();
        check_group(group, appended.last_position + 1)?;
        for commit in group {
            let mut bytes = Vec::with_capacity(frame::commit_bytes(commit));
            frame::encode_commit(commit, &mut bytes);
            appended.commits.push((commit.first_position, bytes.into()));
            appended.last_position = commit.next_position() - 1;
        }
        Ok(())
    }

    fn last_position(&self) -> u64 {
        self.appended().last_position
    }

    fn reader(&self, from_position: u64) -> Result<JournalReader, JournalError> {
        let appended = self.appended();
        let needed = appended
            .commits
            .partition_point(|(first_position, _)| *first_position <= from_position)
            .saturating_sub(1);
        let commits = appended.commits.get(needed..).unwrap_or_default().to_vec();
        Ok(JournalReader::of_memory(commits, from_position))
    }
}
