//! The `redress` command line.

mod commands;
mod failure;
mod handing_in;
mod pages;
mod place;
mod server;
mod source;
mod store;
mod table;
mod telemetry;
mod terminal;
mod wording;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::place::Place;

/// Deciding and folding allocate many small values, and hand them from thread to thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Case management for complaints about password-free debits: commands in, immutable events kept,
/// the rulebook applied, everything checked by replay.
#[derive(Parser)]
#[command(name = "redress", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments.command, &arguments.place) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}
