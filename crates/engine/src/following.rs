//! Reading the log on as it grows: whoever follows it decodes each event once and never begins anew.

use std::collections::VecDeque;

use redress_domain::event::Recorded;
use redress_store::entry::{self, EntryError};
use redress_store::journal::JournalFollower;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::opening::LogSource;

/// A place in the log from which it is read on.
pub struct Follower {
    journal: JournalFollower,
    /// Events of the last frame that were read and not handed out yet, in order.
    ahead: VecDeque<Recorded>,
}

impl Engine {
    /// Begins to follow the log from a position on. Where to go on reading is found once, by
    /// looking through the part of the log that holds the position.
    #[must_use]
    pub fn follower(&self, from: u64) -> Follower {
        let journal = match &self.source {
            LogSource::Directory { directory, genesis } => {
                JournalFollower::of_directory(directory, genesis, from)
            }
            LogSource::Memory(journal) => JournalFollower::of_memory(journal.clone(), from),
        };
        Follower {
            journal,
            ahead: VecDeque::new(),
        }
    }
}

impl Follower {
    /// The position that is handed out next.
    #[must_use]
    pub fn next_position(&self) -> u64 {
        self.ahead
            .front()
            .map_or_else(|| self.journal.next_position(), |next| next.header.position)
    }

    /// The next durable events, in order, at most `most` of them; none when there are none yet.
    ///
    /// # Errors
    /// When what is stored cannot be read; there is no use in calling again after that.
    pub fn read(&mut self, engine: &Engine, most: usize) -> Result<Vec<Recorded>, EngineError> {
        let durable = engine.last_position();
        if self.ahead.len() < most && self.journal.next_position() <= durable {
            let ahead = std::cell::RefCell::new(&mut self.ahead);
            let mut failed: Option<EntryError> = None;
            self.journal.read(
                durable,
                |_, bytes| match entry::decode(bytes) {
                    Ok(entry) => ahead.borrow_mut().push_back(entry.recorded),
                    Err(error) => failed = failed.take().or(Some(error)),
                },
                || ahead.borrow().len() >= most,
            )?;
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
        let count = self
            .ahead
            .iter()
            .take(most)
            .take_while(|next| next.header.position <= durable)
            .count();
        Ok(self.ahead.drain(..count).collect())
    }
}
