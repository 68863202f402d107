//! The places where an admin asks.

use serde_json::{Value, json};

use super::{backups, projections};
use crate::commands::FEED;
use crate::interface::{Interface, Method, Place};

const JSON: &str = "application/json";

/// Something that takes long.
fn work(summary: &'static str) -> Place {
    Place::new(summary).answer(
        200,
        "Lines: `progress` now and then, and at the end `done` or `failed`.",
        FEED,
        json!({ "type": "string" }),
    )
}

fn chosen() -> Value {
    json!({
        "type": "object",
        "properties": { "names": { "type": "array", "items": { "type": "string" } } },
        "additionalProperties": false,
    })
}

/// What an admin asks.
pub fn places(interface: Interface) -> Interface {
    interface
        .at(
            Method::Get,
            "/v1/admin/projections",
            projections::list,
            &Place::new("Every projection, and where it stands.").answer(
                200,
                "The projections.",
                JSON,
                json!({ "type": "object" }),
            ),
        )
        .at(
            Method::Post,
            "/v1/admin/projections/rebuild",
            projections::rebuild,
            &work("Builds projections anew from the log, beside those in use.")
                .body(JSON, chosen()),
        )
        .at(
            Method::Post,
            "/v1/admin/projections/rollback",
            projections::roll_back,
            &work("Goes back to the rows that were in use before the last rebuild.")
                .body(JSON, chosen()),
        )
        .at(
            Method::Post,
            "/v1/admin/projections/verify",
            projections::verify,
            &work("Folds the log anew and compares every row."),
        )
        .at(
            Method::Post,
            "/v1/admin/backups",
            backups::back_up,
            &work("Copies the log to a directory in the folder for backups.").body(
                JSON,
                json!({
                    "type": "object",
                    "required": ["directory"],
                    "properties": { "directory": { "type": "string" }, "keys": { "type": "string" } },
                    "additionalProperties": false,
                }),
            ),
        )
}
