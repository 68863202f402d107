//! A page of a list: ids from the read models, and the view of each.
//!
//! Pages are cut by id, not by count: what is written between two pages moves nothing from one to
//! the other. Without an `as_of` each view is read as things are by then, so that it may already
//! reflect more than the list's position, never less.

use redress_domain::instant::Instant;
use redress_engine::{Engine, EngineError, Look};
use redress_projections::page::Page;
use redress_protocol::query::{ListQuery, Listed, Query, Subject, cursor};
use redress_protocol::view::Moment;
use serde_json::Value;

use super::view::{as_of, moment, view};

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The views, by id.
    pub documents: Vec<Value>,
    /// The cursor of the next page; `None` where nothing is left. A page may be short and have a
    /// next one: many rows were looked at, and few admitted.
    pub next: Option<String>,
    /// From where the list was seen.
    pub moment: Moment,
}

/// A page of a list; things that are not `admitted` are left out. `at` is the instant to judge by
/// where the query names neither an instant nor an earlier point of the log.
///
/// # Errors
/// When what is stored cannot be read.
pub fn listing(
    engine: &Engine,
    query: &ListQuery,
    at: Option<Instant>,
    admits: impl Fn(&Subject) -> Result<bool, EngineError>,
) -> Result<Listing, EngineError> {
    // Of an `as_of` the log is folded once for all of the page.
    let glance = engine.glance(Look {
        at: query.at.or(if query.as_of.is_some() { None } else { at }),
        as_of: query.as_of.map(as_of),
    })?;
    let look = glance.look();
    let (subjects, next, moment) = match &query.listed {
        Listed::Complaints(filter, turn) => {
            let seen = engine.page_of_complaints(filter, turn, look)?;
            let moment = moment(&seen);
            let (subjects, next) = parts(seen.value, Subject::Complaint);
            (subjects, next, moment)
        }
        Listed::Merchants(filter, turn) => {
            let seen = engine.page_of_merchants(filter, turn, look)?;
            let moment = moment(&seen);
            let (subjects, next) = parts(seen.value, Subject::Merchant);
            (subjects, next, moment)
        }
        Listed::Agreements(filter, turn) => {
            let seen = engine.page_of_agreements(filter, turn, look)?;
            let moment = moment(&seen);
            let (subjects, next) = parts(seen.value, Subject::Agreement);
            (subjects, next, moment)
        }
        Listed::Intermediaries(filter, turn) => {
            let seen = engine.page_of_intermediaries(filter, turn, look)?;
            let moment = moment(&seen);
            let (subjects, next) = parts(seen.value, Subject::Intermediary);
            (subjects, next, moment)
        }
    };
    let mut documents = Vec::with_capacity(subjects.len());
    for subject in subjects {
        if !admits(&subject)? {
            continue;
        }
        let one = Query {
            subject,
            at: Some(glance.at()),
            as_of: query
                .as_of
                .map(|_| redress_protocol::query::AsOf::Position(glance.as_of_position())),
        };
        documents.extend(view(engine, &one, None)?.document);
    }
    Ok(Listing {
        documents,
        next,
        moment,
    })
}

fn parts<Id: ToString>(
    page: Page<Id>,
    subject: impl Fn(Id) -> Subject,
) -> (Vec<Subject>, Option<String>) {
    let next = page.next.map(|id| cursor(&id.to_string()));
    (page.ids.into_iter().map(subject).collect(), next)
}
