//! The kinds of measures and what each can be limited to.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::identity::{ComplaintId, TemplateId};
use crate::instant::{Instant, Span};
use crate::naming::named;

/// A measure of one merchant or intermediary: `m1`, `m2`, … in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureId(pub u32);

impl MeasureId {
    /// Reads `m` and a number without leading zeros; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_numbered("m", text).map(Self)
    }
}

impl fmt::Display for MeasureId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "m{}", self.0)
    }
}

/// Reads a short id: its letter and a number without leading zeros.
#[must_use]
pub fn parse_numbered(letter: &str, text: &str) -> Option<u32> {
    let digits = text.strip_prefix(letter)?;
    if digits.starts_with('0') || digits.starts_with('+') {
        return None;
    }
    digits.parse().ok()
}

named! {
    /// What a measure is (rulebook 4.2, 4.3).
    MeasureKind {
        /// rulebook 4.2(1): rectify within a time limit.
        Rectification => "rectification",
        /// rulebook 4.2(2): return the disputed orders' money from the pending settlement.
        SettlementRefund => "settlement_refund",
        /// rulebook 4.2(2): end running pay-score orders.
        EndServiceOrders => "end_service_orders",
        /// rulebook 4.2(3): remind users before a debit.
        PreDebitReminder => "pre_debit_reminder",
        /// rulebook 4.2(3): warn of risk.
        RiskWarning => "risk_warning",
        /// rulebook 4.2(4): new sign-ups on a template.
        TemplateSigning => "template_signing",
        /// rulebook 4.2(5): debit sub-capabilities of the entity.
        DebitCapability => "debit_capability",
        /// rulebook 4.2(6): amount limits and debit frequency.
        Limits => "limits",
        /// rulebook 4.2(7): lengthen the settlement cycle.
        SettlementCycle => "settlement_cycle",
        /// rulebook 4.2(8): suspend the password-free service.
        ServiceSuspension => "service_suspension",
        /// rulebook 4.2(8): end the service agreement.
        ServiceTermination => "service_termination",
        /// rulebook 4.2(9): payment permissions.
        PaymentPermission => "payment_permission",
        /// rulebook 4.2: the list is open.
        Other => "other",
        /// rulebook 4.3: a warning to an intermediary.
        Warning => "warning",
        /// rulebook 4.3: no or fewer new merchants through an intermediary.
        LimitOnboarding => "limit_onboarding",
        /// rulebook 4.3: restrictions on an intermediary's sub-merchants.
        RestrictSubMerchants => "restrict_sub_merchants",
        /// rulebook 4.3: hold an intermediary's service fee.
        HoldServiceFee => "hold_service_fee",
    }
    /// How many people bring a measure into force (policy four-eyes), weakest first.
    Authority {
        /// None: a rule of the edition does.
        Automatic => "automatic",
        /// One.
        One => "one",
        /// Two different ones.
        Two => "two",
    }
    /// How far a measure on payment permissions reaches (rulebook 4.2(9)).
    ScopeLevel {
        /// Every merchant number of the entity.
        Entity => "entity",
        /// This merchant number.
        Merchant => "merchant",
    }
}

impl MeasureKind {
    /// Whether its clause speaks of the entity, so that it can reach every merchant number of it
    /// (rulebook 4.2(5), 4.2(9)).
    #[must_use]
    pub const fn can_reach_entity(self) -> bool {
        matches!(self, Self::DebitCapability | Self::PaymentPermission)
    }

    /// The clause that allows it, for a merchant.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Rectification => "4.2(1)",
            Self::SettlementRefund | Self::EndServiceOrders => "4.2(2)",
            Self::PreDebitReminder | Self::RiskWarning => "4.2(3)",
            Self::TemplateSigning => "4.2(4)",
            Self::DebitCapability => "4.2(5)",
            Self::Limits => "4.2(6)",
            Self::SettlementCycle => "4.2(7)",
            Self::ServiceSuspension | Self::ServiceTermination => "4.2(8)",
            Self::PaymentPermission => "4.2(9)",
            Self::Other => "4.2",
            Self::Warning
            | Self::LimitOnboarding
            | Self::RestrictSubMerchants
            | Self::HoldServiceFee => "4.3",
        }
    }
}

/// What a measure is limited to.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// One template; `None` is all of them (rulebook 4.2(4)).
    pub template_id: Option<TemplateId>,
    /// Named debit sub-capabilities (rulebook 4.2(5)); empty is all of them.
    pub capabilities: Vec<Arc<str>>,
    /// Named payment permissions (rulebook 4.2(9)); empty is all of them.
    pub permissions: Vec<Arc<str>>,
    /// One complaint's orders (rulebook 4.2(2)).
    pub complaint_id: Option<ComplaintId>,
    /// Merchant number or entity (rulebook 4.2(9)); `None` is as the clause says.
    pub level: Option<ScopeLevel>,
}

/// Numbers that belong to a measure.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Parameters {
    /// Settlement days, T+n (rulebook 4.2(7)).
    pub days: Option<u32>,
    /// At most this much in one debit (rulebook 4.2(6)), in fen.
    pub debit_fen: Option<u64>,
    /// At most this much in one civil day (rulebook 4.2(6)), in fen.
    pub day_fen: Option<u64>,
    /// At most so many debits per agreement and civil day (rulebook 4.2(6)).
    pub debits_per_day: Option<u32>,
    /// What is to be paid (rulebook 4.2(2)), in fen.
    pub amount_fen: Option<u64>,
    /// What it is, for kind `other`.
    pub description: Option<Arc<str>>,
}

/// How a measure ends, as proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ending {
    /// When its cure has come: standing falls below the tier that brought it, or a rectification
    /// is accepted.
    #[default]
    AtCure,
    /// That long after it came into force.
    After(Span),
    /// At this instant, which no longer belongs to it.
    At(Instant),
    /// Only by lift or revocation.
    Permanent,
}

/// A measure as an edition's tier names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureTerms {
    /// What it is.
    pub kind: MeasureKind,
    /// What it is limited to.
    pub scope: Scope,
    /// Its numbers.
    pub parameters: Parameters,
    /// How it ends.
    pub ending: Ending,
}
