//! `GET /v1/events/stream`: events as they come, as server-sent events.
//!
//! What is sent is taken from the log when the reader has room for it, so that somebody who reads
//! slowly costs nothing but their connection. Every event has its position as its id; a reader who
//! comes back with the last id goes on behind it, whatever was restarted meanwhile.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::page::{Pairs, asked, expect_nothing_else, expect_reached, position, stream_events};
use super::sight::Admission;
use super::told::Told;
use crate::authorization;
use crate::caller::Caller;
use crate::identity::{Standing, StreamPlace};
use crate::problem::{Problem, codes};
use crate::service::Service;

/// The media type of server-sent events.
pub const EVENT_STREAM: &str = "text/event-stream";
/// Bytes that are sent at once.
const PIECE_BYTES: usize = 64 * 1024;
/// How often it is looked at most whether the credential of a reader is still good.
const LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);
/// Events that may be passed over before the reader is told how far it has come.
const PASSED_OVER_MAX: u64 = 1_024;

/// `GET /v1/events/stream`
///
/// # Errors
/// `field_*` for parameters and for a `Last-Event-ID` that is no position, `not_found` for a
/// position or a stream that is not there, `overloaded` when too many follow already, `too_fast`
/// when too many do under one identity.
pub async fn stream(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(standing): Extension<Standing>,
    Parameters(mut pairs): Parameters<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (after, filter) = asked(&mut pairs)?;
    expect_nothing_else(&pairs)?;
    let after = match last_event_id(&headers)? {
        Some(last) => last,
        None => after.unwrap_or(0),
    };
    let wanted = filter.checked()?;
    expect_reached(&service, after)?;
    let place = Arc::clone(&service.events.followers)
        .try_acquire_owned()
        .map_err(|_| Problem::of(&codes::OVERLOADED).because("too many follow already"))?;
    let own_place = service.streams.open(&caller)?;
    let mut reading = Reading {
        durable: service.engine.follow(),
        next: after + 1,
        id: after,
        caught_up: false,
        has_begun: false,
        has_ended: false,
        earlier: Vec::new().into_iter(),
        handed_out_at: None,
        standing,
        looked_at: Instant::now(),
        ends_at: Instant::now() + Duration::from_millis(service.configuration.events.stream_ms),
        admission: Admission::of(wanted.clone(), caller.clone()),
        service: Arc::clone(&service),
        _places: (place, own_place),
    };
    if let Some(stream) = wanted.stream {
        authorization::expect_seen(&service, &caller, stream.clone()).await?;
        // What one stream has already is found without a look at the others.
        let last = service.engine.last_position();
        let earlier = stream_events(&service, stream, after, last).await?;
        let earlier = reading.admission.admit(&service, earlier).await?;
        reading.earlier = earlier.into_iter();
        reading.next = last + 1;
    }
    service.events.following.inc();
    let pieces = stream::unfold(reading, |mut reading| async {
        let piece = reading.piece().await?;
        Some((Ok::<Bytes, Infallible>(piece), reading))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, EVENT_STREAM),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Proxies that gather answers would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let text = headers
        .get("last-event-id")
        .map(|value| value.to_str().unwrap_or("?"));
    // A reader that has received no id yet sends an empty one.
    text.filter(|text| !text.is_empty())
        .map(position)
        .transpose()
}

/// Somebody who follows.
struct Reading {
    service: Arc<Service>,
    durable: watch::Receiver<u64>,
    admission: Admission,
    /// Events of the stream that is wanted that came before `next`.
    earlier: std::vec::IntoIter<Arc<Told>>,
    /// The position that is looked at next.
    next: u64,
    /// The last id that was sent.
    id: u64,
    caught_up: bool,
    has_begun: bool,
    has_ended: bool,
    /// When the piece before was handed out: how long the connection took for it is how slow the
    /// reader is.
    handed_out_at: Option<Instant>,
    ends_at: Instant,
    standing: Standing,
    /// When it was looked whether the credential is still good.
    looked_at: Instant,
    /// Its places among all who follow, and among those of its identity.
    _places: (OwnedSemaphorePermit, StreamPlace),
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.service.events.following.dec();
    }
}

