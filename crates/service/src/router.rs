//! The interface: which place is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::identity::access;
use crate::interface::{Interface, Method, Place};
use crate::openapi::shape;
use crate::problem::{Problem, codes};
use crate::service::Service;
use crate::{
    admin, commands, cut, events, notices, openapi, operations, problem_pages, unsealing, views,
    webhooks,
};

const JSON: &str = "application/json";

/// Everything that is answered.
pub fn router(service: &Arc<Service>) -> Router {
    let (open, mut described) = open_places().into_parts();
    let views = views::places::lists(views::places::views(figures_and_commands()));
    let told = notices::places(webhooks::places(events::places(admin::places(views))));
    let (identified, more) = told.into_parts();
    described.extend(more);
    let description = openapi::describe(described);
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
        .layer(middleware::map_response(say_what_it_is))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::of(&codes::INTERNAL).into_response()
        }))
        .layer(middleware::map_response(cut::watch))
        .layer(DefaultBodyLimit::max(
            service.configuration.limits.body_bytes,
        ))
        .layer(Extension(description))
        .with_state(Arc::clone(service))
}

/// Forbids a browser to take an answer for something else than it says, and everybody to keep one
/// that does not say that it may be kept: it may hold a secret, and depends on who asks.
async fn say_what_it_is(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    response
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
fn figures_and_commands() -> Interface {
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
        .at(
            Method::Post,
            "/v1/unseal",
            unsealing::unseal,
            &Place::new("Shows an event with its personal texts; that it was read, by whom and what for, is recorded first.")
                .head("Idempotency-Key", "The id of the record.", json!({ "type": "string", "format": "uuid" }))
                .body(JSON, shape("Reading"))
                .answer(200, "The event with its texts, and where the reading is recorded.", JSON, json!({ "type": "object" })),
        )
}
