//! An agreement, and a list of them (rulebook 1.5).

use comfy_table::Table;
use redress_protocol::view::Moment;
use serde_json::Value;

use super::document::{dotted, flag, is_there, list, number, seen_from, text, when};
use crate::table::{Page, cell, number as right, table};
use crate::terminal::Tone;
use crate::wording::{counted, words, yuan};

/// One agreement with its debits and reminders.
pub fn agreement_page(agreement: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    page.heading(&dotted(&[
        &format!("Agreement {}", text(agreement, "agreement_id")),
        text(agreement, "state"),
        &words(text(agreement, "kind")),
    ]));
    seen_from(&mut page, moment);
    page.fact("merchant", text(agreement, "merchant_id"))
        .fact("user", text(agreement, "user_ref"))
        .fact("template", text(agreement, "template_id"))
        .fact("signed", when(agreement, "signed_at"))
        .fact("plan", plan(agreement))
        .fact("paid", yuan(number(agreement, "paid_fen")))
        .fact("refunded", yuan(number(agreement, "refunded_fen")));
    let mut debits = table(&["debit", "at", "amount", "refunded"]);
    for debit in list(agreement, "debits") {
        debits.add_row([
            cell(text(debit, "order_id"), Tone::Plain),
            cell(when(debit, "at"), Tone::Plain),
            right(yuan(number(debit, "amount_fen"))),
            right(yuan(number(debit, "refunded_fen"))),
        ]);
    }
    if debits.row_count() > 0 {
        page.heading("Debits").table(&debits);
    }
    let mut reminders = table(&["reminded at", "of a debit at", "up to", "used"]);
    for reminder in list(agreement, "reminders") {
        reminders.add_row([
            cell(when(reminder, "recorded_at"), Tone::Plain),
            cell(when(reminder, "debit_at"), Tone::Plain),
            right(yuan(number(reminder, "amount_fen"))),
            cell(
                if flag(reminder, "used") { "yes" } else { "no" },
                Tone::Plain,
            ),
        ]);
    }
    if reminders.row_count() > 0 {
        page.heading("Reminders").table(&reminders);
    }
    page.finish().to_owned()
}

/// What the user allowed: `at most ¥30.00 a debit, 1 debit in each P1M`.
fn plan(agreement: &Value) -> String {
    let Some(plan) = agreement.get("plan") else {
        return String::new();
    };
    let mut parts = vec![format!(
        "at most {} a debit",
        yuan(number(plan, "amount_fen"))
    )];
    if is_there(plan, "debits_per_period") {
        let debits = counted(number(plan, "debits_per_period"), "debit");
        parts.push(match text(plan, "period") {
            "" => format!("{debits} in all"),
            period => format!("{debits} in each {period}"),
        });
    } else if is_there(plan, "period") {
        parts.push(format!("in periods of {}", text(plan, "period")));
    }
    parts.join(", ")
}

/// Many agreements, one a row.
pub fn agreements_table(agreements: &[Value]) -> Table {
    let mut table = table(&[
        "agreement",
        "merchant",
        "user",
        "template",
        "kind",
        "state",
        "debits",
        "paid",
    ]);
    for agreement in agreements {
        let tone = match text(agreement, "state") {
            "active" => Tone::Good,
            "suspended" => Tone::Warning,
            _ => Tone::Quiet,
        };
        table.add_row([
            cell(text(agreement, "agreement_id"), Tone::Plain),
            cell(text(agreement, "merchant_id"), Tone::Plain),
            cell(text(agreement, "user_ref"), Tone::Plain),
            cell(text(agreement, "template_id"), Tone::Plain),
            cell(words(text(agreement, "kind")), Tone::Plain),
            cell(text(agreement, "state"), tone),
            right(list(agreement, "debits").len()),
            right(yuan(number(agreement, "paid_fen"))),
        ]);
    }
    table
}
