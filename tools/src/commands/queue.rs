//! `redress queue`

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use redress_projections::cases::QueueView;
use serde_json::Value;

use super::look::{QueryArguments, Seen};
use crate::failure::Failure;
use crate::pages::queue_page;
use crate::place::Place;
use crate::source::Source;
use crate::terminal::{self, Format};

/// Which complaints wait.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only what is due that soon, or late already: 6h, 90m, 2d.
    #[arg(long, value_name = "SPAN")]
    due_within: Option<String>,
    /// Which complaints.
    #[arg(long, value_enum, default_value_t)]
    view: View,
    /// Only this merchant's.
    #[arg(long, value_name = "ID")]
    merchant: Option<String>,
    /// At most so many, the most urgent first.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    query: QueryArguments,
}

/// Which complaints a queue shows.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
#[value(rename_all = "snake_case")]
enum View {
    /// Every one with a running clock.
    #[default]
    All,
    /// Those with a running clock past its due instant.
    Breached,
    /// Those in a repeat round.
    Repeats,
    /// Those whose user waits for the first answer.
    FirstReply,
    /// Those with evidence that nobody assessed.
    Unassessed,
}

impl View {
    const fn name(self) -> &'static str {
        match self {
            Self::All => QueueView::All,
            Self::Breached => QueueView::Breached,
            Self::Repeats => QueueView::Repeats,
            Self::FirstReply => QueueView::FirstReply,
            Self::Unassessed => QueueView::Unassessed,
        }
        .as_str()
    }
}

/// Shows what waits for somebody, the most urgent first.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let source = Source::open(place, &arguments.query.look)?;
    let pairs = [
        ("due_within", arguments.due_within.clone()),
        ("view", Some(arguments.view.name().to_owned())),
        ("merchant", arguments.merchant.clone()),
    ];
    let Seen { document, moment } = source.view("queue", None, &pairs)?;
    let items = document.as_array().map_or(&[][..], Vec::as_slice);
    let shown = arguments.limit.unwrap_or(usize::MAX).min(items.len());
    let first = items.get(..shown).unwrap_or(items);
    match arguments.query.format {
        Format::Json => terminal::write_json(&Value::Array(first.to_vec()))?,
        Format::Table => terminal::write(&queue_page(first, items.len(), &moment))?,
    }
    Ok(ExitCode::SUCCESS)
}
