//! Explanations for people: one block a clock, a finding or a measure, every event with its
//! position.

use redress_protocol::view::Moment;
use serde_json::Value;

use crate::pages::{
    flag, foremost, is_there, joined, list, metrics_in_words, next_tier_in_words, number,
    reason_in_words, seen_from, text, time_in_words, when,
};
use crate::table::Page;
use crate::wording::{counted, span, words, yuan};

/// Grounds that are told one by one; the rest are counted.
const GROUNDS_SHOWN: usize = 12;

/// Why a complaint's clocks are where they are, and why it was judged as it was.
pub fn complaint(document: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    page.heading(&format!(
        "Complaint {} against {} · {} · round {}",
        text(document, "complaint_id"),
        text(document, "merchant_id"),
        text(document, "state"),
        number(document, "round")
    ));
    seen_from(&mut page, moment);
    for round in list(document, "rounds") {
        let mut told = format!("opened by {}", event(round.get("opened_by")));
        if is_there(round, "closed_by") {
            told.push_str(&format!(
                "; {} by {}",
                text(round, "how"),
                event(round.get("closed_by"))
            ));
        }
        page.fact(&format!("round {}", number(round, "number")), told);
    }
    for one in list(document, "clocks") {
        clock(&mut page, one, moment);
    }
    for one in list(document, "findings") {
        finding(&mut page, one);
    }
    for one in list(document, "determinations") {
        determination(&mut page, one);
    }
    page.finish().to_owned()
}

fn clock(page: &mut Page, clock: &Value, moment: &Moment) {
    page.heading(&format!(
        "Why {} of round {} is {}: {}",
        words(text(clock, "clock")),
        number(clock, "round"),
        words(text(clock, "status")),
        time_in_words(clock, moment.at)
    ));
    page.fact("asked by", text(clock, "asked_by"));
    page.fact(
        "started",
        format!(
            "{}, by {}",
            when(clock, "started_at"),
            event(clock.get("started_by"))
        ),
    );
    page.fact("runs", runs(clock));
    for retimed in list(clock, "retimed") {
        let edition = match text(retimed, "edition") {
            "" => String::new(),
            edition => format!(" to edition {edition}"),
        };
        page.fact("retimed", format!("{}{edition}", event(Some(retimed))));
    }
    for pause in list(clock, "pauses") {
        let until = match when(pause, "until") {
            until if until.is_empty() => "until now".to_owned(),
            until => format!("until {until}"),
        };
        let by: Vec<String> = list(pause, "by")
            .iter()
            .map(|one| event(Some(one)))
            .collect();
        page.fact(
            "stood still",
            format!(
                "{}: from {} {until}, by {}",
                words(text(pause, "reason")),
                when(pause, "from"),
                by.join(" and ")
            ),
        );
    }
    page.fact(
        "due",
        format!("{}, the last instant in time", when(clock, "due_at")),
    );
    if flag(clock, "breached") && !is_there(clock, "missed_by") {
        page.fact(
            "missed",
            "one millisecond later; no event has recorded it yet",
        );
    }
    for (name, key) in [
        ("nearly due", "near_by"),
        ("missed", "missed_by"),
        ("not missed", "superseded_by"),
    ] {
        if is_there(clock, key) {
            page.fact(name, event(clock.get(key)));
        }
    }
    if is_there(clock, "met_by") {
        let by = event(clock.get("met_by"));
        page.fact("met", format!("{}, by {by}", when(clock, "met_at")));
    }
    if is_there(clock, "void_by") {
        page.fact("no longer owed", event(clock.get("void_by")));
    }
    let overdue_ms = number(clock, "overdue_ms");
    if overdue_ms > 0 {
        page.fact("overdue", format!("{} ({overdue_ms} ms)", span(overdue_ms)));
    }
}

/// How long a clock runs and what says so.
fn runs(clock: &Value) -> String {
    let runs = span(number(clock, "runs_ms"));
    let Some(duration) = clock.get("duration") else {
        return runs;
    };
    let edition = text(duration, "edition");
    if is_there(duration, "working_days_max") {
        return format!(
            "{runs}: to the end of the civil day that the approval promised, at most {} by edition \
             {edition}",
            counted(number(duration, "working_days_max"), "working day")
        );
    }
    let industry = words(text(duration, "industry"));
    let overlay = if is_there(duration, "overlay_ms") {
        let stricter = span(number(duration, "overlay_ms"));
        format!("industry {industry} says {stricter}, the stricter of both counts")
    } else {
        format!("industry {industry} sets nothing of its own")
    };
    format!("{runs} by edition {edition}; {overlay}")
}

