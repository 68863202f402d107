use std::sync::Arc;

use redress_domain::complaint::CloseReason;
use redress_domain::identity::StreamId;
use redress_domain::instant::Span;
use redress_domain::intermediary::{self, IntermediaryKind};

use super::{Deadlines, Purpose};
use crate::fixture::{Log, Shelf, complaint_id, hours, intermediary_id};
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
