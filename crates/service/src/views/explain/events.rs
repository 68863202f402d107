//! The events that an explanation points at.

use redress_domain::event::Recorded;
use redress_domain::identity::StreamId;
use redress_domain::instant::CivilOffset;
use redress_engine::{Engine, EngineError, EventRange};
use redress_protocol::event::{Display, data};
use redress_protocol::instant::format_instant;
use serde_json::{Value, json};

/// The events of a stream up to a position, in order.
pub fn of_stream(
    engine: &Engine,
    stream: &StreamId,
    as_of_position: u64,
) -> Result<Vec<Recorded>, EngineError> {
    let range = EventRange {
        stream: Some(stream.clone()),
        to: Some(as_of_position),
        ..EventRange::default()
    };
    let mut events = Vec::new();
    engine.events(&range, |recorded| {
        events.push(recorded);
        true
    })?;
    Ok(events)
}

/// Where an event is, what it is, when it counts from and who did it.
pub fn reference(recorded: &Recorded, offset: CivilOffset) -> Value {
    let header = &recorded.header;
    json!({
        "position": header.position,
        "stream": header.stream.to_string(),
        "version": header.version,
        "type": recorded.event.name(),
        "counted_at": format_instant(header.counted_at, offset),
        "recorded_at": format_instant(header.recorded_at, offset),
        "by": { "role": header.by.role.as_str(), "id": header.by.id.as_str() },
    })
}

/// The same with what the event says; personal texts stay sealed.
pub fn whole(recorded: &Recorded, offset: CivilOffset) -> Value {
    let mut shown = reference(recorded, offset);
    if let Some(map) = shown.as_object_mut() {
        let data = data(&recorded.event, &Display::sealed(offset));
        map.insert("data".to_owned(), data);
    }
    shown
}
