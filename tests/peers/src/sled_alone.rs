//! sled with a key for each command, made durable group by group.

use std::fs::File;
use std::path::Path;

use crate::Result;
use crate::clients::Rate;
use crate::plain::in_groups;

/// Fills a new database.
pub fn measure(folder: &Path, clients: usize, commits: &[Vec<u8>]) -> Result<Rate> {
    let database = sled::open(folder)?;
    let file = File::open(folder.join("db"))?;
    let mut position = 0_u64;
    in_groups(clients, commits, move |group| {
        let mut batch = sled::Batch::default();
        for (bytes, _) in group {
            position += 1;
            batch.insert(&position.to_be_bytes(), bytes.as_slice());
        }
        database.apply_batch(batch)?;
        database.flush()?;
        // Its flush only asks for the writing to begin.
        Ok(file.sync_data()?)
    })
}
