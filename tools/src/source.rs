//! Where a query finds its answers: the store that is opened for it, or a service that has it open.
//! What is shown is the same.

use redress_domain::clock::ClockKind;
use redress_domain::identity::{ComplaintId, MerchantId};
use redress_domain::instant::CivilOffset;
use redress_engine::{AsOf, Engine, Glance};
use redress_projections::agreements::AgreementFilter;
use redress_projections::cases::CaseFilter;
use redress_protocol::instant::format_instant;
use redress_protocol::query::{self, ListKind, Query, Subject, ViewReference};
use redress_protocol::view::Moment;
use redress_service::views::{self, Viewed};
use serde_json::Value;

use crate::commands::look::{LookArguments, Seen};
use crate::failure::Failure;
use crate::place::Place;
use crate::server::{Answered, Server};
use crate::store::progress_bar;

/// A store or a service, and from where it is looked at.
pub enum Source {
    /// An open store.
    Store(Box<Engine>, Glance),
    /// A service.
    Server(Server, LookArguments),
}

impl Source {
    /// Opens the store, or gets ready to ask the service.
    pub fn open(place: &Place, look: &LookArguments) -> Result<Self, Failure> {
        if let Some(server) = place.server()? {
            return Ok(Self::Server(server, look.clone()));
        }
        place.store.expect_store()?;
        let engine = place.store.open()?;
        let glance = engine.glance(look.look())?;
        Ok(Self::Store(Box::new(engine), glance))
    }

    /// Asks one view. `pairs` are its query; those without a value are left out.
    ///
    /// # Errors
    /// Usage when the view cannot be asked that way; exit code 1 when there is no such thing, at
    /// least not as of then.
    pub fn view(
        &self,
        view: &str,
        id: Option<&str>,
        pairs: &[(&str, Option<String>)],
    ) -> Result<Seen, Failure> {
        let usage = |error: query::QueryError| Failure::Usage(error.to_string());
        let given = pairs
            .iter()
            .filter_map(|(key, value)| Some(((*key).to_owned(), value.clone()?)));
        let reference = ViewReference::new(view, id, given.collect()).map_err(usage)?;
        let query = Query::new(&reference).map_err(usage)?;
        match self {
            Self::Store(engine, glance) => {
                let query = Query {
                    at: Some(glance.at()),
                    as_of: as_of(glance),
                    ..query
                };
                let seen = views::view(engine, &query, None)?;
                found(seen, &query.subject, glance)
            }
            Self::Server(server, look) => {
                let mut asked = at_and_as_of(look);
                let given = pairs.iter();
                asked.extend(given.filter_map(|(key, value)| Some((*key, value.clone()?))));
                let answered = match path_of(&query.subject) {
                    Some(path) => {
                        // What the caller may do is not part of the view that a store shows.
                        asked.push(("allowed", "false".to_owned()));
                        server.get(&["v1", path, id.unwrap_or_default()], &asked)?
                    }
                    None => server.get(&["v1", view], &asked)?,
                };
                Ok(answered.into())
            }
        }
    }

    /// Why a complaint's clocks are where they are.
    pub fn explain_complaint(&self, id: &str, clock: Option<ClockKind>) -> Result<Seen, Failure> {
        let complaint_id = ComplaintId::new(id)
            .map_err(|_| Failure::Usage(format!("`{id}` cannot be the id of a complaint")))?;
        match self {
            Self::Store(engine, glance) => {
                let look = glance.look();
                let seen = views::explain_complaint(engine, &complaint_id, clock, look)?;
                found(seen, &Subject::Complaint(complaint_id), glance)
            }
            Self::Server(server, look) => {
                let mut asked = at_and_as_of(look);
                asked.extend(clock.map(|clock| ("clock", clock.as_str().to_owned())));
                Ok(server
                    .get(&["v1", "explain", "complaints", id], &asked)?
                    .into())
            }
        }
    }

