//! The OpenAPI 3.1 document: what the places say of themselves, and the shapes that they share.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::Extension;
use axum::http::header;
use axum::response::IntoResponse;
use redress_domain::authority::commands_of;
use redress_domain::identity::{Role, Trust};
use redress_domain::refusal::Code;
use serde_json::{Map, Value, json};

use crate::problem::codes;

/// A reference to a shared shape.
#[must_use]
pub fn shape(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An instant with its offset.
#[must_use]
pub fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// A text.
#[must_use]
pub fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// A whole number.
#[must_use]
pub fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// The document, as it was put together when the service started.
#[derive(Clone, Debug)]
pub struct Description(Bytes);

/// `GET /openapi.json`
pub async fn openapi(
    Extension(Description(document)): Extension<Description>,
) -> impl IntoResponse {
    let heads = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (heads, document)
}

/// Puts the document together from what the places say.
#[must_use]
pub fn describe(paths: Map<String, Value>) -> Description {
    Description(document(paths).to_string().into())
}

fn document(paths: Map<String, Value>) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "redress",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Cases of complaints about password-free debits: commands in, events kept, the rulebook applied.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, { "certificate": [] }, {}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "A JWT of an issuer that is configured, or an API key.",
                },
                "certificate": { "type": "mutualTLS" },
            },
            "responses": {
                "Problem": {
                    "description": "What went wrong, with a stable code.",
                    "content": { "application/problem+json": { "schema": shape("Problem") } },
                },
            },
            "schemas": schemas(),
        },
    })
}

fn schemas() -> Value {
    let commands: BTreeSet<&str> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Engine)
        .flat_map(commands_of)
        .collect();
    let codes: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(codes::ALL.iter().map(|code| code.name))
        .collect();
    let roles = Role::ALL.map(Role::as_str);
    let trusts = [Trust::Platform, Trust::Partner, Trust::OwnClaim].map(Trust::as_str);
    json!({
        "Command": {
            "type": "object",
            "required": ["type", "data"],
            "additionalProperties": false,
            "properties": {
                "id": { "type": "string", "format": "uuid", "description": "The idempotency key; also as Idempotency-Key." },
                "type": { "enum": commands },
                "recorded_at": instant(),
                "occurred_at": instant(),
                "by": shape("Actor"),
                "trust": { "enum": trusts },
                "expected_version": { "type": "integer", "minimum": -1, "description": "Also as If-Match; -1 is If-None-Match: *." },
                "correlation_id": { "type": "string", "format": "uuid" },
                "data": { "type": "object" },
            },
        },
        "Actor": {
            "type": "object",
            "required": ["role", "id"],
            "additionalProperties": false,
            "properties": {
                "role": { "enum": roles },
                "id": { "type": "string", "minLength": 1, "maxLength": 128 },
            },
        },
        "Accepted": {
            "type": "object",
            "required": ["outcome", "stream", "version", "position", "events", "replayed"],
            "properties": {
                "outcome": { "const": "accepted" },
                "stream": { "type": "string" },
                "version": number(),
                "position": number(),
                "events": { "type": "array", "items": { "type": "string" } },
                "replayed": { "type": "boolean" },
            },
        },
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail", "code", "clause", "retryable", "outcome"],
            "properties": {
                "type": { "type": "string", "format": "uri-reference" },
                "title": { "type": "string" },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string" },
                "code": { "enum": codes },
                "clause": { "type": ["string", "null"] },
                "retryable": { "type": "boolean" },
                "outcome": { "enum": ["not_stored", "unknown"] },
            },
        },
        "View": { "type": "object", "description": "A view as the contract names it." },
        "Reading": {
            "type": "object",
            "required": ["stream", "version", "purpose"],
            "additionalProperties": false,
            "properties": {
                "stream": { "type": "string", "minLength": 1, "description": "The stream of the event, as complaint-C1." },
                "version": number(),
                "purpose": { "type": "string", "minLength": 1, "description": "What for; everybody who reads the log can see it." },
            },
        },
    })
}
