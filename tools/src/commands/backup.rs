//! `redress backup`: a copy of the log in a directory of its own, and proof that it is whole.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use redress_engine::{EngineError, VerifiedBackup};
use redress_service::admin;
use redress_store::backup;
use redress_store::journal::JournalError;
use redress_store::vault::KeysChecked;
use serde_json::{Value, json};

use super::log::bytes_in_words;
use crate::failure::{Failure, INTEGRITY};
use crate::pages::{list as members, number as count, text};
use crate::place::Place;
use crate::store::{StoreArguments, progress_bar};
use crate::table::Page;
use crate::terminal::{self, Format};
use crate::wording::counted;

/// What to back up, or which backup to check.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    /// The directory of the backup. A new one is made; one that was made before is brought up, and
    /// only what is new is copied. The store may be in use. (A directory that is named like a
    /// subcommand: `./verify`.)
    #[arg(value_name = "DIR", required = true)]
    directory: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What else can be done with a backup.
#[derive(Subcommand)]
enum Task {
    /// Read every byte of a backup and check it: digests, checksums, positions, versions, the chain
    /// of each stream, decodability. Needs no store and changes nothing; exit code 5 with the place
    /// of the first damage.
    Verify(Verify),
}

/// Which backup to check.
#[derive(Args)]
struct Verify {
    /// The directory of the backup.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    #[command(flatten)]
    shown: Shown,
}

/// What both take.
#[derive(Args)]
struct Shown {
    /// The directory for a copy of the keys of personal texts, which must lie apart from the backup
    /// and from the store. Without it no keys are copied. The key that wraps them never is.
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Does it.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    match (&arguments.task, &arguments.directory) {
        (Some(Task::Verify(verify)), _) => {
            // Needs neither a store nor a service: it reads the backup where it is.
            place.store_only("backup verify")?;
            check(&verify.directory, &verify.shown)
        }
        (None, Some(directory)) => back_up(directory, &arguments.shown, place),
        (None, None) => Err(Failure::Usage("name a directory".to_owned())),
    }
}

fn back_up(directory: &Path, shown: &Shown, place: &Place) -> Result<ExitCode, Failure> {
    let bar = progress_bar(0, "copying the log");
    let progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let keys = shown.keys.as_deref();
    let report = match place.server()? {
        Some(server) => server.work(
            &["v1", "admin", "backups"],
            &json!({ "directory": directory, "keys": keys }),
            progress,
        ),
        None => in_store(directory, keys, &place.store, progress),
    };
    bar.finish_and_clear();
    let report = report?;
    match shown.format {
        Format::Json => terminal::write_json(&report)?,
        Format::Table => terminal::write(&report_page(&report))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn in_store(
    directory: &Path,
    keys: Option<&Path>,
    store: &StoreArguments,
    progress: impl Fn(u64, u64),
) -> Result<Value, Failure> {
    store.expect_store()?;
    let (genesis, _) = store.first_edition()?;
    let report =
        backup::run(&store.data, &genesis, directory, keys, progress).map_err(EngineError::from)?;
    Ok(admin::backup_document(directory, &report))
}

fn report_page(report: &Value) -> String {
    let position = count(report, "position");
    let mut page = Page::default();
    page.line(format!(
        "Backed up to {}: positions 1 to {position} in {}.",
        text(report, "directory"),
        counted(count(report, "segments"), "segment"),
    ));
    page.fact(
        "new",
        counted(position - count(report, "previous_position"), "event"),
    );
    page.fact(
        "copied",
        format!(
            "{}, {}",
            counted(count(report, "segments_copied"), "segment"),
            bytes_in_words(count(report, "bytes_copied"))
        ),
    );
    page.fact("kept", bytes_in_words(count(report, "bytes_kept")));
    for position in members(report, "mended") {
        page.fact(
            "mended",
            format!("the segment from position {position} on was damaged in the backup"),
        );
    }
    page.fact("log digest", text(report, "log_digest"));
    match report.get("keys").filter(|keys| !keys.is_null()) {
        Some(keys) => page.fact(
            "keys",
            format!(
                "{} copied, {} kept",
                counted(count(keys, "files_copied"), "file"),
                counted(count(keys, "files_kept"), "file")
            ),
        ),
        None => page.line(
            "No keys of personal texts were copied; `--keys DIR` copies them to a place of their own.",
        ),
    };
    page.finish().to_owned()
}

fn check(directory: &Path, shown: &Shown) -> Result<ExitCode, Failure> {
    let bar = progress_bar(0, "checking the backup");
    if let Ok(last) = backup::last_position(directory) {
        bar.set_length(last);
    }
    let checked = redress_engine::verify_backup(directory, shown.keys.as_deref(), |position| {
        if position % 1024 == 0 {
            bar.set_position(position);
        }
    });
    bar.finish_and_clear();
    let verified = match checked {
        Ok(verified) => verified,
        Err(error) if error.is_integrity_failure() => return damaged(shown.format, &error),
        Err(error) => return Err(error.into()),
    };
    match shown.format {
        Format::Json => terminal::write_json(&whole_json(&verified))?,
        Format::Table => terminal::write(&whole_page(directory, &verified))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn whole_json(verified: &VerifiedBackup) -> Value {
    let report = &verified.report;
    json!({
        "whole": true,
        "position": report.last_position,
        "streams": verified.streams,
        "commits": report.commits,
        "segments": report.segments,
        "bytes": report.bytes,
        "left_over_bytes": report.left_over_bytes,
        "log_digest": report.log_digest,
        "keys": verified.keys.as_ref().map(|keys| json!({
            "files": keys.files,
            "keys": keys.end,
            "destroyed": keys.destroyed,
        })),
    })
}

fn whole_page(directory: &Path, verified: &VerifiedBackup) -> String {
    let report = &verified.report;
    let mut page = Page::default();
    page.line(format!(
        "The backup in {} is whole: {} in {}, {}, {}, {}.",
        directory.display(),
        counted(report.last_position, "event"),
        counted(verified.streams, "stream"),
        counted(report.commits, "commit"),
        counted(report.segments, "segment"),
        bytes_in_words(report.bytes),
    ));
    page.fact("log digest", &report.log_digest);
    if let Some(KeysChecked {
        files, destroyed, ..
    }) = &verified.keys
    {
        page.fact(
            "keys",
            format!(
                "{}, every key that the log names is there; {destroyed} destroyed",
                counted(*files, "file")
            ),
        );
    }
    if report.left_over_bytes > 0 {
        page.line(format!(
            "{} were left by a run that was interrupted; they belong to no backup, and the next run \
             uses or replaces them.",
            counted(report.left_over_bytes, "byte")
        ));
    }
    page.finish().to_owned()
}

fn damaged(format: Format, error: &EngineError) -> Result<ExitCode, Failure> {
    if format == Format::Table {
        return Err(Failure::DamagedBackup(error.to_string()));
    }
    let mut shown = json!({ "whole": false, "what": error.to_string() });
    if let EngineError::Journal(JournalError::Corrupt {
        segment,
        offset,
        position,
        what,
    }) = error
    {
        shown = json!({
            "whole": false,
            "position": position,
            "segment": segment.display().to_string(),
            "byte": offset,
            "what": what.to_string(),
        });
    }
    terminal::write_json(&shown)?;
    Ok(ExitCode::from(INTEGRITY))
}
