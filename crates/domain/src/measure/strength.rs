//! When one measure replaces another of its kind.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::gate::reaches;

use super::{Ending, Measure, MeasureKind};

/// Whether `new`, when it comes into force, supersedes `old`: both are of one kind, and the new
/// one is stronger or wider in something and in nothing weaker or narrower. A temporary one never
/// replaces one that closes for good: it would open again what was closed.
#[must_use]
pub fn supersedes(new: &Measure, old: &Measure) -> bool {
    if new.kind != old.kind || is_for_good(old) && !is_for_good(new) {
        return false;
    }
    let stronger_ending = is_for_good(new) && !is_for_good(old);
    match covers(new, old) {
        Cover::More => true,
        Cover::Same => stronger_ending,
        Cover::No => false,
    }
}

fn is_for_good(measure: &Measure) -> bool {
    measure.ending == Ending::Permanent
}

/// How far one measure reaches over another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    /// Something of the old one is left out.
    No,
    /// Exactly as far.
    Same,
    /// All of it and more.
    More,
}

impl Cover {
    /// Both must cover; one that covers more is enough.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Same, Self::Same) => Self::Same,
            (Self::More, Self::Same | Self::More) | (Self::Same, Self::More) => Self::More,
        }
    }
}

fn covers(new: &Measure, old: &Measure) -> Cover {
    match new.kind {
        // rulebook 4.2(4)
        MeasureKind::TemplateSigning => match (&new.scope.template_id, &old.scope.template_id) {
            (None, None) => Cover::Same,
            (None, Some(_)) => Cover::More,
            (Some(new_template), Some(old_template)) if new_template == old_template => Cover::Same,
            (Some(_), _) => Cover::No,
        },
        // rulebook 4.2(5)
        MeasureKind::DebitCapability => {
            names(&new.scope.capabilities, &old.scope.capabilities).and(level(new, old))
        }
        // rulebook 4.2(6)
        MeasureKind::Limits => limit(new.parameters.debit_fen, old.parameters.debit_fen)
            .and(limit(new.parameters.day_fen, old.parameters.day_fen))
            .and(limit(
                new.parameters.debits_per_day,
                old.parameters.debits_per_day,
            )),
        // rulebook 4.2(7)
        MeasureKind::SettlementCycle => {
            let (new_days, old_days) = (new.parameters.days, old.parameters.days);
            if new_days > old_days {
                Cover::More
            } else if new_days == old_days {
                Cover::Same
            } else {
                Cover::No
            }
        }
        // rulebook 4.2(9)
        MeasureKind::PaymentPermission => {
            names(&new.scope.permissions, &old.scope.permissions).and(level(new, old))
        }
        // Without a measure of more or less: they stand beside each other.
        MeasureKind::Rectification
        | MeasureKind::SettlementRefund
        | MeasureKind::EndServiceOrders
        | MeasureKind::Other => Cover::No,
        // Only closing for good is more than the same again.
        MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => Cover::Same,
    }
}

/// Compares sets of names; an empty one is all of them.
fn names(new: &[Arc<str>], old: &[Arc<str>]) -> Cover {
    if new.is_empty() {
        return if old.is_empty() {
            Cover::Same
        } else {
            Cover::More
        };
    }
    if old.is_empty() || !old.iter().all(|name| new.contains(name)) {
        return Cover::No;
    }
    let more: Vec<&Arc<str>> = new.iter().filter(|name| !old.contains(name)).collect();
    if more.is_empty() {
        Cover::Same
    } else {
        Cover::More
    }
}

/// Compares one limit; the lower is the stronger, none is the weakest.
fn limit<T: Ord>(new: Option<T>, old: Option<T>) -> Cover {
    match (new, old) {
        (None, None) => Cover::Same,
        (Some(_), None) => Cover::More,
        (None, Some(_)) => Cover::No,
        (Some(new_limit), Some(old_limit)) => match new_limit.cmp(&old_limit) {
            core::cmp::Ordering::Less => Cover::More,
            core::cmp::Ordering::Equal => Cover::Same,
            core::cmp::Ordering::Greater => Cover::No,
        },
    }
}

/// rulebook 4.2(5), 4.2(9): the entity reaches further than one merchant number.
fn level(new: &Measure, old: &Measure) -> Cover {
    let reaches_entity = |measure: &Measure| reaches(measure.kind, &measure.scope, false);
    match (reaches_entity(new), reaches_entity(old)) {
        (true, false) => Cover::More,
        (false, true) => Cover::No,
        (true, true) | (false, false) => Cover::Same,
    }
}
