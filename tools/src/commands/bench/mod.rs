//! `redress bench`: figures that can be compared, because each stands beside a limit measured in
//! the same run on the same filesystem.

mod append;
mod load;
mod reads;
mod rebuild;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::Failure;

/// How much to measure, and where.
#[derive(Args)]
pub struct Arguments {
    /// Everything at a smaller size, in under a minute.
    #[arg(long)]
    quick: bool,
    /// How to tell the figures.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// A folder on the filesystem to measure; a new folder below it is used and removed. By
    /// default the system's temporary folder.
    #[arg(long, value_name = "DIR")]
    below: Option<PathBuf>,
}

/// How figures are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people.
    Table,
    /// One JSON object.
    Json,
}

/// How much is measured.
struct Size {
    /// Commands per number of clients.
    commands: usize,
    /// Complaints of the feed that is rebuilt, opened and read.
    complaints: usize,
    /// Queries of each kind.
    queries: usize,
}

/// The clients that hand in commands at once.
const CLIENTS: [usize; 4] = [1, 8, 64, 512];

/// Measures and tells.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let size = if arguments.quick {
        Size {
            commands: 6_000,
            complaints: 4_000,
            queries: 2_000,
        }
    } else {
        Size {
            commands: 60_000,
            complaints: 60_000,
            queries: 20_000,
        }
    };
    let folder = load::Folder::create(arguments.below.as_deref())?;
    let mut appended = Vec::new();
    for clients in CLIENTS {
        // A single client waits for every sync: fewer commands tell as much.
        let commands = size.commands / if clients == 1 { 6 } else { 1 };
        appended.push(append::measure(&folder, clients, commands)?);
    }
    let store = folder.store("read")?;
    load::fill(&store, size.complaints)?;
    let rebuilt = rebuild::measure(&store)?;
    let opened = rebuild::measure_open(&store)?;
    let reads = reads::measure(&store, size.queries)?;
    let figures = report::Figures {
        append: appended,
        rebuild: rebuilt,
        open: opened,
        reads,
    };
    figures.tell(arguments.format).map_err(Failure::output)?;
    Ok(ExitCode::SUCCESS)
}
