//! `redress gate`

use std::process::ExitCode;

use clap::Args;

use super::look::{QueryArguments, show};
use crate::failure::Failure;
use crate::pages::gate_page;
use crate::place::Place;
use crate::source::Source;

/// What somebody is about to do for a merchant.
#[derive(Args, Debug)]
pub struct Arguments {
    /// For which merchant.
    #[arg(long, value_name = "ID")]
    merchant: String,
    /// What for: sign, debit, pay_score_complete, multi_account_sign or template_create.
    #[arg(long, value_name = "ACTION")]
    action: String,
    /// Under which template.
    #[arg(long, value_name = "ID")]
    template: Option<String>,
    /// Under which agreement.
    #[arg(long, value_name = "ID")]
    agreement: Option<String>,
    /// How much, in fen.
    #[arg(long, value_name = "FEN")]
    amount_fen: Option<String>,
    /// For which user, for sign-ups.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    query: QueryArguments,
}

/// Shows whether a merchant may do something; a refusal is an answer, and exit code 0.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let source = Source::open(place, &arguments.query.look)?;
    let pairs = [
        ("merchant", Some(arguments.merchant.clone())),
        ("action", Some(arguments.action.clone())),
        ("template", arguments.template.clone()),
        ("agreement", arguments.agreement.clone()),
        ("amount_fen", arguments.amount_fen.clone()),
        ("user", arguments.user.clone()),
    ];
    let seen = source.view("gate", None, &pairs)?;
    show(arguments.query.format, &seen, |view, _| gate_page(view))
}
