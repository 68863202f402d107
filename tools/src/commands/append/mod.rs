//! `redress append`: commands from a feed, one a line, handed in so that many share one sync.

mod answers;
mod lines;
mod rejects;
mod sending;
mod submitting;
mod tally;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use redress_engine::Engine;

use self::answers::Answers;
use self::lines::{Line, Lines};
use self::rejects::Rejects;
use self::submitting::Submitting;
use self::tally::Tally;
use crate::failure::Failure;
use crate::place::Place;
use crate::store::{StoreArguments, progress_bar};
use crate::terminal::Format;

/// The name that stands for standard input, or standard output.
const STANDARD: &str = "-";

/// Which feed to read, and what to tell of it.
#[derive(Args)]
#[command(after_help = "\
A feed is one command a line: JSON, UTF-8, lines that hold nothing are passed over. A line that is \
not a command stops nothing, and neither does a refusal. A line without an id has one that follows \
from its own bytes, so that the same feed again changes nothing.

Exit codes: 0 when every line is a command and was answered, whatever the answers; 1 when a line \
is not a command, or something failed. A feed of exactly one command answers by its exit code: \
3 when a rule refused it, 4 when its stream is not at the version that it expects.")]
pub struct Arguments {
    /// The feed; - is standard input.
    #[arg(value_name = "FILE|-")]
    feed: PathBuf,
    /// Writes the lines that are not commands to this file, as they came. It is made only when
    /// there is such a line.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Writes the answer to each line, one JSON object a line in the order of the feed; - is
    /// standard output, and the summary then goes to standard error.
    #[arg(long, value_name = "FILE|-")]
    answers: Option<PathBuf>,
    /// Decides every command on the store as it stands, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// How to show the summary.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Feeds the store.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let server = place.server()?;
    if server.is_some() && arguments.dry_run {
        return Err(Failure::Usage(
            "--dry-run decides on a copy of the store in memory: a service does not; leave out \
             --server, and stop the service that has the store"
                .to_owned(),
        ));
    }
    let (input, bar) = open_feed(&arguments.feed)?;
    let rejects = match &arguments.rejects {
        Some(path) if same_file(path, &arguments.feed) => {
            return Err(Failure::Usage(format!(
                "--rejects {} would write over the feed",
                path.display()
            )));
        }
        path => Rejects::new(path.clone()),
    };
    let answers = open_answers(arguments)?;
    let (tally, events) = match server {
        Some(server) => sending::send(&server, Lines::new(input), rejects, answers, &bar)?,
        None => {
            let engine = engine(arguments, &place.store)?;
            let before = engine.last_position();
            let tally = feed(&engine, Lines::new(input), rejects, answers, &bar)?;
            (tally, engine.last_position() - before)
        }
    };
    let summary = tally::Summary {
        tally,
        events,
        dry_run: arguments.dry_run,
    };
    bar.finish_and_clear();
    if arguments.answers.as_deref() == Some(Path::new(STANDARD)) {
        // Nobody may be listening to standard error; the answers are what was asked for.
        let _ = io::stderr().write_all(summary.shown(arguments.format).as_bytes());
    } else {
        crate::terminal::write(&summary.shown(arguments.format))?;
    }
    Ok(summary.tally.exit_code())
}

/// Feeds a file to an engine that is open; returns how many commands it had. For measuring.
pub fn feed_file(engine: &Engine, path: &Path) -> Result<u64, Failure> {
    let file = File::open(path).map_err(Failure::file(path.display().to_string()))?;
    let lines: Lines<Box<dyn Read + Send>> = Lines::new(Box::new(file));
    let tally = feed(
        engine,
        lines,
        Rejects::new(None),
        None,
        &ProgressBar::hidden(),
    )?;
    Ok(tally.lines())
}

/// Reads to the end of the feed; the answers come in its order.
fn feed(
    engine: &Engine,
    mut lines: Lines<Box<dyn Read + Send>>,
    mut rejects: Rejects,
    answers: Option<Answers>,
    bar: &ProgressBar,
) -> Result<Tally, Failure> {
    let mut submitting = Submitting::new(engine, answers, bar);
    while let Some((number, line)) = lines.read()? {
        match line {
            Line::Whole(bytes) => {
                if !submitting.line(number, &bytes)? {
                    rejects.line(&bytes)?;
                }
            }
            Line::TooLong(beginning) => {
                submitting.malformed(number, lines::too_long())?;
                rejects.part(&beginning)?;
                lines.rest(|piece| rejects.part(piece))?;
                rejects.end()?;
            }
        }
        bar.set_position(lines.bytes_read());
    }
    let mut tally = submitting.finish()?;
    tally.rejects = rejects.written();
    Ok(tally)
}

fn open_feed(path: &Path) -> Result<(Box<dyn Read + Send>, ProgressBar), Failure> {
    if path == Path::new(STANDARD) {
        let bar = if io::stderr().is_terminal() && !io::stdin().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} feeding {bytes} {bytes_per_sec}");
            ProgressBar::new_spinner()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        } else {
            ProgressBar::hidden()
        };
        return Ok((Box::new(io::stdin()), bar));
    }
    let place = path.display().to_string();
    let file = File::open(path).map_err(Failure::file(place.clone()))?;
    let metadata = file.metadata().map_err(Failure::file(place.clone()))?;
    if metadata.is_dir() {
        return Err(Failure::Failed(format!("{place} is a folder, not a feed")));
    }
    let bar = progress_bar(metadata.len(), "feeding");
    Ok((Box::new(file), bar))
}

fn open_answers(arguments: &Arguments) -> Result<Option<Answers>, Failure> {
    match &arguments.answers {
        None => Ok(None),
        Some(path) if path == Path::new(STANDARD) => Ok(Some(Answers::to_standard_output())),
        Some(path) if same_file(path, &arguments.feed) => Err(Failure::Usage(format!(
            "--answers {} would write over the feed",
            path.display()
        ))),
        Some(path) => Answers::to_file(path).map(Some),
    }
}

fn engine(arguments: &Arguments, store: &StoreArguments) -> Result<Engine, Failure> {
    if !arguments.dry_run {
        return store.open();
    }
    if store.exists() {
        return Ok(store.open()?.rehearse()?);
    }
    let first_edition = redress_protocol::edition::built_in()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(Engine::in_memory(first_edition)?)
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), _) => false,
    }
}
