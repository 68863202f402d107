//! The places where lists are asked for.

use std::sync::Arc;

use axum::extract::{Extension, Query as Parameters, State};
use axum::http::HeaderMap;
use axum::response::Response;
use redress_domain::identity::{IntermediaryId, StreamId};
use redress_engine::EngineError;
use redress_protocol::query::{ListKind, ListQuery, Listed, Subject};
use serde_json::json;

use super::answering::{Pairs, respond, wait_for_position};
use super::listing;
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
    narrow(&caller, &mut query.listed)?;
    let looks_back = query.as_of.is_some();
    let page = ask_deeply_if(looks_back, &service, move |engine| {
        listing(engine, &query, None, |subject| {
            may_see(&caller, engine, subject)
        })
    })
    .await?;
    let document = json!({
        "items": page.documents,
        "next": page.next,
        "as_of_position": page.moment.as_of_position,
    });
    Ok(respond(&document, &page.moment, headers))
}

/// Narrows a list to what the caller may see.
fn narrow(caller: &Caller, listed: &mut Listed) -> Result<(), Problem> {
    match (listed, Sight::of(caller)) {
        (Listed::Complaints(filter, _), _) => authorization::narrow_complaints(caller, filter),
        (Listed::Agreements(filter, _), _) => authorization::narrow_agreements(caller, filter),
        (_, Sight::Everything) => Ok(()),
        (Listed::Merchants(filter, _), Sight::OfMerchant(id)) => {
            filter.merchant_id = Some(id);
            Ok(())
        }
        (Listed::Merchants(filter, _), Sight::OfIntermediary(id)) => {
            let own = own(&id)?;
            match &filter.intermediary_id {
                Some(asked) if *asked != own => Err(Problem::of(&codes::FORBIDDEN)),
                Some(_) | None => {
                    filter.intermediary_id = Some(own);
                    Ok(())
                }
            }
        }
        (Listed::Intermediaries(filter, _), Sight::OfIntermediary(id)) => {
            filter.intermediary_id = Some(own(&id)?);
            Ok(())
        }
        (Listed::Merchants(..) | Listed::Intermediaries(..), _) => {
            Err(Problem::of(&codes::FORBIDDEN))
        }
    }
}

fn own(id: &str) -> Result<IntermediaryId, Problem> {
    IntermediaryId::new(id).map_err(|_| Problem::of(&codes::FORBIDDEN))
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
