//! `redress scenario`: plays stories on an empty store in memory with a clock of their own.

mod play;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::{Failure, REFUSED};

/// Which stories to play.
#[derive(Args)]
pub struct Arguments {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to tell the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people.
    Text,
    /// One JSON object.
    Json,
    /// A JUnit report, as build servers read it.
    Junit,
}

/// Plays every file; exit code 0 only if all of them hold.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut played = Vec::new();
    let mut unreadable = false;
    for file in &arguments.files {
        match play::play(file) {
            Ok(story) => played.push(story),
            Err(failure @ (Failure::Usage(_) | Failure::File { .. })) => {
                unreadable = true;
                failure.tell();
            }
            Err(failure) => return Err(failure),
        }
    }
    report::tell(&played, arguments.format).map_err(Failure::output)?;
    let holds = played.iter().all(|story| story.failures.is_empty());
    Ok(ExitCode::from(match (unreadable, holds) {
        (true, _) => 2,
        (false, false) => REFUSED,
        (false, true) => 0,
    }))
}
