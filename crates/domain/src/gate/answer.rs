//! May a merchant do something now? One pure function, used when an agreement is signed or
//! debited and when another service asks before it does so.

use alloc::format;

use crate::agreement::Plan;
use crate::identity::{AgreementId, TemplateId};
use crate::instant::Instant;
use crate::refusal::{Code, Refusal};

use super::capabilities::{
    capability_closing, payment_closing, refused_by, reminder_measure, service_closing, strictest,
};
use super::{Capability, MerchantGate};

/// What somebody is about to do for a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sign an agreement.
    Sign {
        /// Under which template; without one, only what closes every template counts.
        template_id: Option<TemplateId>,
        /// The live agreement of the same merchant, template and user, where a user is known.
        live_agreement: Option<AgreementId>,
    },
    /// Debit an agreement.
    Debit {
        /// How much, in fen; 0 where the question names no amount.
        amount_fen: u64,
        /// What the agreement says about it; `None` where the question names no agreement.
        agreement: Option<DebitFacts>,
    },
    /// Complete a pay-score order.
    PayScoreComplete,
    /// Sign several accounts at once.
    MultiAccountSign,
    /// Add a debit template.
    TemplateCreate,
}

/// What an agreement says about a debit of one amount at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebitFacts {
    /// Whether the agreement is active, and was signed by then.
    pub active: bool,
    /// How much and how often the user allowed.
    pub plan: Plan,
    /// Debits in the plan's period around that instant; 0 where the plan has no period.
    pub debits_in_period: u64,
    /// Debits on that civil day.
    pub debits_on_day: u64,
    /// Debited on that civil day, in fen.
    pub debited_on_day_fen: u64,
    /// Whether the debit needs a reminder whatever measures say (policy reminder).
    pub reminder_required: bool,
    /// The reminder that it would use up, by order of recording from 0; `None` where none serves.
    pub reminder: Option<u32>,
}

/// The gate's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The first thing that stands against it, with clause, measure and cure; `None` allows it.
    pub refusal: Option<Refusal>,
    /// Whether a debit needs a reminder: by a measure, or by its own kind (policy reminder).
    pub reminder_required: bool,
}

impl Answer {
    /// Whether it may be done.
    #[must_use]
    pub const fn allow(&self) -> bool {
        self.refusal.is_none()
    }
}

/// Whether a merchant may do something at an instant, and if not, the first reason in the order in
/// which they are checked.
#[must_use]
pub fn may(gate: &MerchantGate, action: &Action, now: Instant) -> Answer {
    let by_policy = match action {
        Action::Debit { agreement, .. } => agreement
            .as_ref()
            .is_some_and(|facts| facts.reminder_required),
        Action::Sign { .. }
        | Action::PayScoreComplete
        | Action::MultiAccountSign
        | Action::TemplateCreate => false,
    };
    Answer {
        refusal: permitted(gate, action, now).err(),
        reminder_required: by_policy || reminder_measure(gate, now).is_some(),
    }
}

fn permitted(gate: &MerchantGate, action: &Action, now: Instant) -> Result<(), Refusal> {
    match action {
        Action::Sign {
            template_id,
            live_agreement,
        } => {
            open_to_sign_up(gate, Capability::Sign, template_id.as_ref(), now)?;
            no_live_agreement(live_agreement.as_ref())
        }
        Action::MultiAccountSign => open_to_sign_up(gate, Capability::MultiAccountSign, None, now),
        Action::Debit {
            amount_fen,
            agreement,
        } => {
            if let Some(facts) = agreement {
                within_agreement(*amount_fen, facts)?;
            }
            open(gate, Capability::Debit, now)?;
            within_limits(gate, *amount_fen, agreement.as_ref(), now)?;
            agreement
                .as_ref()
                .map_or(Ok(()), |facts| reminded(gate, facts, now))
        }
        Action::PayScoreComplete => open(gate, Capability::PayScoreComplete, now),
        Action::TemplateCreate => open(gate, Capability::TemplateCreate, now),
    }
}

