use redress_domain::complaint::{self, CloseReason, LinkKind};
use redress_domain::instant::{Instant, Span};

use super::{Candidate, CandidateRound, Filed, RepeatsQuery, RepeatsReport, links_for};
use crate::fixture::{Log, agreement_id, complaint_id, hours, merchant_id, order, user};

const WINDOW: Span = Span::from_days(30);

fn candidate(id: &str, position: u64, about: &str, rounds: &[(i64, Option<i64>)]) -> Candidate {
    Candidate {
        complaint_id: complaint_id(id),
        order_ids: vec![order(about)],
        agreement_id: None,
        filed_at: hours(rounds[0].0),
        filed_position: position,
        rounds: rounds
            .iter()
            .map(|(opened, closed)| CandidateRound {
                opened_at: hours(*opened),
                closed_at: closed.map(hours),
            })
            .collect(),
        withdrawn_at: None,
    }
}

fn filed(at: Instant) -> Filed {
    Filed {
        complaint_id: complaint_id("new"),
        order_ids: vec![order("O1")],
        agreement_id: None,
        filed_at: at,
        filed_position: 100,
    }
}

fn kinds(links: Vec<(redress_domain::identity::ComplaintId, LinkKind)>) -> Vec<(String, LinkKind)> {
    let named = |(id, kind): (redress_domain::identity::ComplaintId, _)| (id.to_string(), kind);
    links.into_iter().map(named).collect()
}

/// policy related-window
#[test]
fn exactly_at_the_end_of_the_window_is_related_and_a_millisecond_later_is_not() {
    let closed = candidate("C1", 1, "O1", &[(0, Some(1))]);
    let end = hours(1).plus(WINDOW);
    let candidates = std::slice::from_ref(&closed);
    assert_eq!(
        kinds(links_for(&filed(end), candidates, WINDOW)),
        [("C1".to_owned(), LinkKind::Related)]
    );
    assert!(links_for(&filed(end.just_after()), candidates, WINDOW).is_empty());
}

/// policy related-window
#[test]
fn one_that_is_open_is_concurrent_until_the_instant_of_its_close() {
    let candidates = [candidate("C1", 1, "O1", &[(0, Some(5))])];
    let before = hours(5).minus(Span::from_ms(1));
    let kind = |at| kinds(links_for(&filed(at), &candidates, WINDOW))[0].1;
    assert_eq!(kind(before), LinkKind::Concurrent);
    assert_eq!(kind(hours(5)), LinkKind::Related);
}

/// policy related-window
#[test]
fn the_last_close_counts_and_a_reopened_one_is_open() {
    let candidates = [
        candidate("C1", 1, "O1", &[(0, Some(1)), (10, Some(20))]),
        candidate("C2", 2, "O1", &[(0, Some(1)), (10, None)]),
    ];
    let after_first = hours(1).plus(WINDOW).plus(Span::from_hours(15));
    assert_eq!(
        kinds(links_for(&filed(after_first), &candidates, WINDOW)),
        [
            ("C1".to_owned(), LinkKind::Related),
            ("C2".to_owned(), LinkKind::Concurrent)
        ]
    );
}

/// policy related-window
#[test]
fn a_withdrawn_one_counts_as_closed_at_its_withdrawal() {
    let mut withdrawn = candidate("C1", 1, "O1", &[(0, Some(1))]);
    withdrawn.withdrawn_at = Some(hours(100));
    let mut open = candidate("C2", 2, "O1", &[(0, None)]);
    open.withdrawn_at = Some(hours(100));
    let candidates = [withdrawn, open];
    let at = hours(100).plus(WINDOW);
    let links = links_for(&filed(at), &candidates, WINDOW);
    assert_eq!(links.len(), 2);
    assert!(links.iter().all(|(_, kind)| *kind == LinkKind::Related));
    assert!(links_for(&filed(at.just_after()), &candidates, WINDOW).is_empty());
}

/// policy related-window
#[test]
fn another_matter_a_later_one_and_itself_are_not_linked() {
    let other_order = candidate("C1", 1, "O2", &[(0, None)]);
    let later = candidate("C2", 101, "O1", &[(0, None)]);
    let mut itself = candidate("new", 100, "O1", &[(0, None)]);
    itself.filed_position = 100;
    let candidates = [other_order, later, itself];
    assert!(links_for(&filed(hours(1)), &candidates, WINDOW).is_empty());
}

/// policy related-window
#[test]
fn one_agreement_is_one_matter_whatever_the_orders() {
    let mut earlier = candidate("C1", 1, "O2", &[(0, None)]);
    earlier.agreement_id = Some(agreement_id("G1"));
    let mut new = filed(hours(1));
    assert!(links_for(&new, std::slice::from_ref(&earlier), WINDOW).is_empty());
    new.agreement_id = Some(agreement_id("G1"));
    assert_eq!(links_for(&new, &[earlier], WINDOW).len(), 1);
}