impl Reading {
    /// What is sent next; `None` when nothing more is.
    async fn piece(&mut self) -> Option<Bytes> {
        if self.has_ended {
            return None;
        }
        let patience = Duration::from_millis(self.service.configuration.events.slow_reader_ms);
        let piece = match self.handed_out_at {
            Some(at) if at.elapsed() > patience => self.last_piece("slow_reader"),
            _ if !self.has_begun => {
                self.has_begun = true;
                Bytes::from_static(b"retry: 1000\n\n")
            }
            _ => match self.next_piece().await {
                Ok(piece) => piece,
                Err(problem) => self.last_piece(problem.code()),
            },
        };
        self.handed_out_at = Some(Instant::now());
        Some(piece)
    }

    async fn next_piece(&mut self) -> Result<Bytes, Problem> {
        loop {
            if self.service.stopping.is_cancelled() {
                return Ok(self.last_piece(codes::STOPPING.name));
            }
            if !self.is_known() {
                return Ok(self.last_piece(codes::UNAUTHENTICATED.name));
            }
            let earlier = gather(&mut self.earlier);
            if !earlier.is_empty() {
                return Ok(self.events(&earlier));
            }
            let read = self.service.book.read(&self.service, self.next).await?;
            if let Some(end) = read.last().map(|told| told.position()) {
                let admitted = self.admission.admit(&self.service, read).await?;
                self.next = end + 1;
                if !admitted.is_empty() {
                    self.earlier = admitted.into_iter();
                } else if end - self.id >= PASSED_OVER_MAX {
                    return Ok(self.progress(""));
                }
                continue;
            }
            let reached = self.next - 1;
            if !self.caught_up {
                self.caught_up = true;
                self.id = reached;
                return Ok(Bytes::from(format!(
                    "id: {reached}\nevent: caught-up\ndata: {{\"position\":{reached}}}\n\n"
                )));
            }
            if let Some(piece) = self.wait().await {
                return Ok(piece);
            }
        }
    }

    /// Whether the credential that the reader came with is still good. Whoever waited for long is
    /// looked at before the next event is told.
    fn is_known(&mut self) -> bool {
        if self.looked_at.elapsed() < LOOKED_FOR_EVERY {
            return true;
        }
        self.looked_at = Instant::now();
        self.service.identities.are_good(&self.standing)
    }

    /// Waits for the next event; what to send meanwhile, if there is something.
    async fn wait(&mut self) -> Option<Bytes> {
        let heartbeat =
            Duration::from_millis(self.service.configuration.events.heartbeat_ms.max(1));
        let next = self.next;
        let over = tokio::select! {
            () = self.service.stopping.cancelled() => Some(codes::STOPPING.name),
            () = tokio::time::sleep_until(self.ends_at) => Some("time_is_up"),
            () = tokio::time::sleep(heartbeat) => None,
            followed = self.durable.wait_for(|position| *position >= next) => match followed {
                Ok(_) => return None,
                // The engine is gone.
                Err(_) => Some(codes::STOPPING.name),
            },
        };
        Some(match over {
            Some(code) => self.last_piece(code),
            None => self.progress(": still here\n"),
        })
    }

    fn events(&mut self, events: &[Arc<Told>]) -> Bytes {
        if let Some(last) = events.last() {
            self.id = last.position();
        }
        match events {
            [one] => one.frame(),
            several => several
                .iter()
                .fold(Vec::with_capacity(PIECE_BYTES), |mut piece, told| {
                    piece.extend_from_slice(&told.frame());
                    piece
                })
                .into(),
        }
    }

    /// How far the reader has come, after a comment: an id without data is an event to nobody, but
    /// the reader comes back with it.
    fn progress(&mut self, comment: &str) -> Bytes {
        let reached = self.next - 1;
        let id = match reached > self.id {
            true => format!("id: {reached}\n"),
            false => String::new(),
        };
        self.id = self.id.max(reached);
        Bytes::from(format!("{comment}{id}\n"))
    }

    /// The last event: why there is no more. The reader may come back with its last id.
    fn last_piece(&mut self, code: &str) -> Bytes {
        self.has_ended = true;
        let document = serde_json::json!({ "code": code, "position": self.id });
        Bytes::from(format!("event: cut-off\ndata: {document}\n\n"))
    }
}

/// Events that are sent at once: as many as fill a piece.
fn gather(events: &mut std::vec::IntoIter<Arc<Told>>) -> Vec<Arc<Told>> {
    let mut bytes = 0;
    let mut gathered = Vec::new();
    while bytes < PIECE_BYTES {
        let Some(told) = events.next() else {
            break;
        };
        bytes += told.frame().len();
        gathered.push(told);
    }
    gathered
}
