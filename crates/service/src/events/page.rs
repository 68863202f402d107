//! `GET /v1/events`: a page of events, as a document, as lines, or as a batch of CloudEvents.

use std::sync::Arc;

use axum::extract::{Extension, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use redress_domain::identity::StreamId;
use redress_domain::refusal::Code;
use redress_engine::EventRange;
use serde_json::Value;

use super::filter::Filter;
use super::sight::Admission;
use super::told::Told;
use crate::accept::preferred;
use crate::authorization;
use crate::caller::Caller;
use crate::engine_calls::ask;
use crate::problem::{Problem, codes};
use crate::service::Service;
use crate::views::{POSITION, take};

/// Events of a page where the caller names no number.
const EVENTS_DEFAULT: usize = 100;
/// Events of a page at the most.
const EVENTS_MAX: usize = 1_000;
/// Events that are looked at for one page, wanted or not: the page then ends early.
const LOOKED_AT_MAX: u64 = 20_000;

/// The media types of the three forms.
pub const JSON: &str = "application/json";
pub const LINES: &str = "application/x-ndjson";
pub const CLOUD_EVENTS: &str = "application/cloudevents-batch+json";

/// How a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Document,
    Lines,
    CloudEvents,
}

/// Parameters of a request, in order.
pub type Pairs = Vec<(String, String)>;

/// The position behind which to begin, and what is wanted: what pages and streams have in common.
pub fn asked(pairs: &mut Pairs) -> Result<(Option<u64>, Filter), Problem> {
    let after = take(pairs, "after")?
        .map(|text| position(&text))
        .transpose()?;
    let types = take(pairs, "types")?.map_or_else(Vec::new, |text| {
        text.split(',').map(|name| name.trim().to_owned()).collect()
    });
    let filter = Filter {
        types,
        stream: take(pairs, "stream")?,
        merchant: take(pairs, "merchant")?,
    };
    Ok((after, filter))
}

/// A position that a caller names.
pub fn position(text: &str) -> Result<u64, Problem> {
    text.parse()
        .map_err(|_| invalid(format!("`{text}` is not a position of the log")))
}

/// Goes on only where every parameter was understood.
pub fn expect_nothing_else(pairs: &Pairs) -> Result<(), Problem> {
    match pairs.first() {
        Some((key, _)) => Err(Problem::of_code(
            Code::FieldUnknown,
            format!("{key}: is no parameter of this"),
        )),
        None => Ok(()),
    }
}

/// Goes on only with a position that the log has reached: a caller who knows more has followed
/// another log, or one that was restored to an earlier state.
pub fn expect_reached(service: &Service, after: u64) -> Result<(), Problem> {
    let last = service.engine.last_position();
    match after <= last {
        true => Ok(()),
        false => Err(Problem::of(&codes::NOT_FOUND)
            .because(format!("the log ends at position {last}, before {after}"))
            .with("position", last)),
    }
}

fn invalid(detail: String) -> Problem {
    Problem::of_code(Code::FieldInvalid, detail)
}

/// `GET /v1/events`
///
/// # Errors
/// `field_*` for parameters, `not_found` for a position or a stream that is not there,
/// `not_acceptable` for a form that cannot be given.
pub async fn events(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Parameters(mut pairs): Parameters<Pairs>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (after, filter) = asked(&mut pairs)?;
    let limit = limit(take(&mut pairs, "limit")?.as_deref())?;
    let form = form(take(&mut pairs, "format")?.as_deref(), &headers)?;
    expect_nothing_else(&pairs)?;
    let wanted = filter.checked()?;
    let after = after.unwrap_or(0);
    expect_reached(&service, after)?;
    let page = match wanted.stream.clone() {
        Some(stream) => {
            authorization::expect_seen(&service, &caller, stream.clone()).await?;
            let mut admission = Admission::of(wanted, caller);
            of_stream(&service, &mut admission, stream, after, limit).await?
        }
        None => {
            let mut admission = Admission::of(wanted, caller);
            of_log(&service, &mut admission, after, limit).await?
        }
    };
    Ok(respond(&service, &page, form))
}

/// A page.
struct Page {
    events: Vec<Arc<Told>>,
    /// Everything up to here was looked at.
    next: u64,
    /// Where the log ended meanwhile.
    last: u64,
}

