//! `redress import`: the past of other systems.

mod wechatpay;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::store::StoreArguments;

/// What to import.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    source: Source,
}

/// Where it comes from.
#[derive(Subcommand)]
enum Source {
    /// Complaints 2.0 documents of WeChat Pay: details and negotiation histories.
    Wechatpay(wechatpay::Arguments),
}

/// Imports.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    match &arguments.source {
        Source::Wechatpay(arguments) => wechatpay::run(arguments, store),
    }
}
