//! What is known of an agreement.

use alloc::vec::Vec;

use uuid::Uuid;

use crate::clock::in_time;
use crate::gate::DebitFacts;
use crate::identity::{AgreementId, MerchantId, OrderId, TemplateId, UserRef};
use crate::instant::Instant;
use crate::naming::named;
use crate::rulebook::{AgreementTerms, Edition};

use super::periods::period_around;
use super::{AgreementKind, Plan};

/// What an agreement's stream says; `None` before it is signed.
pub type State = Option<Agreement>;

named! {
    /// Where an agreement stands.
    AgreementState {
        /// Debits are allowed.
        Active => "active",
        /// The platform suspended it.
        Suspended => "suspended",
        /// It has ended, for good.
        Cancelled => "cancelled",
    }
}

/// A user's authorisation of debits to one merchant (rulebook 1.5). Amounts are whole fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub agreement_id: AgreementId,
    /// Who may debit.
    pub merchant_id: MerchantId,
    /// Who is debited.
    pub user_ref: UserRef,
    /// Under which template.
    pub template_id: TemplateId,
    /// What sort of debits.
    pub kind: AgreementKind,
    /// How much and how often, now.
    pub plan: Plan,
    /// Where it stands.
    pub state: AgreementState,
    /// When it was signed: periods run from here.
    pub signed_at: Instant,
    /// Every debit, in order of recording.
    pub debits: Vec<Debit>,
    /// Every reminder, in order of recording.
    pub reminders: Vec<Reminder>,
    /// Debited so far, whatever was refunded since.
    pub paid_fen: u64,
    /// Events applied so far: the version of the next one.
    pub next_version: u64,
}

/// Money debited for one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit {
    /// The order.
    pub order_id: OrderId,
    /// How much, in fen.
    pub amount_fen: u64,
    /// The instant that counts for periods and days.
    pub at: Instant,
    /// The command that asked for it: the answer to the same order again.
    pub command_id: Uuid,
    /// How much of it went back, in fen.
    pub refunded_fen: u64,
}

/// A reminder of a debit to come (policy reminder).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// When the debit will be.
    pub debit_at: Instant,
    /// For at most how much, in fen.
    pub amount_fen: u64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Whether a debit has used it up.
    pub used: bool,
}

impl Debit {
    /// How much of it has not gone back, in fen.
    #[must_use]
    pub const fn remaining_fen(&self) -> u64 {
        self.amount_fen.saturating_sub(self.refunded_fen)
    }
}

impl Reminder {
    /// Whether it serves a debit of an amount at an instant (policy reminder).
    fn serves(&self, amount_fen: u64, at: Instant, terms: &AgreementTerms) -> bool {
        !self.used
            && self.amount_fen >= amount_fen
            && in_time(self.recorded_at, at.minus(terms.reminder_before_debit))
            && in_time(self.debit_at, at)
            && in_time(at, self.debit_at.plus(terms.reminder_valid_for))
    }
}

impl Agreement {
    /// Whether it has not ended: at most one is live per merchant, template and user.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        match self.state {
            AgreementState::Active | AgreementState::Suspended => true,
            AgreementState::Cancelled => false,
        }
    }

    /// The debit of an order.
    #[must_use]
    pub fn debit(&self, order_id: &OrderId) -> Option<&Debit> {
        self.debits.iter().find(|debit| debit.order_id == *order_id)
    }

    /// What the gate needs to know about a debit of an amount (fen) at an instant, under the
    /// edition in force then. What was refunded since still counts as debited.
    #[must_use]
    pub fn debit_facts(&self, amount_fen: u64, at: Instant, edition: &Edition) -> DebitFacts {
        let offset = edition.civil_offset;
        let today = offset.day_of(at);
        let on_day = || {
            self.debits
                .iter()
                .filter(|debit| offset.day_of(debit.at) == today)
        };
        let debits_in_period = self.plan.period.map_or(0, |period| {
            let stretch = period_around(at, self.signed_at, period, offset);
            counted(
                self.debits
                    .iter()
                    .filter(|debit| stretch.contains(debit.at)),
            )
        });
        DebitFacts {
            active: self.state == AgreementState::Active && self.signed_at <= at,
            plan: self.plan.clone(),
            debits_in_period,
            debits_on_day: counted(on_day()),
            debited_on_day_fen: on_day().fold(0, |sum_fen: u64, debit| {
                sum_fen.saturating_add(debit.amount_fen)
            }),
            reminder_required: self.reminder_required(at, &edition.agreement),
            reminder: self.serving_reminder(amount_fen, at, &edition.agreement),
        }
    }

    /// Periodic debits later than a while after signing need a reminder (policy reminder).
    fn reminder_required(&self, at: Instant, terms: &AgreementTerms) -> bool {
        self.kind == AgreementKind::Periodic
            && !in_time(at, self.signed_at.plus(terms.first_debit_without_reminder))
    }

    /// Of the reminders that serve, the one that ends first, then the smallest: the others stay
    /// useful for longer.
    fn serving_reminder(
        &self,
        amount_fen: u64,
        at: Instant,
        terms: &AgreementTerms,
    ) -> Option<u32> {
        (0_u32..)
            .zip(&self.reminders)
            .filter(|(_, reminder)| reminder.serves(amount_fen, at, terms))
            .min_by_key(|(_, reminder)| (reminder.debit_at, reminder.amount_fen))
            .map(|(number, _)| number)
    }
}

fn counted<'a>(debits: impl Iterator<Item = &'a Debit>) -> u64 {
    debits.fold(0, |count: u64, _| count.saturating_add(1))
}
