//! The places where lists are asked for.

use std::sync::Arc;

use axum::extract::{Extension, Query as Parameters, State};
use axum::http::HeaderMap;
use axum::response::Response;
use redress_domain::identity::{IntermediaryId, StreamId};
use redress_engine::EngineError;
use redress_protocol::query::{ListKind, ListQuery, Listed, Query, Subject};
use serde_json::{Value, json};

use super::answering::{Pairs, respond, wait_for_position};
use super::{Listing, listing, view};
use crate::authorization::{self, Sight};
use crate::caller::Caller;
use crate::engine_calls::ask_deeply_if;
use crate::problem::{Problem, codes};
use crate::service::Service;

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(service): State<Arc<Service>>,
            Extension(caller): Extension<Caller>,
            Parameters(pairs): Parameters<Pairs>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            list(service, caller, $kind, pairs, &headers).await
        }
    )*};
}

lists! {
    /// `GET /v1/complaints`
    complaints => ListKind::Complaints;
    /// `GET /v1/merchants`
    merchants => ListKind::Merchants;
    /// `GET /v1/agreements`
    agreements => ListKind::Agreements;
    /// `GET /v1/intermediaries`
    intermediaries => ListKind::Intermediaries;
}

async fn list(
    service: Arc<Service>,
    caller: Caller,
    kind: ListKind,
    mut pairs: Pairs,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    wait_for_position(&service, &mut pairs).await?;
    let mut query = ListQuery::new(kind, &pairs).map_err(|error| Problem::of_question(&error))?;
    let own = narrow(&caller, &mut query.listed)?;
    let looks_back = query.as_of.is_some();
    let page = ask_deeply_if(looks_back, &service, move |engine| match own {
        Some(subject) => own_alone(engine, &query, subject),
        None => listing(engine, &query, None, |subject| {
            may_see(&caller, engine, subject)
        }),
    })
    .await?;
    let document = json!({
        "items": page.documents,
        "next": page.next,
        "as_of_position": page.moment.as_of_position,
    });
    Ok(respond(&document, &page.moment, headers))
}

/// Narrows a list to what the caller may see; of a kind of which only one thing is the caller's
/// own, names that.
fn narrow(caller: &Caller, listed: &mut Listed) -> Result<Option<Subject>, Problem> {
    match (listed, Sight::of(caller)) {
        (Listed::Complaints(filter, _), _) => {
            authorization::narrow_complaints(caller, filter).map(|()| None)
        }
        (Listed::Agreements(filter, _), _) => {
            authorization::narrow_agreements(caller, filter).map(|()| None)
        }
        (_, Sight::Everything) => Ok(None),
        (Listed::Merchants(..), Sight::OfMerchant(id)) => Ok(Some(Subject::Merchant(id))),
        (Listed::Merchants(filter, _), Sight::OfIntermediary(id)) => {
            let own = IntermediaryId::new(&id).map_err(|_| Problem::of(&codes::FORBIDDEN))?;
            match &filter.intermediary_id {
                Some(asked) if *asked != own => Err(Problem::of(&codes::FORBIDDEN)),
                Some(_) | None => {
                    filter.intermediary_id = Some(own);
                    Ok(None)
                }
            }
        }
        (Listed::Intermediaries(..), Sight::OfIntermediary(id)) => IntermediaryId::new(&id)
            .map(|id| Some(Subject::Intermediary(id)))
            .map_err(|_| Problem::of(&codes::FORBIDDEN)),
        (Listed::Merchants(..) | Listed::Intermediaries(..), _) => {
            Err(Problem::of(&codes::FORBIDDEN))
        }
    }
}

/// A list of the one thing that is the caller's own.
fn own_alone(
    engine: &redress_engine::Engine,
    query: &ListQuery,
    subject: Subject,
) -> Result<Listing, EngineError> {
    let query = Query {
        subject,
        at: query.at,
        as_of: query.as_of,
    };
    let seen = view(engine, &query, None)?;
    Ok(Listing {
        documents: seen.document.into_iter().collect::<Vec<Value>>(),
        next: None,
        moment: seen.moment,
    })
}

fn may_see(
    caller: &Caller,
    engine: &redress_engine::Engine,
    subject: &Subject,
) -> Result<bool, EngineError> {
    let stream = match subject {
        Subject::Complaint(id) => StreamId::Complaint(id.clone()),
        Subject::Merchant(id) => StreamId::Merchant(id.clone()),
        Subject::Agreement(id) => StreamId::Agreement(id.clone()),
        Subject::Intermediary(id) => StreamId::Intermediary(id.clone()),
        Subject::Repeats(_) | Subject::Queue { .. } | Subject::Sla { .. } | Subject::Gate(_) => {
            return Ok(false);
        }
    };
    authorization::may_see_stream(caller, engine, &stream)
}
