//! `redress history`

mod follow;
mod lines;
mod remote;
mod unsealing;

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use redress_domain::event::Recorded;
use redress_domain::identity::StreamId;
use redress_domain::instant::Instant;
use redress_engine::{AsOf, Engine, EngineError, EventRange};
use redress_protocol::event::{Display, cloud_event, render};
use redress_store::wire;
use serde_json::Value;

use super::look::as_of;
use crate::failure::Failure;
use crate::place::Place;
use crate::terminal::Lines;

/// Which events, and how to show them.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only this stream: complaint-ID, merchant-ID, agreement-ID, intermediary-ID, user-REF or
    /// rulebook.
    #[arg(value_parser = stream, required_unless_present = "all")]
    stream: Option<StreamId>,
    /// Every stream.
    #[arg(long, conflicts_with = "stream")]
    all: bool,
    /// From this log position on.
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,
    /// Up to and including this log position.
    #[arg(long, value_name = "POSITION")]
    to: Option<u64>,
    /// What was known then: a log position, or an instant of recording (inclusive).
    #[arg(long, value_name = "POSITION|INSTANT", value_parser = as_of)]
    as_of: Option<AsOf>,
    /// Go on and show new events as they are written, also while another process has the store
    /// open. An event is shown as soon as it can be read, which may be a moment before it is
    /// acknowledged.
    #[arg(long, conflicts_with_all = ["to", "as_of", "unseal"])]
    follow: bool,
    /// Show personal texts whose key still exists; the others show that they were erased. Each
    /// event that is read so is recorded first, with --purpose.
    #[arg(long, requires = "purpose")]
    unseal: bool,
    /// With --unseal: what for. It stays in the log for ever and is shown to everybody who reads
    /// it: name nobody here.
    #[arg(long, value_name = "TEXT", requires = "unseal")]
    purpose: Option<String>,
    /// With --unseal: who reads, an admin.
    #[arg(long, value_name = "ID", default_value = "operator")]
    by: String,
    /// How to show events; everything but a table is one JSON document a line.
    #[arg(long, value_enum, default_value_t)]
    format: HistoryFormat,
    /// With --format cloudevents: the URI reference that names this log.
    #[arg(long, value_name = "URI", default_value = "redress")]
    source: String,
}

/// How events are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum HistoryFormat {
    /// For people.
    #[default]
    Table,
    /// Each event as it stands in the log.
    Json,
    /// CloudEvents 1.0.
    #[value(name = "cloudevents")]
    CloudEvents,
}

fn stream(name: &str) -> Result<StreamId, String> {
    StreamId::parse(name).ok_or_else(|| {
        "must be complaint-ID, merchant-ID, agreement-ID, intermediary-ID, user-REF or rulebook"
            .to_owned()
    })
}

/// Shows events in order of position.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    if let Some(server) = place.server()? {
        return remote::show(arguments, &server);
    }
    let store = &place.store;
    if arguments.follow {
        return follow::follow(arguments, store);
    }
    store.expect_store()?;
    let engine = store.open()?;
    let range = range(arguments, &engine)?;
    if let Some(stream) = &range.stream
        && !has_events(&engine, stream)?
    {
        return Err(Failure::Failed(format!("there is no stream `{stream}`")));
    }
    let offset = engine.rulebook().in_force(engine.now()).civil_offset;
    let mut lines = Lines::begin();
    let mut failed = None;
    engine.events(&range, |recorded| {
        let shown = if arguments.unseal {
            unsealing::unsealed(&engine, &recorded, arguments, offset)
        } else {
            Ok(shown(arguments, &recorded, &Display::sealed(offset)))
        };
        failed = shown.and_then(|text| lines.line(&text)).err();
        failed.is_none()
    })?;
    match failed {
        Some(failure) => Err(failure),
        None => lines.flush().map(|()| ExitCode::SUCCESS),
    }
}

fn range(arguments: &Arguments, engine: &Engine) -> Result<EventRange, Failure> {
    let last = engine.last_position();
    let (position, recorded_until): (Option<u64>, Option<Instant>) = match arguments.as_of {
        Some(AsOf::Position(asked)) if asked > last => {
            return Err(EngineError::PositionUnknown { asked, last }.into());
        }
        Some(AsOf::Position(position)) => (Some(position), None),
        Some(AsOf::Recorded(instant)) => (None, Some(instant)),
        None => (None, None),
    };
    Ok(EventRange {
        stream: arguments.stream.clone(),
        from: arguments.from,
        to: arguments.to.into_iter().chain(position).min(),
        recorded_until,
    })
}

fn has_events(engine: &Engine, stream: &StreamId) -> Result<bool, Failure> {
    let mut found = false;
    let range = EventRange {
        stream: Some(stream.clone()),
        ..EventRange::default()
    };
    engine.events(&range, |_| {
        found = true;
        false
    })?;
    Ok(found)
}

/// One event, without the end of its last line.
fn shown(arguments: &Arguments, recorded: &Recorded, display: &Display<'_>) -> String {
    let schema = wire::schema_of(&recorded.event);
    shown_document(arguments, &render(recorded, schema, display))
}

/// The same of an event as it is told to others.
fn shown_document(arguments: &Arguments, event: &Value) -> String {
    match arguments.format {
        HistoryFormat::Json => event.to_string(),
        HistoryFormat::CloudEvents => cloud_event(event, &arguments.source).to_string(),
        HistoryFormat::Table => lines::for_people(event),
    }
}
