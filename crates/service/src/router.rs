//! The interface: which place is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::response::IntoResponse;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::identity::access;
use crate::interface::{Interface, Method, Place};
use crate::openapi::{instant, number, shape, text};
use crate::problem::{Problem, codes};
use crate::service::Service;
use crate::{commands, events, openapi, operations, problem_pages, views, webhooks};

const JSON: &str = "application/json";

/// Everything that is answered.
pub fn router(service: &Arc<Service>) -> Router {
    let (open, mut described) = open_places().into_parts();
    let (identified, more) = webhooks::places(events::places(views_and_commands())).into_parts();
    described.extend(more);
    openapi::describe(described);
    let behind_identity = identified.layer(middleware::from_fn_with_state(
        Arc::clone(service),
        access::identify,
    ));
    open.merge(behind_identity)
        .fallback(|| async { Problem::of(&codes::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { Problem::of(&codes::METHOD_NOT_ALLOWED) })
        .layer(middleware::from_fn_with_state(
            Arc::clone(service),
            operations::requests::around,
        ))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::of(&codes::INTERNAL).into_response()
        }))
        .with_state(Arc::clone(service))
}

/// What everybody may ask.
fn open_places() -> Interface {
    let page = || json!({ "type": "string" });
    Interface::default()
        .at(
            Method::Get,
            "/healthz",
            operations::health::healthz,
            &Place::new("Whether the process answers.").open().answer(
                200,
                "It does.",
                JSON,
                json!({ "type": "object" }),
            ),
        )
        .at(
            Method::Get,
            "/readyz",
            operations::health::readyz,
            &Place::new("Whether commands and queries are taken.")
                .open()
                .answer(200, "They are.", JSON, json!({ "type": "object" }))
                .answer(503, "Not all of them.", JSON, json!({ "type": "object" })),
        )
        .at(
            Method::Get,
            "/openapi.json",
            openapi::openapi,
            &Place::new("This document.").open().answer(
                200,
                "This document.",
                JSON,
                json!({ "type": "object" }),
            ),
        )
        .at(
            Method::Get,
            "/problems/",
            problem_pages::all,
            &Place::new("Every code that a problem can have.")
                .open()
                .answer(200, "The codes.", "text/html", page())
                .answer(200, "The codes.", JSON, json!({ "type": "array" })),
        )
        .at(
            Method::Get,
            "/problems/{code}",
            problem_pages::one,
            &Place::new("What a code stands for, and what to do.")
                .open()
                .answer(200, "The code.", "text/html", page())
                .answer(200, "The code.", JSON, json!({ "type": "object" })),
        )
}

/// What is asked in the name of somebody.
fn views_and_commands() -> Interface {
    let view = |summary| {
        Place::new(summary)
            .query("at", "The instant to judge clocks by.", instant())
            .query(
                "as_of",
                "What was known then: a position, or an instant of recording.",
                text(),
            )
            .query(
                "min_position",
                "Wait until the log has come to this position.",
                number(),
            )
            .query("wait", "For how long to wait for it, as 5s.", text())
            .head(
                "If-None-Match",
                "The entity tag that the caller has.",
                text(),
            )
            .answer(200, "The view.", JSON, shape("View"))
            .plain_answer(304, "It is the one that the caller has.")
    };
    Interface::default()
        .at(
            Method::Get,
            "/metrics",
            operations::metrics::metrics,
            &Place::new("The figures of the service, for Prometheus.")
                .answer(200, "The figures.", "text/plain", json!({ "type": "string" })),
        )
        .at(
            Method::Post,
            "/v1/commands",
            commands::post,
            &Place::new("Takes one command, or a feed of them; each answer comes when it is durable.")
                .head("Idempotency-Key", "The command's id.", json!({ "type": "string", "format": "uuid" }))
                .head("If-Match", "The version that the stream is expected to be at.", json!({ "type": "string", "pattern": "^\"[0-9]+\"$" }))
                .head("If-None-Match", "The stream must be new.", json!({ "const": "*" }))
                .body(JSON, shape("Command"))
                .body(commands::FEED, json!({ "type": "string" }))
                .answer(200, "It was accepted before: the first answer again. Of a feed: its answers, line by line.", JSON, shape("Accepted"))
                .answer(200, "", commands::FEED, json!({ "type": "string" }))
                .answer(201, "It is accepted and durable.", JSON, shape("Accepted")),
        )
        .at(Method::Get, "/v1/complaints/{id}", views::complaint, &view("One complaint."))
        .at(Method::Get, "/v1/merchants/{id}", views::merchant, &view("One merchant."))
        .at(Method::Get, "/v1/agreements/{id}", views::agreement, &view("One agreement."))
        .at(Method::Get, "/v1/intermediaries/{id}", views::intermediary, &view("One institution or service provider."))
        .at(
            Method::Get,
            "/v1/queue",
            views::queue,
            &view("What waits for somebody, the most urgent first.")
                .query("due_within", "Only what is due that soon, as 6h.", text())
                .query("view", "Which complaints.", json!({ "enum": ["all", "breached", "repeats", "first_reply", "unassessed"] }))
                .query("merchant", "Only this merchant's.", text())
                .answer(200, "The view.", JSON, json!({ "type": "array" })),
        )
        .at(
            Method::Get,
            "/v1/repeats",
            views::repeats,
            &view("The three counts of repeat complaints.")
                .query("user", "Of this user.", text())
                .query("merchant", "Against this merchant.", text())
                .query("agreement", "Under this agreement.", text())
                .query("from", "From this instant on.", instant())
                .query("to", "Before this instant.", instant()),
        )
        .at(
            Method::Get,
            "/v1/sla",
            views::sla,
            &view("How clocks were kept.")
                .query("merchant", "Only this merchant's.", text())
                .query("from", "In rounds opened at this instant or later.", instant())
                .query("to", "In rounds opened before this instant.", instant()),
        )
        .at(
            Method::Get,
            "/v1/gate",
            views::gate,
            &view("Whether a merchant may sign, debit or something else now, and if not, why.")
                .needed("merchant", "Whose permission.", text())
                .needed("action", "What for.", json!({ "enum": redress_protocol::query::GATE_ACTIONS.map(redress_domain::gate::Capability::as_str) }))
                .query("template", "Under which template.", text())
                .query("agreement", "Under which agreement.", text())
                .query("user", "For which user.", text())
                .query("amount_fen", "How much, in fen.", number()),
        )
}
