//! A complaint, and a list of them.

use comfy_table::Table;
use redress_protocol::view::Moment;
use serde_json::Value;

use super::clock;
use super::document::{dotted, flag, is_there, joined, list, number, seen_from, text, when};
use crate::table::{Page, cell, table};
use crate::terminal::Tone;
use crate::wording::{counted, words, yuan};

/// One complaint as a case handler reads it.
pub fn complaint_page(complaint: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    let round = format!("round {}", number(complaint, "round"));
    page.heading(&dotted(&[
        &format!("Complaint {}", text(complaint, "complaint_id")),
        &words(text(complaint, "state")),
        &round,
        if flag(complaint, "under_review") {
            "UNDER REVIEW"
        } else {
            ""
        },
    ]));
    about(&mut page, complaint, moment);
    page.heading(&format!("Clocks of {round}"));
    page.table(&clock::clocks_table(complaint, "clocks", moment));
    earlier_rounds(&mut page, complaint, moment);
    owed(&mut page, complaint);
    evidence(&mut page, complaint);
    judgement(&mut page, complaint);
    page.finish().to_owned()
}

fn about(page: &mut Page, complaint: &Value, moment: &Moment) {
    seen_from(page, moment);
    let times = counted(number(complaint, "user_complaint_times"), "time");
    page.fact("merchant", text(complaint, "merchant_id"))
        .fact(
            "user",
            format!("{}, complained {times}", text(complaint, "user_ref")),
        )
        .fact(
            "about",
            dotted(&[
                &words(text(complaint, "problem")),
                &words(text(complaint, "channel")),
                if flag(complaint, "enquiry") {
                    "enquiry"
                } else {
                    ""
                },
            ]),
        )
        .fact("filed", when(complaint, "filed_at"))
        .fact("orders", orders(complaint))
        .fact("agreement", text(complaint, "agreement_id"))
        .fact("judged by", edition(complaint));
    let links: Vec<String> = list(complaint, "links")
        .iter()
        .map(|link| format!("{} to {}", text(link, "kind"), text(link, "to")))
        .collect();
    page.fact("links", links.join(", "));
    for pause in list(complaint, "pauses") {
        let until = match when(pause, "until") {
            until if until.is_empty() => "and not ended".to_owned(),
            until => format!("until {until}"),
        };
        page.fact(
            "paused",
            format!(
                "{}, from {} {until}",
                words(text(pause, "reason")),
                when(pause, "from")
            ),
        );
    }
}

fn edition(complaint: &Value) -> String {
    format!("edition {}", text(complaint, "edition"))
}

fn orders(complaint: &Value) -> String {
    let orders: Vec<String> = list(complaint, "orders")
        .iter()
        .map(|order| {
            format!(
                "{} {}",
                text(order, "order_id"),
                yuan(number(order, "amount_fen"))
            )
        })
        .collect();
    orders.join(", ")
}

fn earlier_rounds(page: &mut Page, complaint: &Value, moment: &Moment) {
    let current = number(complaint, "round");
    let mut table = table(&["round", "opened", "closed", "how", "clocks"]);
    for round in list(complaint, "rounds") {
        if number(round, "number") == current && !is_there(round, "closed_at") {
            continue;
        }
        table.add_row([
            cell(number(round, "number"), Tone::Plain),
            cell(when(round, "opened_at"), Tone::Plain),
            cell(when(round, "closed_at"), Tone::Plain),
            cell(text(round, "how"), Tone::Plain),
            cell(clock::in_one_line(round, "clocks", moment.at), Tone::Plain),
        ]);
    }
    if table.row_count() > 0 {
        page.heading("Rounds that closed").table(&table);
    }
}

fn owed(page: &mut Page, complaint: &Value) {
    let Some(remedy) = complaint.get("remedy") else {
        return;
    };
    let amount = |key: &str| {
        if is_there(remedy, key) {
            yuan(number(remedy, key))
        } else {
            String::new()
        }
    };
    page.heading("What is owed")
        .fact(
            "owed",
            format!("{} ({})", amount("owed_fen"), words(text(remedy, "basis"))),
        )
        .fact("paid", amount("paid_fen"))
        .fact("asked for", amount("requested_fen"))
        .fact("settled", amount("settlement_fen"))
        .fact("approved", amount("approved_fen"))
        .fact("refunded", amount("refunded_fen"));
    for duty in list(remedy, "duties") {
        let done = if flag(duty, "done") { "done" } else { "OPEN" };
        page.fact("duty", format!("{}: {done}", words(text(duty, "duty"))));
    }
}

