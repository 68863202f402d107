//! `redress agreement ID`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show_one};
use crate::failure::Failure;
use crate::pages::agreement_page;
use crate::place::Place;

/// Which agreement.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The agreement's id.
    agreement_id: String,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows one agreement: its plan, its debits and its reminders.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let id = &arguments.agreement_id;
    show_one(place, &arguments.query, "agreement", id, agreement_page)
}
