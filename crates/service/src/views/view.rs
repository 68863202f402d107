//! Any view as JSON: a query is put to the engine, its answer into the shape that the contract
//! names.

use redress_domain::instant::Instant;
use redress_engine::{AsOf, Engine, EngineError, GateQuestion, Look, Seen};
use redress_projections::cases::{QueueItem, SlaQuery};
use redress_protocol::query::{self, Query, Subject};
use redress_protocol::view::{
    IntermediaryBundle, MerchantBundle, Moment, agreement_view, complaint_view, gate_view,
    intermediary_view, merchant_view, queue_view, repeats_view, sla_view,
};
use serde_json::Value;

/// A document, and from where it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Viewed {
    /// The document; `None` when what it is about is not known.
    pub document: Option<Value>,
    /// From where it was seen: the instant that clocks were judged by, and the position that it
    /// reflects.
    pub moment: Moment,
}

/// A view. `at` is the instant to judge by where the query names neither an instant nor an earlier
/// point of the log.
///
/// # Errors
/// When what is stored cannot be read.
pub fn view(engine: &Engine, query: &Query, at: Option<Instant>) -> Result<Viewed, EngineError> {
    view_of_rows(engine, query, at, |_| Ok(true))
}

/// The same with only those rows of a queue that are admitted.
///
/// # Errors
/// When what is stored cannot be read.
pub fn view_of_rows(
    engine: &Engine,
    query: &Query,
    at: Option<Instant>,
    admits: impl Fn(&QueueItem) -> Result<bool, EngineError>,
) -> Result<Viewed, EngineError> {
    let look = look(query, at);
    let (document, moment) = match &query.subject {
        Subject::Complaint(id) => {
            let seen = engine.complaint(id, look)?;
            let moment = moment(&seen);
            (seen.value.map(|one| complaint_view(&one, &moment)), moment)
        }
        Subject::Merchant(id) => {
            let seen = engine.merchant(id, look)?;
            let moment = moment(&seen);
            let document = seen.value.map(|one| {
                let bundle = MerchantBundle {
                    merchant: &one.merchant,
                    metrics: &one.metrics,
                    gate: &one.gate,
                    rulebook: &seen.rulebook,
                };
                merchant_view(&bundle, &moment)
            });
            (document, moment)
        }
        Subject::Agreement(id) => {
            let seen = engine.agreement(id, look)?;
            let moment = moment(&seen);
            (seen.value.map(|one| agreement_view(&one, &moment)), moment)
        }
        Subject::Intermediary(id) => {
            let seen = engine.intermediary(id, look)?;
            let moment = moment(&seen);
            let document = seen.value.map(|one| {
                let bundle = IntermediaryBundle {
                    intermediary: &one.intermediary,
                    merchants: one.portfolio.merchants,
                    merchants_at_t2: one.portfolio.merchants_at_t2,
                    coordination_failures: one.portfolio.coordination_failures,
                };
                intermediary_view(&bundle, &moment)
            });
            (document, moment)
        }
        Subject::Repeats(query) => {
            let seen = engine.repeats(query, look)?;
            let moment = moment(&seen);
            (Some(repeats_view(&seen.value, &moment)), moment)
        }
        Subject::Queue {
            due_within,
            view,
            merchant_id,
        } => {
            let seen = engine.queue(*due_within, *view, merchant_id.as_ref(), look)?;
            let moment = moment(&seen);
            let mut items = Vec::with_capacity(seen.value.len());
            for item in seen.value {
                if admits(&item)? {
                    items.push(item);
                }
            }
            (Some(queue_view(&items, &moment)), moment)
        }
        Subject::Sla {
            merchant_id,
            from,
            to,
        } => {
            let query = SlaQuery {
                merchant_id: merchant_id.clone(),
                from: *from,
                to: *to,
                at: Instant::from_unix_ms(0),
            };
            let seen = engine.sla(query, look)?;
            let moment = moment(&seen);
            (Some(sla_view(&seen.value, &moment)), moment)
        }
        Subject::Gate(asked) => {
            let question = GateQuestion {
                merchant_id: asked.merchant_id.clone(),
                action: asked.action,
                template_id: asked.template_id.clone(),
                agreement_id: asked.agreement_id.clone(),
                user_ref: asked.user_ref.clone(),
                amount_fen: asked.amount_fen,
            };
            let seen = engine.gate(&question, look)?;
            let moment = moment(&seen);
            (seen.value.map(|answer| gate_view(&answer, &moment)), moment)
        }
    };
    Ok(Viewed { document, moment })
}

/// From where an answer was seen.
#[must_use]
pub fn moment<T>(seen: &Seen<T>) -> Moment {
    Moment {
        at: seen.at,
        as_of_position: seen.as_of_position,
        offset: seen.rulebook.in_force(seen.at).civil_offset,
    }
}

/// How a query looks at the log.
#[must_use]
pub fn look(query: &Query, at: Option<Instant>) -> Look {
    let as_of = query.as_of.map(as_of);
    Look {
        at: query.at.or(if as_of.is_some() { None } else { at }),
        as_of,
    }
}

/// The same for the engine.
#[must_use]
pub const fn as_of(as_of: query::AsOf) -> AsOf {
    match as_of {
        query::AsOf::Position(position) => AsOf::Position(position),
        query::AsOf::Recorded(instant) => AsOf::Recorded(instant),
    }
}

/// Says in a sentence that there is nothing of that name, or was not by then.
#[must_use]
pub fn nothing_there(subject: &Subject, looks_back: bool, moment: &Moment) -> String {
    let what = match subject {
        Subject::Complaint(id) => format!("complaint `{id}`"),
        Subject::Merchant(id) => format!("merchant `{id}`"),
        Subject::Agreement(id) => format!("agreement `{id}`"),
        Subject::Intermediary(id) => format!("intermediary `{id}`"),
        Subject::Gate(question) => {
            let merchant = &question.merchant_id;
            match &question.agreement_id {
                Some(agreement) => format!("merchant `{merchant}`, or no agreement `{agreement}`"),
                None => format!("merchant `{merchant}`"),
            }
        }
        Subject::Repeats(_) | Subject::Queue { .. } | Subject::Sla { .. } => "such view".to_owned(),
    };
    match looks_back {
        true => format!(
            "there was no {what} as of position {}",
            moment.as_of_position
        ),
        false => format!("there is no {what}"),
    }
}
