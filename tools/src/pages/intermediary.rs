//! An institution or a service provider, and a list of them (rulebook 4.3).

use comfy_table::Table;
use redress_protocol::view::Moment;
use serde_json::Value;

use super::document::{dotted, list, number, seen_from, text, when};
use super::{measure, standing};
use crate::table::{Page, cell, number as right, table};
use crate::terminal::Tone;
use crate::wording::{counted, words};

/// One intermediary: its standing, its measures, and where it failed to coordinate.
pub fn intermediary_page(intermediary: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    let nothing = Value::Null;
    let standing = intermediary.get("standing").unwrap_or(&nothing);
    let metrics = standing.get("metrics").unwrap_or(&nothing);
    page.heading(&dotted(&[
        &format!("Intermediary {}", text(intermediary, "intermediary_id")),
        text(intermediary, "name"),
        &words(text(intermediary, "kind")),
        &format!("tier {}", text(standing, "tier")),
    ]));
    seen_from(&mut page, moment);
    page.fact("since", when(standing, "since"));
    for reason in standing::reasons_of_tier(standing) {
        page.fact("entered on", reason);
    }
    page.fact(
        "portfolio",
        format!(
            "{}; at t2 or above: {}; failures to coordinate: {}",
            counted(number(metrics, "merchants"), "merchant"),
            number(metrics, "merchants_at_t2"),
            number(metrics, "coordination_failures"),
        ),
    );
    measure::measures(&mut page, intermediary);
    let mut failures = table(&["complaint", "round", "failed to coordinate at"]);
    for failure in list(intermediary, "coordination_failures") {
        failures.add_row([
            text(failure, "complaint_id").to_owned(),
            number(failure, "round").to_string(),
            when(failure, "at"),
        ]);
    }
    if failures.row_count() > 0 {
        page.heading("Failures to coordinate (rulebook 4.3)")
            .table(&failures);
    }
    page.finish().to_owned()
}

/// Many intermediaries, one a row.
pub fn intermediaries_table(intermediaries: &[Value]) -> Table {
    let mut table = table(&[
        "intermediary",
        "kind",
        "tier",
        "since",
        "merchants",
        "at t2 or above",
        "failures",
        "in force",
    ]);
    let nothing = Value::Null;
    for one in intermediaries {
        let standing = one.get("standing").unwrap_or(&nothing);
        let metrics = standing.get("metrics").unwrap_or(&nothing);
        table.add_row([
            cell(text(one, "intermediary_id"), Tone::Plain),
            cell(words(text(one, "kind")), Tone::Plain),
            cell(text(standing, "tier"), Tone::Plain),
            cell(when(standing, "since"), Tone::Plain),
            right(number(metrics, "merchants")),
            right(number(metrics, "merchants_at_t2")),
            right(number(metrics, "coordination_failures")),
            cell(measure::in_force(one), Tone::Plain),
        ]);
    }
    table
}
