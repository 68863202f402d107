use redress_domain::clock::{ClockKind, ClockStatus};
use redress_domain::complaint::{self, CloseReason, ComplaintState, EvidenceId, EvidenceItem};
use redress_domain::identity::Reference;
use redress_domain::instant::Span;
use redress_domain::rulebook::PauseReason;
use redress_domain::text::PersonalText;

use super::sla::nearest_rank;
use super::{CaseFilter, ClockSla, QueueView, SlaQuery};
use crate::fixture::{Log, complaint_id, hours, merchant_id, user};

fn queue(log: &Log, at: i64, due_within: Option<i64>, view: QueueView) -> Vec<String> {
    let models = log.models();
    let items = models
        .cases
        .queue(hours(at), due_within.map(Span::from_hours), view, None)
        .unwrap();
    items
        .into_iter()
        .map(|item| item.complaint_id.to_string())
        .collect()
}

fn evidence(log: &mut Log, id: &str, at: i64) {
    log.complaint(
        id,
        hours(at),
        complaint::Event::EvidenceSubmitted {
            evidence: vec![EvidenceItem {
                kind: Reference::new("usage").unwrap(),
                media_id: Reference::new("media").unwrap(),
                sha256: None,
            }],
            note: None,
        },
    );
}

/// guide first-reply, guide resolution
#[test]
fn the_queue_is_ordered_by_the_most_urgent_clock_of_each_complaint() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(2));
    log.file("C2", "M1", "U2", "O2", hours(0));
    log.file("C3", "M2", "U3", "O3", hours(1));
    log.respond("C2", hours(3));
    // C2 has only its resolution left, due at 72 h; the others a first reply, due at 25 h and 26 h.
    assert_eq!(queue(&log, 4, None, QueueView::All), ["C3", "C1", "C2"]);
    assert_eq!(queue(&log, 4, Some(21), QueueView::All), ["C3"]);
    assert_eq!(queue(&log, 4, None, QueueView::FirstReply), ["C3", "C1"]);
    assert!(queue(&log, 25, None, QueueView::Breached).is_empty());
    assert_eq!(queue(&log, 26, None, QueueView::Breached), ["C3"]);

    let models = log.models();
    let items = models
        .cases
        .queue(hours(26), None, QueueView::All, Some(&merchant_id("M2")))
        .unwrap();
    assert_eq!(items.len(), 1);
    let urgent = items[0].most_urgent().unwrap();
    assert_eq!(urgent.kind, ClockKind::FirstReply);
    assert_eq!(urgent.reading.status, ClockStatus::Breached);
    assert_eq!(urgent.reading.due_at, hours(25));
    assert_eq!(items[0].clocks.len(), 2);
}

#[test]
fn what_was_met_since_still_runs_in_a_queue_of_an_earlier_instant() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.respond("C1", hours(5));
    log.close("C1", 1, CloseReason::Completed, hours(5));
    assert!(queue(&log, 6, None, QueueView::All).is_empty());
    assert_eq!(queue(&log, 4, None, QueueView::All), ["C1"]);
    assert!(queue(&log, -1, None, QueueView::All).is_empty());
}

/// guide repeat
#[test]
fn repeats_are_complaints_in_a_repeat_round() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.close("C1", 1, CloseReason::Completed, hours(1));
    log.open_round("C1", 2, hours(2));
    log.file("C2", "M1", "U2", "O2", hours(2));
    assert_eq!(queue(&log, 3, None, QueueView::Repeats), ["C1"]);
}

/// rulebook 3(1).1.2
#[test]
fn evidence_waits_for_a_reviewer_also_where_no_clock_runs() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    evidence(&mut log, "C1", 1);
    log.respond("C1", hours(2));
    log.close("C1", 1, CloseReason::Completed, hours(2));
    log.file("C2", "M1", "U2", "O2", hours(3));
    evidence(&mut log, "C2", 4);
    assert_eq!(queue(&log, 5, None, QueueView::Unassessed), ["C2", "C1"]);
    assert_eq!(queue(&log, 5, None, QueueView::All), ["C2"]);
    assert_eq!(queue(&log, 5, Some(48), QueueView::Unassessed), ["C2"]);
    log.complaint(
        "C1",
        hours(5),
        complaint::Event::EvidenceAccepted {
            evidence_id: EvidenceId(1),
            reason: PersonalText::Open(String::from("seen")),
        },
    );
    assert_eq!(queue(&log, 6, None, QueueView::Unassessed), ["C2"]);
}

#[test]
fn a_withdrawn_complaint_waits_for_nobody() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    evidence(&mut log, "C1", 1);
    log.close("C1", 1, CloseReason::Withdrawn, hours(2));
    log.complaint("C1", hours(2), complaint::Event::ComplaintWithdrawn);
    assert!(queue(&log, 3, None, QueueView::All).is_empty());
    assert!(queue(&log, 3, None, QueueView::Unassessed).is_empty());
}

fn sla(log: &Log, query: &SlaQuery, kind: ClockKind) -> ClockSla {
    let report = log.models().cases.sla(query).unwrap();
    report
        .clocks
        .into_iter()
        .find(|one| one.kind == kind)
        .unwrap()
}

fn at(at: i64) -> SlaQuery {
    SlaQuery {
        merchant_id: None,
        from: None,
        to: None,
        at: hours(at),
    }
}

