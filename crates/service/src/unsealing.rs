//! `POST /v1/unseal`: personal texts for whoever has a purpose, which is recorded, durably, before
//! a text is given out (rulebook 1.2).

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use redress_domain::event::Recorded;
use redress_domain::identity::{Role, StreamId, UserRef};
use redress_domain::refusal::Code;
use redress_engine::{Answer, EventRange};
use redress_protocol::json;
use serde::Deserialize;
use serde_json::json;

use crate::authorization::{expect_role, expect_seen, nothing_there};
use crate::caller::Caller;
use crate::commands::{Beside, hand_in, is_open, read, read_body, shown};
use crate::engine_calls::ask;
use crate::problem::{Problem, codes};
use crate::service::Service;
use crate::views::unsealed;

/// Who handles cases, and so may have a reason to read what a user wrote.
const READERS: [Role; 3] = [Role::Reviewer, Role::Risk, Role::Admin];

/// What is to be read, and what for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reading {
    stream: String,
    version: u64,
    purpose: String,
}

/// Records the reading, then shows the event with its texts.
pub async fn unseal(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    expect_role(&caller, &READERS)?;
    is_open(&service)?;
    let (head, body) = request.into_parts();
    let beside = Beside::of(&head.headers)?;
    let bytes = read_body(&service, body).await?;
    let wrong = |because: String| Problem::of_code(Code::FieldInvalid, because);
    let document = json::parse(&bytes).map_err(|error| wrong(error.to_string()))?;
    let reading: Reading =
        serde_json::from_value(document).map_err(|error| wrong(error.to_string()))?;
    let stream = StreamId::parse(&reading.stream)
        .ok_or_else(|| wrong("stream: must be a stream, as complaint-C1".to_owned()))?;
    expect_seen(&service, &caller, stream.clone()).await?;
    let version = reading.version;
    let (recorded, user_ref) = sealed_event(&service, &stream, version).await?;

    let command = json!({
        "type": "user.record_reading",
        "data": {
            "user_ref": user_ref.as_str(), "stream": stream.to_string(), "version": version,
            "purpose": reading.purpose,
        },
    });
    let command = command.to_string();
    let depth_max = service.configuration.limits.depth;
    let document = read(command.as_bytes(), &beside, &caller, depth_max)?;
    let (_, answer) = hand_in(&service, &head, &caller, document).await?;
    let accepted = match answer {
        Answer::Accepted(accepted) => accepted,
        Answer::Refused(refused) => return Err(Problem::of_refusal(&refused).noted()),
    };
    // What was recorded once is read once.
    if accepted.replayed {
        return Err(Problem::of_code(
            Code::CommandIdReused,
            "this reading was recorded before; another one needs another Idempotency-Key",
        ));
    }

    let event = ask(&service, move |engine| {
        let offset = engine.rulebook().in_force(engine.now()).civil_offset;
        unsealed(engine, &recorded, offset)
    })
    .await?;
    let document = json!({ "event": event, "reading": shown(&accepted) });
    Ok(Json(document).into_response())
}

/// The event, and the user whose texts it has.
async fn sealed_event(
    service: &Arc<Service>,
    stream: &StreamId,
    version: u64,
) -> Result<(Recorded, UserRef), Problem> {
    let asked = stream.clone();
    let found = ask(service, move |engine| {
        let range = EventRange {
            stream: Some(asked.clone()),
            ..EventRange::default()
        };
        let mut found = None;
        engine.events(&range, |recorded| {
            if recorded.header.version == version {
                found = Some(recorded);
            }
            found.is_none()
        })?;
        let user_ref = engine.belonging(&asked)?.and_then(|known| known.user_ref);
        Ok(found.zip(user_ref))
    })
    .await?;
    let (mut recorded, user_ref) = found.ok_or_else(|| nothing_there(stream))?;
    match recorded.event.texts_mut().is_empty() {
        false => Ok((recorded, user_ref)),
        true => Err(Problem::of(&codes::NOT_FOUND).because(format!(
            "version {version} of {stream} has no personal text"
        ))),
    }
}
