//! `redress explain`: why a clock is late, why a finding was made, why a merchant stands where it
//! stands, down to the events.

mod prose;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use redress_domain::clock::ClockKind;

use super::look::QueryArguments;
use crate::failure::Failure;
use crate::place::Place;
use crate::source::Source;
use crate::terminal::{self, Format};

/// What to explain.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

/// What can be explained.
#[derive(Debug, Subcommand)]
enum What {
    /// Why each clock of a complaint is where it is, and why findings and determinations were made.
    Complaint {
        /// The complaint's id.
        complaint_id: String,
        /// Only this clock: first_reply, refund_decision, resolution, evidence or refund_payment.
        #[arg(long, value_name = "CLOCK", value_parser = clock)]
        clock: Option<ClockKind>,
        #[command(flatten)]
        query: QueryArguments,
    },
    /// Why a merchant is at its tier, and why each of its measures is where it is.
    Merchant {
        /// The merchant's id.
        merchant_id: String,
        #[command(flatten)]
        query: QueryArguments,
    },
}

fn clock(name: &str) -> Result<ClockKind, String> {
    ClockKind::OF_ROUND
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| {
            let names = ClockKind::OF_ROUND.map(ClockKind::as_str);
            format!("must be one of {}", names.join(", "))
        })
}

/// Explains a complaint or a merchant.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let (format, seen, page) = match &arguments.what {
        What::Complaint {
            complaint_id,
            clock,
            query,
        } => {
            let source = Source::open(place, &query.look)?;
            let seen = source.explain_complaint(complaint_id, *clock)?;
            let page = prose::complaint(&seen.document, &seen.moment);
            (query.format, seen, page)
        }
        What::Merchant { merchant_id, query } => {
            let source = Source::open(place, &query.look)?;
            let seen = source.explain_merchant(merchant_id)?;
            let page = prose::merchant(&seen.document, &seen.moment);
            (query.format, seen, page)
        }
    };
    match format {
        Format::Json => terminal::write_json(&seen.document)?,
        Format::Table => terminal::write(&page)?,
    }
    Ok(ExitCode::SUCCESS)
}
