//! The `redress` command line.

mod commands;
mod failure;
mod handing_in;
mod pages;
mod store;
mod table;
mod terminal;
mod wording;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::store::StoreArguments;

/// Deciding and folding allocate many small values, and hand them from thread to thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Case management for complaints about password-free debits: commands in, immutable events kept,
/// the rulebook applied, everything checked by replay.
#[derive(Parser)]
#[command(name = "redress", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    store: StoreArguments,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("REDRESS_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(terminal::errors_are_coloured())
        .init();
    match commands::run(arguments.command, &arguments.store) {
        Ok(code) => code,
        Err(failure) => failure.tell(),
    }
}
