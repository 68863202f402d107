//! `redress log stats`: what the log and the read store take.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use redress_engine::EngineError;
use redress_store::entry;
use redress_store::journal::{self, JournalReader};
use serde_json::{Value, json};

use super::bytes_in_words;
use crate::failure::Failure;
use crate::store::{StoreArguments, progress_bar};
use crate::table::{Page, number, table};
use crate::terminal::{self, Format};

/// How to tell the sizes.
#[derive(Args)]
pub struct Arguments {
    /// How to show the sizes.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How many events and how many bytes of them.
#[derive(Clone, Copy, Default)]
struct Share {
    events: u64,
    bytes: u64,
}

/// Shows the sizes.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let engine = store.open()?;
    let (genesis, _) = store.first_edition()?;
    let journal = journal::stats(&store.data, &genesis).map_err(EngineError::from)?;
    let types = by_type(&store.data, &genesis, journal.last_position)?;
    let projections = engine.projections()?;
    let rows: u64 = projections.iter().map(|state| state.rows).sum();
    drop(engine);
    let read = store.data.join("read");
    let read_bytes = folder_bytes(&read).map_err(Failure::file(read.display().to_string()))?;
    let entries: u64 = types.values().map(|share| share.bytes).sum();
    let (events, bytes) = (journal.last_position, journal.bytes);
    match arguments.format {
        Format::Json => terminal::write_json(&json!({
            "segments": journal.segments,
            "events": events,
            "bytes": bytes,
            "entry_bytes": entries,
            "bytes_per_event": per_event(bytes, events),
            "types": types.iter().map(|(name, share)| (name.clone(), json!({
                "events": share.events,
                "bytes": share.bytes,
            }))).collect::<serde_json::Map<_, Value>>(),
            "read_store": { "bytes": read_bytes, "rows": rows },
        }))?,
        Format::Table => {
            let mut page = Page::default();
            page.fact("events", events.to_string());
            page.fact("segments", journal.segments.to_string());
            page.fact("log", bytes_in_words(bytes));
            page.fact("per event", bytes_in_words(per_event(bytes, events)));
            page.fact(
                "read store",
                format!("{}, {rows} rows", bytes_in_words(read_bytes)),
            );
            let mut shares: Vec<_> = types.iter().collect();
            shares.sort_by(|(one, left), (other, right)| {
                right.bytes.cmp(&left.bytes).then(one.cmp(other))
            });
            let mut types = table(&["type", "events", "bytes", "per event", "share"]);
            for (name, share) in shares {
                types.add_row([
                    name.into(),
                    number(share.events),
                    number(share.bytes),
                    number(per_event(share.bytes, share.events)),
                    number(format!("{} %", per_event(share.bytes * 100, entries))),
                ]);
            }
            page.line("").table(&types);
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A quotient, rounded to the nearest; 0 of nothing.
fn per_event(bytes: u64, events: u64) -> u64 {
    (bytes + events / 2).checked_div(events).unwrap_or(0)
}

fn by_type(data: &Path, genesis: &[u8], last: u64) -> Result<BTreeMap<String, Share>, EngineError> {
    let bar = progress_bar(last, "reading the log");
    let mut types: BTreeMap<String, Share> = BTreeMap::new();
    let mut reader = JournalReader::open(data, genesis, 1)?;
    while let Some(commit) = reader.next_commit()? {
        bar.set_position(commit.first_position);
        for bytes in commit.entries() {
            let head = entry::peek(bytes)?;
            let share = match types.get_mut(head.event_type) {
                Some(share) => share,
                None => types.entry(head.event_type.to_owned()).or_default(),
            };
            share.events += 1;
            share.bytes += bytes.len() as u64;
        }
    }
    bar.finish_and_clear();
    Ok(types)
}

fn folder_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        let file = file?;
        let about = file.metadata()?;
        bytes += if about.is_dir() {
            folder_bytes(&file.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}
