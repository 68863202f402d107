//! Views over many things: `queue`, `repeats`, `sla`, and the answer of the gate.

use redress_domain::gate::Answer;
use redress_projections::cases::{ClockSla, QueueClock, QueueItem, SlaReport};
use redress_projections::repeats::RepeatsReport;
use serde_json::{Map, Value, json};

use super::Moment;
use crate::answer::reason;

/// The queue: a list, in its order.
#[must_use]
pub fn queue_view(items: &[QueueItem], moment: &Moment) -> Value {
    items.iter().map(|item| queue_item(item, moment)).collect()
}

fn queue_item(item: &QueueItem, moment: &Moment) -> Value {
    let urgent = item.most_urgent();
    json!({
        "complaint_id": item.complaint_id.as_str(),
        "merchant_id": item.merchant_id.as_str(),
        "user_ref": item.user_ref.as_str(),
        "problem": item.problem.as_str(),
        "channel": item.channel.as_str(),
        "state": item.state.as_str(),
        "round": item.round,
        "repeat": item.repeat,
        "under_review": item.under_review,
        "findings_open": item.findings_open,
        "unassessed_evidence": item.unassessed_evidence,
        "clock": urgent.map(|clock| clock.kind.as_str()),
        "status": urgent.map(|clock| clock.reading.status.as_str()),
        "due_at": moment.optional_instant(urgent.map(|clock| clock.reading.due_at)),
        "overdue_ms": urgent.map_or(0, |clock| clock.reading.overdue_ms),
        "clocks": item.clocks.iter().map(|clock| queue_clock(clock, moment)).collect::<Vec<_>>(),
    })
}

fn queue_clock(clock: &QueueClock, moment: &Moment) -> Value {
    json!({
        "clock": clock.kind.as_str(),
        "round": clock.round,
        "phase": clock.reading.phase.as_str(),
        "status": clock.reading.status.as_str(),
        "breached": clock.reading.breached,
        "due_at": moment.instant(clock.reading.due_at),
        "overdue_ms": clock.reading.overdue_ms,
    })
}

/// The three counts of repeat complaints, kept apart, and the rate as an exact pair.
#[must_use]
pub fn repeats_view(report: &RepeatsReport, moment: &Moment) -> Value {
    json!({
        "repeat_rounds": report.repeat_rounds,
        "related": report.related,
        "concurrent": report.concurrent,
        "closed_rounds": report.closed_rounds,
        "complaints": report.complaints,
        "repeat_rate": report.repeat_rate().map(|(repeat, closed)| [repeat, closed]),
        "as_of_position": moment.as_of_position,
    })
}

/// How clocks were kept, by kind.
#[must_use]
pub fn sla_view(report: &SlaReport, moment: &Moment) -> Value {
    let clocks: Map<String, Value> = report
        .clocks
        .iter()
        .map(|clock| (clock.kind.as_str().to_owned(), clock_sla(clock)))
        .collect();
    json!({
        "rounds": report.rounds,
        "clocks": clocks,
        "as_of_position": moment.as_of_position,
    })
}

fn clock_sla(clock: &ClockSla) -> Value {
    json!({
        "in_time": clock.in_time,
        "late": clock.late,
        "running": clock.running,
        "void": clock.void,
        "late_running": clock.late_running,
        "median_ms": clock.median_ms,
        "p95_ms": clock.p95_ms,
    })
}

/// The gate's answer; what stands against it is null where nothing does.
#[must_use]
pub fn gate_view(answer: &Answer, moment: &Moment) -> Value {
    let mut map = Map::new();
    map.insert("allow".to_owned(), answer.allow().into());
    for key in ["code", "clause", "message", "measure_id", "cure"] {
        map.insert(key.to_owned(), Value::Null);
    }
    if let Some(refusal) = &answer.refusal {
        map.extend(reason(refusal));
    }
    map.insert(
        "reminder_required".to_owned(),
        answer.reminder_required.into(),
    );
    map.insert("as_of_position".to_owned(), moment.as_of_position.into());
    Value::Object(map)
}
