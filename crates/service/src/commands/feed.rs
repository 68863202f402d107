//! A feed: one command a line, the answers stream back line by line, in order, each when durable.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use redress_domain::identity::Actor;
use redress_engine::Answer;
use redress_protocol::answer;
use redress_protocol::feed::Ordinals;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use super::handing_in::{Deciding, decide, decided};
use super::lines::Lines;
use super::reading::{Beside, read, submission};
use super::{FEED, is_open};
use crate::caller::Caller;
use crate::identity::{Standing, denial};
use crate::operations::tracing_context::correlation_id;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// What a denied line is called in the log.
const FEED_LINE: &str = "a line of a feed";

/// How often it is looked whether the credential of a feed is still good.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);

/// Answers that may wait for a caller who reads slowly.
const ANSWERS_WAITING: usize = 64;

/// A line on its way.
enum Line {
    Command {
        number: u64,
        id: Uuid,
        deciding: Deciding,
    },
    Problem {
        number: u64,
        id: Option<Uuid>,
        problem: Problem,
    },
}

/// Takes the feed of a request.
pub fn take(
    service: Arc<Service>,
    caller: Caller,
    standing: Standing,
    request: Request<Body>,
) -> Response {
    let place = match service.streams.open(&caller) {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    let who = caller.actor.clone();
    let (head, body) = request.into_parts();
    let correlation_id = correlation_id(&head);
    let (lines, waiting) = mpsc::channel(service.configuration.limits.feed_waiting);
    let (answers, answered) = mpsc::channel(ANSWERS_WAITING);
    tokio::spawn(hand_in(
        Arc::clone(&service),
        (caller, standing),
        body,
        correlation_id,
        lines,
    ));
    tokio::spawn(async move {
        let _place = place;
        give_answers(service, who, waiting, answers).await;
    });
    let answers = ReceiverStream::new(answered).map(Ok::<Bytes, Infallible>);
    let mut response = Response::new(Body::from_stream(answers));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(FEED));
    response
}

/// Reads lines and hands them in, as long as somebody takes the answers.
async fn hand_in(
    service: Arc<Service>,
    (caller, standing): (Caller, Standing),
    body: Body,
    correlation_id: Option<Uuid>,
    lines: mpsc::Sender<Line>,
) {
    let mut feed = Feed {
        service,
        caller,
        standing,
        look_at: Instant::now() + LOOKED_FOR_EVERY,
        correlation_id,
        ordinals: Ordinals::default(),
        number: 0,
        drives_clock: None,
    };
    let mut pieces = Lines::new(feed.service.configuration.limits.body_bytes);
    let mut body = body.into_data_stream();
    let stopping = feed.service.stopping.clone();
    loop {
        let chunk = tokio::select! {
            chunk = body.next() => chunk,
            () = sleep_until(feed.look_at) => match feed.is_known() {
                true => continue,
                false => {
                    feed.number += 1;
                    let _ = lines.send(feed.unknown()).await;
                    return;
                }
            },
            () = stopping.cancelled() => {
                feed.number += 1;
                let problem = Problem::of(&codes::STOPPING);
                let _ = lines.send(feed.problem(None, problem)).await;
                return;
            }
        };
        let Some(chunk) = chunk else {
            break;
        };
        // What broke off in the middle of a line was not a command yet.
        let Ok(chunk) = chunk else {
            return;
        };
        for (index, piece) in chunk.split(|byte| *byte == b'\n').enumerate() {
            // Before every piece but the first stands a line end.
            if index > 0 && !feed.line(pieces.end(), &lines).await {
                return;
            }
            pieces.add(piece);
        }
    }
    feed.line(pieces.end(), &lines).await;
}

/// What is known while a feed is read.
struct Feed {
    service: Arc<Service>,
    caller: Caller,
    standing: Standing,
    /// When it is looked again whether the credential is still good.
    look_at: Instant,
    correlation_id: Option<Uuid>,
    ordinals: Ordinals,
    number: u64,
    /// Held from the first line on that says when it was recorded.
    drives_clock: Option<Arc<()>>,
}

impl Feed {
    /// Whether the credential that the feed began with is still good.
    fn is_known(&mut self) -> bool {
        self.look_at = Instant::now() + LOOKED_FOR_EVERY;
        self.service.identities.are_good(&self.standing)
    }

    /// The last line of a feed whose credential is not good any more.
    fn unknown(&self) -> Line {
        let problem = Problem::of(&codes::UNAUTHENTICATED)
            .because("the credential of this feed is not good any more");
        self.problem(None, problem)
    }

