//! What documents become: commands in one order of time.
//!
//! Every act of a negotiation history becomes one command, with an id that depends on the
//! complaint and the act alone, so that importing the same files again changes nothing and a
//! history that grew adds what is new.

mod complaint;
mod ids;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redress_domain::command::Request;
use redress_domain::complaint::Act;
use redress_domain::identity::{
    Actor, ActorId, ComplaintId, IdentifierError, MerchantId, Reference, Role, Trust,
};
use redress_domain::instant::Instant;
use redress_domain::merchant::{self, Industry, MerchantKind, Registration};
use redress_domain::text::PersonalText;
use thiserror::Error;
use uuid::Uuid;

use crate::document::ComplaintDocument;
use crate::history;

/// What a set of documents becomes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All complaints merged into one order of time. A merchant's registration comes right before
    /// its first complaint, a complaint's filing before everything else of it.
    pub commands: Vec<PlannedCommand>,
    /// One document for each planned complaint, by id, to compare with afterwards.
    pub documents: Vec<ComplaintDocument>,
    /// How many acts have no effect here and are planned as notes, by raw type.
    pub notes: BTreeMap<String, u64>,
    /// Complaints whose answers speak of more history than they hold.
    pub incomplete_histories: Vec<ComplaintId>,
    /// Complaints of which nothing is planned.
    pub unplanned: Vec<Unplanned>,
    /// The latest instant at which anything happened; clocks run to it unless told otherwise.
    pub latest_at: Option<Instant>,
    /// As given: misses before it are shown and carry no liability.
    pub cutover: Option<Instant>,
}

/// A command as the documents have it. `recorded_at` is for the importer: the later of
/// `occurred_at` and the log's last.
#[derive(Clone, Debug)]
pub struct PlannedCommand {
    /// The same for the same act in whatever file. Where the log knows it or `note_id` already,
    /// the act was imported before: it is not sent again, even when the document has changed.
    pub id: Uuid,
    /// The id of this act when it is only kept as a note; `id` itself where it is one.
    pub note_id: Uuid,
    /// When the document says that it happened.
    pub occurred_at: Instant,
    /// Who acted.
    pub by: Actor,
    /// The platform saw it.
    pub trust: Trust,
    /// What is asked.
    pub request: Request,
    /// What is asked instead where the edition in force does not name the reason of a pause.
    pub fallback: Option<Fallback>,
    /// What the source calls it.
    pub raw_type: Reference,
    /// The complaint that it comes from.
    pub complaint_id: ComplaintId,
    /// The act's own words, for the note.
    pub note_text: Option<String>,
}

/// What is asked in place of a pause that the edition does not know.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// Who acted.
    pub by: Actor,
    /// What is asked.
    pub request: Request,
}

/// A complaint of which nothing is planned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("complaint {complaint_id}: {field}: {}", crate::document::reason(*error))]
pub struct Unplanned {
    /// Which.
    pub complaint_id: ComplaintId,
    /// The field on the wire that cannot be taken over.
    pub field: &'static str,
    /// Why.
    pub error: IdentifierError,
}

impl PlannedCommand {
    /// The same act as a note, for a command that the domain refuses; `because` is the refusal's
    /// code. `None` for a registration or a filing: without them there is nothing to keep a note
    /// on, and the refusal is the import's failure. `keeper` is the [`importer`].
    #[must_use]
    pub fn as_note(&self, because: Reference, keeper: Actor) -> Option<Self> {
        let Request::Complaint(complaint_id, act) = &self.request else {
            return None;
        };
        if matches!(act, Act::File(_)) {
            return None;
        }
        Some(Self {
            id: self.note_id,
            by: keeper,
            request: Request::Complaint(
                complaint_id.clone(),
                Act::KeepNote {
                    raw_type: self.raw_type.clone(),
                    because,
                    text: self.note_text.clone().map(PersonalText::Open),
                },
            ),
            fallback: None,
            ..self.clone()
        })
    }
}