fn evidence(page: &mut Page, complaint: &Value) {
    let mut pieces = table(&["evidence", "shows", "file", "round", "submitted", "status"]);
    for piece in list(complaint, "evidence") {
        let tone = match text(piece, "status") {
            "refused" => Tone::Bad,
            "accepted" => Tone::Good,
            _ => Tone::Warning,
        };
        pieces.add_row([
            cell(text(piece, "evidence_id"), Tone::Plain),
            cell(text(piece, "kind"), Tone::Plain),
            cell(text(piece, "media_id"), Tone::Plain),
            cell(number(piece, "round"), Tone::Plain),
            cell(when(piece, "submitted_at"), Tone::Plain),
            cell(text(piece, "status"), tone),
        ]);
    }
    if pieces.row_count() > 0 {
        page.heading("Evidence").table(&pieces);
    }
    let mut facts = table(&["late fact", "what", "claimed for", "round", "status"]);
    for fact in list(complaint, "late_facts") {
        facts.add_row([
            text(fact, "fact_id").to_owned(),
            words(text(fact, "act")),
            when(fact, "claimed_at"),
            number(fact, "round").to_string(),
            words(text(fact, "status")),
        ]);
    }
    if facts.row_count() > 0 {
        page.heading("Facts that came late").table(&facts);
    }
}

fn judgement(page: &mut Page, complaint: &Value) {
    let mut findings = table(&["finding", "clause", "because", "round", "from", "status"]);
    for finding in list(complaint, "findings") {
        let tone = match text(finding, "status") {
            "open" => Tone::Warning,
            "determined" => Tone::Bad,
            _ => Tone::Quiet,
        };
        findings.add_row([
            cell(text(finding, "finding_id"), Tone::Plain),
            cell(text(finding, "ground"), Tone::Strong),
            cell(cause_in_words(finding), Tone::Plain),
            cell(number(finding, "round"), Tone::Plain),
            cell(when(finding, "effective_at"), Tone::Plain),
            cell(text(finding, "status"), tone),
        ]);
    }
    if findings.row_count() > 0 {
        page.heading("Findings (rulebook 4.1)").table(&findings);
    }
    let mut determinations = table(&["determination", "clause", "rests on", "by", "at", "status"]);
    for one in list(complaint, "determinations") {
        let tone = match text(one, "status") {
            "standing" => Tone::Bad,
            "under_review" => Tone::Warning,
            _ => Tone::Quiet,
        };
        determinations.add_row([
            cell(text(one, "determination_id"), Tone::Plain),
            cell(joined(one, "grounds"), Tone::Strong),
            cell(joined(one, "finding_ids"), Tone::Plain),
            cell(text(one, "by"), Tone::Plain),
            cell(when(one, "determined_at"), Tone::Plain),
            cell(words(text(one, "status")), tone),
        ]);
    }
    if determinations.row_count() > 0 {
        page.heading("Determinations").table(&determinations);
    }
}

/// What brought a finding about: `refund decision missed (rulebook 3(1).1.1)`.
fn cause_in_words(finding: &Value) -> String {
    let clauses = joined(finding, "clauses");
    let cause = match text(finding, "clock") {
        "" => words(text(finding, "cause")),
        clock => format!("{} missed", words(clock)),
    };
    if clauses.is_empty() {
        cause
    } else {
        format!("{cause} ({clauses})")
    }
}

/// Many complaints, one a row, each with the clock that is due next.
pub fn complaints_table(complaints: &[Value], moment: &Moment) -> Table {
    let due = clock::due_header(moment);
    let mut table = table(&[
        "complaint",
        "merchant",
        "state",
        "clock",
        &due,
        "time",
        "owed",
        "findings",
    ]);
    for complaint in complaints {
        let urgent = clock::most_urgent(complaint, "clocks");
        let (name, due_at, time, tone) = match urgent {
            Some((name, clock, _)) => (
                words(name),
                when(clock, "due_at"),
                clock::time_in_words(clock, moment.at),
                clock::tone(text(clock, "status")),
            ),
            None => (String::new(), String::new(), String::new(), Tone::Plain),
        };
        let owed_fen = complaint
            .get("remedy")
            .map_or(0, |remedy| number(remedy, "owed_fen"));
        let state = match number(complaint, "round") {
            0 | 1 => text(complaint, "state").to_owned(),
            round => format!("{}, round {round}", text(complaint, "state")),
        };
        table.add_row([
            cell(text(complaint, "complaint_id"), Tone::Plain),
            cell(text(complaint, "merchant_id"), Tone::Plain),
            cell(state, Tone::Plain),
            cell(name, Tone::Plain),
            cell(due_at, Tone::Plain),
            cell(time, tone),
            cell(yuan(owed_fen), Tone::Plain),
            cell(standing_findings(complaint), Tone::Plain),
        ]);
    }
    table
}

/// The grounds that were found and neither dismissed nor withdrawn, each once.
fn standing_findings(complaint: &Value) -> String {
    let mut grounds: Vec<&str> = list(complaint, "findings")
        .iter()
        .filter(|finding| matches!(text(finding, "status"), "open" | "determined"))
        .map(|finding| text(finding, "ground"))
        .collect();
    grounds.sort_unstable();
    grounds.dedup();
    grounds.join(" ")
}