fn finding(page: &mut Page, finding: &Value) {
    let cause = match text(finding, "clock") {
        "" => words(text(finding, "cause")),
        clock => format!("{} missed", words(clock)),
    };
    page.heading(&format!(
        "Finding {}: {}, {cause}, round {} · {}",
        text(finding, "finding_id"),
        text(finding, "ground"),
        number(finding, "round"),
        text(finding, "status")
    ));
    page.fact("clauses", joined(finding, "clauses"))
        .fact("from", when(finding, "effective_at"));
    let rests_on = list(finding, "rests_on");
    facts_under(
        page,
        "rests on",
        rests_on.iter().map(|one| event(Some(one))),
    );
    changes(page, finding);
}

fn determination(page: &mut Page, one: &Value) {
    page.heading(&format!(
        "Determination {}: {} · {}",
        text(one, "determination_id"),
        joined(one, "grounds"),
        words(text(one, "status"))
    ));
    let by = match text(one, "edition") {
        "" => format!("the reviewer {}", text(one, "by")),
        edition => format!("edition {edition}, which determines these grounds by itself"),
    };
    page.fact("rests on", joined(one, "finding_ids"))
        .fact("determined by", by);
    changes(page, one);
}

fn changes(page: &mut Page, judged: &Value) {
    for change in list(judged, "changes") {
        page.fact(&words(text(change, "status")), event(change.get("event")));
    }
}

/// Why a merchant is at its tier, and why each of its measures is where it is.
pub fn merchant(document: &Value, moment: &Moment) -> String {
    let mut page = Page::default();
    page.heading(&format!(
        "Why merchant {} is at tier {}",
        text(document, "merchant_id"),
        text(document, "tier")
    ));
    seen_from(&mut page, moment);
    match document.get("entry").filter(|entry| !entry.is_null()) {
        Some(entry) => entered(&mut page, entry),
        None => {
            page.fact("entered", "it never left tier none");
        }
    }
    let path = list(document, "path");
    if path.len() > 1 {
        page.heading("How it came there");
        for step in path {
            step_of_path(&mut page, step);
        }
    }
    if let Some(now) = document.get("now") {
        page.heading("The figures now");
        if let Some(metrics) = now.get("metrics") {
            page.fact("figures", metrics_in_words(metrics));
        }
        grounds(&mut page, "counted", list(now, "determinations"));
        if let Some(next) = now.get("next_tier").filter(|next| !next.is_null()) {
            page.fact("to the next", next_tier_in_words(next));
        }
    }
    let (shown, left_out) = foremost(list(document, "measures"));
    for one in shown {
        measure(&mut page, one);
    }
    if left_out > 0 {
        page.heading(&format!("{left_out} more measures; --format json has all"));
    }
    page.finish().to_owned()
}

fn entered(page: &mut Page, entry: &Value) {
    let Some(data) = entry.get("data") else {
        return;
    };
    page.fact("entered", event(Some(entry)));
    page.fact("from tier", text(data, "from"));
    if flag(data, "corrected") {
        page.fact("because", "what had counted before was taken back");
    }
    // What holds of lower tiers holds all the more; the entries of this tier are why it is here.
    let of_tier: Vec<String> = list(data, "reasons")
        .iter()
        .filter(|reason| text(reason, "tier") == text(data, "to"))
        .map(reason_in_words)
        .collect();
    if of_tier.is_empty() {
        page.fact("because", "no entry of a higher tier was met any more");
    }
    for reason in of_tier {
        page.fact("because", reason);
    }
    if let Some(metrics) = data.get("metrics") {
        page.fact("figures then", metrics_in_words(metrics));
    }
    page.fact(
        "computed at",
        format!("position {}", number(data, "computed_at_position")),
    );
    grounds(page, "counted then", list(entry, "determinations"));
}

fn step_of_path(page: &mut Page, step: &Value) {
    let Some(data) = step.get("data") else {
        return;
    };
    let to = text(data, "to");
    let mut reasons: Vec<String> = list(data, "reasons")
        .iter()
        .filter(|reason| text(reason, "tier") == to)
        .map(reason_in_words)
        .collect();
    if flag(data, "corrected") {
        reasons.push("corrected".to_owned());
    }
    page.fact(
        &format!("{} → {to}", text(data, "from")),
        format!("{}; {}", event(Some(step)), reasons.join("; ")).trim_end_matches("; "),
    );
}

/// Several facts under one name, which stands at the first.
fn facts_under(page: &mut Page, name: &str, facts: impl Iterator<Item = String>) {
    for (index, fact) in facts.enumerate() {
        page.fact(if index == 0 { name } else { "" }, fact);
    }
}

