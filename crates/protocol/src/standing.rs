//! Standing as JSON: figures, reasons and recorded changes.

use redress_domain::standing::{Metrics, Part, PartKind, Reason, StandingChange};
use serde_json::{Map, Value, json};

/// The figures of the window.
pub(crate) fn metrics_json(metrics: &Metrics) -> Value {
    json!({
        "liable_rounds": metrics.liable_rounds,
        "liable_users": metrics.liable_users,
        "rounds": metrics.rounds,
        "late_rounds": metrics.late_rounds,
        "repeat_rounds": metrics.repeat_rounds,
        "closed_rounds": metrics.closed_rounds,
        "debits": metrics.debits,
        "volume_reported": metrics.volume_reported,
        "merchants": metrics.merchants,
        "merchants_at_t2": metrics.merchants_at_t2,
    })
}

/// Why tiers are entered, lowest first.
pub(crate) fn reasons_json(reasons: &[Reason]) -> Value {
    reasons
        .iter()
        .map(|reason| {
            let parts: Map<String, Value> = reason
                .parts
                .iter()
                .map(|part| (part.kind.as_str().to_owned(), part_json(part)))
                .collect();
            json!({ "tier": reason.tier.as_str(), "line": reason.line, "parts": parts })
        })
        .collect()
}

/// What there is and what is asked: a count, a ratio as `"numerator/denominator"`, or whether a
/// condition holds.
fn part_json(part: &Part) -> Value {
    match part.kind {
        PartKind::RectificationOverdue => json!([part.actual > 0, part.asked > 0]),
        PartKind::LiableRounds
        | PartKind::LiableUsers
        | PartKind::LiableBps
        | PartKind::LatePercent
        | PartKind::RepeatPercent
        | PartKind::Held
        | PartKind::MerchantsAtT2
        | PartKind::PercentAtT2 => match part.of {
            Some(of) => json!([format!("{}/{of}", part.actual), part.asked]),
            None => json!([part.actual, part.asked]),
        },
    }
}

/// The payload of `StandingChanged`.
pub(crate) fn change_json(change: &StandingChange) -> Value {
    json!({
        "from": change.from.as_str(),
        "to": change.to.as_str(),
        "metrics": metrics_json(&change.metrics),
        "reasons": reasons_json(&change.reasons),
        "computed_at_position": change.computed_at_position,
        "corrected": change.corrected,
    })
}
