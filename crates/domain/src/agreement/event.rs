//! What happened to an agreement.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::identity::{AgreementId, MerchantId, OrderId, TemplateId, UserRef};
use crate::instant::Instant;
use crate::naming::named;
use crate::text::PersonalText;

use super::{AgreementKind, Plan};

named! {
    /// Who ended an agreement.
    CancelParty {
        /// The user.
        User => "user",
        /// The merchant.
        Merchant => "merchant",
        /// The platform.
        Platform => "platform",
    }
}

/// An event of an agreement. Together with its stamp it is all that `evolve` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The user authorised debits (rulebook 1.5).
    AgreementSigned {
        /// The agreement's id.
        agreement_id: AgreementId,
        /// Who may debit.
        merchant_id: MerchantId,
        /// Who is debited.
        user_ref: UserRef,
        /// Under which template.
        template_id: TemplateId,
        /// What sort of debits.
        kind: AgreementKind,
        /// How much and how often.
        plan: Plan,
        /// Whether plan and service were shown before signing.
        disclosed: bool,
    },
    /// How much and how often changed.
    PlanChanged {
        /// The plan from now on.
        plan: Plan,
        /// Whether it was disclosed to the user.
        disclosed: Option<bool>,
    },
    /// The user was reminded of a debit (policy reminder).
    ReminderRecorded {
        /// When the debit will be.
        debit_at: Instant,
        /// For at most how much, in fen.
        amount_fen: u64,
    },
    /// Money was debited.
    Debited {
        /// The order.
        order_id: OrderId,
        /// How much, in fen.
        amount_fen: u64,
        /// Which reminder it used up, by order of recording from 0.
        reminder: Option<u32>,
    },
    /// The service was used.
    UsageRecorded {
        /// What was used.
        summary: Option<Arc<str>>,
        /// The order it belongs to.
        order_id: Option<OrderId>,
        /// What was consumed, in fen.
        consumed_fen: Option<u64>,
    },
    /// Money of one order went back.
    AgreementRefunded {
        /// The order.
        order_id: OrderId,
        /// How much, in fen.
        amount_fen: u64,
    },
    /// The platform suspended it.
    AgreementSuspended {
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// The platform resumed it.
    AgreementResumed {
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// It ended.
    AgreementCancelled {
        /// By whom.
        party: CancelParty,
        /// Why.
        reason: Option<PersonalText>,
    },
}

impl Event {
    /// The personal texts in this event, in a fixed order.
    pub fn texts_mut(&mut self) -> Vec<&mut PersonalText> {
        match self {
            Self::AgreementCancelled { reason, .. } => reason.iter_mut().collect(),
            Self::AgreementSigned { .. }
            | Self::PlanChanged { .. }
            | Self::ReminderRecorded { .. }
            | Self::Debited { .. }
            | Self::UsageRecorded { .. }
            | Self::AgreementRefunded { .. }
            | Self::AgreementSuspended { .. }
            | Self::AgreementResumed { .. } => Vec::new(),
        }
    }
}
