//! `redress repeats`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show};
use crate::failure::Failure;
use crate::pages::repeats_page;
use crate::place::Place;
use crate::source::Source;

/// Which complaints are counted.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only of this user.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only against this merchant.
    #[arg(long, value_name = "ID")]
    merchant: Option<String>,
    /// Only under this agreement.
    #[arg(long, value_name = "ID")]
    agreement: Option<String>,
    /// From this instant on: repeat rounds by when they opened, closed rounds by when they closed,
    /// complaints by when they were filed.
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Before this instant.
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows the three counts of repeat complaints, kept apart.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let source = Source::open(place, &arguments.query.look)?;
    let pairs = [
        ("user", arguments.user.clone()),
        ("merchant", arguments.merchant.clone()),
        ("agreement", arguments.agreement.clone()),
        ("from", arguments.from.clone()),
        ("to", arguments.to.clone()),
    ];
    let seen = source.view("repeats", None, &pairs)?;
    show(arguments.query.format, &seen, |view, _| repeats_page(view))
}
