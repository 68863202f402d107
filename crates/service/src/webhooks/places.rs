//! The places of webhooks.

use serde_json::{Value, json};

use super::handling;
use crate::interface::{Interface, Method, Place};
use crate::openapi::{number, text};

const JSON: &str = "application/json";

/// Adds them.
pub fn places(interface: Interface) -> Interface {
    let object = || json!({ "type": "object" });
    let list = || json!({ "type": "array", "items": { "type": "object" } });
    interface
        .at(
            Method::Get,
            "/v1/webhooks",
            handling::list,
            &Place::new("The webhooks, without their secrets.").answer(200, "Them.", JSON, list()),
        )
        .at(
            Method::Post,
            "/v1/webhooks",
            handling::make,
            &Place::new(
                "Makes a webhook. The secret that deliveries are signed with is shown this once.",
            )
            .body(JSON, asked(true))
            .answer(201, "It, with its secret.", JSON, object()),
        )
        .at(
            Method::Get,
            "/v1/webhooks/{id}",
            handling::one,
            &Place::new("One webhook, and how far it has come.").answer(200, "It.", JSON, object()),
        )
        .at(
            Method::Put,
            "/v1/webhooks/{id}",
            handling::put,
            &Place::new("Changes where a webhook delivers what, or lets it stand still.")
                .body(JSON, asked(false))
                .answer(200, "It.", JSON, object()),
        )
        .at(
            Method::Delete,
            "/v1/webhooks/{id}",
            handling::remove,
            &Place::new("Takes a webhook away, with what still waited.")
                .plain_answer(204, "It is gone."),
        )
        .at(
            Method::Post,
            "/v1/webhooks/{id}/secret",
            handling::rotate,
            &Place::new(
                "Makes a new secret. For a day deliveries are signed with the old one as well.",
            )
            .answer(200, "The secret, shown this once.", JSON, object()),
        )
        .at(
            Method::Get,
            "/v1/webhooks/{id}/dead-letters",
            handling::dead_letters,
            &Place::new("Deliveries that were given up.").answer(200, "Them.", JSON, list()),
        )
        .at(
            Method::Delete,
            "/v1/webhooks/{id}/dead-letters",
            handling::drop_dead_letters,
            &Place::new("Drops the deliveries that were given up.")
                .plain_answer(204, "They are gone."),
        )
        .at(
            Method::Post,
            "/v1/webhooks/{id}/dead-letters/replay",
            handling::replay,
            &Place::new("Begins deliveries anew that were given up.")
                .body(
                    JSON,
                    json!({
                        "type": "object",
                        "properties": { "positions": { "type": "array", "items": number() } },
                        "additionalProperties": false,
                    }),
                )
                .answer(202, "How many.", JSON, object()),
        )
}

/// What is said of a webhook; where it begins is said when it is made.
fn asked(is_new: bool) -> Value {
    let mut properties = json!({
        "url": { "type": "string", "format": "uri" },
        "types": { "type": "array", "items": text() },
        "stream": { "type": ["string", "null"] },
        "merchant": { "type": ["string", "null"] },
        "paused": { "type": "boolean" },
    });
    if let Some(map) = properties.as_object_mut()
        && is_new
    {
        map.insert("after".to_owned(), number());
    }
    json!({
        "type": "object",
        "required": ["url"],
        "properties": properties,
        "additionalProperties": false,
    })
}
