//! What the model reads of the log: plain values, taken from events as they are shown to others.

use redress_domain::event::Recorded;
use redress_domain::instant::CivilOffset;
use redress_protocol::event::{Display, render};
use redress_protocol::instant::parse_instant;
use serde_json::Value;

/// One event of the log.
#[derive(Clone, Debug)]
pub struct Fact {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub kind: String,
    /// The instant that counts for clocks, in milliseconds since 1970.
    pub counted: i64,
    pub recorded: i64,
    pub role: String,
    pub command_id: String,
    pub data: Value,
}

impl Fact {
    pub fn of(recorded: &Recorded) -> Self {
        let offset = CivilOffset::from_seconds(8 * 3600);
        let shown = render(recorded, 1, &Display::sealed(offset));
        let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
        Self {
            position: recorded.header.position,
            stream: text("stream"),
            version: recorded.header.version,
            kind: text("type"),
            counted: recorded.header.counted_at.unix_ms(),
            recorded: recorded.header.recorded_at.unix_ms(),
            role: shown["by"]["role"].as_str().unwrap().to_owned(),
            command_id: text("command_id"),
            data: shown["data"].clone(),
        }
    }

    /// Whether the engine added it by itself.
    pub fn is_of_engine(&self) -> bool {
        self.role == "engine"
    }

    /// The id of the stream's thing, where the stream is of that sort.
    pub fn id_of(&self, sort: &str) -> Option<&str> {
        self.stream.strip_prefix(sort)?.strip_prefix('-')
    }

    pub fn text(&self, key: &str) -> &str {
        self.data[key].as_str().unwrap_or_default()
    }

    pub fn fen(&self, key: &str) -> u64 {
        self.data[key].as_u64().unwrap_or(0)
    }

    pub fn instant(&self, key: &str) -> Option<i64> {
        milliseconds(&self.data[key])
    }
}

/// An instant of a document; `None` where there is none.
pub fn milliseconds(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    Some(parse_instant(text).unwrap().unix_ms())
}