/// A sign-up is for payments to come: closed payments close it too (rulebook 4.2(9)).
fn open_to_sign_up(
    gate: &MerchantGate,
    capability: Capability,
    template_id: Option<&TemplateId>,
    now: Instant,
) -> Result<(), Refusal> {
    service_closing(gate, now)
        .or_else(|| payment_closing(gate, Capability::Payment, now))
        .or_else(|| payment_closing(gate, capability, now))
        .or_else(|| capability_closing(gate, capability, template_id, now))
        .map_or(Ok(()), |closing| Err(closing.refusal()))
}

fn open(gate: &MerchantGate, capability: Capability, now: Instant) -> Result<(), Refusal> {
    service_closing(gate, now)
        .or_else(|| payment_closing(gate, capability, now))
        .or_else(|| capability_closing(gate, capability, None, now))
        .map_or(Ok(()), |closing| Err(closing.refusal()))
}

fn no_live_agreement(live_agreement: Option<&AgreementId>) -> Result<(), Refusal> {
    live_agreement.map_or(Ok(()), |live| {
        Err(Refusal::new(
            Code::AgreementLive,
            format!("agreement {live} of this user with this merchant and template is live"),
        ))
    })
}

/// rulebook 1.5: a debit rests on what the user authorised beforehand.
fn within_agreement(amount_fen: u64, facts: &DebitFacts) -> Result<(), Refusal> {
    if !facts.active {
        return Err(
            Refusal::new(Code::AgreementNotActive, "the agreement is not active").citing("1.5"),
        );
    }
    if amount_fen > facts.plan.amount_fen {
        return Err(Refusal::new(
            Code::AmountAbovePlan,
            format!(
                "the plan allows at most {} fen in one debit",
                facts.plan.amount_fen
            ),
        )
        .citing("1.5"));
    }
    if let (Some(_), Some(allowed)) = (facts.plan.period, facts.plan.debits_per_period)
        && facts.debits_in_period >= u64::from(allowed)
    {
        return Err(Refusal::new(
            Code::DebitsPerPeriodReached,
            format!("the plan allows {allowed} debits in one period"),
        )
        .citing("1.5"));
    }
    Ok(())
}

/// rulebook 4.2(6): amounts and frequency, per agreement and civil day.
fn within_limits(
    gate: &MerchantGate,
    amount_fen: u64,
    agreement: Option<&DebitFacts>,
    now: Instant,
) -> Result<(), Refusal> {
    if let Some((most_fen, measure)) = strictest(gate, now, |limits| limits.debit_fen)
        && amount_fen > most_fen
    {
        let message = format!("one debit is limited to {most_fen} fen");
        return Err(refused_by(Code::LimitExceeded, &message, measure));
    }
    let Some(facts) = agreement else {
        return Ok(());
    };
    if let Some((most_fen, measure)) = strictest(gate, now, |limits| limits.day_fen)
        && facts.debited_on_day_fen.saturating_add(amount_fen) > most_fen
    {
        let message = format!("debits of one day are limited to {most_fen} fen");
        return Err(refused_by(Code::LimitExceeded, &message, measure));
    }
    if let Some((most, measure)) = strictest(gate, now, |limits| limits.debits_per_day)
        && facts.debits_on_day >= u64::from(most)
    {
        let message = format!("one day is limited to {most} debits");
        return Err(refused_by(Code::LimitExceeded, &message, measure));
    }
    Ok(())
}

/// rulebook 4.2(3), policy reminder: a measure asks for a reminder before every debit, the policy
/// before some. Where both do, the measure answers, since it can be lifted.
fn reminded(gate: &MerchantGate, facts: &DebitFacts, now: Instant) -> Result<(), Refusal> {
    if facts.reminder.is_some() {
        return Ok(());
    }
    let message = "no reminder was recorded in time for this debit";
    if let Some(measure) = reminder_measure(gate, now) {
        return Err(refused_by(Code::ReminderMissing, message, measure));
    }
    if facts.reminder_required {
        return Err(Refusal::new(Code::ReminderMissing, message).citing("policy reminder"));
    }
    Ok(())
}