/// The platform's program as an actor: it imports, and keeps notes.
///
/// # Errors
/// Never for this name; identifiers are checked all the same.
pub fn importer() -> Result<Actor, IdentifierError> {
    platform(Role::Service)
}

fn platform(role: Role) -> Result<Actor, IdentifierError> {
    Ok(Actor {
        role,
        id: ActorId::new("wechatpay")?,
    })
}

/// Plans the import of documents. Nothing depends on their order but which of several details of
/// one complaint holds: the last.
#[must_use]
pub fn plan(documents: Vec<ComplaintDocument>, cutover: Option<Instant>) -> Plan {
    let mut plan = Plan {
        commands: Vec::new(),
        documents: Vec::new(),
        notes: BTreeMap::new(),
        incomplete_histories: Vec::new(),
        unplanned: Vec::new(),
        latest_at: None,
        cutover,
    };
    let gathered = history::gather(documents);
    let power_banks: BTreeSet<MerchantId> = gathered
        .iter()
        .filter(|one| one.power_bank)
        .map(|one| one.document.complaint.complainted_mchid.clone())
        .collect();

    let mut steps = Vec::new();
    for one in gathered {
        let complaint_id = one.document.complaint.complaint_id.clone();
        match complaint::steps(&one.document) {
            Ok(mut of_one) => {
                steps.append(&mut of_one);
                if one.incomplete {
                    plan.incomplete_histories.push(complaint_id);
                }
                plan.documents.push(one.document);
            }
            Err(complaint::Untaken { field, error }) => plan.unplanned.push(Unplanned {
                complaint_id,
                field,
                error,
            }),
        }
    }
    // Stable: of one complaint, steps at the same instant stay as they are.
    steps.sort_by(|one, other| {
        (one.order_at, &one.command.complaint_id)
            .cmp(&(other.order_at, &other.command.complaint_id))
    });

    let mut registered = BTreeSet::new();
    for step in steps {
        let command = step.command;
        plan.latest_at = plan.latest_at.max(Some(command.occurred_at));
        match &command.request {
            Request::Complaint(_, Act::KeepNote { raw_type, .. }) => {
                *plan.notes.entry(raw_type.to_string()).or_default() += 1;
            }
            Request::Complaint(_, Act::File(filing)) => {
                let merchant_id = &filing.merchant_id;
                if registered.insert(merchant_id.clone()) {
                    let industry = if power_banks.contains(merchant_id) {
                        Industry::PowerBank
                    } else {
                        Industry::General
                    };
                    plan.commands.push(registration(
                        merchant_id,
                        industry,
                        &command,
                        step.importer,
                    ));
                }
            }
            Request::Complaint(..)
            | Request::Merchant(..)
            | Request::Agreement(..)
            | Request::Intermediary(..)
            | Request::User(..)
            | Request::Rulebook(_) => {}
        }
        plan.commands.push(command);
    }
    plan
}

/// A merchant that the log may not know (rulebook 1.1): direct, since a document names no
/// institution, and called by its number, since a document names no name. The importer leaves it
/// out where the merchant is known.
fn registration(
    merchant_id: &MerchantId,
    industry: Industry,
    first: &PlannedCommand,
    by: Actor,
) -> PlannedCommand {
    let id = ids::registration(merchant_id);
    PlannedCommand {
        id,
        note_id: id,
        occurred_at: first.occurred_at,
        by,
        trust: Trust::Platform,
        request: Request::Merchant(
            merchant_id.clone(),
            merchant::Act::Register(Registration {
                merchant_id: merchant_id.clone(),
                kind: MerchantKind::Direct,
                industry,
                name: Arc::from(merchant_id.as_str()),
                institution_id: None,
                service_provider_id: None,
                entity_id: None,
            }),
        ),
        fallback: None,
        raw_type: first.raw_type.clone(),
        complaint_id: first.complaint_id.clone(),
        note_text: None,
    }
}
