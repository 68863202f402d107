//! Views over many complaints, and the gate's answer.

use serde_json::Value;

use super::document::{entries, flag, is_there, number, scalar, text};
use crate::table::{Page, cell, number as right, table};
use crate::terminal::{Tone, toned};
use crate::wording::{counted, span, words};

/// How clocks were kept, one kind a row.
pub fn sla_page(report: &Value) -> String {
    let mut page = Page::default();
    let mut table = table(&[
        "clock",
        "in time",
        "late",
        "of these still running",
        "running",
        "void",
        "median",
        "95 of 100 within",
    ]);
    let elapsed = |clock: &Value, key: &str| {
        if is_there(clock, key) {
            span(number(clock, key))
        } else {
            String::new()
        }
    };
    for (name, clock) in entries(report, "clocks") {
        let late = number(clock, "late");
        let tone = if late > 0 { Tone::Bad } else { Tone::Plain };
        table.add_row([
            cell(words(name), Tone::Plain),
            right(number(clock, "in_time")),
            cell(late, tone).set_alignment(comfy_table::CellAlignment::Right),
            right(number(clock, "late_running")),
            right(number(clock, "running")),
            right(number(clock, "void")),
            right(elapsed(clock, "median_ms")),
            right(elapsed(clock, "p95_ms")),
        ]);
    }
    page.table(&table);
    page.line(counted(number(report, "rounds"), "round"));
    page.finish().to_owned()
}

/// The three counts of repeat complaints, kept apart.
pub fn repeats_page(report: &Value) -> String {
    let mut page = Page::default();
    let rate = match report.get("repeat_rate").and_then(Value::as_array) {
        Some(pair) => {
            let pair: Vec<String> = pair.iter().map(scalar).collect();
            format!("{} (repeat rounds to closed rounds)", pair.join(" to "))
        }
        None => "undefined: no round was closed".to_owned(),
    };
    page.fact("repeat rounds", number(report, "repeat_rounds").to_string())
        .fact("related", number(report, "related").to_string())
        .fact("concurrent", number(report, "concurrent").to_string())
        .fact("closed rounds", number(report, "closed_rounds").to_string())
        .fact("complaints", number(report, "complaints").to_string())
        .fact("repeat rate", rate);
    page.finish().to_owned()
}

/// Whether a merchant may do something, and if not, why and what lifts it.
pub fn gate_page(answer: &Value) -> String {
    let mut page = Page::default();
    if flag(answer, "allow") {
        page.line(toned("allowed", Tone::Good));
    } else {
        page.line(toned("refused", Tone::Bad));
    }
    page.fact("code", text(answer, "code"))
        .fact("clause", text(answer, "clause"))
        .fact("why", text(answer, "message"))
        .fact("measure", text(answer, "measure_id"))
        .fact("what lifts it", text(answer, "cure"));
    if flag(answer, "reminder_required") {
        page.fact("reminder", "a debit needs a reminder before it");
    }
    page.finish().to_owned()
}
