//! `redress bench`: figures that can be compared, because each stands beside a limit measured in
//! the same run on the same filesystem.

mod append;
mod bulk;
mod load;
mod memory;
mod reads;
mod rebuild;
mod report;
mod sizes;
mod sustained;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::report::Figures;
use crate::failure::Failure;

/// How much to measure, and where.
#[derive(Args)]
#[command(after_help = "\
Without --sustained, --bulk and --events: acknowledged commands, a rebuild, opening and queries. \
With one of them: that alone, which takes its time.")]
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
    /// Complaints of the store that is rebuilt, opened and read.
    #[arg(long, value_name = "N")]
    complaints: Option<usize>,
    /// Load that goes on for so many minutes, or for ten million commands: its curve.
    #[arg(long, value_name = "MINUTES")]
    sustained: Option<u64>,
    /// A feed of about so many commands from a file, and what the time goes to.
    #[arg(long, value_name = "COMMANDS")]
    bulk: Option<u64>,
    /// Stores of about so many events: rebuilt, and opened after their writer was killed.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',')]
    events: Vec<u64>,
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

const QUICK: Size = Size {
    commands: 6_000,
    complaints: 4_000,
    queries: 2_000,
};
const WHOLE: Size = Size {
    commands: 60_000,
    complaints: 60_000,
    queries: 20_000,
};

/// The clients that hand in commands at once.
const CLIENTS: [usize; 4] = [1, 8, 64, 512];

/// Measures and tells.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let folder = load::Folder::create(arguments.below.as_deref())?;
    let mut figures = Figures::default();
    let is_special =
        arguments.sustained.is_some() || arguments.bulk.is_some() || !arguments.events.is_empty();
    if !is_special {
        ordinary(arguments, &folder, &mut figures)?;
    }
    if let Some(minutes) = arguments.sustained {
        figures.sustained = sustained::measure(&folder, Duration::from_secs(60 * minutes))?;
    }
    if let Some(commands) = arguments.bulk {
        figures.bulk = Some(bulk::measure(&folder, commands)?);
    }
    for events in &arguments.events {
        figures.sizes.push(sizes::measure(&folder, *events)?);
    }
    figures.tell(arguments.format).map_err(Failure::output)?;
    Ok(ExitCode::SUCCESS)
}

fn ordinary(
    arguments: &Arguments,
    folder: &load::Folder,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let size = if arguments.quick { QUICK } else { WHOLE };
    for clients in CLIENTS {
        // A single client waits for every sync: fewer commands tell as much.
        let commands = size.commands / if clients == 1 { 6 } else { 1 };
        figures
            .append
            .push(append::measure(folder, clients, commands)?);
    }
    let store = folder.store("read")?;
    load::fill(&store, arguments.complaints.unwrap_or(size.complaints))?;
    figures.rebuild = Some(rebuild::measure(&store)?);
    figures.open = Some(rebuild::measure_open(&store)?);
    figures.reads = reads::measure(&store, size.queries)?;
    Ok(())
}
