//! `redress complaint ID`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show_one};
use crate::failure::Failure;
use crate::pages::complaint_page;
use crate::place::Place;

/// Which complaint.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The complaint's id.
    complaint_id: String,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows one complaint: its clocks, what is owed, and what was judged.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let id = &arguments.complaint_id;
    show_one(place, &arguments.query, "complaint", id, complaint_page)
}
