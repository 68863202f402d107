//! From a request to an answer of the engine, for every place that takes one command a request.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use redress_domain::identity::Actor;
use redress_engine::{Answer, Submission};
use redress_protocol::answer::status_of;
use redress_protocol::command::CommandDocument;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::reading::submission;
use crate::caller::Caller;
use crate::identity::denial;
use crate::operations::tracing_context::correlation_id;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// Reads a body, whole.
///
/// # Errors
/// `request_timeout` for one that comes too slowly: it is given up while it is certain that nothing
/// is stored. `too_large` for one that is longer than allowed.
pub async fn read_body(service: &Service, body: Body) -> Result<Bytes, Problem> {
    let limits = &service.configuration.limits;
    let patience = Duration::from_millis(limits.request_ms / 2);
    timeout(patience, to_bytes(body, limits.body_bytes))
        .await
        .map_err(|_| Problem::of(&codes::REQUEST_TIMEOUT))?
        .map_err(|_| {
            Problem::of(&codes::TOO_LARGE)
                .because(format!("a body has at most {} bytes", limits.body_bytes))
        })
}

/// The body of a request, whole, for places that want nothing else of it.
pub struct Whole(pub Bytes);

impl FromRequest<Arc<Service>> for Whole {
    type Rejection = Problem;

    async fn from_request(
        request: Request<Body>,
        service: &Arc<Service>,
    ) -> Result<Self, Self::Rejection> {
        read_body(service, request.into_body()).await.map(Self)
    }
}

/// Hands in the command of a request; gives the id that it is known by, and the answer.
///
/// # Errors
/// When the caller may not hand it in, when too many wait, and when the engine fails: then the
/// problem is counted already.
pub async fn hand_in(
    service: &Arc<Service>,
    head: &Parts,
    caller: &Caller,
    document: CommandDocument,
) -> Result<(Uuid, Answer), Problem> {
    // Without a key of the caller the command cannot be sent again safely; it is told the one made
    // here, so that it can look the command up.
    let id = document.id.unwrap_or_else(Uuid::new_v4);
    let now = service.engine.now();
    let submission = submission(document, id, caller, correlation_id(head), now)?;
    let place = Arc::clone(&service.commands)
        .try_acquire_owned()
        .map_err(|_| Problem::of(&codes::OVERLOADED))?;
    let what = format!("{} {}", head.method, head.uri.path());
    let deciding = decide(service, submission, place, caller.actor.clone(), what);
    Ok((id, decided(service, deciding).await?))
}

/// A command that is being decided.
pub type Deciding = JoinHandle<Result<Answer, Problem>>;

/// Hands in a command and notes what comes of it, whether or not its caller still waits: whoever
/// hangs up stops nothing, and the place is kept until the command is decided. It is counted here,
/// and a denial of `what` is logged with who was denied it, so that nobody else has to.
pub fn decide(
    service: &Arc<Service>,
    submission: Submission,
    place: OwnedSemaphorePermit,
    who: Actor,
    what: impl AsRef<str> + Send + 'static,
) -> Deciding {
    let pending = service.engine.submit(submission);
    let service = Arc::clone(service);
    tokio::spawn(async move {
        let answer = pending.ready().await;
        drop(place);
        match answer {
            Ok(answer) => {
                service.metrics.answered(&answer);
                note_denial(&service, &who, what.as_ref(), &answer);
                Ok(answer)
            }
            Err(error) => {
                let problem = Problem::of_command(&error).noted();
                service.metrics.failed(&problem);
                Err(problem)
            }
        }
    })
}

/// The answer to a command, when it is there.
///
/// # Errors
/// When the engine fails; that is counted already.
pub async fn decided(service: &Service, deciding: Deciding) -> Result<Answer, Problem> {
    deciding.await.unwrap_or_else(|_| {
        let problem = Problem::of(&codes::INTERNAL).unknown().noted();
        service.metrics.failed(&problem);
        Err(problem)
    })
}

/// Notes a command that a rule refused because of who acted.
fn note_denial(service: &Service, who: &Actor, what: &str, answer: &Answer) {
    if let Answer::Refused(refused) = answer
        && status_of(refused.refusal.code) == 403
    {
        let code = refused.refusal.code.as_str();
        denial::note(service, code, Some(who), what, &refused.refusal.message);
    }
}
