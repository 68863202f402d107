//! What a merchant may do, folded from the measures in force on it and on its entity.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::identity::{MerchantId, TemplateId};
use crate::instant::Instant;
use crate::measure::{MeasureId, MeasureKind, Parameters};
use crate::naming::named;
use crate::refusal::{Code, Refusal};

use super::{GateMeasure, MerchantGate};

/// Settlement days, T+n, without a measure of rulebook 4.2(7).
const ORDINARY_SETTLEMENT_DAYS: u32 = 1;

/// What lifts a decline: an explicit acceptance takes it back, use never does (rulebook 5).
const DECLINE_CURE: &str = "the merchant accepts the rulebook";

named! {
    /// What measures can take from a merchant, or ask of it.
    Capability {
        /// New sign-ups; lost only when every template is closed (rulebook 4.2(4)).
        Sign => "sign",
        /// New debit templates (rulebook 4.2(5)).
        TemplateCreate => "template_create",
        /// Debits (rulebook 4.2(5)).
        Debit => "debit",
        /// Signing several accounts at once (rulebook 4.2(5)).
        MultiAccountSign => "multi_account_sign",
        /// Completing pay-score orders (rulebook 4.2(5)).
        PayScoreComplete => "pay_score_complete",
        /// Payments as a whole (rulebook 4.2(9)).
        Payment => "payment",
        /// Amounts and frequency (rulebook 4.2(6)).
        Limits => "limits",
        /// A reminder before every debit (rulebook 4.2(3)).
        ReminderRequired => "reminder_required",
        /// The settlement cycle (rulebook 4.2(7)).
        SettlementDays => "settlement_days",
    }
}

/// What a merchant may do at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether any template takes new sign-ups.
    pub sign: bool,
    /// Whether it may add debit templates.
    pub template_create: bool,
    /// Whether it may debit.
    pub debit: bool,
    /// Whether it may sign several accounts at once.
    pub multi_account_sign: bool,
    /// Whether it may complete pay-score orders.
    pub pay_score_complete: bool,
    /// Whether it may take payments at all.
    pub payment: bool,
    /// The strictest limits in force; `None` where nothing is limited.
    pub limits: Option<Limits>,
    /// Whether every debit needs a reminder.
    pub reminder_required: bool,
    /// The longest settlement cycle in force, T+n days.
    pub settlement_days: u32,
    /// What is behind each restriction, in the order of [`Capability`]: for a closed capability the
    /// measure that the gate would name, for a limit or a cycle the one with the strictest value.
    pub sources: Vec<Source>,
}

/// Limits of rulebook 4.2(6), each the strictest in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// At most this much in one debit, in fen.
    pub debit_fen: Option<u64>,
    /// At most this much per agreement and civil day, in fen.
    pub day_fen: Option<u64>,
    /// At most so many debits per agreement and civil day.
    pub debits_per_day: Option<u32>,
}

/// What is behind a restriction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What is restricted.
    pub capability: Capability,
    /// The one template that is closed, where signing is not closed as a whole.
    pub template_id: Option<TemplateId>,
    /// Whose measure it is: this merchant's, or another's of its entity.
    pub merchant_id: MerchantId,
    /// Which measure; `None` where the merchant itself declined the rulebook (rulebook 5).
    pub measure_id: Option<MeasureId>,
    /// The clause.
    pub clause: &'static str,
    /// What lifts it.
    pub cure: String,
}

/// Why something is closed, and by which measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing<'a> {
    bar: Bar,
    /// `None` where the merchant itself declined the rulebook (rulebook 5).
    measure: Option<&'a GateMeasure>,
}

/// What stands in the way.
#[derive(Clone, Copy, Debug)]
enum Bar {
    ServiceEnded,
    ServiceSuspended,
    PaymentClosed,
    SigningSuspended,
    CapabilitySuspended,
}

impl Bar {
    const fn code(self) -> Code {
        match self {
            Self::ServiceEnded => Code::ServiceEnded,
            Self::ServiceSuspended => Code::ServiceSuspended,
            Self::PaymentClosed => Code::PaymentClosed,
            Self::SigningSuspended => Code::SigningSuspended,
            Self::CapabilitySuspended => Code::DebitSuspended,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::ServiceEnded => "the service agreement with this merchant has ended",
            Self::ServiceSuspended => "the password-free service of this merchant is suspended",
            Self::PaymentClosed => "a payment permission that this needs is closed",
            Self::SigningSuspended => "new sign-ups are suspended",
            Self::CapabilitySuspended => "a debit capability that this needs is suspended",
        }
    }
}

impl<'a> Closing<'a> {
    const fn by(bar: Bar, measure: &'a GateMeasure) -> Self {
        Self {
            bar,
            measure: Some(measure),
        }
    }