fn grounds(page: &mut Page, name: &str, grounds: &[Value]) {
    let shown = grounds.iter().take(GROUNDS_SHOWN);
    let told = shown.map(
        |ground| match ground.get("event").filter(|event| !event.is_null()) {
            Some(determined) => {
                format!("{}: {}", text(ground, "ground"), event(Some(determined)))
            }
            None => text(ground, "ground").to_owned(),
        },
    );
    facts_under(page, name, told);
    let more = grounds.len().saturating_sub(GROUNDS_SHOWN);
    if more > 0 {
        page.fact("", format!("and {more} more; --format json has all"));
    }
}

fn measure(page: &mut Page, measure: &Value) {
    let mut state = words(text(measure, "status"));
    if flag(measure, "overdue") {
        state.push_str(", OVERDUE");
    }
    if flag(measure, "under_review") {
        state.push_str(", UNDER REVIEW");
    }
    page.heading(&format!(
        "Measure {}: {}, {} · {state}",
        text(measure, "measure_id"),
        words(text(measure, "kind")),
        text(measure, "clause")
    ));
    page.fact("brought by tier", text(measure, "tier"))
        .fact("why", text(measure, "rationale"))
        .fact("authority", text(measure, "authority"))
        .fact("what lifts it", text(measure, "cure"));
    grounds(page, "rests on", list(measure, "rests_on"));
    for approval in list(measure, "approvals") {
        let seen = if is_there(approval, "seen_position") {
            format!("having seen position {}", number(approval, "seen_position"))
        } else {
            "without saying what was seen".to_owned()
        };
        page.fact(
            "approved by",
            format!(
                "{} {}, {seen}",
                text(approval, "role"),
                text(approval, "by")
            ),
        );
    }
    for one in list(measure, "events") {
        let told = what_it_says(one);
        page.fact(
            &format!("position {}", number(one, "position")),
            format!("{}{told}", event_itself(one)),
        );
    }
}

/// What an event of a measure says besides which measure, in a few words.
fn what_it_says(event: &Value) -> String {
    let Some(data) = event.get("data") else {
        return String::new();
    };
    let mut told = Vec::new();
    for (key, name) in [
        ("channel", "by"),
        ("outcome", "outcome"),
        ("rationale", "because:"),
        ("because", "because:"),
        ("statement", "saying:"),
        ("summary", "saying:"),
        ("by_measure_id", "by"),
        ("clock", "clock"),
        ("complaint_id", "of complaint"),
    ] {
        // The reasons of the proposal stand above already.
        let is_proposal = text(event, "type") == "MeasureProposed";
        let value = text(data, key);
        if !value.is_empty() && !is_proposal {
            told.push(format!("{name} {}", words_of_name(key, value)));
        }
    }
    for (key, name) in [
        ("until", "until"),
        ("rectification_due_at", "due"),
        ("due_at", "due"),
        ("appeal_until", "appeals are heard until"),
        ("decision_due_at", "to be decided by"),
    ] {
        let value = when(data, key);
        if !value.is_empty() {
            told.push(format!("{name} {value}"));
        }
    }
    if text(event, "type") == "SettlementRefundOrdered" {
        told.push(yuan(number(data, "amount_fen")));
    }
    let fallen = joined(data, "fallen");
    if !fallen.is_empty() {
        told.push(format!("fallen: {fallen}"));
    }
    if told.is_empty() {
        String::new()
    } else {
        format!("; {}", told.join(", "))
    }
}

/// Names of the contract in words; what people wrote as they wrote it.
fn words_of_name(key: &str, value: &str) -> String {
    if matches!(key, "channel" | "clock" | "outcome") {
        words(value)
    } else {
        value.to_owned()
    }
}

/// An event with its position: `position 7, DeadlineMissed by engine redress, 2026-03-23 14:00:00`.
fn event(event: Option<&Value>) -> String {
    match event.filter(|event| !event.is_null()) {
        Some(event) => format!(
            "position {}, {}",
            number(event, "position"),
            event_itself(event)
        ),
        None => String::new(),
    }
}

fn event_itself(event: &Value) -> String {
    let by = event.get("by").unwrap_or(&Value::Null);
    let recorded = if text(event, "counted_at") == text(event, "recorded_at") {
        String::new()
    } else {
        format!(", recorded {}", when(event, "recorded_at"))
    };
    format!(
        "{} by {} {}, {}{recorded}",
        text(event, "type"),
        text(by, "role"),
        text(by, "id"),
        when(event, "counted_at")
    )
}
