//! What every query takes: the instant to judge by, how much of the log to look at, and how to
//! show the answer.

use std::process::ExitCode;

use clap::Args;
use redress_domain::instant::Instant;
use redress_engine::{AsOf, Look};
use redress_protocol::instant::parse_instant;
use redress_protocol::view::Moment;
use serde_json::Value;

use crate::failure::Failure;
use crate::place::Place;
use crate::source::Source;
use crate::terminal::{self, Format};

/// From where a query looks.
#[derive(Args, Clone, Debug)]
pub struct LookArguments {
    /// The instant to judge clocks by, like 2026-03-23T14:00:00+08:00; by default that of --as-of,
    /// else now.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub at: Option<Instant>,
    /// What was known then: a log position, or an instant of recording (inclusive).
    #[arg(long, value_name = "POSITION|INSTANT", value_parser = as_of)]
    pub as_of: Option<AsOf>,
}

/// A query of one view: from where it looks, and how to show the answer.
#[derive(Args, Clone, Debug)]
pub struct QueryArguments {
    #[command(flatten)]
    pub look: LookArguments,
    /// How to show the answer.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// A view and from where it was seen.
pub struct Seen {
    /// The view as the contract names it.
    pub document: Value,
    /// From where it was seen.
    pub moment: Moment,
}

impl LookArguments {
    /// The same for the engine.
    pub const fn look(&self) -> Look {
        Look {
            at: self.at,
            as_of: self.as_of,
        }
    }
}

/// Reads an instant of the command line.
pub fn instant(text: &str) -> Result<Instant, String> {
    parse_instant(text).map_err(|error| error.to_string())
}

/// Reads a log position or an instant of the command line.
pub fn as_of(text: &str) -> Result<AsOf, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(position) = text.parse()
    {
        return Ok(AsOf::Position(position));
    }
    instant(text)
        .map(AsOf::Recorded)
        .map_err(|error| format!("neither a log position nor an instant: {error}"))
}

/// Shows the view of one thing.
///
/// # Errors
/// Exit code 1 when there is no such thing, at least not as of then.
pub fn show_one(
    place: &Place,
    arguments: &QueryArguments,
    view: &str,
    id: &str,
    page: impl FnOnce(&Value, &Moment) -> String,
) -> Result<ExitCode, Failure> {
    let seen = Source::open(place, &arguments.look)?.view(view, Some(id), &[])?;
    show(arguments.format, &seen, page)
}

/// Shows a view.
pub fn show(
    format: Format,
    seen: &Seen,
    page: impl FnOnce(&Value, &Moment) -> String,
) -> Result<ExitCode, Failure> {
    match format {
        Format::Json => terminal::write_json(&seen.document)?,
        Format::Table => terminal::write(&page(&seen.document, &seen.moment))?,
    }
    Ok(ExitCode::SUCCESS)
}