/// policy related-window
#[test]
fn one_recorded_earlier_that_says_it_was_filed_later_is_compared_at_its_own_filing() {
    let candidates = [candidate("C1", 1, "O1", &[(5, Some(9))])];
    assert_eq!(
        kinds(links_for(&filed(hours(4)), &candidates, WINDOW)),
        [("C1".to_owned(), LinkKind::Concurrent)]
    );
}

fn linked(other: &str, kind: LinkKind) -> complaint::Event {
    complaint::Event::ComplaintLinked {
        other: complaint_id(other),
        kind,
    }
}

fn report(log: &Log, query: &RepeatsQuery) -> RepeatsReport {
    log.models().repeats.report(query).unwrap()
}

fn of_pair(by: &str) -> RepeatsQuery {
    RepeatsQuery {
        merchant_id: Some(merchant_id("M1")),
        user_ref: Some(user(by)),
        ..RepeatsQuery::default()
    }
}

/// guide repeat
#[test]
fn the_three_counts_are_kept_apart_and_count_complaints_not_links() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.file("C2", "M1", "U1", "O1", hours(1));
    log.complaint("C2", hours(1), linked("C1", LinkKind::Concurrent));
    log.close("C1", 1, CloseReason::Completed, hours(2));
    log.file_under("C3", "M1", "U1", "O1", Some("G1"), hours(3));
    log.complaint("C3", hours(3), linked("C1", LinkKind::Related));
    log.complaint("C3", hours(3), linked("C2", LinkKind::Concurrent));
    log.open_round("C1", 2, hours(4));
    log.file("D1", "M1", "U2", "O9", hours(5));

    assert_eq!(
        report(&log, &of_pair("U1")),
        RepeatsReport {
            repeat_rounds: 1,
            related: 0,
            concurrent: 2,
            closed_rounds: 1,
            complaints: 3,
        }
    );
    assert_eq!(report(&log, &of_pair("U1")).repeat_rate(), Some((1, 1)));
    assert_eq!(report(&log, &of_pair("U2")).repeat_rate(), None);
    let of_merchant = RepeatsQuery {
        merchant_id: Some(merchant_id("M1")),
        ..RepeatsQuery::default()
    };
    assert_eq!(report(&log, &of_merchant).complaints, 4);
    let of_user = RepeatsQuery {
        user_ref: Some(user("U1")),
        ..RepeatsQuery::default()
    };
    assert_eq!(report(&log, &of_user).concurrent, 2);
    let of_agreement = RepeatsQuery {
        agreement_id: Some(agreement_id("G1")),
        ..RepeatsQuery::default()
    };
    assert_eq!(report(&log, &of_agreement).concurrent, 1);
    assert_eq!(report(&log, &RepeatsQuery::default()).complaints, 4);
}

/// policy related-window
#[test]
fn a_link_taken_back_is_not_counted() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.file("C2", "M1", "U1", "O2", hours(1));
    log.complaint("C2", hours(1), linked("C1", LinkKind::Concurrent));
    log.complaint("C2", hours(1), linked("C1", LinkKind::Related));
    log.complaint(
        "C2",
        hours(2),
        complaint::Event::ComplaintUnlinked {
            other: complaint_id("C1"),
            kind: LinkKind::Concurrent,
        },
    );
    let counts = report(&log, &of_pair("U1"));
    assert_eq!((counts.related, counts.concurrent), (1, 0));
}

/// guide repeat
#[test]
fn withdrawals_are_no_closed_rounds() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.close("C1", 1, CloseReason::Withdrawn, hours(1));
    log.complaint("C1", hours(1), complaint::Event::ComplaintWithdrawn);
    log.file("C2", "M1", "U1", "O2", hours(2));
    log.close("C2", 1, CloseReason::Confirmed, hours(3));
    assert_eq!(report(&log, &of_pair("U1")).closed_rounds, 1);
    let models = log.models();
    let candidates = models
        .repeats
        .link_candidates(&user("U1"), &merchant_id("M1"))
        .unwrap();
    assert_eq!(candidates.len(), 2);
    assert_eq!(candidates[0].withdrawn_at, Some(hours(1)));
    assert!(!candidates[0].is_open(hours(1)));
}

#[test]
fn a_window_takes_each_count_by_its_own_instant() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.close("C1", 1, CloseReason::Completed, hours(10));
    log.open_round("C1", 2, hours(20));
    let within = |from, to| {
        let query = RepeatsQuery {
            from: Some(hours(from)),
            to: Some(hours(to)),
            ..of_pair("U1")
        };
        let counts = report(&log, &query);
        (
            counts.complaints,
            counts.closed_rounds,
            counts.repeat_rounds,
        )
    };
    assert_eq!(within(0, 10), (1, 0, 0));
    assert_eq!(within(10, 20), (0, 1, 0));
    assert_eq!(within(20, 21), (0, 0, 1));
}
