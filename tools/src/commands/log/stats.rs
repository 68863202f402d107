//! `redress log stats`: what the log and the read store take.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use redress_domain::instant::{CivilOffset, Instant};
use redress_engine::EngineError;
use redress_protocol::instant::format_instant;
use redress_store::entry;
use redress_store::journal::{self, JournalReader};
use redress_store::leaps::{LeapRecord, Leaps};
use serde_json::{Value, json};

use super::bytes_in_words;
use crate::failure::Failure;
use crate::store::{StoreArguments, progress_bar};
use crate::table::{Page, number, table};
use crate::terminal::{self, Format};
use crate::wording::{counted, instant};

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
    let leaps = LeapRecord::of(&store.data).read();
    let leaps = leaps.map_err(|error| Failure::Failed(error.to_string()))?;
    let offset = engine.rulebook().in_force(engine.now()).civil_offset;
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
            "clock_leaps": leaps.leaps.iter().map(|leap| json!({
                "kind": leap.kind.as_str(),
                "expected_at": shown(leap.expected_unix_ms, offset),
                "found_at": shown(leap.found_unix_ms, offset),
            })).collect::<Vec<_>>(),
            "clock_leaps_unreadable": leaps.unreadable_lines,
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
            tell_leaps(&mut page, &leaps, offset);
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Leaps of the machine's clock that were noticed; nothing where there were none.
fn tell_leaps(page: &mut Page, leaps: &Leaps, offset: CivilOffset) {
    if leaps.unreadable_lines > 0 {
        let lines = counted(leaps.unreadable_lines, "line");
        page.line(format!(
            "{lines} about leaps of the machine's clock cannot be read."
        ));
    }
    if leaps.leaps.is_empty() {
        return;
    }
    page.heading("leaps of the machine's clock");
    let mut told = table(&["kind", "expected", "found"]);
    for leap in &leaps.leaps {
        told.add_row([
            leap.kind.as_str().replace('_', " "),
            instant(Instant::from_unix_ms(leap.expected_unix_ms), offset),
            instant(Instant::from_unix_ms(leap.found_unix_ms), offset),
        ]);
    }
    page.table(&told);
}

fn shown(unix_ms: i64, offset: CivilOffset) -> String {
    format_instant(Instant::from_unix_ms(unix_ms), offset)
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
