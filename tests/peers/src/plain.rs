//! A plain loop: whatever has arrived is written and synced as one group, then acknowledged.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::Result;
use crate::clients::{Rate, deal, drive};

/// What is handed in, and where its client waits.
type Handed = (Vec<u8>, Sender<()>);

/// Appends to a new file.
pub fn measure(path: &Path, clients: usize, commits: &[Vec<u8>]) -> Result<Rate> {
    let mut file = File::create(path)?;
    in_groups(clients, commits, move |group| {
        let mut bytes = Vec::new();
        for (one, _) in group {
            bytes.extend_from_slice(one);
        }
        file.write_all(&bytes)?;
        Ok(file.sync_data()?)
    })
}

/// Lets clients hand in bytes to one thread that makes what has arrived durable as a group.
pub fn in_groups(
    clients: usize,
    commits: &[Vec<u8>],
    make_durable: impl FnMut(&[Handed]) -> Result<()> + Send + 'static,
) -> Result<Rate> {
    let (sender, receiver) = channel::<Handed>();
    let writer = std::thread::spawn(move || write(&receiver, make_durable));
    let rate = drive(deal(commits.to_vec(), clients), |(), bytes| {
        let (acknowledge, acknowledged) = channel();
        sender.send((bytes, acknowledge))?;
        Ok(acknowledged.recv()?)
    })?;
    drop(sender);
    writer.join().map_err(|_| "the writer ended early")??;
    Ok(rate)
}

fn write(
    receiver: &Receiver<Handed>,
    mut make_durable: impl FnMut(&[Handed]) -> Result<()>,
) -> Result<()> {
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        group.extend(receiver.try_iter());
        make_durable(&group)?;
        for (_, acknowledge) in group {
            acknowledge.send(())?;
        }
    }
    Ok(())
}
