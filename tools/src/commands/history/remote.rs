//! Events of a running service: page by page, and then as they come.

use std::process::ExitCode;
use std::time::Duration;

use redress_engine::{AsOf, EngineError};
use redress_protocol::instant::parse_instant;
use serde_json::Value;

use super::{Arguments, shown_document};
use crate::failure::Failure;
use crate::server::Server;
use crate::terminal::Lines;

/// Events of a page.
const PAGE_EVENTS: usize = 1_000;
/// Time before a service that went away is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Shows events as a store would.
pub fn show(arguments: &Arguments, server: &Server) -> Result<ExitCode, Failure> {
    if arguments.unseal {
        return Err(Failure::Usage(
            "--unseal opens texts with the keys of a store: leave out --server, and stop the \
             service that has the store"
                .to_owned(),
        ));
    }
    if arguments.follow {
        return follow(arguments, server);
    }
    let last = server.last_position()?;
    if let Some(AsOf::Position(asked)) = arguments.as_of
        && asked > last
    {
        return Err(EngineError::PositionUnknown { asked, last }.into());
    }
    if arguments.stream.is_some() && page(arguments, server, 0, 1)?.0.is_empty() {
        let stream = arguments.stream.as_ref();
        let name = stream.map(ToString::to_string).unwrap_or_default();
        return Err(Failure::Failed(format!("there is no stream `{name}`")));
    }
    let mut lines = Lines::begin();
    let mut after = arguments.from.unwrap_or(1).saturating_sub(1);
    while after < last {
        let (events, next) = page(arguments, server, after, PAGE_EVENTS)?;
        for event in &events {
            if is_beyond(arguments, event, last)? {
                return lines.flush().map(|()| ExitCode::SUCCESS);
            }
            lines.line(&shown_document(arguments, event))?;
        }
        if next <= after {
            break;
        }
        after = next;
    }
    lines.flush().map(|()| ExitCode::SUCCESS)
}

/// Events behind a position, and up to where the log was looked at for them.
fn page(
    arguments: &Arguments,
    server: &Server,
    after: u64,
    limit: usize,
) -> Result<(Vec<Value>, u64), Failure> {
    let mut asked = wanted(arguments, after);
    asked.push(("limit", limit.to_string()));
    let mut page = server.get(&["v1", "events"], &asked)?.document;
    let next = page.get("next").and_then(Value::as_u64).unwrap_or(after);
    let events = page.get_mut("events").and_then(Value::as_array_mut);
    Ok((events.map(std::mem::take).unwrap_or_default(), next))
}

fn wanted(arguments: &Arguments, after: u64) -> Vec<(&'static str, String)> {
    let mut asked = vec![("after", after.to_string())];
    asked.extend(
        arguments
            .stream
            .as_ref()
            .map(|one| ("stream", one.to_string())),
    );
    asked
}

/// Whether an event lies behind what was asked for.
fn is_beyond(arguments: &Arguments, event: &Value, last: u64) -> Result<bool, Failure> {
    let position = event.get("position").and_then(Value::as_u64).unwrap_or(0);
    let to = arguments.to.unwrap_or(u64::MAX).min(last);
    Ok(match arguments.as_of {
        _ if position > to => true,
        Some(AsOf::Position(as_of)) => position > as_of,
        Some(AsOf::Recorded(instant)) => {
            let recorded_at = event.get("recorded_at").and_then(Value::as_str);
            let recorded_at = parse_instant(recorded_at.unwrap_or_default());
            let recorded_at = recorded_at
                .map_err(|error| Failure::Failed(format!("recorded_at of {position}: {error}")))?;
            recorded_at > instant
        }
        None => false,
    })
}

/// Shows events as they come, until it is stopped or nobody reads any more. A service that goes
/// away is asked again from where it left off.
fn follow(arguments: &Arguments, server: &Server) -> Result<ExitCode, Failure> {
    let mut after = arguments.from.unwrap_or(1).saturating_sub(1);
    let mut id = None;
    let mut was_reached = false;
    loop {
        let asked = wanted(arguments, after);
        let place = ["v1", "events", "stream"];
        match server.get_lines(&place, &asked, "text/event-stream") {
            Ok(mut stream) => {
                was_reached = true;
                // It ends, or breaks off: then the same from here.
                while let Ok(Some(line)) = stream.next() {
                    if let Some(position) = line.strip_prefix("id: ") {
                        id = position.parse().ok();
                    } else if let Some(data) = line.strip_prefix("data: ") {
                        told(arguments, data)?;
                        after = id.take().unwrap_or(after);
                    }
                }
            }
            // What was never there is not waited for.
            Err(failure @ Failure::Unreachable(_)) if !was_reached => return Err(failure),
            Err(Failure::Unreachable(_)) => {}
            Err(failure) => return Err(failure),
        }
        std::thread::sleep(PAUSE);
    }
}

/// Shows the data of a message, where it is an event: the others tell how far the stream has come,
/// or why it ends.
fn told(arguments: &Arguments, data: &str) -> Result<(), Failure> {
    let event: Value = serde_json::from_str(data)
        .map_err(|error| Failure::Failed(format!("an event is no JSON: {error}")))?;
    if event.get("event_id").is_some() {
        let mut lines = Lines::begin();
        lines.line(&shown_document(arguments, &event))?;
        lines.flush()?;
    }
    Ok(())
}
