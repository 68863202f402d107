//! `redress repeats`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, ask, show};
use crate::failure::Failure;
use crate::pages::repeats_page;
use crate::store::StoreArguments;

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
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let engine = store.open()?;
    let glance = engine.glance(arguments.query.look.look())?;
    let pairs = [
        ("user", arguments.user.clone()),
        ("merchant", arguments.merchant.clone()),
        ("agreement", arguments.agreement.clone()),
        ("from", arguments.from.clone()),
        ("to", arguments.to.clone()),
    ];
    match ask(&engine, &glance, "repeats", None, &pairs)? {
        Some(seen) => show(arguments.query.format, &seen, |view, _| repeats_page(view)),
        None => Ok(ExitCode::SUCCESS),
    }
}
