//! Clocks: status, due instant, and the time left or overdue in words.

use comfy_table::Table;
use redress_domain::clock::ClockKind;
use redress_domain::instant::Instant;
use redress_protocol::instant::format_offset;
use redress_protocol::view::Moment;
use serde_json::Value;

use super::document::{entries, instant, number, text, when};
use crate::table::{cell, table};
use crate::terminal::Tone;
use crate::wording;

/// The clocks under a key, one a row.
pub(super) fn clocks_table(document: &Value, key: &str, moment: &Moment) -> Table {
    let due = due_header(moment);
    let mut table = table(&["clock", "asked by", "status", &due, "time"]);
    for (name, clock) in entries(document, key) {
        let status = text(clock, "status");
        let tone = tone(status);
        table.add_row([
            cell(wording::words(name), Tone::Plain),
            cell(source(name), Tone::Quiet),
            cell(wording::words(status), tone),
            cell(when(clock, "due_at"), Tone::Plain),
            cell(time_in_words(clock, moment.at), tone),
        ]);
    }
    table
}

/// The header over due instants, with their offset.
pub(super) fn due_header(moment: &Moment) -> String {
    format!("due ({})", format_offset(moment.offset))
}

/// How a clock's status looks.
pub(super) fn tone(status: &str) -> Tone {
    match status {
        "breached" | "met_late" => Tone::Bad,
        "at_risk" | "paused" => Tone::Warning,
        "met" => Tone::Good,
        "void" => Tone::Quiet,
        _ => Tone::Plain,
    }
}

/// What there is to say about a clock's time: left, late, or how it ended.
pub fn time_in_words(clock: &Value, at: Instant) -> String {
    let overdue = || wording::span(number(clock, "overdue_ms"));
    let Some(due_at) = instant(clock, "due_at") else {
        return String::new();
    };
    match text(clock, "status") {
        "breached" => format!("{} late", overdue()),
        "met_late" => format!("met {} late", overdue()),
        "void" if number(clock, "overdue_ms") > 0 => {
            format!("{} late when it ended", overdue())
        }
        "void" => "no longer owed".to_owned(),
        "met" => match instant(clock, "met_at") {
            Some(met_at) if met_at == due_at => "met at the last instant".to_owned(),
            Some(met_at) => {
                let early = due_at.since(met_at).ms().unsigned_abs();
                format!("met {} early", wording::span(early))
            }
            None => "met".to_owned(),
        },
        "paused" => format!("{}, paused", wording::left_or_late(due_at, at)),
        _ => wording::left_or_late(due_at, at),
    }
}

/// All clocks under a key in one line: `first reply met 3 h early, resolution 1 ms late`.
pub(super) fn in_one_line(document: &Value, key: &str, at: Instant) -> String {
    let clocks: Vec<String> = entries(document, key)
        .map(|(name, clock)| format!("{} {}", wording::words(name), time_in_words(clock, at)))
        .collect();
    clocks.join("; ")
}

/// The running clock of a complaint that is due next, with its name.
pub(super) fn most_urgent<'v>(
    document: &'v Value,
    key: &str,
) -> Option<(&'v str, &'v Value, Instant)> {
    entries(document, key)
        .filter(|(_, clock)| matches!(text(clock, "phase"), "running" | "paused"))
        .filter_map(|(name, clock)| Some((name, clock, instant(clock, "due_at")?)))
        .min_by_key(|(_, _, due_at)| *due_at)
}

fn source(name: &str) -> &'static str {
    ClockKind::OF_ROUND
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .map_or("", ClockKind::source)
}

#[cfg(test)]
mod tests {
    use redress_domain::instant::Instant;
    use serde_json::json;

    use super::time_in_words;

    #[test]
    fn a_clock_says_how_much_time_is_left_or_how_it_ended() {
        let due_at = "1970-01-04T00:00:00.000Z";
        let at = Instant::from_unix_ms(75_600_000);
        for (clock, words) in [
            (
                json!({"status": "on_track", "due_at": due_at}),
                "2 d 3 h left",
            ),
            (
                json!({"status": "breached", "due_at": due_at, "overdue_ms": 1}),
                "1 ms late",
            ),
            (
                json!({"status": "met", "due_at": due_at, "met_at": due_at}),
                "met at the last instant",
            ),
            (
                json!({"status": "met", "due_at": due_at, "met_at": "1970-01-03T22:30:00.000Z"}),
                "met 1 h 30 min early",
            ),
            (
                json!({"status": "met_late", "due_at": due_at, "overdue_ms": 3_600_000}),
                "met 1 h late",
            ),
            (
                json!({"status": "void", "due_at": due_at}),
                "no longer owed",
            ),
            (
                json!({"status": "paused", "due_at": due_at}),
                "2 d 3 h left, paused",
            ),
        ] {
            assert_eq!(time_in_words(&clock, at), words);
        }
    }
}
