//! Filling a read store that was lost: first the entries alone, many at once, and then all rows by
//! a rebuild. Event by event, with the rows that each one changes, it would take hours where this
//! takes minutes.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use redress_store::entry;
use redress_store::read_store::{Batch, ReadStore, StoredEntry};

use crate::error::EngineError;
use crate::opening::LogSource;

/// Entries that the read store takes at once: as many as make a part of its indexes, which it then
/// never has to merge with others.
const ENTRIES_AT_ONCE: usize = 65_536;

/// Entries in the order of their positions.
type Entries = Result<Vec<StoredEntry>, EngineError>;

/// Puts the entries of a log into a read store, from where it ends and up to a position. They are
/// read by one thread and written by another. `progress` gets each position that was reached.
///
/// # Errors
/// When the log cannot be read, or the read store takes no more.
pub(crate) fn refill(
    source: &LogSource,
    store: &ReadStore,
    last_position: u64,
    mut progress: impl FnMut(u64),
) -> Result<(), EngineError> {
    let from = store.applied() + 1;
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel::<Entries>(1);
        scope.spawn(move || {
            if let Err(error) = read(source, from, last_position, &sender) {
                let _ = sender.send(Err(error));
            }
        });
        for entries in batches {
            let entries = entries?;
            let applied = entries.last().map_or(from - 1, |entry| entry.position);
            store.apply(Batch {
                entries,
                applied,
                ..Batch::default()
            })?;
            progress(applied);
        }
        Ok(())
    })
}

fn read(
    source: &LogSource,
    from: u64,
    to: u64,
    sender: &SyncSender<Entries>,
) -> Result<(), EngineError> {
    let mut reader = source.reader(from)?;
    let mut entries = Vec::with_capacity(ENTRIES_AT_ONCE);
    while let Some(commit) = reader.next_commit()? {
        if commit.first_position > to {
            break;
        }
        for bytes in commit.entries() {
            let head = entry::peek(bytes)?;
            if head.position < from || head.position > to {
                continue;
            }
            entries.push(StoredEntry {
                position: head.position,
                stream: Arc::from(head.stream),
                command_id: *head.command_id.as_bytes(),
                bytes: Arc::from(bytes),
            });
            if entries.len() == ENTRIES_AT_ONCE {
                let full = std::mem::replace(&mut entries, Vec::with_capacity(ENTRIES_AT_ONCE));
                if sender.send(Ok(full)).is_err() {
                    return Ok(());
                }
            }
        }
    }
    let _ = sender.send(Ok(entries));
    Ok(())
}
