//! Events of the log, decoded on a thread of their own, so that whoever folds them does nothing but
//! fold. Streams are numbered there, too: whoever folds looks nothing up by name.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use redress_domain::event::Recorded;
use redress_domain::identity::StreamId;
use redress_store::entry;
use rustc_hash::FxHashMap;

use crate::error::EngineError;
use crate::opening::LogSource;

/// Events handed over at a time.
const BATCH_EVENTS: usize = 1_024;
/// Batches that may wait to be folded.
const BATCHES_AHEAD: usize = 8;

/// Streams by the order in which they came.
#[derive(Default)]
pub(super) struct StreamNumbers(FxHashMap<StreamId, u32>);

impl StreamNumbers {
    /// The number of a stream; a new one is one more than the greatest.
    pub fn of(&mut self, stream: &StreamId) -> u32 {
        if let Some(number) = self.0.get(stream) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(stream.clone(), number);
        number
    }
}

/// An event, and the number of its stream.
pub(super) type Numbered = (u32, Recorded);

/// What the reading thread sends.
type Batch = Result<Vec<Numbered>, EngineError>;

/// The events from one position to another, in batches, in order.
pub(super) struct Feed {
    batches: Option<Receiver<Batch>>,
    /// Where batches go back to: their memory is freed where it was allocated, which costs less
    /// and is not the folding thread's time.
    done: Option<Sender<Vec<Numbered>>>,
    thread: Option<JoinHandle<StreamNumbers>>,
}

impl Feed {
    /// Begins to read from a position up to and including `to`.
    pub fn start(source: &LogSource, from: u64, to: u64, mut numbers: StreamNumbers) -> Self {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let (done, returned) = channel();
        let source = source.clone();
        let thread = std::thread::spawn(move || {
            if let Err(error) = read(&source, from, to, &mut numbers, &sender, &returned) {
                let _ = sender.send(Err(error));
            }
            numbers
        });
        Self {
            batches: Some(batches),
            done: Some(done),
            thread: Some(thread),
        }
    }

    /// The next events; `None` at the end.
    pub fn next_batch(&self) -> Result<Option<Vec<Numbered>>, EngineError> {
        let next = self.batches.as_ref().map(Receiver::recv);
        next.and_then(Result::ok).transpose()
    }

    /// Gives back a batch that was folded.
    pub fn give_back(&self, batch: Vec<Numbered>) {
        if let Some(done) = &self.done {
            let _ = done.send(batch);
        }
    }
}

impl Feed {
    /// Ends the reading, and gives the numbers back for what follows.
    pub fn finish(mut self) -> Result<StreamNumbers, EngineError> {
        self.end().ok_or_else(|| EngineError::Stopped {
            because: "the log could not be read to its end".to_owned(),
        })
    }

    /// A reader that waits for room ends when nobody is there.
    fn end(&mut self) -> Option<StreamNumbers> {
        self.batches = None;
        self.done = None;
        self.thread.take()?.join().ok()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.end();
    }
}

fn read(
    source: &LogSource,
    from: u64,
    to: u64,
    numbers: &mut StreamNumbers,
    sender: &SyncSender<Batch>,
    returned: &Receiver<Vec<Numbered>>,
) -> Result<(), EngineError> {
    let mut reader = source.reader(from)?;
    let mut batch = Vec::with_capacity(BATCH_EVENTS);
    while let Some(commit) = reader.next_commit()? {
        if commit.first_position > to {
            break;
        }
        for bytes in commit.entries() {
            let recorded = entry::decode(bytes)?.recorded;
            let position = recorded.header.position;
            if position < from || position > to {
                continue;
            }
            batch.push((numbers.of(&recorded.header.stream), recorded));
            if batch.len() == BATCH_EVENTS {
                let mut next = returned.try_recv().unwrap_or_default();
                next.clear();
                next.reserve(BATCH_EVENTS);
                if sender
                    .send(Ok(std::mem::replace(&mut batch, next)))
                    .is_err()
                {
                    return Ok(());
                }
            }
        }
    }
    if !batch.is_empty() {
        let _ = sender.send(Ok(batch));
    }
    Ok(())
}
