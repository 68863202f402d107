//! What can be asked: views with their parameters, read from a reference like
//! `queue?due_within=6h&view=breached`.

mod listing;
mod reference;
#[cfg(test)]
mod tests;

pub use listing::{ListKind, ListQuery, Listed, PAGE_LIMIT_MAX, cursor};
pub use reference::{QueryError, ViewKind, ViewReference};

use redress_domain::gate::Capability;
use redress_domain::identity::{
    AgreementId, ComplaintId, IdentifierError, IntermediaryId, MerchantId, TemplateId, UserRef,
};
use redress_domain::instant::{Instant, Span};
use redress_projections::cases::QueueView;
use redress_projections::repeats::RepeatsQuery;

use crate::command::AMOUNT_MOST_FEN;
use crate::instant::{parse_instant, parse_span};

/// A question, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What is asked.
    pub subject: Subject,
    /// The instant to judge by; by default that of `as_of`, else the program's clock.
    pub at: Option<Instant>,
    /// Up to where the log is looked at; by default all of it.
    pub as_of: Option<AsOf>,
}

/// Up to where the log is looked at, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// A log position.
    Position(u64),
    /// The instant of recording.
    Recorded(Instant),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One complaint.
    Complaint(ComplaintId),
    /// One merchant.
    Merchant(MerchantId),
    /// One agreement.
    Agreement(AgreementId),
    /// One intermediary.
    Intermediary(IntermediaryId),
    /// The three counts of repeat complaints.
    Repeats(RepeatsQuery),
    /// What waits for somebody.
    Queue {
        /// Only what is due that soon.
        due_within: Option<Span>,
        /// Which complaints.
        view: QueueView,
        /// Only this merchant's.
        merchant_id: Option<MerchantId>,
    },
    /// How clocks were kept.
    Sla {
        /// Only this merchant's.
        merchant_id: Option<MerchantId>,
        /// In rounds opened at this instant or later.
        from: Option<Instant>,
        /// In rounds opened before this instant.
        to: Option<Instant>,
    },
    /// Whether a merchant may do something.
    Gate(GateQuestion),
}

/// What another service asks before it signs or debits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateQuestion {
    /// Whose permission.
    pub merchant_id: MerchantId,
    /// What for: one of `GATE_ACTIONS`.
    pub action: Capability,
    /// Under which template.
    pub template_id: Option<TemplateId>,
    /// Under which agreement.
    pub agreement_id: Option<AgreementId>,
    /// For which user.
    pub user_ref: Option<UserRef>,
    /// How much, in fen.
    pub amount_fen: Option<u64>,
}

/// The capabilities that the gate can be asked about.
pub const GATE_ACTIONS: [Capability; 5] = [
    Capability::Sign,
    Capability::Debit,
    Capability::PayScoreComplete,
    Capability::MultiAccountSign,
    Capability::TemplateCreate,
];

impl Query {
    /// Reads what a reference asks.
    ///
    /// # Errors
    /// The first value that cannot be taken, by its key.
    pub fn new(reference: &ViewReference) -> Result<Self, QueryError> {
        Ok(Self {
            subject: subject(reference)?,
            at: instant(reference, "at")?,
            as_of: reference.get("as_of").map(as_of).transpose()?,
        })
    }
}