    pub(super) fn refusal(self) -> Refusal {
        let (code, sentence) = (self.bar.code(), self.bar.sentence());
        self.measure.map_or_else(
            || Refusal {
                cure: Some(DECLINE_CURE.to_string()),
                ..Refusal::new(code, sentence).citing("5")
            },
            |measure| refused_by(code, sentence, measure),
        )
    }

    fn source(self, gate: &MerchantGate, capability: Capability) -> Source {
        self.measure.map_or_else(
            || Source {
                capability,
                template_id: None,
                merchant_id: gate.merchant_id.clone(),
                measure_id: None,
                clause: "5",
                cure: DECLINE_CURE.to_string(),
            },
            |measure| source(capability, measure),
        )
    }
}

pub(super) fn refused_by(code: Code, message: &str, measure: &GateMeasure) -> Refusal {
    Refusal {
        measure_id: Some(measure.measure_id),
        cure: Some(measure.cure.clone()),
        ..Refusal::new(code, message).citing(measure.kind.clause())
    }
}

fn source(capability: Capability, measure: &GateMeasure) -> Source {
    Source {
        capability,
        template_id: None,
        merchant_id: measure.merchant_id.clone(),
        measure_id: Some(measure.measure_id),
        clause: measure.kind.clause(),
        cure: measure.cure.clone(),
    }
}

/// Whether the service itself has ended or is suspended.
pub(super) fn service_closing(gate: &MerchantGate, at: Instant) -> Option<Closing<'_>> {
    // rulebook 4.2(8)
    first(gate, at, MeasureKind::ServiceTermination)
        .map(|measure| Closing::by(Bar::ServiceEnded, measure))
        // rulebook 5
        .or_else(|| {
            gate.declined.as_ref().map(|_| Closing {
                bar: Bar::ServiceEnded,
                measure: None,
            })
        })
        // rulebook 4.2(8)
        .or_else(|| {
            first(gate, at, MeasureKind::ServiceSuspension)
                .map(|measure| Closing::by(Bar::ServiceSuspended, measure))
        })
}

/// Whether payment permissions close a capability (rulebook 4.2(9)): all of them, or `payment`
/// by name, close everything that moves money; a name of its own closes any capability alone.
pub(super) fn payment_closing(
    gate: &MerchantGate,
    capability: Capability,
    at: Instant,
) -> Option<Closing<'_>> {
    let moves_money = matches!(
        capability,
        Capability::Debit | Capability::PayScoreComplete | Capability::Payment
    );
    gate.in_force(at)
        .filter(|measure| measure.kind == MeasureKind::PaymentPermission)
        .find(|measure| {
            let permissions = &measure.scope.permissions;
            let named = |one: Capability| permissions.iter().any(|name| **name == *one.as_str());
            let all = permissions.is_empty() || named(Capability::Payment);
            (all && moves_money) || named(capability)
        })
        .map(|measure| Closing::by(Bar::PaymentClosed, measure))
}

/// Whether a capability itself is taken (rulebook 4.2(4), 4.2(5)). For sign-ups, `template_id` is
/// the template; without one only what closes every template counts.
pub(super) fn capability_closing<'a>(
    gate: &'a MerchantGate,
    capability: Capability,
    template_id: Option<&TemplateId>,
    at: Instant,
) -> Option<Closing<'a>> {
    let bar = if capability == Capability::Sign {
        Bar::SigningSuspended
    } else {
        Bar::CapabilitySuspended
    };
    gate.in_force(at)
        .find(|measure| {
            takes_debit_capability(measure, capability)
                || (capability == Capability::Sign && closes_template(measure, template_id))
        })
        .map(|measure| Closing::by(bar, measure))
}

/// rulebook 4.2(5): the capabilities named, or without names every debit sub-capability.
fn takes_debit_capability(measure: &GateMeasure, capability: Capability) -> bool {
    let debit_side = matches!(
        capability,
        Capability::TemplateCreate
            | Capability::Debit
            | Capability::MultiAccountSign
            | Capability::PayScoreComplete
    );
    let names = &measure.scope.capabilities;
    measure.kind == MeasureKind::DebitCapability
        && if names.is_empty() {
            debit_side
        } else {
            names.iter().any(|name| **name == *capability.as_str())
        }
}

/// rulebook 4.2(4): one template, or all of them.
fn closes_template(measure: &GateMeasure, template_id: Option<&TemplateId>) -> bool {
    measure.kind == MeasureKind::TemplateSigning
        && (measure.scope.template_id.is_none()
            || measure.scope.template_id.as_ref() == template_id)
}

