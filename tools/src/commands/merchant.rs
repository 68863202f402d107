//! `redress merchant ID`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show_one};
use crate::failure::Failure;
use crate::pages::merchant_page;
use crate::place::Place;

/// Which merchant.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The merchant's id.
    merchant_id: String,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows one merchant: its standing and why, its measures, and what it may do.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let id = &arguments.merchant_id;
    show_one(place, &arguments.query, "merchant", id, merchant_page)
}
