//! Packs rows into the files of drafts on a thread of its own.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use redress_store::read_store::{Draft, ReadStoreError, Sheet};

use crate::error::EngineError;

/// What the packing thread ended with.
type Packed = (Vec<Draft>, Result<(), ReadStoreError>);

/// The thread, and what it was given.
pub(super) struct Packer {
    sheets: Option<SyncSender<(Vec<Sheet>, u64)>>,
    packed: Receiver<()>,
    /// Sheets given and not packed yet.
    waiting: usize,
    thread: Option<JoinHandle<Packed>>,
}

impl Packer {
    /// Begins with drafts; sheets come in their order.
    pub fn start(mut drafts: Vec<Draft>) -> Self {
        let (sheets, given) = sync_channel::<(Vec<Sheet>, u64)>(1);
        let (done, packed) = channel();
        let thread = std::thread::spawn(move || {
            while let Ok((sheets, position)) = given.recv() {
                for (draft, sheet) in drafts.iter_mut().zip(&sheets) {
                    if let Err(error) = draft.add(sheet, position) {
                        return (drafts, Err(error));
                    }
                }
                let _ = done.send(());
            }
            (drafts, Ok(()))
        });
        Self {
            sheets: Some(sheets),
            packed,
            waiting: 0,
            thread: Some(thread),
        }
    }

    /// Hands over the rows that changed up to a position, one sheet for each draft.
    pub fn pack(&mut self, sheets: Vec<Sheet>, position: u64) {
        if let Some(sender) = &self.sheets
            && sender.send((sheets, position)).is_ok()
        {
            self.waiting += 1;
        }
    }

    /// Waits until everything that was handed over lies in files. A failure shows at the end.
    pub fn wait(&mut self) {
        while self.waiting > 0 && self.packed.recv().is_ok() {
            self.waiting -= 1;
        }
        self.waiting = 0;
    }

    /// Waits for everything and gives the drafts back.
    pub fn finish(mut self) -> Result<Vec<Draft>, EngineError> {
        self.sheets = None;
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Ok((drafts, Ok(())))) => Ok(drafts),
            Some(Ok((_, Err(error)))) => Err(error.into()),
            Some(Err(_)) | None => Err(EngineError::Stopped {
                because: "rows could not be packed".to_owned(),
            }),
        }
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.sheets = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