    /// Hands in a line, `None` for one that is too long; says whether to go on.
    async fn line(&mut self, whole: Option<Vec<u8>>, lines: &mpsc::Sender<Line>) -> bool {
        self.number += 1;
        if whole
            .as_ref()
            .is_some_and(|line| line.trim_ascii().is_empty())
        {
            return true;
        }
        self.service.rates.line(&self.caller).await;
        if Instant::now() >= self.look_at && !self.is_known() {
            let _ = lines.send(self.unknown()).await;
            return false;
        }
        if let Err(problem) = is_open(&self.service) {
            let _ = lines.send(self.problem(None, problem)).await;
            return false;
        }
        let line = match whole {
            Some(line) => {
                self.command(line.strip_suffix(b"\r").unwrap_or(&line))
                    .await
            }
            None => Some(self.too_long()),
        };
        match line {
            Some(line) => lines.send(line).await.is_ok(),
            None => false,
        }
    }

    /// Hands in the command of a line; `None` where no more is taken.
    async fn command(&mut self, bytes: &[u8]) -> Option<Line> {
        let depth_max = self.service.configuration.limits.depth;
        let document = match read(bytes, &Beside::default(), &self.caller, depth_max) {
            Ok(document) => document,
            Err(problem) => return Some(self.problem(None, problem)),
        };
        let id = document
            .id
            .unwrap_or_else(|| self.ordinals.derive_id(bytes));
        let now = self.service.engine.now();
        let submission = match submission(document, id, &self.caller, self.correlation_id, now) {
            Ok(submission) => submission,
            Err(problem) => return Some(self.problem(Some(id), problem)),
        };
        if submission.recorded_at.is_some() && self.drives_clock.is_none() {
            self.drives_clock = Some(Arc::clone(&self.service.histories));
        }
        let place = Arc::clone(&self.service.commands)
            .acquire_owned()
            .await
            .ok()?;
        let who = self.caller.actor.clone();
        Some(Line::Command {
            number: self.number,
            id,
            deciding: decide(&self.service, submission, place, who, FEED_LINE),
        })
    }

    fn too_long(&self) -> Line {
        let bytes_max = self.service.configuration.limits.body_bytes;
        let problem =
            Problem::of(&codes::TOO_LARGE).because(format!("a line has at most {bytes_max} bytes"));
        self.problem(None, problem)
    }

    const fn problem(&self, id: Option<Uuid>, problem: Problem) -> Line {
        Line::Problem {
            number: self.number,
            id,
            problem,
        }
    }
}

/// Waits for the answers in the order of the lines and passes them on.
async fn give_answers(
    service: Arc<Service>,
    who: Actor,
    mut waiting: mpsc::Receiver<Line>,
    answers: mpsc::Sender<Bytes>,
) {
    while let Some(line) = waiting.recv().await {
        let (number, id, shown, is_last) = match line {
            Line::Problem {
                number,
                id,
                problem,
            } => {
                service.metrics.unanswered(&problem);
                if matches!(problem.status().as_u16(), 401 | 403) {
                    denial::note(&service, problem.code(), Some(&who), FEED_LINE, "");
                }
                (number, id, malformed(&problem), false)
            }
            Line::Command {
                number,
                id,
                deciding,
            } => match decided(&service, deciding).await {
                Ok(answer) => (number, Some(id), shown(&answer), false),
                Err(problem) => (number, Some(id), failed(&problem), true),
            },
        };
        let mut object = Map::new();
        object.insert("line".to_owned(), number.into());
        if let Some(id) = id {
            object.insert("id".to_owned(), id.to_string().into());
        }
        if let Value::Object(shown) = shown {
            object.extend(shown);
        }
        let mut text = Value::Object(object).to_string();
        text.push('\n');
        if answers.send(Bytes::from(text)).await.is_err() || is_last {
            return;
        }
    }
}

fn shown(answer: &Answer) -> Value {
    match answer {
        Answer::Accepted(accepted) => super::single::shown(accepted),
        Answer::Refused(refused) => match refused.actual_version {
            Some(actual) => answer::version_conflict(&refused.refusal, actual),
            None => answer::refused(&refused.refusal),
        },
    }
}

/// A line that was not handed in.
fn malformed(problem: &Problem) -> Value {
    let outcome = match problem.status().as_u16() {
        401 => "failed",
        403 => "refused",
        _ => "malformed",
    };
    line_of(problem, outcome)
}

/// A line of which it is not known whether it was stored: the feed ends with it.
fn failed(problem: &Problem) -> Value {
    line_of(problem, "failed")
}

fn line_of(problem: &Problem, outcome: &str) -> Value {
    let mut object = Map::new();
    object.insert("outcome".to_owned(), outcome.into());
    if let Value::Object(mut document) = problem.document() {
        for (key, name) in [
            ("code", "code"),
            ("clause", "clause"),
            ("detail", "message"),
            ("field", "field"),
            ("retryable", "retryable"),
        ] {
            if let Some(value) = document.remove(key) {
                object.insert(name.to_owned(), value);
            }
        }
    }
    Value::Object(object)
}
