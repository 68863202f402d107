//! What could be asked of a case: for every command acts that fit how the case stands. There is no
//! rule in here: whether an act is allowed is found out by deciding on it.
//!
//! Where a command names a part of the case (a piece of evidence, a finding, a measure, an order),
//! there is an act for each of the latest parts; where there is none yet, one that names the part
//! that would come first, so that the decision says what is missing.

mod complaint;
mod measures;

pub use complaint::of_complaint;

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::agreement::{self, Agreement};
use crate::command::Request;
use crate::identity::{OrderId, Reference};
use crate::instant::Instant;
use crate::intermediary::{self, Intermediary};
use crate::merchant::{self, Merchant};
use crate::rulebook::Edition;
use crate::text::PersonalText;

/// Parts of a case that a command is tried on at the most, the latest.
const PARTS_MAX: usize = 32;
/// Stands for any text or reference that somebody would write.
const ANYTHING: &str = "…";

/// An act that fits how a case stands.
#[derive(Clone, Debug)]
pub struct Possible {
    /// The part of the case that it names; `None` where the command names none, or there is none
    /// yet.
    pub part: Option<String>,
    /// The act.
    pub request: Request,
}

/// What could be asked of a merchant at an instant.
#[must_use]
pub fn of_merchant(merchant: &Merchant, edition: &Edition, at: Instant) -> Vec<Possible> {
    use merchant::Act;
    let mut acts = vec![
        Act::Update(merchant::Update {
            name: Some(Arc::clone(&merchant.name)),
            ..merchant::Update::default()
        }),
        Act::ReportVolume {
            day: edition.civil_offset.day_of(at),
            debits: 0,
            users: 0,
        },
        Act::AcceptRulebook {
            edition: edition.name.as_str().into(),
        },
    ];
    acts.push(Act::DeclineRulebook {
        edition: edition.name.as_str().into(),
        written_notice: ANYTHING.into(),
    });
    let of_measures = measures::acts(&merchant.measures)
        .into_iter()
        .map(|(part, act)| (part, Act::Measure(act)));
    acts.into_iter()
        .map(|act| (None, act))
        .chain(of_measures)
        .map(|(part, act)| Possible {
            part,
            request: Request::Merchant(merchant.merchant_id.clone(), act),
        })
        .collect()
}

/// What could be asked of an intermediary.
#[must_use]
pub fn of_intermediary(intermediary: &Intermediary) -> Vec<Possible> {
    use intermediary::Act;
    let update = Act::Update {
        name: Arc::clone(&intermediary.name),
    };
    let of_measures = measures::acts(&intermediary.measures)
        .into_iter()
        .map(|(part, act)| (part, Act::Measure(act)));
    core::iter::once((None, update))
        .chain(of_measures)
        .map(|(part, act)| Possible {
            part,
            request: Request::Intermediary(intermediary.intermediary_id.clone(), act),
        })
        .collect()
}

/// What could be asked of an agreement at an instant: a debit of what the plan allows, and refunds
/// of what was debited last.
#[must_use]
pub fn of_agreement(agreement: &Agreement, at: Instant) -> Vec<Possible> {
    use agreement::Act;
    let amount_fen = agreement.plan.amount_fen;
    let mut acts = vec![
        (
            None,
            Act::ChangePlan {
                plan: agreement.plan.clone(),
                disclosed: Some(true),
            },
        ),
        (
            None,
            Act::Remind {
                debit_at: at,
                amount_fen,
            },
        ),
        (
            None,
            Act::RecordUsage {
                summary: Some(ANYTHING.into()),
                order_id: None,
                consumed_fen: None,
            },
        ),
        (None, Act::Suspend { reason: None }),
        (None, Act::Resume { reason: None }),
        (None, Act::Cancel { reason: None }),
    ];
    let new_order = (1_u32..)
        .filter_map(|number| OrderId::new(&alloc::format!("{ANYTHING}{number}")).ok())
        .find(|order_id| agreement.debit(order_id).is_none());
    if let Some(order_id) = new_order {
        acts.push((
            None,
            Act::Debit {
                order_id: order_id.clone(),
                amount_fen,
            },
        ));
        if agreement.debits.is_empty() {
            acts.push((
                None,
                Act::Refund {
                    order_id,
                    amount_fen: 1,
                },
            ));
        }
    }
    let debits = agreement.debits.iter().rev().take(PARTS_MAX);
    acts.extend(debits.map(|debit| {
        (
            Some(debit.order_id.to_string()),
            Act::Refund {
                order_id: debit.order_id.clone(),
                amount_fen: debit.remaining_fen().max(1),
            },
        )
    }));
    acts.into_iter()
        .map(|(part, act)| Possible {
            part,
            request: Request::Agreement(agreement.agreement_id.clone(), act),
        })
        .collect()
}

fn words() -> PersonalText {
    PersonalText::Open(ANYTHING.to_string())
}

fn reference() -> Option<Reference> {
    Reference::new(ANYTHING).ok()
}

/// The latest parts with their names; where there is none, the one that would come first.
fn parts<Id: ToString + Copy>(
    known: impl DoubleEndedIterator<Item = Id>,
    first: Id,
) -> Vec<(Option<String>, Id)> {
    let mut parts: Vec<(Option<String>, Id)> = known
        .rev()
        .take(PARTS_MAX)
        .map(|id| (Some(id.to_string()), id))
        .collect();
    parts.reverse();
    if parts.is_empty() {
        parts.push((None, first));
    }
    parts
}
