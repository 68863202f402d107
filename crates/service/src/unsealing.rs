//! `POST /v1/unseal`: personal texts for whoever has a purpose, which is recorded, durably, before
//! a text is given out (rulebook 1.2).

use std::cell::RefCell;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use redress_domain::event::Recorded;
use redress_domain::identity::{Role, StreamId, UserRef};
use redress_domain::instant::CivilOffset;
use redress_domain::refusal::Code;
use redress_domain::text::PersonalText;
use redress_engine::{Answer, Engine, EngineError, EventRange};
use redress_protocol::event::{Display, TextReading, render};
use redress_protocol::json;
use redress_store::vault::Unsealed;
use redress_store::wire;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authorization::{expect_role, expect_seen, nothing_there};
use crate::caller::Caller;
use crate::commands::{Beside, is_open, read, shown, submission};
use crate::engine_calls::ask;
use crate::operations::tracing_context::correlation_id;
use crate::problem::{Problem, codes};
use crate::service::Service;

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
    let limits = &service.configuration.limits;
    let bytes = to_bytes(body, limits.body_bytes)
        .await
        .map_err(|_| Problem::of(&codes::TOO_LARGE))?;
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
    let document = read(command.as_bytes(), &beside, &caller, limits.depth)?;
    let id = document.id.unwrap_or_else(Uuid::new_v4);
    let submission = submission(
        document,
        id,
        &caller,
        correlation_id(&head),
        service.engine.now(),
    )?;
    let permit = Arc::clone(&service.commands)
        .try_acquire_owned()
        .map_err(|_| Problem::of(&codes::OVERLOADED))?;
    let answer = service.engine.submit(submission).ready().await;
    drop(permit);
    let answer = answer.map_err(|error| Problem::of_command(&error))?;
    service.metrics.answered(&answer);
    let accepted = match answer {
        Answer::Accepted(accepted) => accepted,
        Answer::Refused(refused) => return Err(Problem::of_refusal(&refused)),
    };
    // What was recorded once is read once.
    if accepted.replayed {
        return Err(Problem::of_code(
            Code::CommandIdReused,
            "this reading was recorded before; another one needs another Idempotency-Key",
        ));
    }

    let event = ask(&service, move |engine| opened(engine, &recorded)).await?;
    let document = json!({ "event": event, "reading": shown(&accepted) });
    // Nothing on the way may keep what was to be read once.
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((no_store, Json(document)).into_response())
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

/// The event with the texts that can still be opened.
fn opened(engine: &Engine, recorded: &Recorded) -> Result<Value, EngineError> {
    let offset: CivilOffset = engine.rulebook().in_force(engine.now()).civil_offset;
    let header = &recorded.header;
    let failed = RefCell::new(None);
    let read_text = |field: usize, text: &PersonalText| match text {
        PersonalText::Open(text) => TextReading::Open(text.clone()),
        PersonalText::Sealed { bytes, .. } => {
            match engine.unseal(&header.stream, header.version, field, bytes) {
                Ok(Unsealed::Text(text)) => {
                    TextReading::Open(String::from_utf8_lossy(&text).into_owned())
                }
                Ok(Unsealed::Erased) => TextReading::Erased,
                Ok(Unsealed::NotRestored) => TextReading::Sealed,
                Err(error) => {
                    failed.replace(Some(error));
                    TextReading::Sealed
                }
            }
        }
    };
    let display = Display {
        offset,
        read_text: &read_text,
    };
    let shown = render(recorded, wire::schema_of(&recorded.event), &display);
    match failed.take() {
        Some(error) => Err(error),
        None => Ok(shown),
    }
}
