//! Who may see what: the one place that says it, for views, lists, explanations and events alike.
//!
//! Reviewers, risk, services, auditors and admins read everything. Users, merchants and
//! intermediaries see only what is their own, as things are now; what belongs to others is answered
//! as if it were not there, so that nobody learns what exists. A filter that names another party is
//! refused as `not_your_case` without a look at whether there is such a party.

use std::sync::Arc;

use redress_domain::identity::{MerchantId, Role, StreamId, UserRef};
use redress_domain::refusal::Code;
use redress_engine::{Belonging, Engine, EngineError};
use redress_projections::agreements::AgreementFilter;
use redress_projections::cases::CaseFilter;
use redress_protocol::query::Subject;

use crate::caller::Caller;
use crate::engine_calls::ask;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// How much somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Everything,
    /// What is this user's.
    OfUser(UserRef),
    /// What is this merchant's.
    OfMerchant(MerchantId),
    /// What is this intermediary's and its merchants'.
    OfIntermediary(String),
    /// Nothing: the engine asks nothing, and a name that is too long for a party is none.
    Nothing,
}

impl Sight {
    /// What goes with a role.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let id = caller.actor.id.as_str();
        match caller.actor.role {
            Role::User => UserRef::new(id).map_or(Self::Nothing, Self::OfUser),
            Role::Merchant => MerchantId::new(id).map_or(Self::Nothing, Self::OfMerchant),
            Role::Intermediary => Self::OfIntermediary(id.to_owned()),
            Role::Reviewer | Role::Risk | Role::Service | Role::Auditor | Role::Admin => {
                Self::Everything
            }
            Role::Engine => Self::Nothing,
        }
    }
}

/// Whether a caller may see what belongs to these parties.
#[must_use]
pub fn may_see(caller: &Caller, belonging: &Belonging) -> bool {
    match Sight::of(caller) {
        Sight::Everything => true,
        Sight::OfUser(user_ref) => belonging.user_ref.as_ref() == Some(&user_ref),
        Sight::OfMerchant(merchant_id) => belonging.merchant_id.as_ref() == Some(&merchant_id),
        Sight::OfIntermediary(id) => belonging
            .intermediaries
            .iter()
            .any(|intermediary| intermediary.as_str() == id),
        Sight::Nothing => false,
    }
}

/// Whether a caller may see a stream and its events. The rulebook is for all.
///
/// # Errors
/// When what is stored cannot be read.
pub fn may_see_stream(
    caller: &Caller,
    engine: &Engine,
    stream: &StreamId,
) -> Result<bool, EngineError> {
    if Sight::of(caller) == Sight::Everything || *stream == StreamId::Rulebook {
        return Ok(true);
    }
    let belonging = engine.belonging(stream)?;
    Ok(belonging.is_some_and(|belonging| may_see(caller, &belonging)))
}

/// Goes on only where a caller may see a stream.
///
/// # Errors
/// `not_found`, in the words that stand for a stream that is not there.
pub async fn expect_seen(
    service: &Arc<Service>,
    caller: &Caller,
    stream: StreamId,
) -> Result<(), Problem> {
    if Sight::of(caller) == Sight::Everything {
        return Ok(());
    }
    if stream == StreamId::Rulebook {
        return Ok(());
    }
    let asked = stream.clone();
    let belonging = ask(service, move |engine| engine.belonging(&asked)).await?;
    match belonging {
        None => Err(nothing_there(&stream)),
        Some(belonging) if may_see(caller, &belonging) => Ok(()),
        Some(_) => Err(nothing_there(&stream).hiding(Code::NotYourCase)),
    }
}

/// The answer to whoever asks for what is not there, or is not theirs.
#[must_use]
pub fn nothing_there(stream: &StreamId) -> Problem {
    let (kind, id) = match stream {
        StreamId::Complaint(id) => ("complaint", id.as_str()),
        StreamId::Merchant(id) => ("merchant", id.as_str()),
        StreamId::Agreement(id) => ("agreement", id.as_str()),
        StreamId::Intermediary(id) => ("intermediary", id.as_str()),
        StreamId::User(id) => ("user", id.as_str()),
        StreamId::Rulebook => ("stream", "rulebook"),
    };
    Problem::of(&codes::NOT_FOUND).because(format!("there is no {kind} `{id}`"))
}

