//! What can be asked of an agreement.

use alloc::sync::Arc;

use crate::circumstances::Circumstances;
use crate::gate::MerchantGate;
use crate::identity::{AgreementId, MerchantId, OrderId, TemplateId, UserRef};
use crate::instant::Instant;
use crate::text::PersonalText;

use super::{AgreementKind, Plan};

/// A command to an agreement, with everything that deciding on it needs.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// What the merchant may do now; `None` when it is not registered.
    pub gate: Option<MerchantGate>,
    /// For `agreement.sign`: another live agreement of this merchant, template and user.
    pub live_agreement: Option<AgreementId>,
    /// What is asked.
    pub act: Act,
}

/// What is asked of an agreement. Amounts are whole fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `agreement.sign` (rulebook 1.5)
    Sign(Signing),
    /// `agreement.change_plan`
    ChangePlan {
        /// The plan from now on.
        plan: Plan,
        /// Whether it was disclosed to the user.
        disclosed: Option<bool>,
    },
    /// `agreement.remind` (policy reminder)
    Remind {
        /// When the debit will be.
        debit_at: Instant,
        /// For at most how much.
        amount_fen: u64,
    },
    /// `agreement.debit`
    Debit {
        /// The order: the same one again is the same debit.
        order_id: OrderId,
        /// How much.
        amount_fen: u64,
    },
    /// `agreement.record_usage`
    RecordUsage {
        /// What was used, as the service calls it.
        summary: Option<Arc<str>>,
        /// The order it belongs to.
        order_id: Option<OrderId>,
        /// What was consumed.
        consumed_fen: Option<u64>,
    },
    /// `agreement.refund`
    Refund {
        /// The order debited before.
        order_id: OrderId,
        /// How much.
        amount_fen: u64,
    },
    /// `agreement.suspend`, by the platform
    Suspend {
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// `agreement.resume`, by the platform
    Resume {
        /// Why.
        reason: Option<Arc<str>>,
    },
    /// `agreement.cancel`: a user's always succeeds and needs nobody's consent.
    Cancel {
        /// Why.
        reason: Option<PersonalText>,
    },
}

/// `agreement.sign`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// The agreement's id.
    pub agreement_id: AgreementId,
    /// Who may debit.
    pub merchant_id: MerchantId,
    /// Who is debited.
    pub user_ref: UserRef,
    /// Under which template.
    pub template_id: TemplateId,
    /// What sort of debits.
    pub kind: AgreementKind,
    /// How much and how often.
    pub plan: Plan,
    /// Whether plan and service were shown before signing (rulebook 2.1).
    pub disclosed: bool,
}
