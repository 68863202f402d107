//! A feed from a file, as `redress append` takes it: how fast, and what the time goes to.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use redress_protocol::command;

use super::load::Folder;
use crate::commands::append;
use crate::commands::generate;
use crate::failure::Failure;

/// Commands that ten complaints of a generated feed come to, roughly; and the volumes that each
/// merchant reports.
const COMMANDS_PER_TEN_COMPLAINTS: u64 = 64;
const REPORTS_PER_MERCHANT: u64 = 155;
const MERCHANTS: u64 = 200;

/// Figures of a feed. The parts run beside each other, so that they add up to more than the whole.
pub struct Bulk {
    /// Commands of the feed.
    pub commands: u64,
    /// Events that it came to.
    pub events: u64,
    /// From opening the store to the last acknowledgement.
    pub took: Duration,
    /// What reading the same lines as commands takes on its own.
    pub json: Duration,
    /// Deciding, sealing, encoding and folding, on the writer's thread.
    pub domain: Duration,
    /// Writing and syncing the journal.
    pub journal: Duration,
    /// Applying batches to sled.
    pub sled: Duration,
}

/// Feeds about so many commands to a new store.
pub fn measure(folder: &Folder, commands: u64) -> Result<Bulk, Failure> {
    let path = folder.path().join("bulk.ndjson");
    write_feed(&path, commands)?;
    let json = parse(&path)?;
    let store = folder.store("bulk")?;
    let begun = Instant::now();
    let engine = store.open()?;
    let commands = append::feed_file(&engine, &path)?;
    let took = begun.elapsed();
    let effort = engine.effort();
    Ok(Bulk {
        commands,
        events: engine.last_position(),
        took,
        json,
        domain: effort.deciding,
        journal: effort.journal,
        sled: effort.read_store,
    })
}

fn write_feed(path: &Path, commands: u64) -> Result<(), Failure> {
    let place = path.display().to_string();
    let file = File::create(path).map_err(Failure::file(place.clone()))?;
    let mut output = BufWriter::new(file);
    let complaints = 10 * commands.saturating_sub(MERCHANTS * REPORTS_PER_MERCHANT)
        / COMMANDS_PER_TEN_COMPLAINTS;
    generate::feed(complaints, MERCHANTS, &mut |line| {
        writeln!(output, "{line}").map_err(Failure::file(place.clone()))
    })?;
    output.flush().map_err(Failure::file(place))
}

/// Reads every line as a command and drops it.
fn parse(path: &Path) -> Result<Duration, Failure> {
    let place = path.display().to_string();
    let begun = Instant::now();
    let mut input = BufReader::new(File::open(path).map_err(Failure::file(place.clone()))?);
    let mut line = Vec::new();
    while input
        .read_until(b'\n', &mut line)
        .map_err(Failure::file(place.clone()))?
        > 0
    {
        command::parse_bytes(&line).map_err(|error| Failure::Failed(error.sentence()))?;
        line.clear();
    }
    Ok(begun.elapsed())
}
