//! The thread that brings entries and rows to the read store, one batch at a time, so that the
//! writer does not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};
use redress_store::read_store::{Batch, ReadStore, ReadStoreError};

use crate::merger::Merger;
use crate::stop::Stop;
use crate::writer::{PATIENCE, Shared};

/// The thread, and what it is at.
pub(crate) struct Keeper {
    pub store: Arc<ReadStore>,
    sender: Option<SyncSender<Batch>>,
    progress: Arc<Progress>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Progress {
    state: Mutex<State>,
    became_idle: Condvar,
}

#[derive(Default)]
struct State {
    busy: bool,
    /// Why the read store took a batch no more, if that happened: then it takes none after it.
    failed: Option<Stop>,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn end(&self, failed: Option<Stop>) {
        let mut state = self.state();
        state.busy = false;
        if state.failed.is_none() {
            state.failed = failed;
        }
        drop(state);
        self.became_idle.notify_all();
    }
}

impl Keeper {
    pub fn start(store: Arc<ReadStore>, shared: Arc<Shared>) -> Self {
        let applying = Arc::clone(&store);
        let merger = Merger::start(Arc::clone(&store));
        Self::with(store, move |batch| {
            let begun = Instant::now();
            applying.apply(batch)?;
            merger.look();
            shared.counters.read_store.add(1, begun);
            Ok(())
        })
    }

    /// A keeper whose batches go where `apply` puts them.
    fn with(
        store: Arc<ReadStore>,
        apply: impl Fn(Batch) -> Result<(), ReadStoreError> + Send + 'static,
    ) -> Self {
        let (sender, receiver) = sync_channel::<Batch>(1);
        let progress = Arc::new(Progress::default());
        let thread = std::thread::spawn({
            let progress = Arc::clone(&progress);
            move || take_batches(&receiver, &progress, apply)
        });
        Self {
            store,
            sender: Some(sender),
            progress,
            thread: Some(thread),
        }
    }

    /// Why the read store takes nothing more, if that is so.
    pub fn failed(&self) -> Option<Stop> {
        self.progress.state().failed.clone()
    }

    /// Waits for the batch before this one, then hands it over.
    pub fn send(&self, batch: Batch) {
        self.wait_idle();
        self.progress.state().busy = true;
        if let Some(sender) = &self.sender
            && sender.send(batch).is_err()
        {
            self.progress
                .end(Some(Stop::because("the read store's thread has ended")));
        }
    }

    /// Waits until the read store reflects a position, or never will: it failed, or `stopped` says
    /// that the batch does not come.
    pub fn wait_applied(&self, position: u64, stopped: impl Fn() -> bool) {
        let mut state = self.progress.state();
        while self.store.applied() < position && state.failed.is_none() && !stopped() {
            self.progress.became_idle.wait_for(&mut state, PATIENCE);
        }
    }

    fn wait_idle(&self) {
        let mut state = self.progress.state();
        while state.busy {
            self.progress.became_idle.wait(&mut state);
        }
    }
}

/// sled answers some failures of the disk with a panic: one that is not caught here would leave
/// the writer waiting for ever.
fn take_batches(
    receiver: &Receiver<Batch>,
    progress: &Progress,
    apply: impl Fn(Batch) -> Result<(), ReadStoreError>,
) {
    while let Ok(batch) = receiver.recv() {
        if progress.state().failed.is_some() {
            progress.end(None);
            continue;
        }
        let failed = match catch_unwind(AssertUnwindSafe(|| apply(batch))) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Stop::after(&error)),
            Err(_) => Some(Stop::because("sled could not go on with its files")),
        };
        if let Some(stop) = &failed {
            let because = stop.as_str();
            tracing::error!(because, "the read store does not take what the journal has");
        }
        progress.end(failed);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use redress_store::read_store::{Batch, ReadStore, ReadStoreOptions};

    use super::Keeper;

    #[test]
    fn a_panic_of_the_read_store_is_a_failure_and_nothing_waits_for_ever() {
        let directory = tempfile::tempdir().unwrap();
        let store = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
        let taken = Arc::new(AtomicU32::new(0));
        let keeper = Keeper::with(Arc::new(store), {
            let taken = Arc::clone(&taken);
            move |_| {
                taken.fetch_add(1, Ordering::SeqCst);
                panic!("as sled does")
            }
        });
        keeper.send(Batch::default());
        keeper.wait_idle();
        assert!(keeper.failed().is_some());
        // A batch after a failed one would leave a gap.
        keeper.send(Batch::default());
        keeper.wait_idle();
        assert_eq!(taken.load(Ordering::SeqCst), 1);
    }
}
