//! `redress intermediary ID`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show_one};
use crate::failure::Failure;
use crate::pages::intermediary_page;
use crate::place::Place;

/// Which intermediary.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The intermediary's id.
    intermediary_id: String,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows one institution or service provider: its standing and its measures.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let id = &arguments.intermediary_id;
    show_one(
        place,
        &arguments.query,
        "intermediary",
        id,
        intermediary_page,
    )
}
