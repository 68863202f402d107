//! The commands, one file each.

mod scenario;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::store::StoreArguments;

/// What the program can do.
#[derive(Subcommand)]
pub enum Command {
    /// Play stories on an empty store in memory, and check what must come out.
    Scenario(scenario::Arguments),
}

/// Runs a command.
pub fn run(command: Command, _store: &StoreArguments) -> Result<ExitCode, Failure> {
    match command {
        Command::Scenario(arguments) => scenario::run(&arguments),
    }
}
