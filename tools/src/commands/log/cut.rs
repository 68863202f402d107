//! `redress log cut`: the way out of a damaged log without a backup.

use std::process::ExitCode;

use clap::Args;
use redress_engine::EngineError;
use redress_store::journal;
use redress_store::lock::StoreLock;
use redress_store::read_store::ReadStore;
use serde_json::json;

use super::bytes_in_words;
use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::table::Page;
use crate::terminal::{self, Format};

/// Where to cut.
#[derive(Args)]
pub struct Arguments {
    /// The position that `log verify` names: the first that cannot be trusted. Another one is
    /// refused.
    #[arg(long, value_name = "POSITION")]
    at: u64,
    /// Do it. Everything from that position on leaves the log, damaged or not.
    #[arg(long)]
    yes: bool,
    /// How to show what was cut.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Cuts the log at its first damage.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    if !arguments.yes {
        return Err(Failure::Usage(format!(
            "this ends the log before position {}: acknowledged events can be lost; say --yes to \
             do it",
            arguments.at
        )));
    }
    let _lock = StoreLock::acquire(&store.data).map_err(EngineError::from)?;
    let (genesis, _) = store.first_edition()?;
    let report = journal::cut(&store.data, &genesis, arguments.at).map_err(EngineError::from)?;
    // What is read may reflect events that are gone: the next opening builds it anew.
    ReadStore::wipe(&store.data).map_err(EngineError::from)?;
    match arguments.format {
        Format::Json => terminal::write_json(&json!({
            "position": report.position,
            "segment": report.segment.display().to_string(),
            "byte": report.offset,
            "bytes": report.bytes,
            "bytes_file": report.bytes_file.display().to_string(),
            "record_file": report.record_file.display().to_string(),
        }))?,
        Format::Table => {
            let mut page = Page::default();
            page.line(format!(
                "The log now ends before position {}: {} were cut.",
                report.position,
                bytes_in_words(report.bytes)
            ));
            page.fact(
                "cut from",
                format!("{}, byte {}", report.segment.display(), report.offset),
            );
            page.fact("kept in", report.bytes_file.display().to_string());
            page.fact("described in", report.record_file.display().to_string());
            page.line("The read store is built anew when the store is opened next.");
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
