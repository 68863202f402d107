//! A journal that works until it is told otherwise.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use redress_store::journal::{Commit, Journal, JournalError, JournalReader};

use super::{opened, start};
use crate::Engine;

/// How long a test waits for something that must happen.
pub(super) const LONG_ENOUGH: Duration = Duration::from_secs(20);

/// What an append does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Manner {
    #[default]
    Works,
    Fails,
    Panics,
    /// Waits, as for a disk that does not come back from a sync, until it is told otherwise.
    Blocks,
}

/// What the journal is told, and whether it waits.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    manner: Manner,
    is_waiting: bool,
}

impl Told {
    /// What appends do from now on, the one that waits too.
    pub fn set(&self, manner: Manner) {
        self.0.0.lock().manner = manner;
        self.0.1.notify_all();
    }

    /// Waits until an append waits.
    pub fn wait_blocked(&self) {
        let mut state = self.0.0.lock();
        while !state.is_waiting {
            let waited = self.0.1.wait_for(&mut state, LONG_ENOUGH);
            assert!(!waited.timed_out(), "nothing was appended");
        }
    }

    fn manner(&self) -> Manner {
        let mut state = self.0.0.lock();
        while state.manner == Manner::Blocks {
            state.is_waiting = true;
            self.0.1.notify_all();
            self.0.1.wait(&mut state);
        }
        state.is_waiting = false;
        state.manner
    }
}

struct Unreliable {
    inner: Box<dyn Journal>,
    told: Told,
}

impl Journal for Unreliable {
    fn append<'life0, 'life1, 'async_trait>(
        &'life0 mut self,
        group: &'life1 [Commit],
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send + 'async_trait>>
    where
        Self: 'async_trait,
        'life0: 'async_trait,
        'life1: 'async_trait,
    {
        match self.told.manner() {
            Manner::Fails => Box::pin(async { Err(JournalError::Poisoned) }),
            Manner::Panics => Box::pin(async { panic!("a fault of the program") }),
            Manner::Works | Manner::Blocks => self.inner.append(group),
        }
    }

    fn last_position(&self) -> u64 {
        self.inner.last_position()
    }

    fn reader(&self, from_position: u64) -> Result<JournalReader, JournalError> {
        self.inner.reader(from_position)
    }
}

/// The store of a directory on such a journal.
pub(super) fn unreliable(directory: &std::path::Path) -> (Engine, Told) {
    let mut opened = opened(directory);
    let told = Told::default();
    opened.journal = Box::new(Unreliable {
        inner: opened.journal,
        told: told.clone(),
    });
    (start(opened), told)
}
