//! `redress restore`: a store from a backup, and a drill that proves what it is.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant as Stopwatch;

use clap::Args;
use redress_engine::{AsOf, Comparison, Drill, Engine, ProjectionState};
use redress_protocol::instant::format_instant;
use redress_store::backup::{self, RestoreReport, Until};
use serde_json::{Value, json};

use super::log::bytes_in_words;
use super::look::as_of;
use crate::failure::{Failure, INTEGRITY};
use crate::store::{StoreArguments, progress_bar};
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};
use crate::wording::counted;

/// What to restore.
#[derive(Args)]
pub struct Arguments {
    /// The directory of the backup. It is restored into the one of --data, which must be empty or
    /// not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// End with this log position, or with the last command recorded at this instant or before.
    /// Commands are restored whole: a position inside the events of one is refused.
    #[arg(long, value_name = "POSITION|INSTANT", value_parser = as_of)]
    to: Option<AsOf>,
    /// The copy of the keys of personal texts; --vault-key must name the key that wraps them.
    /// Without it what was sealed stays sealed, and everything else works.
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// How to show the report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What the report is about.
struct Restored {
    report: RestoreReport,
    drill: Drill,
    /// When the last event was recorded; nothing for an empty log.
    recorded_at: Option<String>,
    /// Events that opening added: what followed of the last command and was cut off.
    added: u64,
    copying_ms: u64,
    drill_ms: u64,
}

/// Restores, then opens the store and proves it.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    if arguments.keys.is_some() && store.vault_key.is_none() {
        return Err(Failure::Usage(
            "the keys are wrapped by a key that is in no backup: name it with --vault-key"
                .to_owned(),
        ));
    }
    let until = match arguments.to {
        None => Until::End,
        Some(AsOf::Position(position)) => Until::Position(position),
        Some(AsOf::Recorded(instant)) => Until::Recorded(instant),
    };
    let begun = Stopwatch::now();
    let report = copy(arguments, store, until)?;
    let copying_ms = milliseconds(begun);
    let begun = Stopwatch::now();
    let engine = store.open()?;
    let drill = engine.drill()?;
    let restored = Restored {
        added: engine.last_position() - report.last_position,
        recorded_at: last_recorded_at(&engine),
        report,
        drill,
        copying_ms,
        drill_ms: milliseconds(begun),
    };
    match arguments.format {
        Format::Json => terminal::write_json(&restored.json())?,
        Format::Table => terminal::write(&restored.page(store))?,
    }
    Ok(match restored.drill.is_proved() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(INTEGRITY),
    })
}

fn copy(
    arguments: &Arguments,
    store: &StoreArguments,
    until: Until,
) -> Result<RestoreReport, Failure> {
    let bar = progress_bar(0, "checking the backup");
    if let Ok(last) = backup::last_position(&arguments.directory) {
        bar.set_length(last);
    }
    let keys = arguments.keys.as_deref();
    let restored =
        redress_engine::restore(&arguments.directory, &store.data, until, keys, |position| {
            if position % 1024 == 0 {
                bar.set_position(position);
            }
        });
    bar.finish_and_clear();
    restored.map_err(|error| match error.is_integrity_failure() {
        true => Failure::DamagedBackup(error.to_string()),
        false => error.into(),
    })
}

fn milliseconds(begun: Stopwatch) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn last_recorded_at(engine: &Engine) -> Option<String> {
    let at = engine.last_recorded_at()?;
    let offset = engine.rulebook().in_force(at).civil_offset;
    Some(format_instant(at, offset))
}

impl Restored {
    /// Every projection beside what the comparison found.
    fn projections(&self) -> impl Iterator<Item = (&ProjectionState, &Comparison)> {
        self.drill.projections.iter().zip(&self.drill.comparisons)
    }

    fn json(&self) -> Value {
        let report = &self.report;
        json!({
            "position": report.last_position,
            "backup_position": report.backup_position,
            "recorded_at": self.recorded_at,
            "segments": report.segments,
            "bytes": report.bytes,
            "log_digest": report.log_digest,
            "key_files": report.key_files,
            "events_added_by_opening": self.added,
            "proved": self.drill.is_proved(),
            "events_checked": self.drill.events,
            "projections": self.projections().map(|(state, comparison)| json!({
                "name": state.name,
                "rows": state.rows,
                "digest": state.digest,
                "differing": comparison.differing,
            })).collect::<Vec<_>>(),
            "copying_ms": self.copying_ms,
            "drill_ms": self.drill_ms,
        })
    }

    fn page(&self, store: &StoreArguments) -> String {
        let report = &self.report;
        let mut page = Page::default();
        page.line(format!(
            "Restored into {}: positions 1 to {} of {}, {}, {}.",
            store.data.display(),
            report.last_position,
            report.backup_position,
            counted(report.segments, "segment"),
            bytes_in_words(report.bytes),
        ));
        if let Some(at) = &self.recorded_at {
            page.fact("last recorded", at);
        }
        page.fact("log digest", &report.log_digest);
        page.fact(
            "keys",
            match report.key_files {
                Some(files) => format!("{} restored", counted(files, "file")),
                None => "not restored: personal texts until here stay sealed".to_owned(),
            },
        );
        if self.added > 0 {
            page.fact(
                "added",
                format!(
                    "{} that followed of the last command and had been cut off",
                    counted(self.added, "event")
                ),
            );
        }
        page.fact(
            "took",
            format!("{} ms, the drill {} ms", self.copying_ms, self.drill_ms),
        );
        let mut shown = table(&["projection", "rows", "that differ", "digest"]);
        for (state, comparison) in self.projections() {
            let tone = match comparison.differing {
                0 => Tone::Good,
                _ => Tone::Bad,
            };
            shown.add_row([
                state.name.into(),
                number(state.rows),
                cell(comparison.differing, tone).set_alignment(comfy_table::CellAlignment::Right),
                cell(state.digest.get(..16).unwrap_or(&state.digest), Tone::Quiet),
            ]);
        }
        page.line("").table(&shown);
        page.line(match self.drill.is_proved() {
            true => format!(
                "The drill: {} checked one by one, every read model equals one folded anew.",
                counted(self.drill.events, "event")
            ),
            false => "The drill failed: read models are not what the log says.".to_owned(),
        });
        page.finish().to_owned()
    }
}
