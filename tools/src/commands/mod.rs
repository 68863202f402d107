//! The commands, one file each.

mod append;
mod import;
mod erase;
mod log;
mod projection;
mod rulebook;
mod scenario;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::store::StoreArguments;

/// What the program can do.
#[derive(Subcommand)]
pub enum Command {
    /// Take commands from a feed, one a line.
    Append(append::Arguments),
    /// Take over the past of another system.
    Import(import::Arguments),
    /// Destroy the keys of a user's texts and record it.
    Erase(erase::Arguments),
    /// Check the log, measure it, or cut a damaged one.
    Log(log::Arguments),
    /// The read models: what they reflect, build them anew, prove that they are what the log says.
    Projection(projection::Arguments),
    /// Check and show editions; where each clause is in the code and in the tests.
    Rulebook(rulebook::Arguments),
    /// Play stories on an empty store in memory, and check what must come out.
    Scenario(scenario::Arguments),
}

/// Runs a command.
pub fn run(command: Command, store: &StoreArguments) -> Result<ExitCode, Failure> {
    match command {
        Command::Append(arguments) => append::run(&arguments, store),
        Command::Import(arguments) => import::run(&arguments, store),
        Command::Erase(arguments) => erase::run(&arguments, store),
        Command::Log(arguments) => log::run(&arguments, store),
        Command::Projection(arguments) => projection::run(&arguments, store),
        Command::Rulebook(arguments) => rulebook::run(&arguments, store),
        Command::Scenario(arguments) => scenario::run(&arguments),
    }
}
