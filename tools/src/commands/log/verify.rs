//! `redress log verify`: every byte of the journal, with nothing but the journal.

use std::process::ExitCode;

use clap::Args;
use redress_engine::{Chains, EngineError};
use redress_store::journal::{self, Damage, JournalError, VerifyReport};
use redress_store::lock::StoreLock;
use serde_json::json;

use super::bytes_in_words;
use crate::failure::{Failure, INTEGRITY};
use crate::store::{StoreArguments, progress_bar};
use crate::table::Page;
use crate::terminal::{self, Format};
use crate::wording::counted;

/// How to tell the result.
#[derive(Args)]
pub struct Arguments {
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks the log; exit code 5 with the place of the first damage.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let _lock = StoreLock::acquire(&store.data).map_err(EngineError::from)?;
    let (genesis, _) = store.first_edition()?;
    let last = journal::stats(&store.data, &genesis).map_or(0, |stats| stats.last_position);
    let bar = progress_bar(last, "checking the log");
    let mut chains = Chains::default();
    let checked = journal::verify(&store.data, &genesis, |position, bytes| {
        if position % 1024 == 0 {
            bar.set_position(position);
        }
        chains
            .take(bytes)
            .map(|_| ())
            .map_err(|error| error.to_string())
    });
    bar.finish_and_clear();
    match checked {
        Ok(report) => whole(arguments.format, &report, chains.streams() as u64),
        Err(error) => damaged(arguments.format, error),
    }
}

fn whole(format: Format, report: &VerifyReport, streams: u64) -> Result<ExitCode, Failure> {
    match format {
        Format::Json => terminal::write_json(&json!({
            "whole": true,
            "events": report.entries,
            "streams": streams,
            "commits": report.commits,
            "segments": report.segments,
            "bytes": report.bytes,
            "torn_bytes": report.torn.as_ref().map_or(0, |torn| torn.bytes),
        }))?,
        Format::Table => {
            let mut page = Page::default();
            page.line(format!(
                "The log is whole: {} of {} in {}, {}, {}.",
                counted(report.entries, "event"),
                counted(streams, "stream"),
                counted(report.commits, "commit"),
                counted(report.segments, "segment"),
                bytes_in_words(report.bytes),
            ));
            page.line(
                "Checked: checksums, gapless positions, versions, the chain of each stream, \
                 decodability,",
            );
            page.line("and the digests of sealed segments.");
            if let Some(torn) = &report.torn {
                page.line(format!(
                    "{} at the end had never been acknowledged; the next opening drops them.",
                    counted(torn.bytes, "byte"),
                ));
            }
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn damaged(format: Format, error: JournalError) -> Result<ExitCode, Failure> {
    let JournalError::Corrupt {
        segment,
        offset,
        position,
        what,
    } = &error
    else {
        return Err(EngineError::from(error).into());
    };
    // An entry that cannot be followed lies in a whole frame: cutting finds no damage there. A
    // digest file is no part of the log.
    let can_be_cut = !matches!(what, Damage::Entry(_) | Damage::DigestFile);
    if format == Format::Json {
        terminal::write_json(&json!({
            "whole": false,
            "position": position,
            "segment": segment.display().to_string(),
            "byte": offset,
            "what": what.to_string(),
            "can_be_cut": can_be_cut,
        }))?;
        return Ok(ExitCode::from(INTEGRITY));
    }
    let way_out = if can_be_cut {
        format!(
            "restore a backup; where there is none, `redress log cut --at {position}` ends the log \
             there and keeps what it cuts"
        )
    } else if *what == Damage::DigestFile {
        "restore the .sha256 file, or remove it: the log is whole without it".to_owned()
    } else {
        "restore a backup".to_owned()
    };
    Err(Failure::Integrity(format!(
        "{error}\n  what can be done: {way_out}"
    )))
}
