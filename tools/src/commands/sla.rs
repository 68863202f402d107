//! `redress sla`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show};
use crate::failure::Failure;
use crate::pages::sla_page;
use crate::place::Place;
use crate::source::Source;

/// Which clocks are counted.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only of complaints against this merchant.
    #[arg(long, value_name = "ID")]
    merchant: Option<String>,
    /// In rounds opened at this instant or later.
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// In rounds opened before this instant.
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows how clocks were kept.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let source = Source::open(place, &arguments.query.look)?;
    let pairs = [
        ("merchant", arguments.merchant.clone()),
        ("from", arguments.from.clone()),
        ("to", arguments.to.clone()),
    ];
    let seen = source.view("sla", None, &pairs)?;
    show(arguments.query.format, &seen, |view, _| sla_page(view))
}
