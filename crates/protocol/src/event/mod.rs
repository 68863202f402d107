//! Events as JSON: as they stand in the log, and as CloudEvents 1.0.

mod agreement;
mod complaint;
mod measure;
mod merchant;
#[cfg(test)]
mod tests;

pub(crate) use agreement::plan_json;
pub(crate) use complaint::{cause_clock, cause_name};

use std::cell::Cell;

use redress_domain::event::{Event, Recorded};
use redress_domain::identity::Actor;
use redress_domain::instant::{CivilOffset, Instant};
use redress_domain::text::PersonalText;
use redress_domain::{intermediary, rulebook, user};
use serde_json::{Map, Value, json};

use crate::edition::render_edition_json;
use crate::instant::format_instant;

/// What a reader of an event may see of one personal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextReading {
    /// That it is there, and how long it is.
    Sealed,
    /// The text.
    Open(String),
    /// That its key was destroyed.
    Erased,
}

/// How to show events.
pub struct Display<'a> {
    /// The offset of instants (policy civil-offset).
    pub offset: CivilOffset,
    /// Reads a personal text, given its number in the event: from 0, in the order of
    /// `Event::texts_mut`, which is also the place that it was sealed with.
    pub read_text: &'a dyn Fn(usize, &PersonalText) -> TextReading,
}

impl Display<'_> {
    /// Shows instants in an offset, and no personal text.
    #[must_use]
    pub fn sealed(offset: CivilOffset) -> Self {
        Self {
            offset,
            read_text: &|_, _| TextReading::Sealed,
        }
    }
}

/// Shows an event as it stands in the log. `schema` is the version of its stored form.
#[must_use]
pub fn render(recorded: &Recorded, schema: u32, display: &Display<'_>) -> Value {
    let header = &recorded.header;
    let mut shown = json!({
        "position": header.position,
        "stream": header.stream.to_string(),
        "version": header.version,
        "event_id": header.event_id.to_string(),
        "type": recorded.event.name(),
        "schema": schema,
        "occurred_at": format_instant(header.occurred_at, display.offset),
        "counted_at": format_instant(header.counted_at, display.offset),
        "recorded_at": format_instant(header.recorded_at, display.offset),
        "adjusted": header.adjusted,
        "by": actor(&header.by),
        "submitted_by": header.submitted_by.as_ref().map(actor),
        "edition": header.edition.as_str(),
        "command_id": header.command_id.to_string(),
        "correlation_id": header.correlation_id.map(|id| id.to_string()),
        "causation_id": header.causation_id.map(|id| id.to_string()),
    });
    if let Some(map) = shown.as_object_mut() {
        map.insert("data".to_owned(), data(&recorded.event, display));
    }
    shown
}

/// Shows an event as CloudEvents 1.0 JSON. `source` is a URI reference that names the log.
/// Attributes without a value are left out, as the specification asks.
#[must_use]
pub fn render_cloud_event(
    recorded: &Recorded,
    schema: u32,
    source: &str,
    display: &Display<'_>,
) -> Value {
    cloud_event(&render(recorded, schema, display), source)
}

/// An event as [`render`] shows it, as CloudEvents 1.0 JSON.
#[must_use]
pub fn cloud_event(event: &Value, source: &str) -> Value {
    let mut map = Map::new();
    let mut set = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    let said = |key: &str| event.get(key).cloned().unwrap_or_default();
    set("specversion", "1.0".into());
    set("id", said("event_id"));
    set("source", source.into());
    set("type", said("type"));
    set("subject", said("stream"));
    set("time", said("occurred_at"));
    set("datacontenttype", "application/json".into());
    set("position", said("position"));
    set("streamversion", said("version"));
    set("schemaversion", said("schema"));
    set("recordedat", said("recorded_at"));
    set("edition", said("edition"));
    set("commandid", said("command_id"));
    for (name, key) in [
        ("correlationid", "correlation_id"),
        ("causationid", "causation_id"),
    ] {
        let id = said(key);
        if !id.is_null() {
            set(name, id);
        }
    }
    set("data", said("data"));
    Value::Object(map)
}

fn actor(actor: &Actor) -> Value {
    json!({ "role": actor.role.as_str(), "id": actor.id.as_str() })
}

/// The payload of an event, every field by its name.
#[must_use]
pub fn data(event: &Event, display: &Display<'_>) -> Value {
    let writer = Writer {
        display,
        texts_written: Cell::new(0),
    };
    match event {
        Event::Complaint(event) => complaint::data(event, &writer),
        Event::Merchant(event) => merchant::data(event, &writer),
        Event::Agreement(event) => agreement::data(event, &writer),
        Event::Intermediary(event) => intermediary_data(event, &writer),
        Event::User(user::Event::PersonalDataErased {
            user_ref,
            reason,
            key_numbers,
        }) => json!({
            "user_ref": user_ref.as_str(),
            "reason": &**reason,
            "key_numbers": key_numbers,
        }),
        Event::User(user::Event::PersonalDataRead {
            user_ref,
            stream,
            version,
            purpose,
        }) => json!({
            "user_ref": user_ref.as_str(),
            "stream": stream.to_string(),
            "version": version,
            "purpose": &**purpose,
        }),
        Event::Rulebook(rulebook::Event::EditionAnnounced { edition }) => json!({
            "edition": edition.name.as_str(),
            "announced_at": writer.instant(edition.announced_at),
            "effective_at": writer.instant(edition.effective_at),
            "file": render_edition_json(edition),
        }),
    }
}

fn intermediary_data(event: &intermediary::Event, writer: &Writer<'_>) -> Value {
    use intermediary::Event;
    match event {
        Event::IntermediaryRegistered {
            intermediary_id,
            kind,
            name,
        } => json!({
            "intermediary_id": intermediary_id.as_str(),
            "kind": kind.as_str(),
            "name": &**name,
        }),
        Event::IntermediaryUpdated { name } => json!({ "name": &**name }),
        Event::CoordinationFailed {
            complaint_id,
            round,
        } => json!({ "complaint_id": complaint_id.as_str(), "round": round }),
        Event::StandingChanged { change } => crate::standing::change_json(change),
        Event::Measure(event) => measure::data(event, writer),
    }
}

/// Writes payloads. It counts personal texts as they are written, so they are written in the
/// order of `Event::texts_mut`.
struct Writer<'a> {
    display: &'a Display<'a>,
    texts_written: Cell<usize>,
}

impl Writer<'_> {
    fn instant(&self, instant: Instant) -> Value {
        format_instant(instant, self.display.offset).into()
    }

    fn optional_instant(&self, instant: Option<Instant>) -> Value {
        instant.map_or(Value::Null, |instant| self.instant(instant))
    }

    fn text(&self, text: &PersonalText) -> Value {
        let number = self.texts_written.get();
        self.texts_written.set(number + 1);
        match (self.display.read_text)(number, text) {
            TextReading::Sealed => json!({ "sealed": true, "characters": text.characters() }),
            TextReading::Open(text) => text.into(),
            TextReading::Erased => json!({ "erased": true }),
        }
    }

    fn optional_text(&self, text: Option<&PersonalText>) -> Value {
        text.map_or(Value::Null, |text| self.text(text))
    }
}

/// Ids and other names as their texts.
fn listed<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(T::to_string).collect()
}