fn subject(reference: &ViewReference) -> Result<Subject, QueryError> {
    let id = reference.id.as_deref().unwrap_or_default();
    Ok(match reference.kind {
        ViewKind::Complaint => Subject::Complaint(identifier("id", id, ComplaintId::new)?),
        ViewKind::Merchant => Subject::Merchant(identifier("id", id, MerchantId::new)?),
        ViewKind::Agreement => Subject::Agreement(identifier("id", id, AgreementId::new)?),
        ViewKind::Intermediary => Subject::Intermediary(identifier("id", id, IntermediaryId::new)?),
        ViewKind::Repeats => Subject::Repeats(RepeatsQuery {
            merchant_id: optional(reference, "merchant", MerchantId::new)?,
            user_ref: optional(reference, "user", UserRef::new)?,
            agreement_id: optional(reference, "agreement", AgreementId::new)?,
            from: instant(reference, "from")?,
            to: instant(reference, "to")?,
        }),
        ViewKind::Queue => Subject::Queue {
            due_within: match reference.get("due_within") {
                Some(text) => {
                    Some(parse_span(text).map_err(|error| wrong("due_within", error.to_string()))?)
                }
                None => None,
            },
            view: match reference.get("view") {
                Some(text) => QueueView::parse(text).ok_or_else(|| {
                    let names = QueueView::ALL.map(QueueView::as_str);
                    wrong("view", format!("must be one of {}", names.join(", ")))
                })?,
                None => QueueView::All,
            },
            merchant_id: optional(reference, "merchant", MerchantId::new)?,
        },
        ViewKind::Sla => Subject::Sla {
            merchant_id: optional(reference, "merchant", MerchantId::new)?,
            from: instant(reference, "from")?,
            to: instant(reference, "to")?,
        },
        ViewKind::Gate => Subject::Gate(gate_question(reference)?),
    })
}

fn gate_question(reference: &ViewReference) -> Result<GateQuestion, QueryError> {
    let action = needed(reference, "action")?;
    let action = GATE_ACTIONS
        .into_iter()
        .find(|one| one.as_str() == action)
        .ok_or_else(|| {
            let names = GATE_ACTIONS.map(Capability::as_str);
            wrong("action", format!("must be one of {}", names.join(", ")))
        })?;
    let amount_fen = reference
        .get("amount_fen")
        .map(|text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse()
                .ok()
                .filter(|amount| digits && *amount <= AMOUNT_MOST_FEN)
                .ok_or_else(|| wrong("amount_fen", "must be a whole number of fen"))
        })
        .transpose()?;
    Ok(GateQuestion {
        merchant_id: identifier("merchant", needed(reference, "merchant")?, MerchantId::new)?,
        action,
        template_id: optional(reference, "template", TemplateId::new)?,
        agreement_id: optional(reference, "agreement", AgreementId::new)?,
        user_ref: optional(reference, "user", UserRef::new)?,
        amount_fen,
    })
}

fn needed<'r>(reference: &'r ViewReference, key: &'static str) -> Result<&'r str, QueryError> {
    reference.get(key).ok_or(QueryError::KeyMissing {
        view: reference.kind.as_str(),
        key,
    })
}

fn identifier<Id>(
    key: &'static str,
    text: &str,
    new: impl FnOnce(&str) -> Result<Id, IdentifierError>,
) -> Result<Id, QueryError> {
    new(text).map_err(|error| {
        wrong(
            key,
            match error {
                IdentifierError::Empty => "must not be empty".to_owned(),
                IdentifierError::TooLong { limit } => format!("has more than {limit} characters"),
                IdentifierError::ControlCharacter => "has control characters".to_owned(),
            },
        )
    })
}

fn optional<Id>(
    reference: &ViewReference,
    key: &'static str,
    new: impl FnOnce(&str) -> Result<Id, IdentifierError>,
) -> Result<Option<Id>, QueryError> {
    reference
        .get(key)
        .map(|text| identifier(key, text, new))
        .transpose()
}

fn instant(reference: &ViewReference, key: &'static str) -> Result<Option<Instant>, QueryError> {
    reference
        .get(key)
        .map(|text| parse_instant(text).map_err(|error| wrong(key, error.to_string())))
        .transpose()
}

/// A log position or an instant.
fn as_of(text: &str) -> Result<AsOf, QueryError> {
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(position) = text.parse()
    {
        return Ok(AsOf::Position(position));
    }
    parse_instant(text)
        .map(AsOf::Recorded)
        .map_err(|error| wrong("as_of", error.to_string()))
}

fn wrong(key: &'static str, message: impl Into<String>) -> QueryError {
    QueryError::Value {
        key,
        message: message.into(),
    }
}