const HOUR_MS: u64 = 3_600_000;

/// guide first-reply
#[test]
fn clocks_are_in_time_late_running_or_void_and_percentiles_are_exact() {
    let mut log = Log::new();
    // Twenty first replies after 1, 2, … 20 hours; one after 30 hours; one running; one void.
    for number in 1..=20 {
        log.file(&format!("C{number}"), "M1", "U1", "O1", hours(0));
    }
    log.file("L", "M1", "U1", "O1", hours(0));
    log.file("V", "M1", "U1", "O1", hours(0));
    log.file("R", "M2", "U1", "O1", hours(40));
    for number in 1..=20 {
        log.respond(&format!("C{number}"), hours(number));
    }
    log.close("V", 1, CloseReason::Confirmed, hours(21));
    log.respond("L", hours(30));

    let all = sla(&log, &at(50), ClockKind::FirstReply);
    assert_eq!(
        (all.in_time, all.late, all.running, all.void),
        (20, 1, 1, 1)
    );
    assert_eq!(all.late_running, 0);
    // Of 21 values the 11th and the 20th.
    assert_eq!(all.median_ms, Some(11 * HOUR_MS));
    assert_eq!(all.p95_ms, Some(20 * HOUR_MS));

    // Read earlier, what was done later is not seen.
    let early = sla(&log, &at(25), ClockKind::FirstReply);
    assert_eq!((early.in_time, early.late, early.running), (20, 1, 0));
    assert_eq!(early.late_running, 1);
    assert_eq!(early.median_ms, Some(10 * HOUR_MS));

    let of_merchant = SlaQuery {
        merchant_id: Some(merchant_id("M2")),
        ..at(50)
    };
    assert_eq!(sla(&log, &of_merchant, ClockKind::FirstReply).running, 1);
    let opened = SlaQuery {
        from: Some(hours(0)),
        to: Some(hours(40)),
        ..at(50)
    };
    assert_eq!(sla(&log, &opened, ClockKind::FirstReply).running, 0);
    assert_eq!(log.models().cases.sla(&opened).unwrap().rounds, 22);
}

#[test]
fn nearest_rank_takes_a_value_that_is_there() {
    assert_eq!(nearest_rank(&[], 50), None);
    assert_eq!(nearest_rank(&[7], 50), Some(7));
    assert_eq!(nearest_rank(&[7], 95), Some(7));
    assert_eq!(nearest_rank(&[1, 2], 50), Some(1));
    assert_eq!(nearest_rank(&[1, 2, 3], 50), Some(2));
    let hundred: Vec<u64> = (1..=100).collect();
    assert_eq!(nearest_rank(&hundred, 95), Some(95));
    let twenty_one: Vec<u64> = (1..=21).collect();
    assert_eq!(nearest_rank(&twenty_one, 95), Some(20));
}

/// policy pause
#[test]
fn paused_time_is_no_elapsed_time() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    let reason = PauseReason::PlatformOutage;
    log.complaint("C1", hours(2), complaint::Event::ClocksPaused { reason });
    log.complaint("C1", hours(5), complaint::Event::ClocksResumed { reason });
    log.respond("C1", hours(10));
    let clock = sla(&log, &at(11), ClockKind::FirstReply);
    assert_eq!(clock.median_ms, Some(7 * HOUR_MS));
}

#[test]
fn complaints_are_listed_by_what_is_asked() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.file_under("C2", "M1", "U2", "O2", Some("G1"), hours(0));
    log.file("C3", "M2", "U1", "O3", hours(0));
    log.respond("C3", hours(1));
    log.close("C3", 1, CloseReason::Confirmed, hours(1));
    let models = log.models();
    let list = |filter: CaseFilter| -> Vec<String> {
        let ids = models.cases.list(&filter).unwrap();
        ids.into_iter().map(|id| id.to_string()).collect()
    };
    let any = CaseFilter::default();
    assert_eq!(list(any.clone()), ["C1", "C2", "C3"]);
    let of_merchant = CaseFilter {
        merchant_id: Some(merchant_id("M1")),
        ..any.clone()
    };
    assert_eq!(list(of_merchant.clone()), ["C1", "C2"]);
    let of_both = CaseFilter {
        user_ref: Some(user("U2")),
        ..of_merchant
    };
    assert_eq!(list(of_both), ["C2"]);
    let processed = CaseFilter {
        state: Some(ComplaintState::Processed),
        ..any.clone()
    };
    assert_eq!(list(processed), ["C3"]);
    let waiting = |waiting| CaseFilter {
        waiting: Some(waiting),
        ..CaseFilter::default()
    };
    assert_eq!(list(waiting(true)), ["C1", "C2"]);
    assert_eq!(list(waiting(false)), ["C3"]);
}

#[test]
fn a_row_reflects_the_last_event() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.find("C1", 1, 1, hours(25));
    let models = log.models();
    let row = models.cases.case(&complaint_id("C1")).unwrap().unwrap();
    assert_eq!((row.findings_open, row.last_position), (1, 3));
    log.determine("C1", 1, hours(25));
    let models = log.models();
    let row = models.cases.case(&complaint_id("C1")).unwrap().unwrap();
    assert_eq!((row.findings_open, row.determinations.len()), (0, 1));
    assert_eq!(row.filed_position, 1);
}
