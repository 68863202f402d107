//! UmaDB, embedded: its own writer thread, which commits what has arrived as one group.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::DcbEvent;

use crate::Result;
use crate::clients::{Rate, deal, drive};

/// Events that one commit takes at the most.
const GROUP_EVENTS_MAX: usize = 2_000;

/// Fills a new database.
pub fn measure(folder: &Path, clients: usize, commits: &[Vec<u8>]) -> Result<Rate> {
    fs::create_dir_all(folder)?;
    let options = StorageOptions::default().db_path(folder.join("uma.db"));
    let store = Arc::new(Mvcc::new(false, options).map_err(|error| error.to_string())?);
    let (sender, receiver) = mpsc::channel(4_096);
    let (head, _watched) = watch::channel(None);
    let writer = std::thread::spawn({
        let store = Arc::clone(&store);
        move || writer_thread_blocking(store, receiver, head, GROUP_EVENTS_MAX)
    });
    let numbered = commits.iter().cloned().enumerate();
    let rate = drive(deal(numbered, clients), |(), (number, data)| {
        let (response_tx, response) = oneshot::channel();
        sender.blocking_send(WriterThreadRequest::Append {
            events: vec![event(number, data)],
            condition: None,
            tracking_info: None,
            response_tx,
            cancel: None,
        })?;
        response
            .blocking_recv()?
            .map_err(|error| error.to_string())?;
        Ok(())
    })?;
    drop(sender);
    writer.join().map_err(|_| "the writer ended early")?;
    Ok(rate)
}

/// An event of these bytes, with one tag for its stream.
pub fn event(number: usize, data: Vec<u8>) -> DcbEvent {
    DcbEvent {
        event_type: "MessageRecorded".to_owned(),
        tags: vec![format!("complaint-C{}", number / 4)],
        data,
        ..DcbEvent::default()
    }
}
