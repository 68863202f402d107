//! The places where views are asked for.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query as Parameters, State};
use axum::http::HeaderMap;
use axum::response::Response;
use redress_domain::identity::{Actor, ActorId, Role, StreamId};
use redress_domain::refusal::Code;
use redress_engine::{Allowed, Look};
use redress_protocol::answer::reason;
use redress_protocol::query::{Query, Subject, ViewKind, ViewReference};
use serde_json::{Value, json};

use super::answering::{Pairs, respond, take, wait_for_position};
use super::{Viewed, nothing_there, view_of_rows};
use crate::authorization;
use crate::caller::Caller;
use crate::engine_calls::ask_deeply_if;
use crate::problem::{Problem, codes};
use crate::service::Service;

macro_rules! of_one {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(service): State<Arc<Service>>,
            Extension(caller): Extension<Caller>,
            Path(id): Path<String>,
            Parameters(pairs): Parameters<Pairs>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            answer(service, caller, $kind, Some(id), pairs, &headers).await
        }
    )*};
}

macro_rules! of_many {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(service): State<Arc<Service>>,
            Extension(caller): Extension<Caller>,
            Parameters(pairs): Parameters<Pairs>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            answer(service, caller, $kind, None, pairs, &headers).await
        }
    )*};
}

of_one! {
    /// `GET /v1/complaints/{id}`
    complaint => ViewKind::Complaint;
    /// `GET /v1/merchants/{id}`
    merchant => ViewKind::Merchant;
    /// `GET /v1/agreements/{id}`
    agreement => ViewKind::Agreement;
    /// `GET /v1/intermediaries/{id}`
    intermediary => ViewKind::Intermediary;
}

of_many! {
    /// `GET /v1/queue`
    queue => ViewKind::Queue;
    /// `GET /v1/repeats`
    repeats => ViewKind::Repeats;
    /// `GET /v1/sla`
    sla => ViewKind::Sla;
    /// `GET /v1/gate`
    gate => ViewKind::Gate;
}

async fn answer(
    service: Arc<Service>,
    caller: Caller,
    kind: ViewKind,
    id: Option<String>,
    mut pairs: Pairs,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    wait_for_position(&service, &mut pairs).await?;
    let asker = match kind.has_id() {
        true => asker(&caller, &mut pairs)?,
        false => None,
    };
    let reference = ViewReference::new(kind.as_str(), id.as_deref(), pairs)
        .map_err(|error| Problem::of_question(&error))?;
    let mut query = Query::new(&reference).map_err(|error| Problem::of_question(&error))?;
    authorization::narrow(&service, &caller, &mut query.subject).await?;
    // What may be done is about now.
    let asker = asker.filter(|_| query.as_of.is_none() && query.at.is_none());
    let looks_back = query.as_of.is_some();
    let subject = query.subject.clone();
    let is_deep = looks_back || kind == ViewKind::Sla;
    let seen = ask_deeply_if(is_deep, &service, move |engine| {
        let mut seen = view_of_rows(engine, &query, None, |row| {
            authorization::may_see_row(&caller, engine, &row.user_ref, &row.merchant_id)
        })?;
        if let (Some(by), Some(stream), Some(Value::Object(map))) =
            (asker, stream(&query.subject), &mut seen.document)
            && let Some(allowed) = engine.allowed(&stream, &by, Look::default())?.value
        {
            map.insert("allowed".to_owned(), allowed_view(&allowed));
        }
        Ok(seen)
    })
    .await?;
    found(&seen, &subject, looks_back, headers)
}

/// Answers with what was seen, or says that there is no such thing, or was not by then.
pub(super) fn found(
    seen: &Viewed,
    subject: &Subject,
    looks_back: bool,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    match &seen.document {
        Some(document) => Ok(respond(document, &seen.moment, headers)),
        None => Err(Problem::of(&codes::NOT_FOUND)
            .because(nothing_there(subject, looks_back, &seen.moment))
            .with("as_of_position", seen.moment.as_of_position)),
    }
}

/// The stream of a case.
fn stream(subject: &Subject) -> Option<StreamId> {
    match subject {
        Subject::Complaint(id) => Some(StreamId::Complaint(id.clone())),
        Subject::Merchant(id) => Some(StreamId::Merchant(id.clone())),
        Subject::Agreement(id) => Some(StreamId::Agreement(id.clone())),
        Subject::Intermediary(id) => Some(StreamId::Intermediary(id.clone())),
        Subject::Repeats(_) | Subject::Queue { .. } | Subject::Sla { .. } | Subject::Gate(_) => {
            None
        }
    }
}

/// Whose commands are listed with a case: the caller's, those of somebody for whom the caller may
/// act (`by=merchant:M1`), or, with `allowed=false`, nobody's.
fn asker(caller: &Caller, pairs: &mut Pairs) -> Result<Option<Actor>, Problem> {
    let wrong = |detail: &str| Problem::of_code(Code::FieldInvalid, detail);
    let by = take(pairs, "by")?;
    match take(pairs, "allowed")?.as_deref() {
        None | Some("true") => {}
        Some("false") => return Ok(None),
        Some(_) => return Err(wrong("allowed: must be true or false")),
    }
    let Some(by) = by else {
        return Ok(Some(caller.actor.clone()));
    };
    let actor = by.split_once(':').and_then(|(role, id)| {
        Some(Actor {
            role: Role::ALL.into_iter().find(|one| one.as_str() == role)?,
            id: ActorId::new(id).ok()?,
        })
    });
    let actor = actor.ok_or_else(|| wrong("by: must be a role and an id, as merchant:M1"))?;
    match caller.may_act_as(&actor) {
        true => Ok(Some(actor)),
        false => Err(Problem::of(&codes::IDENTITY_MISMATCH)),
    }
}

/// What may be asked of a case, and what is missing for the rest.
fn allowed_view(allowed: &[Allowed]) -> Value {
    allowed
        .iter()
        .map(|one| {
            let mut shown = json!({ "command": one.command, "allowed": one.is_allowed });
            if let Some(map) = shown.as_object_mut() {
                if one.is_allowed && !one.parts.is_empty() {
                    map.insert("on".to_owned(), one.parts.clone().into());
                }
                if !one.is_allowed {
                    let missing: Vec<Value> =
                        one.missing.iter().map(|one| reason(one).into()).collect();
                    map.insert("missing".to_owned(), missing.into());
                }
            }
            shown
        })
        .collect()
}
