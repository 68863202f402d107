//! Packs rows into the files of drafts on a thread of its own.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use redress_store::read_store::{Draft, ReadStoreError, Sheet};

use crate::error::EngineError;

/// The rows that changed of each draft; `None` for one that is to stay as it is.
pub(super) type Sheets = Vec<Option<Sheet>>;

/// What the packing thread ended with.
type Packed = (Vec<Draft>, Result<(), ReadStoreError>);

/// The thread, and what it was given.
pub(super) struct Packer {
    sheets: Option<SyncSender<(Sheets, u64)>>,
    packed: Receiver<Sheets>,
    /// Sheets given and not packed yet.
    waiting: usize,
    /// Sheets that were packed and are empty again: memory that is there already is the cheapest.
    spare: Sheets,
    thread: Option<JoinHandle<Packed>>,
}

impl Packer {
    /// Begins with drafts; sheets come in their order.
    pub fn start(mut drafts: Vec<Draft>) -> Self {
        let (sheets, given) = sync_channel::<(Sheets, u64)>(1);
        let (done, packed) = channel();
        let thread = std::thread::spawn(move || {
            while let Ok((mut sheets, position)) = given.recv() {
                for (draft, sheet) in drafts.iter_mut().zip(&mut sheets) {
                    if let Some(sheet) = sheet {
                        if let Err(error) = draft.add(sheet, position) {
                            return (drafts, Err(error));
                        }
                        sheet.clear();
                    }
                }
                let _ = done.send(sheets);
            }
            (drafts, Ok(()))
        });
        Self {
            sheets: Some(sheets),
            packed,
            waiting: 0,
            spare: Sheets::new(),
            thread: Some(thread),
        }
    }

    /// Hands over the rows that changed up to a position, in the order of the drafts.
    pub fn pack(&mut self, sheets: Sheets, position: u64) -> Result<(), EngineError> {
        let sent = self.sheets.as_ref().map(|to| to.send((sheets, position)));
        if !matches!(sent, Some(Ok(()))) {
            return Err(self.failure());
        }
        self.waiting += 1;
        Ok(())
    }

    /// Waits until everything that was handed over lies in files: whoever lets go of rows before
    /// that loses them.
    pub fn wait(&mut self) -> Result<(), EngineError> {
        while self.waiting > 0 {
            let Ok(sheets) = self.packed.recv() else {
                return Err(self.failure());
            };
            self.spare = sheets;
            self.waiting -= 1;
        }
        Ok(())
    }

    /// Sheets to be filled again, in the order of the drafts, as far as there are any.
    pub fn take_spare(&mut self) -> Sheets {
        std::mem::take(&mut self.spare)
    }

    /// Waits for everything and gives the drafts back.
    pub fn finish(mut self) -> Result<Vec<Draft>, EngineError> {
        self.end()
    }

    /// Why the thread has ended before its time.
    fn failure(&mut self) -> EngineError {
        self.end().err().unwrap_or_else(ended)
    }

    fn end(&mut self) -> Result<Vec<Draft>, EngineError> {
        self.sheets = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok((drafts, Ok(())))) => Ok(drafts),
            Some(Ok((_, Err(error)))) => Err(error.into()),
            Some(Err(_)) | None => Err(ended()),
        }
    }
}

fn ended() -> EngineError {
    EngineError::Stopped {
        because: "rows could not be packed".to_owned(),
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
