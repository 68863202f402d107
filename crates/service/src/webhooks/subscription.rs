//! A subscription while the service runs.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::kept::{Folder, Kept};
use crate::kept_file::KeptFileError;

/// What is kept of a subscription, who waits for changes of it, and its file.
pub struct Subscription {
    kept: Mutex<Kept>,
    is_dirty: AtomicBool,
    folder: Folder,
    /// One writes its file at a time.
    writing: Mutex<()>,
    /// Told when something was changed from outside.
    pub changed: Notify,
    /// Told when it is taken away.
    pub gone: CancellationToken,
}

impl Subscription {
    /// One that was read from its file.
    #[must_use]
    pub fn of(kept: Kept, folder: Folder) -> Self {
        Self {
            kept: Mutex::new(kept),
            is_dirty: AtomicBool::new(false),
            folder,
            writing: Mutex::new(()),
            changed: Notify::new(),
            gone: CancellationToken::new(),
        }
    }

    /// What is kept of it now.
    #[must_use]
    pub fn look<T>(&self, see: impl FnOnce(&Kept) -> T) -> T {
        see(&self.kept.lock())
    }

    /// Changes it in memory; the file follows within a second.
    pub fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        let changed = change(&mut self.kept.lock());
        self.is_dirty.store(true, Ordering::Release);
        changed
    }

    /// Brings the file up to what is in memory. It waits for the disk.
    ///
    /// # Errors
    /// When it cannot be written; it is tried again with the next change.
    pub fn write(&self) -> Result<(), KeptFileError> {
        let _turn = self.writing.lock();
        if self.gone.is_cancelled() || !self.is_dirty.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let kept = self.kept.lock().clone();
        self.folder.put(&kept).inspect_err(|_| {
            self.is_dirty.store(true, Ordering::Release);
        })
    }

    /// Takes it away, with its file.
    ///
    /// # Errors
    /// When the file cannot be removed; then it is not taken away.
    pub fn remove(&self) -> Result<(), KeptFileError> {
        let _turn = self.writing.lock();
        let webhook_id = self.look(|kept| kept.webhook_id.clone());
        self.folder.remove(&webhook_id)?;
        self.gone.cancel();
        Ok(())
    }
}
