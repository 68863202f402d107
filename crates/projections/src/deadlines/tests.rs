use std::sync::Arc;

use redress_domain::clock::ClockKind;
use redress_domain::complaint::{CloseReason, StartedClock};
use redress_domain::identity::StreamId;
use redress_domain::instant::Span;
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::merchant::Industry;

use super::{Deadlines, Purpose};
use crate::fixture::{Log, Shelf, complaint_id, edition, hours, intermediary_id};
use crate::read_models::ReadModels;
use crate::table::Backing;

fn stream(id: &str) -> StreamId {
    StreamId::Complaint(complaint_id(id))
}

/// guide first-reply, policy at-risk
#[test]
fn the_soonest_comes_first_and_complaints_at_one_instant_by_id() {
    let mut log = Log::new();
    log.file("C2", "M1", "U1", "O1", hours(1));
    log.file("C3", "M1", "U1", "O2", hours(0));
    log.file("C1", "M1", "U1", "O3", hours(1));
    let mut models = log.models();
    // At risk after 18 of 24 hours.
    assert!(models.deadlines.due(hours(17)).is_none());
    let first = models.deadlines.due(hours(18)).unwrap().clone();
    assert_eq!((first.fires_at, first.stream), (hours(18), stream("C3")));
    models
        .deadlines
        .put_off(&stream("C3"), Purpose::Observe, Some(hours(24)));
    let next = models.deadlines.next().unwrap();
    assert_eq!((next.fires_at, &next.stream), (hours(19), &stream("C1")));
    assert_eq!(models.deadlines.len(), 3);
}

#[test]
fn a_complaint_without_open_clocks_leaves_the_queue() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.respond("C1", hours(1));
    log.close("C1", 1, CloseReason::Completed, hours(2));
    assert!(log.models().deadlines.is_empty());
}

#[test]
fn what_was_put_off_is_no_part_of_the_rows_and_comes_again_on_opening() {
    let shelf = Arc::new(Shelf::default());
    let backing: Arc<dyn Backing> = shelf.clone();
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    let mut models = ReadModels::new(Some(backing.clone())).unwrap();
    log.fold_into(&mut models, 0);
    shelf.apply(models.take_changes().unwrap());
    models
        .deadlines
        .put_off(&stream("C1"), Purpose::Observe, None);
    assert!(models.deadlines.is_empty());
    assert!(models.take_changes().unwrap().is_empty());

    let opened = Deadlines::new(Some(&backing)).unwrap();
    assert_eq!(opened.next().unwrap().fires_at, hours(18));

    // The next event of the stream queues it again, whatever was put off.
    log.complaint(
        "C1",
        hours(1),
        redress_domain::complaint::Event::UserInsisted { text: None },
    );
    log.fold_into(&mut models, 2);
    assert_eq!(models.deadlines.next().unwrap().fires_at, hours(18));
}

/// rulebook 4.3
#[test]
fn an_intermediary_is_looked_at_when_a_failure_leaves_the_window() {
    let mut log = Log::new();
    log.intermediary(
        "I1",
        hours(0),
        intermediary::Event::IntermediaryRegistered {
            intermediary_id: intermediary_id("I1"),
            kind: IntermediaryKind::Institution,
            name: Arc::from("I1"),
        },
    );
    assert!(log.models().deadlines.is_empty());
    log.intermediary(
        "I1",
        hours(5),
        intermediary::Event::CoordinationFailed {
            complaint_id: complaint_id("C1"),
            round: 1,
        },
    );
    let models = log.models();
    let due = models.deadlines.next().unwrap();
    assert_eq!(due.purpose, Purpose::Standing);
    assert_eq!(
        due.fires_at,
        hours(5).plus(Span::from_days(28)).just_after()
    );
}

/// A complaint whose refund must be decided and paid within so many hours.
fn with_refund_clocks(log: &mut Log, id: &str, clocks: &[(ClockKind, i64)]) {
    let started = |(kind, runs): &(ClockKind, i64)| StartedClock {
        kind: *kind,
        started_at: hours(0),
        runs: Span::from_hours(*runs),
        at_risk_percent: 75,
    };
    log.file(id, "M1", "U1", &format!("O-{id}"), hours(0));
    log.close(id, 1, CloseReason::Completed, hours(0));
    log.complaint(
        id,
        hours(0),
        redress_domain::complaint::Event::RoundOpened {
            round: 2,
            repeat: true,
            edition: edition().name,
            industry: Industry::General,
            clocks: clocks.iter().map(started).collect(),
            text: None,
        },
    );
}

/// policy settlement-refund
#[test]
fn it_is_known_whether_another_waiting_time_follows_the_next_one() {
    use ClockKind::{RefundDecision, RefundPayment};
    let mut log = Log::new();
    with_refund_clocks(&mut log, "C0", &[]);
    with_refund_clocks(&mut log, "C1", &[(RefundDecision, 24)]);
    with_refund_clocks(&mut log, "C2", &[(RefundDecision, 24), (RefundPayment, 48)]);
    // Both waiting times are over at the same instant: nothing follows them.
    with_refund_clocks(&mut log, "C3", &[(RefundDecision, 24), (RefundPayment, 24)]);
    let waiting = edition().remedy.settlement_refund_after;
    let over = |clock: i64| hours(clock).plus(waiting).just_after();
    let expect = |deadlines: &Deadlines, id: &str, next: Option<_>, is_followed: bool| {
        let purpose = Purpose::SettlementRefund;
        assert_eq!(deadlines.get(&stream(id), purpose), next, "{id}");
        let found = deadlines.is_followed(&stream(id), purpose);
        assert_eq!(found, is_followed, "{id}");
        // What is said of one purpose is said of no other.
        assert!(!deadlines.is_followed(&stream(id), Purpose::Observe));
    };

    let shelf = Arc::new(Shelf::default());
    let backing: Arc<dyn Backing> = shelf.clone();
    let mut models = ReadModels::new(Some(backing.clone())).unwrap();
    log.fold_into(&mut models, 0);
    shelf.apply(models.take_changes().unwrap());
    // Of the rows it is known as well.
    let opened = Deadlines::new(Some(&backing)).unwrap();
    for deadlines in [&models.deadlines, &opened] {
        expect(deadlines, "C0", None, false);
        expect(deadlines, "C1", Some(over(24)), false);
        expect(deadlines, "C2", Some(over(24)), true);
        expect(deadlines, "C3", Some(over(24)), false);
    }
    expect(&opened, "C9", None, false);

    // It is about what the last event said, whatever was put off.
    let put_off = Some(over(48));
    let purpose = Purpose::SettlementRefund;
    models.deadlines.put_off(&stream("C2"), purpose, put_off);
    expect(&models.deadlines, "C2", put_off, true);

    // An event behind the first waiting time leaves one.
    let folded = log.entries.len();
    let insisted = redress_domain::complaint::Event::UserInsisted { text: None };
    log.complaint("C2", over(24), insisted);
    log.fold_into(&mut models, folded);
    expect(&models.deadlines, "C2", Some(over(48)), false);
}
