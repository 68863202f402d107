//! Measures of a merchant or an intermediary, the same for both.

use std::cmp::Reverse;

use serde_json::Value;

use super::document::{flag, is_there, list, number, text, when};
use crate::table::{Page, cell, table};
use crate::terminal::Tone;
use crate::wording::{counted, words, yuan};

/// Measures that are shown one by one; a merchant can have hundreds, one for each complaint.
const SHOWN_MAX: usize = 20;

/// The measures, in order of appearance.
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
    let (shown, left_out) = foremost(list(owner, "measures"));
    for measure in shown {
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
    if left_out > 0 {
        page.line(format!("and {left_out} more; --format json has all"));
    }
}

/// The measures to show where there are many, in order of appearance, and how many are left out:
/// first those that bind or are proposed, then those of the whole merchant, then the newest.
pub fn foremost(measures: &[Value]) -> (Vec<&Value>, usize) {
    let mut ranked: Vec<(usize, &Value)> = measures.iter().enumerate().collect();
    ranked.sort_by_key(|(index, measure)| {
        let open = matches!(text(measure, "status"), "in_force" | "proposed");
        let of_one_complaint = text(measure, "kind") == "settlement_refund";
        (!open, of_one_complaint, Reverse(*index))
    });
    ranked.truncate(SHOWN_MAX);
    ranked.sort_by_key(|(index, _)| *index);
    let left_out = measures.len() - ranked.len();
    let shown = ranked.into_iter().map(|(_, measure)| measure).collect();
    (shown, left_out)
}

/// Those in force, in one line: `rectification, settlement cycle, 3 times settlement refund`.
pub(super) fn in_force(owner: &Value) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for measure in list(owner, "measures") {
        let kind = text(measure, "kind");
        if text(measure, "status") != "in_force" {
            continue;
        }
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| match count {
            1 => words(kind),
            count => format!("{count} times {}", words(kind)),
        })
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
