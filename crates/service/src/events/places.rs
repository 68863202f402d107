//! The places where events are asked for.

use serde_json::{Value, json};

use super::page::{CLOUD_EVENTS, JSON, LINES, events};
use super::stream::{EVENT_STREAM, stream};
use crate::interface::{Interface, Method, Place};
use crate::openapi::{number, text};

/// Adds them.
pub fn places(interface: Interface) -> Interface {
    let asked = |summary| {
        Place::new(summary)
            .query("after", "Begin behind this position.", number())
            .query(
                "types",
                "Only events of these types, with commas between.",
                text(),
            )
            .query("stream", "Only this stream, as complaint-C1.", text())
            .query(
                "merchant",
                "Only the streams of this merchant: its own, its complaints', its agreements'.",
                text(),
            )
    };
    interface
        .at(
            Method::Get,
            "/v1/events",
            events,
            &asked("A page of events, in order of position.")
                .query("limit", "Events at the most.", json!({ "type": "integer", "minimum": 1, "maximum": 1000 }))
                .query("format", "How they are shown, where Accept cannot be set.", json!({ "enum": ["json", "ndjson", "cloudevents"] }))
                .answer(200, "Events. `next`, also in the head Redress-Next, is what the next request names in `after`.", JSON, page())
                .answer(200, "", LINES, json!({ "type": "string" }))
                .answer(200, "", CLOUD_EVENTS, json!({ "type": "array", "items": { "type": "object" } })),
        )
        .at(
            Method::Get,
            "/v1/events/stream",
            stream,
            &asked("Events as they come, as server-sent events. `caught-up` says that the end of the log was reached, `cut-off` why there is no more.")
                .head("Last-Event-ID", "Begin behind this position; it goes before `after`.", text())
                .answer(200, "Events.", EVENT_STREAM, json!({ "type": "string" })),
        )
}

fn page() -> Value {
    json!({
        "type": "object",
        "required": ["events", "next", "position"],
        "properties": {
            "events": { "type": "array", "items": { "type": "object" } },
            "next": number(),
            "position": number(),
        },
    })
}
