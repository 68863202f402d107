//! `redress sla`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, ask, show};
use crate::failure::Failure;
use crate::pages::sla_page;
use crate::store::StoreArguments;

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
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let engine = store.open()?;
    let glance = engine.glance(arguments.query.look.look())?;
    let pairs = [
        ("merchant", arguments.merchant.clone()),
        ("from", arguments.from.clone()),
        ("to", arguments.to.clone()),
    ];
    match ask(&engine, &glance, "sla", None, &pairs)? {
        Some(seen) => show(arguments.query.format, &seen, |view, _| sla_page(view)),
        None => Ok(ExitCode::SUCCESS),
    }
}
