//! Standing: the tier, the figures behind it, and what it takes to enter one.

use redress_domain::standing::PartKind;
use serde_json::Value;

use super::document::{entries, list, number, scalar, text};
use crate::wording::{counted, span, words};

/// One part of an entry line: `3 liable rounds (3 asked)`.
fn part_in_words(name: &str, part: &Value) -> String {
    let (have, asked) = match part.as_array().map(Vec::as_slice) {
        Some([have, asked]) => (have, asked),
        _ => return format!("{} {}", words(name), scalar(part)),
    };
    let kind = PartKind::ALL.iter().find(|kind| kind.as_str() == name);
    let without_volume = have.as_str().is_some_and(|ratio| ratio.ends_with("/0"));
    match kind {
        Some(PartKind::LiableBps) if without_volume => {
            format!("no volume reported (a rate of {} bps asked)", scalar(asked))
        }
        Some(PartKind::LiableBps) => {
            let per_debits = scalar(have).replacen('/', " liable rounds per ", 1);
            format!("{per_debits} debits ({} bps asked)", scalar(asked))
        }
        Some(PartKind::LatePercent | PartKind::RepeatPercent | PartKind::PercentAtT2) => {
            format!(
                "{} {} ({} % asked)",
                words(name),
                scalar(have),
                scalar(asked)
            )
        }
        Some(PartKind::RectificationOverdue) => "a rectification is overdue".to_owned(),
        Some(PartKind::Held) => format!(
            "held for {} ({} asked)",
            span(have.as_u64().unwrap_or(0)),
            span(asked.as_u64().unwrap_or(0))
        ),
        Some(PartKind::LiableRounds | PartKind::LiableUsers | PartKind::MerchantsAtT2) | None => {
            format!("{} ({} asked)", count_of(have, name), scalar(asked))
        }
    }
}

/// A count with its name: `3 liable rounds`, `1 liable round`.
fn count_of(count: &Value, name: &str) -> String {
    let name = words(name);
    match (count.as_u64(), name.strip_suffix('s')) {
        (Some(count), Some(noun)) => counted(count, noun),
        _ => format!("{} {name}", scalar(count)),
    }
}

/// One reason: the entry line of a tier that holds, with what there is and what is asked.
pub fn reason_in_words(reason: &Value) -> String {
    let parts: Vec<String> = entries(reason, "parts")
        .map(|(name, part)| part_in_words(name, part))
        .collect();
    format!(
        "entry {} of {}: {}",
        number(reason, "line") + 1,
        text(reason, "tier"),
        parts.join(", ")
    )
}

/// The figures of the window, of a merchant.
pub fn metrics_in_words(metrics: &Value) -> String {
    let volume = if metrics.get("volume_reported").and_then(Value::as_bool) == Some(false) {
        "no volume reported".to_owned()
    } else {
        counted(number(metrics, "debits"), "debit")
    };
    format!(
        "{} of {}; {}: {} late, {} repeat, {} closed; {volume}",
        counted(number(metrics, "liable_rounds"), "liable round"),
        counted(number(metrics, "liable_users"), "user"),
        counted(number(metrics, "rounds"), "round"),
        number(metrics, "late_rounds"),
        number(metrics, "repeat_rounds"),
        number(metrics, "closed_rounds"),
    )
}

/// What is missing to the next tier: `t2: 7 liable rounds, 3 liable users`.
pub fn next_tier_in_words(next: &Value) -> String {
    let tier = text(next, "tier");
    let missing: Vec<String> = entries(next, "missing")
        .map(|(name, count)| count_of(count, name))
        .collect();
    if missing.is_empty() {
        format!("{tier}: the counts of its first entry are reached")
    } else {
        format!("{tier}: {} missing", missing.join(", "))
    }
}

/// The reasons of the recorded tier; lines of lower tiers that hold too are left out.
pub(super) fn reasons_of_tier(standing: &Value) -> Vec<String> {
    let tier = text(standing, "tier");
    list(standing, "reasons")
        .iter()
        .filter(|reason| text(reason, "tier") == tier)
        .map(reason_in_words)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{next_tier_in_words, reason_in_words};

    #[test]
    fn a_reason_says_what_there_is_and_what_is_asked() {
        let reason = json!({
            "tier": "t1", "line": 0,
            "parts": { "liable_rounds": [3, 3], "liable_bps": ["3/12000", 1] },
        });
        assert_eq!(
            reason_in_words(&reason),
            "entry 1 of t1: 3 liable rounds (3 asked), 3 liable rounds per 12000 debits (1 bps asked)"
        );
        let reason = json!({
            "tier": "t3", "line": 1,
            "parts": { "held": [1_209_600_000_u64, 1_209_600_000_u64], "liable_bps": ["3/0", 1] },
        });
        assert_eq!(
            reason_in_words(&reason),
            "entry 2 of t3: held for 14 d (14 d asked), no volume reported (a rate of 1 bps asked)"
        );
    }

    #[test]
    fn what_is_missing_is_counted() {
        let next = json!({"tier": "t2", "missing": {"liable_rounds": 7, "liable_users": 1}});
        assert_eq!(
            next_tier_in_words(&next),
            "t2: 7 liable rounds, 1 liable user missing"
        );
    }
}