/// The measure that asks for a reminder before every debit (rulebook 4.2(3)).
pub(super) fn reminder_measure(gate: &MerchantGate, at: Instant) -> Option<&GateMeasure> {
    first(gate, at, MeasureKind::PreDebitReminder)
}

/// The strictest value of one limit of rulebook 4.2(6), and the measure that sets it.
pub(super) fn strictest<Value: Ord>(
    gate: &MerchantGate,
    at: Instant,
    value: impl Fn(&Parameters) -> Option<Value>,
) -> Option<(Value, &GateMeasure)> {
    gate.in_force(at)
        .filter(|measure| measure.kind == MeasureKind::Limits)
        .filter_map(|measure| value(&measure.parameters).map(|value| (value, measure)))
        .reduce(|kept, next| if next.0 < kept.0 { next } else { kept })
}

fn first(gate: &MerchantGate, at: Instant, kind: MeasureKind) -> Option<&GateMeasure> {
    gate.in_force(at).find(|measure| measure.kind == kind)
}

/// What a merchant may do at an instant (rulebook 4.2(3) to 4.2(9), 5).
#[must_use]
pub fn capabilities(gate: &MerchantGate, at: Instant) -> Capabilities {
    let mut sources = Vec::new();
    let mut open = |capability: Capability| {
        let closing = closing(gate, capability, at);
        if let Some(closing) = closing {
            sources.push(closing.source(gate, capability));
        }
        closing.is_none()
    };
    let sign = open(Capability::Sign);
    let template_create = open(Capability::TemplateCreate);
    let debit = open(Capability::Debit);
    let multi_account_sign = open(Capability::MultiAccountSign);
    let pay_score_complete = open(Capability::PayScoreComplete);
    let payment = open(Capability::Payment);
    if sign {
        sources.splice(0..0, closed_templates(gate, at));
    }

    let limits = limits(gate, at, &mut sources);
    let reminder = reminder_measure(gate, at);
    sources.extend(reminder.map(|measure| source(Capability::ReminderRequired, measure)));
    // rulebook 4.2(7): the longest in force, the first of equals.
    let cycle = gate
        .in_force(at)
        .filter(|measure| measure.kind == MeasureKind::SettlementCycle)
        .filter_map(|measure| measure.parameters.days.map(|days| (days, measure)))
        .filter(|(days, _)| *days > ORDINARY_SETTLEMENT_DAYS)
        .min_by_key(|(days, _)| Reverse(*days));
    sources.extend(cycle.map(|(_, measure)| source(Capability::SettlementDays, measure)));

    Capabilities {
        sign,
        template_create,
        debit,
        multi_account_sign,
        pay_score_complete,
        payment,
        limits,
        reminder_required: reminder.is_some(),
        settlement_days: cycle.map_or(ORDINARY_SETTLEMENT_DAYS, |(days, _)| days),
        sources,
    }
}

/// The service's end and suspension take everything but payments as such.
fn closing(gate: &MerchantGate, capability: Capability, at: Instant) -> Option<Closing<'_>> {
    let service = if capability == Capability::Payment {
        None
    } else {
        service_closing(gate, at)
    };
    service
        .or_else(|| payment_closing(gate, capability, at))
        .or_else(|| capability_closing(gate, capability, None, at))
}

/// Templates that are closed one by one, each with the first measure that closes it.
fn closed_templates(gate: &MerchantGate, at: Instant) -> Vec<Source> {
    let mut closed: Vec<Source> = Vec::new();
    for measure in gate
        .in_force(at)
        .filter(|measure| measure.kind == MeasureKind::TemplateSigning)
    {
        let template_id = &measure.scope.template_id;
        if closed.iter().all(|known| known.template_id != *template_id) {
            closed.push(Source {
                template_id: template_id.clone(),
                ..source(Capability::Sign, measure)
            });
        }
    }
    closed
}

/// rulebook 4.2(6): each limit for itself, the strictest in force.
fn limits(gate: &MerchantGate, at: Instant, sources: &mut Vec<Source>) -> Option<Limits> {
    let debit_fen = strictest(gate, at, |parameters| parameters.debit_fen);
    let day_fen = strictest(gate, at, |parameters| parameters.day_fen);
    let debits_per_day = strictest(gate, at, |parameters| parameters.debits_per_day);
    let limits = Limits {
        debit_fen: debit_fen.map(|(value, _)| value),
        day_fen: day_fen.map(|(value, _)| value),
        debits_per_day: debits_per_day.map(|(value, _)| value),
    };
    let measures = [
        debit_fen.map(|(_, measure)| measure),
        day_fen.map(|(_, measure)| measure),
        debits_per_day.map(|(_, measure)| measure),
    ];
    for measure in measures.into_iter().flatten() {
        let source = source(Capability::Limits, measure);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    (limits != Limits::default()).then_some(limits)
}
