//! `redress import wechatpay`: documents of complaints become commands, in one order of time, as
//! if the system had been there.

mod replay;
mod summary;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redress_domain::instant::Instant;
use redress_engine::{Engine, History, Look};
use redress_protocol::instant::{InstantError, parse_instant};
use redress_wechatpay::comparison::{Difference, compare};
use redress_wechatpay::document::{ComplaintDocument, Reading, read};
use redress_wechatpay::mapping::plan;

use self::replay::Replay;
use self::summary::Summary;
use crate::failure::Failure;
use crate::store::{StoreArguments, progress_bar};
use crate::terminal::{self, Format};

/// Which documents to import, and how to tell of the past.
#[derive(Args)]
#[command(after_help = "\
A file holds one complaint's detail, the answer of the list call, or {\"complaint\": …, \
\"history\": …}, alone or one a line, plain or gzipped (.json, .ndjson, .json.gz, .ndjson.gz). \
Importing the same files again changes nothing; a history that grew adds what is new.

An import sends no notices and puts no measure in force, unless --enact says otherwise. What the \
rules refuse is kept as a note on the complaint. Where a document and what became of it disagree, \
both are shown and nothing is overwritten.

Exit codes: 0 when all of the documents were imported, whatever the differences; 1 when something \
could not be read or taken over.")]
pub struct Arguments {
    /// Files, or folders of files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Lets time pass up to this instant; by default, up to the latest act in the documents.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Instant>,
    /// Misses before this instant are shown and carry no liability.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    cutover: Option<Instant>,
    /// Lets measures come into force and notices go out.
    #[arg(long)]
    enact: bool,
    /// How to show the summary.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn instant(text: &str) -> Result<Instant, InstantError> {
    parse_instant(text)
}

/// Imports, then compares.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let Reading {
        documents,
        problems,
    } = read_all(&arguments.paths)?;
    let plan = plan(documents, arguments.cutover);
    let engine = store.open()?;
    let before = engine.last_position();
    let history = History {
        liability_from: plan.cutover,
        enact: arguments.enact,
    };

    let bar = progress_bar(plan.commands.len() as u64, "importing");
    let replayed = Replay::new(&engine, history)?.run(&plan.commands, &bar)?;
    bar.finish_and_clear();
    let reached = plan.latest_at.max(arguments.at);
    if let Some(to) = reached {
        engine.advance(to, Some(history)).wait()?;
    }

    let summary = Summary {
        differences: differences(&engine, &plan.documents, reached)?,
        plan,
        problems,
        replayed,
        events: engine.last_position() - before,
        reached,
        offset: engine
            .rulebook()
            .in_force(reached.unwrap_or_else(|| engine.now()))
            .civil_offset,
    };
    drop(engine);
    match arguments.format {
        Format::Table => terminal::write(&summary.page())?,
        Format::Json => terminal::write_json(&summary.document())?,
    }
    Ok(if summary.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_all(paths: &[PathBuf]) -> Result<Reading, Failure> {
    let mut all = Reading::default();
    for path in paths {
        let one = read(path).map_err(|error| Failure::Failed(error.to_string()))?;
        all.documents.extend(one.documents);
        all.problems.extend(one.problems);
    }
    Ok(all)
}

/// Where documents and what became of them disagree.
fn differences(
    engine: &Engine,
    documents: &[ComplaintDocument],
    at: Option<Instant>,
) -> Result<Vec<Difference>, Failure> {
    let mut differences = Vec::new();
    for document in documents {
        let look = Look { at, as_of: None };
        let ours = engine.complaint(&document.complaint.complaint_id, look)?;
        if let Some(ours) = &ours.value {
            differences.extend(compare(document, ours));
        }
    }
    Ok(differences)
}