    /// Why a merchant is at its tier.
    pub fn explain_merchant(&self, id: &str) -> Result<Seen, Failure> {
        let merchant_id = MerchantId::new(id)
            .map_err(|_| Failure::Usage(format!("`{id}` cannot be the id of a merchant")))?;
        match self {
            Self::Store(engine, glance) => {
                let seen = views::explain_merchant(engine, &merchant_id, glance.look())?;
                found(seen, &Subject::Merchant(merchant_id), glance)
            }
            Self::Server(server, look) => {
                let asked = at_and_as_of(look);
                Ok(server
                    .get(&["v1", "explain", "merchants", id], &asked)?
                    .into())
            }
        }
    }

    /// Shows every view of a kind, by id, all judged at one instant; from where they were seen.
    pub fn each(
        &self,
        kind: ListKind,
        mut see: impl FnMut(Value) -> Result<(), Failure>,
    ) -> Result<Moment, Failure> {
        match self {
            Self::Store(engine, glance) => {
                let subjects = subjects(engine, glance, kind)?;
                let progress = progress_bar(subjects.len() as u64, "reading");
                for subject in subjects {
                    progress.inc(1);
                    let query = Query {
                        subject,
                        at: Some(glance.at()),
                        as_of: as_of(glance),
                    };
                    if let Some(document) = views::view(engine, &query, None)?.document {
                        see(document)?;
                    }
                }
                progress.finish_and_clear();
                Ok(Moment {
                    at: glance.at(),
                    as_of_position: glance.as_of_position(),
                    offset: engine.rulebook().in_force(glance.at()).civil_offset,
                })
            }
            Self::Server(server, look) => server.each(kind.as_str(), &at_and_as_of(look), see),
        }
    }
}

impl From<Answered> for Seen {
    fn from(answered: Answered) -> Self {
        Self {
            document: answered.document,
            moment: answered.moment,
        }
    }
}

fn at_and_as_of(look: &LookArguments) -> Vec<(&'static str, String)> {
    let text = |instant| format_instant(instant, CivilOffset::from_seconds(0));
    let mut pairs = Vec::new();
    pairs.extend(look.at.map(|at| ("at", text(at))));
    pairs.extend(look.as_of.map(|as_of| {
        let as_of = match as_of {
            AsOf::Position(position) => position.to_string(),
            AsOf::Recorded(instant) => text(instant),
        };
        ("as_of", as_of)
    }));
    pairs
}

fn as_of(glance: &Glance) -> Option<query::AsOf> {
    glance.look().as_of.map(|as_of| match as_of {
        AsOf::Position(position) => query::AsOf::Position(position),
        AsOf::Recorded(instant) => query::AsOf::Recorded(instant),
    })
}

fn found(seen: Viewed, subject: &Subject, glance: &Glance) -> Result<Seen, Failure> {
    let moment = seen.moment;
    match seen.document {
        Some(document) => Ok(Seen { document, moment }),
        None => {
            let looks_back = glance.look().as_of.is_some();
            Err(Failure::Failed(views::nothing_there(
                subject, looks_back, &moment,
            )))
        }
    }
}

/// Where the views of one thing are asked for.
const fn path_of(subject: &Subject) -> Option<&'static str> {
    match subject {
        Subject::Complaint(_) => Some("complaints"),
        Subject::Merchant(_) => Some("merchants"),
        Subject::Agreement(_) => Some("agreements"),
        Subject::Intermediary(_) => Some("intermediaries"),
        Subject::Repeats(_) | Subject::Queue { .. } | Subject::Sla { .. } | Subject::Gate(_) => {
            None
        }
    }
}

fn subjects(engine: &Engine, glance: &Glance, kind: ListKind) -> Result<Vec<Subject>, Failure> {
    let look = glance.look();
    Ok(match kind {
        ListKind::Complaints => {
            let ids = engine.complaints(&CaseFilter::default(), look)?.value;
            ids.into_iter().map(Subject::Complaint).collect()
        }
        ListKind::Merchants => {
            let ids = engine.merchants(look)?.value;
            ids.into_iter().map(Subject::Merchant).collect()
        }
        ListKind::Agreements => {
            let ids = engine.agreements(&AgreementFilter::default(), look)?.value;
            ids.into_iter().map(Subject::Agreement).collect()
        }
        ListKind::Intermediaries => {
            let ids = engine.intermediaries(look)?.value;
            ids.into_iter().map(Subject::Intermediary).collect()
        }
    })
}
