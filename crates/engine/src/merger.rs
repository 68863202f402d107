//! The thread that merges files of the read store, so that neither batches nor readers wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use redress_store::read_store::ReadStore;

/// The thread.
pub(crate) struct Merger {
    /// At most one look waits: it sees everything that came before it.
    looks: Option<SyncSender<()>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Merger {
    /// Looks at once, and whenever it is told to.
    pub fn start(store: Arc<ReadStore>) -> Self {
        let (looks, told) = sync_channel(1);
        let _ = looks.try_send(());
        let stopping = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let stopping = Arc::clone(&stopping);
            move || {
                while let Ok(()) = told.recv() {
                    merge_all(&store, || stopping.load(Ordering::Relaxed));
                }
            }
        });
        Self {
            looks: Some(looks),
            stopping,
            thread: Some(thread),
        }
    }

    /// Has it look whether there is something to merge.
    pub fn look(&self) {
        if let Some(looks) = &self.looks {
            let _ = looks.try_send(());
        }
    }
}

/// What cannot be merged now is merged later: everything can be read as it is.
fn merge_all(store: &ReadStore, is_unwanted: impl Fn() -> bool) {
    while !is_unwanted() {
        match store.merge(&is_unwanted) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "files of the read store were not merged");
                return;
            }
        }
    }
}

impl Drop for Merger {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.looks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
