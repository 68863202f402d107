//! `complaint/<id>`

use redress_domain::clock::{Clock, Pause};
use redress_domain::complaint::{
    Complaint, Determination, Determiner, Evidence, Finding, Ground, LateFact, Link, Order, Round,
};
use serde_json::{Map, Value, json};

use super::{Moment, last_version};
use crate::event::{cause_clock, cause_name};
use crate::measure::texts_json;

/// A complaint, its clocks read at the moment's instant.
#[must_use]
pub fn complaint_view(complaint: &Complaint, moment: &Moment) -> Value {
    let round = complaint.current_round();
    json!({
        "complaint_id": complaint.complaint_id.as_str(),
        "merchant_id": complaint.merchant_id.as_str(),
        "user_ref": complaint.user_ref.as_str(),
        "agreement_id": complaint.agreement_id.as_ref().map(|id| id.as_str()),
        "problem": complaint.problem.as_str(),
        "channel": complaint.channel.as_str(),
        "enquiry": complaint.enquiry,
        "filed_at": moment.instant(complaint.filed_at),
        "orders": complaint.orders.iter().map(order).collect::<Vec<_>>(),
        "state": complaint.state.as_str(),
        "round": complaint.round_number(),
        "user_complaint_times": u64::from(complaint.continues) + 1,
        "clocks": round.map_or_else(
            || Value::Object(Map::new()),
            |round| clocks(round, &complaint.pauses, moment),
        ),
        "rounds": complaint
            .rounds
            .iter()
            .map(|round| round_json(round, &complaint.pauses, moment))
            .collect::<Vec<_>>(),
        "remedy": remedy(complaint),
        "evidence": list(&complaint.evidence, |one| evidence(one, moment)),
        "findings": list(&complaint.findings, |one| finding(one, moment)),
        "determinations": list(&complaint.determinations, |one| determination(one, moment)),
        "late_facts": list(&complaint.late_facts, |one| late_fact(one, moment)),
        "pauses": list(&complaint.pauses, |one| pause(one, moment)),
        "links": list(&complaint.links, link),
        "under_review": complaint.under_review(),
        "edition": round.map(|round| round.edition.as_str()),
        "version": last_version(complaint.next_version),
        "as_of_position": moment.as_of_position,
    })
}

fn list<T>(items: &[T], show: impl Fn(&T) -> Value) -> Value {
    items.iter().map(show).collect()
}

fn order(order: &Order) -> Value {
    json!({ "order_id": order.order_id.as_str(), "amount_fen": order.amount_fen })
}

fn clocks(round: &Round, pauses: &[Pause], moment: &Moment) -> Value {
    let clocks: Map<String, Value> = round
        .clocks
        .iter()
        .map(|clock| {
            (
                clock.kind.as_str().to_owned(),
                clock_json(clock, pauses, moment),
            )
        })
        .collect();
    Value::Object(clocks)
}

fn clock_json(clock: &Clock, pauses: &[Pause], moment: &Moment) -> Value {
    let reading = clock.read(pauses, moment.at);
    json!({
        "phase": reading.phase.as_str(),
        "status": reading.status.as_str(),
        "breached": reading.breached,
        "started_at": moment.instant(clock.started_at),
        "due_at": moment.instant(reading.due_at),
        "met_at": moment.optional_instant(reading.met_at),
        "overdue_ms": reading.overdue_ms,
        "superseded": clock.superseded,
    })
}

fn round_json(round: &Round, pauses: &[Pause], moment: &Moment) -> Value {
    let closed = round.closed.as_ref();
    json!({
        "number": round.number,
        "opened_at": moment.instant(round.opened_at),
        "closed_at": moment.optional_instant(closed.map(|close| close.at)),
        "how": closed.map(|close| close.how.as_str()),
        "repeat": round.repeat,
        "edition": round.edition.as_str(),
        "clocks": clocks(round, pauses, moment),
    })
}

fn remedy(complaint: &Complaint) -> Value {
    let remedy = complaint.remedy();
    let duties: Vec<Value> = remedy
        .duties
        .iter()
        .map(|(duty, done)| json!({ "duty": duty.as_str(), "done": done }))
        .collect();
    json!({
        "basis": remedy.basis.as_str(),
        "owed_fen": remedy.owed_fen,
        "paid_fen": complaint.paid_fen(),
        "requested_fen": complaint.requested_fen(),
        "settlement_fen": complaint.settlement_fen,
        "approved_fen": complaint.approved_fen(),
        "refunded_fen": complaint.refunded_fen(),
        "duties": duties,
    })
}

fn evidence(piece: &Evidence, moment: &Moment) -> Value {
    json!({
        "evidence_id": piece.evidence_id.to_string(),
        "status": piece.status.as_str(),
        "round": piece.round,
        "kind": piece.kind.as_str(),
        "media_id": piece.media_id.as_str(),
        "submitted_at": moment.instant(piece.submitted_at),
        "assessed_at": moment.optional_instant(piece.assessed_at),
    })
}

fn finding(finding: &Finding, moment: &Moment) -> Value {
    json!({
        "finding_id": finding.finding_id.to_string(),
        "ground": finding.ground.as_str(),
        "clock": cause_clock(finding.cause),
        "cause": cause_name(finding.cause),
        "round": finding.round,
        "status": finding.status.as_str(),
        "effective_at": moment.instant(finding.effective_at),
        "clauses": texts_json(&finding.clauses),
    })
}

fn determination(one: &Determination, moment: &Moment) -> Value {
    json!({
        "determination_id": one.determination_id.to_string(),
        "grounds": one.grounds.iter().copied().map(Ground::as_str).collect::<Vec<_>>(),
        "finding_ids": one.finding_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "by": match &one.determined_by {
            Determiner::Edition(_) => "edition",
            Determiner::Person(id) => id.as_str(),
        },
        "status": one.status.as_str(),
        "determined_at": moment.instant(one.determined_at),
    })
}

fn late_fact(fact: &LateFact, moment: &Moment) -> Value {
    json!({
        "fact_id": fact.fact_id.to_string(),
        "round": fact.round,
        "act": fact.act.as_str(),
        "status": fact.status.as_str(),
        "claimed_at": moment.instant(fact.claimed_at),
    })
}

fn pause(pause: &Pause, moment: &Moment) -> Value {
    json!({
        "reason": pause.reason.as_str(),
        "from": moment.instant(pause.from),
        "until": moment.optional_instant(pause.until),
    })
}

fn link(link: &Link) -> Value {
    json!({ "to": link.to.as_str(), "kind": link.kind.as_str() })
}
