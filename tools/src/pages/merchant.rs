//! A merchant, and a list of them.

use comfy_table::Table;
use redress_protocol::view::Moment;
use serde_json::Value;

use super::document::{dotted, entries, is_there, list, number, scalar, seen_from, text, when};
use super::{measure, standing};
use crate::table::{Page, cell, number as right, table};
use crate::terminal::Tone;
use crate::wording::words;

/// One merchant: where it stands and why, what was imposed, and what it may do.
pub fn merchant_page(merchant: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    let nothing = Value::Null;
    let standing = merchant.get("standing").unwrap_or(&nothing);
    page.heading(&dotted(&[
        &format!("Merchant {}", text(merchant, "merchant_id")),
        text(merchant, "name"),
        &format!("tier {}", text(standing, "tier")),
    ]));
    seen_from(&mut page, moment);
    page.fact(
        "kind",
        dotted(&[
            &words(text(merchant, "kind")),
            &words(text(merchant, "industry")),
        ]),
    )
    .fact("entity", text(merchant, "entity_id"))
    .fact("institution", text(merchant, "institution_id"))
    .fact("service provider", text(merchant, "service_provider_id"));
    if let Some(rulebook) = merchant.get("rulebook") {
        page.fact("accepted edition", text(rulebook, "accepted"))
            .fact("DECLINED edition", text(rulebook, "declined"));
    }
    standing_facts(&mut page, standing);
    measure::measures(&mut page, merchant);
    capabilities(&mut page, merchant);
    page.finish().to_owned()
}

fn standing_facts(page: &mut Page, standing: &Value) {
    page.heading("Standing");
    let since = match when(standing, "since") {
        since if since.is_empty() => String::new(),
        since => format!(" since {since}"),
    };
    page.fact("tier", format!("{}{since}", text(standing, "tier")));
    for reason in standing::reasons_of_tier(standing) {
        page.fact("entered on", reason);
    }
    if let Some(metrics) = standing.get("metrics") {
        page.fact("figures now", standing::metrics_in_words(metrics));
    }
    match standing.get("next_tier") {
        Some(next) if !next.is_null() => {
            page.fact("to the next", standing::next_tier_in_words(next));
        }
        Some(_) | None => {
            page.fact("to the next", "nothing above");
        }
    }
}

fn capabilities(page: &mut Page, merchant: &Value) {
    let Some(capabilities) = merchant.get("capabilities") else {
        return;
    };
    let mut table = table(&["capability", "now", "by", "what lifts it"]);
    for (name, value) in entries(merchant, "capabilities") {
        if name == "sources" {
            continue;
        }
        let sources: Vec<&Value> = list(capabilities, "sources")
            .iter()
            .filter(|source| text(source, "capability") == name)
            .collect();
        let (now, tone) = match (name, value) {
            ("limits", Value::Object(limits)) => {
                let parts: Vec<String> = limits
                    .iter()
                    .filter(|(_, limit)| !limit.is_null())
                    .map(|(key, limit)| format!("{} {limit}", words(key)))
                    .collect();
                (parts.join(", "), Tone::Warning)
            }
            ("settlement_days", days) => (format!("T+{days}"), Tone::Plain),
            ("reminder_required", Value::Bool(true)) => ("yes".to_owned(), Tone::Warning),
            (_, Value::Bool(false)) if name != "reminder_required" => ("NO".to_owned(), Tone::Bad),
            _ => (scalar(value), Tone::Plain),
        };
        // A template that is closed alone is told where signing at large is still open.
        let by: Vec<String> = sources
            .iter()
            .map(|source| source_in_words(source))
            .collect();
        let cures: Vec<&str> = sources.iter().map(|source| text(source, "cure")).collect();
        table.add_row([
            cell(words(name), Tone::Plain),
            cell(now, tone),
            cell(by.join("\n"), Tone::Plain),
            cell(cures.join("\n"), Tone::Plain),
        ]);
    }
    page.heading("What it may do now").table(&table);
}

/// Measure, clause and what it reaches: `m2 of M1, 4.2(4), template T1`.
fn source_in_words(source: &Value) -> String {
    let template = match text(source, "template_id") {
        "" => String::new(),
        template => format!(", template {template}"),
    };
    let measure = match text(source, "measure_id") {
        "" => "the rulebook".to_owned(),
        measure => format!("{measure} of {}", text(source, "merchant_id")),
    };
    format!("{measure}, {}{template}", text(source, "clause"))
}

/// Many merchants, one a row.
pub fn merchants_table(merchants: &[Value]) -> Table {
    let mut table = table(&[
        "merchant",
        "industry",
        "tier",
        "since",
        "liable rounds",
        "late",
        "rounds",
        "in force",
        "closed to it",
    ]);
    let nothing = Value::Null;
    for merchant in merchants {
        let standing = merchant.get("standing").unwrap_or(&nothing);
        let metrics = standing.get("metrics").unwrap_or(&nothing);
        let closed: Vec<String> = entries(merchant, "capabilities")
            .filter(|(name, value)| *name != "reminder_required" && **value == Value::Bool(false))
            .map(|(name, _)| words(name))
            .collect();
        let tone = match text(standing, "tier") {
            "none" => Tone::Plain,
            "watch" => Tone::Warning,
            _ => Tone::Bad,
        };
        table.add_row([
            cell(text(merchant, "merchant_id"), Tone::Plain),
            cell(words(text(merchant, "industry")), Tone::Plain),
            cell(text(standing, "tier"), tone),
            cell(when(standing, "since"), Tone::Plain),
            right(number(metrics, "liable_rounds")),
            right(number(metrics, "late_rounds")),
            right(number(metrics, "rounds")),
            cell(measure::in_force(merchant), Tone::Plain),
            cell(closed_in_words(merchant, closed), Tone::Bad),
        ]);
    }
    table
}

fn closed_in_words(merchant: &Value, closed: Vec<String>) -> String {
    let declined = merchant
        .get("rulebook")
        .is_some_and(|rulebook| is_there(rulebook, "declined"));
    if declined {
        return "service ended".to_owned();
    }
    closed.join(", ")
}

#[cfg(test)]
mod tests {
    use redress_domain::instant::{CivilOffset, Instant};
    use redress_protocol::view::Moment;
    use serde_json::json;

    use super::merchant_page;

    #[test]
    fn a_closed_capability_names_its_measure_and_what_lifts_it() {
        let moment = Moment {
            at: Instant::from_unix_ms(0),
            as_of_position: 1,
            offset: CivilOffset::from_seconds(28_800),
        };
        let merchant = json!({
            "merchant_id": "M1", "standing": { "tier": "t3" },
            "capabilities": {
                "sign": false,
                "sources": [{ "capability": "sign", "merchant_id": "M1", "measure_id": "m2",
                              "clause": "4.2(4)", "cure": "thirty days" }],
            },
        });
        let page = merchant_page(&merchant, &moment);
        assert!(page.contains("m2 of M1, 4.2(4)"), "{page}");
        assert!(page.contains("thirty days"), "{page}");
        assert!(page.contains("NO"), "{page}");
    }
}
