//! One event as it is told to others: made once, however many follow.

use std::ops::Range;

use axum::body::Bytes;
use redress_domain::event::Recorded;
use redress_domain::instant::CivilOffset;
use redress_protocol::event::{Display, render, render_cloud_event};
use redress_store::wire;
use serde_json::Value;

/// An event and what is told of it. Personal texts are told as sealed.
#[derive(Debug)]
pub struct Told {
    /// The event itself.
    pub recorded: Recorded,
    /// It as a server-sent event.
    frame: Bytes,
    /// Where its JSON document stands in there.
    document: Range<usize>,
}

impl Told {
    /// Writes an event down, with instants in an offset.
    #[must_use]
    pub fn of(recorded: Recorded, offset: CivilOffset) -> Self {
        let schema = wire::schema_of(&recorded.event);
        let document = render(&recorded, schema, &Display::sealed(offset)).to_string();
        let head = format!(
            "id: {}\nevent: {}\ndata: ",
            recorded.header.position,
            recorded.event.name()
        );
        let place = head.len()..head.len() + document.len();
        Self {
            frame: Bytes::from(format!("{head}{document}\n\n")),
            document: place,
            recorded,
        }
    }

    /// Its position.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.recorded.header.position
    }

    /// It as a server-sent event: `id` is its position, `event` its type.
    #[must_use]
    pub fn frame(&self) -> Bytes {
        self.frame.clone()
    }

    /// It as a JSON document.
    #[must_use]
    pub fn document(&self) -> Bytes {
        self.frame.slice(self.document.clone())
    }

    /// It as CloudEvents 1.0 JSON. `source` is the URI reference that names this log.
    #[must_use]
    pub fn cloud_event(&self, source: &str, offset: CivilOffset) -> Value {
        let schema = wire::schema_of(&self.recorded.event);
        render_cloud_event(&self.recorded, schema, source, &Display::sealed(offset))
    }
}
