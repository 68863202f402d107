//! Measures of a merchant or an intermediary, the same for both.

use serde_json::Value;

use super::document::{flag, is_there, list, number, text, when};
use crate::table::{Page, cell, table};
use crate::terminal::Tone;
use crate::wording::{counted, words, yuan};

/// Every measure, in order of appearance.
pub(super) fn measures(page: &mut Page, owner: &Value) {
    let mut table = table(&[
        "measure",
        "clause",
        "what",
        "status",
        "from",
        "until",
        "what lifts it",
    ]);
    for measure in list(owner, "measures") {
        let (status, tone) = status(measure);
        table.add_row([
            cell(text(measure, "measure_id"), Tone::Plain),
            cell(text(measure, "clause"), Tone::Strong),
            cell(what(measure), Tone::Plain),
            cell(status, tone),
            cell(when(measure, "from"), Tone::Plain),
            cell(until(measure), Tone::Plain),
            cell(text(measure, "cure"), Tone::Plain),
        ]);
    }
    if table.row_count() > 0 {
        page.heading("Measures (rulebook 4.2)").table(&table);
    }
}

/// Those in force, in one line: `rectification, settlement cycle`.
pub(super) fn in_force(owner: &Value) -> String {
    let kinds: Vec<String> = list(owner, "measures")
        .iter()
        .filter(|measure| text(measure, "status") == "in_force")
        .map(|measure| words(text(measure, "kind")))
        .collect();
    kinds.join(", ")
}

/// Kind, scope and numbers in one line.
fn what(measure: &Value) -> String {
    let mut parts = vec![words(text(measure, "kind"))];
    parts.extend(scope(measure));
    if is_there(measure, "days") {
        parts.push(format!("T+{}", number(measure, "days")));
    }
    for (key, name) in [
        ("debit_fen", "a debit"),
        ("day_fen", "a day"),
        ("amount_fen", "in all"),
    ] {
        if is_there(measure, key) {
            parts.push(format!("{} {name}", yuan(number(measure, key))));
        }
    }
    if is_there(measure, "debits_per_day") {
        let debits = counted(number(measure, "debits_per_day"), "debit");
        parts.push(format!("{debits} a day"));
    }
    parts.join(", ")
}

fn scope(measure: &Value) -> Option<String> {
    match measure.get("scope")? {
        Value::String(all) => Some(all.clone()),
        Value::Object(scope) => {
            let parts: Vec<String> = scope
                .iter()
                .map(|(key, value)| format!("{} {}", words(key), listed(value)))
                .collect();
            Some(parts.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn listed(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(listed).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

fn status(measure: &Value) -> (String, Tone) {
    let mut status = words(text(measure, "status"));
    let mut tone = match text(measure, "status") {
        "in_force" => Tone::Plain,
        "proposed" => Tone::Warning,
        _ => Tone::Quiet,
    };
    if text(measure, "status") == "proposed" {
        let given = list(measure, "approvals").len();
        status.push_str(&format!(
            ", {given} approved, authority {}",
            text(measure, "authority")
        ));
    }
    if flag(measure, "overdue") {
        status.push_str(", OVERDUE");
        tone = Tone::Bad;
    }
    if flag(measure, "under_review") {
        status.push_str(", UNDER REVIEW");
        tone = Tone::Warning;
    }
    let appeal = measure.get("appeal").filter(|appeal| !appeal.is_null());
    if let Some(appeal) = appeal
        && is_there(appeal, "filed_at")
    {
        status.push_str(match text(appeal, "outcome") {
            "" => ", appealed",
            "uphold" => ", appeal: upheld",
            "vary" => ", appeal: varied",
            _ => ", appeal: revoked",
        });
    }
    (status, tone)
}

fn until(measure: &Value) -> String {
    if is_there(measure, "ended_at") {
        return format!("ended {}", when(measure, "ended_at"));
    }
    if flag(measure, "permanent") {
        return "permanent".to_owned();
    }
    when(measure, "until")
}
