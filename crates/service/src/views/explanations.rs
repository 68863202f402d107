//! The places where explanations are asked for.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query as Parameters, State};
use axum::http::HeaderMap;
use axum::response::Response;
use redress_domain::clock::ClockKind;
use redress_domain::refusal::Code;
use redress_protocol::query::{Query, Subject, ViewKind, ViewReference};

use super::answering::{Pairs, take, wait_for_position};
use super::asking::found;
use super::{explain_complaint, explain_merchant, look};
use crate::authorization;
use crate::caller::Caller;
use crate::engine_calls::ask_deeply_if;
use crate::problem::Problem;
use crate::service::Service;

/// `GET /v1/explain/complaints/{id}`
pub async fn complaint(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Parameters(mut pairs): Parameters<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let clock = take(&mut pairs, "clock")?
        .map(|name| clock(&name))
        .transpose()?;
    explain(
        service,
        caller,
        ViewKind::Complaint,
        id,
        pairs,
        clock,
        &headers,
    )
    .await
}

/// `GET /v1/explain/merchants/{id}`
pub async fn merchant(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Parameters(pairs): Parameters<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    explain(
        service,
        caller,
        ViewKind::Merchant,
        id,
        pairs,
        None,
        &headers,
    )
    .await
}

fn clock(name: &str) -> Result<ClockKind, Problem> {
    let mut kinds = ClockKind::OF_ROUND.into_iter();
    kinds.find(|kind| kind.as_str() == name).ok_or_else(|| {
        let names = ClockKind::OF_ROUND.map(ClockKind::as_str).join(", ");
        Problem::of_code(Code::FieldInvalid, format!("clock: must be one of {names}"))
    })
}

async fn explain(
    service: Arc<Service>,
    caller: Caller,
    kind: ViewKind,
    id: String,
    mut pairs: Pairs,
    clock: Option<ClockKind>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    wait_for_position(&service, &mut pairs).await?;
    let reference = ViewReference::new(kind.as_str(), Some(&id), pairs)
        .map_err(|error| Problem::of_question(&error))?;
    let mut query = Query::new(&reference).map_err(|error| Problem::of_question(&error))?;
    authorization::narrow(&service, &caller, &mut query.subject).await?;
    let looks_back = query.as_of.is_some();
    let subject = query.subject.clone();
    let seen = ask_deeply_if(looks_back, &service, move |engine| {
        // Of an `as_of` the log is folded once, however many questions an explanation takes.
        let glance = engine.glance(look(&query, None))?;
        match &query.subject {
            Subject::Complaint(id) => explain_complaint(engine, id, clock, glance.look()),
            Subject::Merchant(id) => explain_merchant(engine, id, glance.look()),
            subject => super::view(
                engine,
                &Query {
                    subject: subject.clone(),
                    ..query
                },
                None,
            ),
        }
    })
    .await?;
    found(&seen, &subject, looks_back, headers)
}