/// Reads a page of everything.
async fn of_log(
    service: &Arc<Service>,
    admission: &mut Admission,
    after: u64,
    limit: usize,
) -> Result<Page, Problem> {
    let last = service.engine.last_position();
    let mut page = Page {
        events: Vec::new(),
        next: after,
        last,
    };
    while page.events.len() < limit && page.next < last && page.next - after < LOOKED_AT_MAX {
        let read = service.book.read(service, page.next + 1).await?;
        let Some(end) = read.last().map(|told| told.position()) else {
            break;
        };
        for told in admission.admit(service, read).await? {
            if page.events.len() == limit {
                page.next = page.events.last().map_or(end, |told| told.position());
                return Ok(page);
            }
            page.events.push(told);
        }
        page.next = end;
    }
    page.last = page.last.max(page.next);
    Ok(page)
}

/// Reads a page of one stream, which is found without a look at the others.
async fn of_stream(
    service: &Arc<Service>,
    admission: &mut Admission,
    stream: StreamId,
    after: u64,
    limit: usize,
) -> Result<Page, Problem> {
    let last = service.engine.last_position();
    let read = stream_events(service, stream, after, last).await?;
    let mut events = admission.admit(service, read).await?;
    let has_more = events.len() > limit;
    events.truncate(limit);
    let next = match events.last() {
        Some(told) if has_more => told.position(),
        Some(_) | None => last,
    };
    Ok(Page { events, next, last })
}

/// The events of a stream behind one position and up to another.
pub async fn stream_events(
    service: &Arc<Service>,
    stream: StreamId,
    after: u64,
    to: u64,
) -> Result<Vec<Arc<Told>>, Problem> {
    ask(service, move |engine| {
        let offset = engine.rulebook().in_force(engine.now()).civil_offset;
        let range = EventRange {
            stream: Some(stream),
            from: Some(after + 1),
            to: Some(to),
            recorded_until: None,
        };
        let mut events = Vec::new();
        engine.events(&range, |recorded| {
            events.push(Arc::new(Told::of(recorded, offset)));
            true
        })?;
        Ok(events)
    })
    .await
}

fn limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else {
        return Ok(EVENTS_DEFAULT);
    };
    text.parse()
        .ok()
        .filter(|limit| (1..=EVENTS_MAX).contains(limit))
        .ok_or_else(|| invalid(format!("limit: must be a number from 1 to {EVENTS_MAX}")))
}

/// The form that is asked for by `format`, else the one that the caller likes best.
fn form(named: Option<&str>, headers: &HeaderMap) -> Result<Form, Problem> {
    match named {
        Some("json") => return Ok(Form::Document),
        Some("ndjson") => return Ok(Form::Lines),
        Some("cloudevents") => return Ok(Form::CloudEvents),
        Some(_) => {
            return Err(invalid(
                "format: must be json, ndjson or cloudevents".to_owned(),
            ));
        }
        None => {}
    }
    match preferred(headers, &[JSON, LINES, CLOUD_EVENTS]) {
        Some(LINES) => Ok(Form::Lines),
        Some(CLOUD_EVENTS) => Ok(Form::CloudEvents),
        Some(_) => Ok(Form::Document),
        None => Err(Problem::of(&codes::NOT_ACCEPTABLE)),
    }
}

fn respond(service: &Service, page: &Page, form: Form) -> Response {
    let (media_type, body) = match form {
        Form::Document => (JSON, document(page)),
        Form::Lines => (LINES, lines(page)),
        Form::CloudEvents => (CLOUD_EVENTS, cloud_events(service, page)),
    };
    let mut response = ([(header::CONTENT_TYPE, media_type)], body).into_response();
    let headers = response.headers_mut();
    headers.insert(POSITION, HeaderValue::from(page.last));
    headers.insert("redress-next", HeaderValue::from(page.next));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The events in a document, with `next`, which the next request names in `after`, and `position`,
/// where the log ends.
fn document(page: &Page) -> Vec<u8> {
    let mut body = b"{\"events\":[".to_vec();
    join(&mut body, page, b",");
    body.extend_from_slice(
        format!("],\"next\":{},\"position\":{}}}", page.next, page.last).as_bytes(),
    );
    body
}

fn lines(page: &Page) -> Vec<u8> {
    let mut body = Vec::new();
    join(&mut body, page, b"\n");
    if !body.is_empty() {
        body.push(b'\n');
    }
    body
}

fn join(body: &mut Vec<u8>, page: &Page, between: &[u8]) {
    for (index, told) in page.events.iter().enumerate() {
        if index > 0 {
            body.extend_from_slice(between);
        }
        body.extend_from_slice(&told.document());
    }
}

fn cloud_events(service: &Service, page: &Page) -> Vec<u8> {
    let engine = &service.engine;
    let offset = engine.rulebook().in_force(engine.now()).civil_offset;
    let events: Vec<Value> = page
        .events
        .iter()
        .map(|told| told.cloud_event(&service.configuration.source, offset))
        .collect();
    Value::Array(events).to_string().into_bytes()
}
