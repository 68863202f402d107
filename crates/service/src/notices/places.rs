//! The places of notices.

use serde_json::json;

use super::handling;
use crate::interface::{Interface, Method, Place};
use crate::openapi::text;

const JSON: &str = "application/json";

/// Adds them.
pub fn places(interface: Interface) -> Interface {
    interface
        .at(
            Method::Get,
            "/v1/notices",
            handling::list,
            &Place::new("The notices that are not delivered, or not recorded as delivered.")
                .answer(200, "Them.", JSON, json!({ "type": "object" })),
        )
        .at(
            Method::Post,
            "/v1/notices/retry",
            handling::retry,
            &Place::new("Tries notices at once, also those that were given up.")
                .body(
                    JSON,
                    json!({
                        "type": "object",
                        "properties": { "notice_id": text() },
                        "additionalProperties": false,
                    }),
                )
                .answer(202, "How many.", JSON, json!({ "type": "object" })),
        )
}