/// Goes on only with a question about what the caller may see, narrowed to what is its own.
///
/// A queue for a user or an intermediary cannot be narrowed beforehand: its items are, by
/// [`may_see_row`].
///
/// # Errors
/// `not_found` for one thing of another's, `not_your_case` where a filter names another party,
/// `field_missing` where an intermediary must say which of its merchants it asks about, `forbidden`
/// for figures that are not for users.
pub async fn narrow(
    service: &Arc<Service>,
    caller: &Caller,
    subject: &mut Subject,
) -> Result<(), Problem> {
    let sight = Sight::of(caller);
    if sight == Sight::Everything {
        return Ok(());
    }
    let merchant = match subject {
        Subject::Complaint(id) => {
            return expect_seen(service, caller, StreamId::Complaint(id.clone())).await;
        }
        Subject::Merchant(id) => {
            return expect_seen(service, caller, StreamId::Merchant(id.clone())).await;
        }
        Subject::Agreement(id) => {
            return expect_seen(service, caller, StreamId::Agreement(id.clone())).await;
        }
        Subject::Intermediary(id) => {
            return expect_seen(service, caller, StreamId::Intermediary(id.clone())).await;
        }
        Subject::Repeats(query) => {
            if let Sight::OfUser(user_ref) = &sight {
                return own(&mut query.user_ref, user_ref);
            }
            &mut query.merchant_id
        }
        Subject::Queue { merchant_id, .. } => match &sight {
            Sight::OfUser(_) => return Ok(()),
            Sight::OfIntermediary(_) if merchant_id.is_none() => return Ok(()),
            _ => merchant_id,
        },
        Subject::Sla { merchant_id, .. } => merchant_id,
        Subject::Gate(question) => &mut Some(question.merchant_id.clone()),
    };
    match sight {
        Sight::OfMerchant(id) => own(merchant, &id),
        Sight::OfIntermediary(_) => {
            let Some(merchant_id) = merchant.clone() else {
                return Err(Problem::of_code(
                    Code::FieldMissing,
                    "merchant: an intermediary says which of its merchants it asks about",
                ));
            };
            let seen = expect_seen(service, caller, StreamId::Merchant(merchant_id)).await;
            seen.map_err(|problem| match problem.code() == codes::NOT_FOUND.name {
                true => not_your_case(),
                false => problem,
            })
        }
        Sight::Everything | Sight::OfUser(_) | Sight::Nothing => {
            Err(Problem::of(&codes::FORBIDDEN))
        }
    }
}

/// Sets a filter to what is the caller's own.
fn own<Id: Clone + PartialEq>(filter: &mut Option<Id>, id: &Id) -> Result<(), Problem> {
    match filter {
        Some(asked) if asked != id => Err(not_your_case()),
        Some(_) | None => {
            *filter = Some(id.clone());
            Ok(())
        }
    }
}

fn not_your_case() -> Problem {
    Problem::of_code(Code::NotYourCase, "this belongs to somebody else")
}

/// Whether a caller sees a row that concerns this user and this merchant.
///
/// # Errors
/// When what is stored cannot be read.
pub fn may_see_row(
    caller: &Caller,
    engine: &Engine,
    user_ref: &UserRef,
    merchant_id: &MerchantId,
) -> Result<bool, EngineError> {
    match Sight::of(caller) {
        Sight::OfIntermediary(_) => {
            may_see_stream(caller, engine, &StreamId::Merchant(merchant_id.clone()))
        }
        _ => {
            let belonging = Belonging {
                user_ref: Some(user_ref.clone()),
                merchant_id: Some(merchant_id.clone()),
                intermediaries: Vec::new(),
            };
            Ok(may_see(caller, &belonging))
        }
    }
}

/// Goes on only for these roles.
///
/// # Errors
/// `forbidden`.
pub fn expect_role(caller: &Caller, allowed: &[Role]) -> Result<(), Problem> {
    match allowed.contains(&caller.actor.role) {
        true => Ok(()),
        false => Err(Problem::of(&codes::FORBIDDEN).because(format!(
            "this is not for the role {}",
            caller.actor.role.as_str()
        ))),
    }
}

/// Goes on only for those who read everything: figures tell of everybody.
///
/// # Errors
/// `forbidden`.
pub fn expect_sight_of_everything(caller: &Caller) -> Result<(), Problem> {
    match Sight::of(caller) {
        Sight::Everything => Ok(()),
        _ => Err(Problem::of(&codes::FORBIDDEN)),
    }
}

/// Narrows a list of complaints to the caller's own. What is left for an intermediary is told row
/// by row, by [`may_see_row`].
///
/// # Errors
/// `not_your_case` where the filter names another party.
pub fn narrow_complaints(caller: &Caller, filter: &mut CaseFilter) -> Result<(), Problem> {
    narrow_parties(caller, &mut filter.user_ref, &mut filter.merchant_id)
}

/// Narrows a list of agreements to the caller's own; an intermediary has none (rulebook 1.5).
///
/// # Errors
/// `not_your_case` where the filter names another party, `forbidden` for an intermediary.
pub fn narrow_agreements(caller: &Caller, filter: &mut AgreementFilter) -> Result<(), Problem> {
    if let Sight::OfIntermediary(_) = Sight::of(caller) {
        return Err(Problem::of(&codes::FORBIDDEN));
    }
    narrow_parties(caller, &mut filter.user_ref, &mut filter.merchant_id)
}

fn narrow_parties(
    caller: &Caller,
    user: &mut Option<UserRef>,
    merchant: &mut Option<MerchantId>,
) -> Result<(), Problem> {
    match Sight::of(caller) {
        Sight::Everything | Sight::OfIntermediary(_) => Ok(()),
        Sight::OfUser(user_ref) => own(user, &user_ref),
        Sight::OfMerchant(merchant_id) => own(merchant, &merchant_id),
        Sight::Nothing => Err(Problem::of(&codes::FORBIDDEN)),
    }
}
