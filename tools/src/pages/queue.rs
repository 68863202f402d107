//! What waits for somebody, the most urgent first.

use redress_protocol::view::Moment;
use serde_json::Value;

use super::clock;
use super::document::{flag, list, number, text, when};
use crate::table::{Page, cell, table};
use crate::terminal::Tone;
use crate::wording::{counted, words};

/// The queue, one complaint a row. `waiting` is how many there are with those that a limit left
/// out.
pub fn queue_page(items: &[Value], waiting: usize, moment: &Moment) -> String {
    let mut page = Page::default();
    let mut table = table(&[
        "complaint",
        "merchant",
        "state",
        "clock",
        "due",
        "time",
        "to do",
    ]);
    for item in items {
        let status = text(item, "status");
        let state = format!("{}, round {}", text(item, "state"), number(item, "round"));
        table.add_row([
            cell(text(item, "complaint_id"), Tone::Plain),
            cell(text(item, "merchant_id"), Tone::Plain),
            cell(state, Tone::Plain),
            cell(words(text(item, "clock")), Tone::Plain),
            cell(when(item, "due_at"), Tone::Plain),
            cell(clock::time_in_words(item, moment.at), clock::tone(status)),
            cell(to_do(item), Tone::Plain),
        ]);
    }
    page.table(&table);
    let count = counted(u64::try_from(waiting).unwrap_or(u64::MAX), "complaint");
    page.line(if items.len() < waiting {
        format!("{count}, the first {} shown", items.len())
    } else {
        count
    });
    page.finish().to_owned()
}

fn to_do(item: &Value) -> String {
    let mut parts = Vec::new();
    if flag(item, "repeat") {
        parts.push("repeat complaint".to_owned());
    }
    if flag(item, "under_review") {
        parts.push("under review".to_owned());
    }
    let unassessed = number(item, "unassessed_evidence");
    if unassessed > 0 {
        parts.push(format!("assess {unassessed} evidence"));
    }
    let findings = number(item, "findings_open");
    if findings > 0 {
        parts.push(format!("decide {}", counted(findings, "finding")));
    }
    let others = list(item, "clocks").len().saturating_sub(1);
    if others > 0 {
        let others = u64::try_from(others).unwrap_or(u64::MAX);
        parts.push(format!("{} more", counted(others, "clock")));
    }
    parts.join(", ")
}
