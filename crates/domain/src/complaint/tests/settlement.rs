//! When the platform may refund out of the merchant's settlement (rulebook 4.2(2)).

use super::*;
use crate::complaint::{next_settlement_refund, settlement_refund};

fn is_due(story: &Story, at: Instant) -> bool {
    settlement_refund(story.complaint(), &story.rulebook, at).due
}

#[test]
fn a_refund_decision_still_unmet_24_h_after_its_due_instant_makes_it_due() {
    // rulebook 4.2(2), policy settlement-refund
    let mut story = Story::asking();
    story.pass(h(96));
    assert!(!is_due(&story, h(96)));
    assert!(is_due(&story, h(96).plus(ms(1))));
    let next = next_settlement_refund(story.complaint(), &story.rulebook, h(0));
    assert_eq!(next, Some(h(96).plus(ms(1))));
    let facts = settlement_refund(story.complaint(), &story.rulebook, h(97));
    assert_eq!(facts.outstanding_fen, 9_700);
    let determinations: Vec<&str> = facts.determinations.iter().map(AsRef::as_ref).collect();
    assert_eq!(determinations, ["C1/d1", "C1/d2", "C1/d3"]);
}

#[test]
fn what_was_refunded_is_taken_off_and_nothing_outstanding_makes_nothing_due() {
    // rulebook 4.2(2)
    let mut story = Story::asking();
    story.service(h(1), refund(1, 9_000));
    story.pass(h(97));
    let facts = settlement_refund(story.complaint(), &story.rulebook, h(97));
    assert_eq!((facts.outstanding_fen, facts.due), (700, true));
    story.service(h(98), refund(2, 700));
    assert!(!is_due(&story, h(98)));
}

#[test]
fn without_a_standing_determination_it_is_not_due() {
    // rulebook 4.2(2)
    let mut story = Story::asking();
    story.pass(h(97));
    for number in 1..=3 {
        story.reviewer(h(98), overturn(number));
    }
    assert!(!is_due(&story, h(99)));
}

#[test]
fn a_decision_that_came_late_stops_it() {
    // policy settlement-refund
    let mut story = Story::asking();
    story.pass(h(97));
    story.merchant(h(97), reject());
    assert!(!is_due(&story, h(200)));
    let next = next_settlement_refund(story.complaint(), &story.rulebook, h(0));
    assert_eq!(next, None);
}

#[test]
fn an_unpaid_approval_makes_it_due_24_h_after_the_payment() {
    // rulebook 4.2(2), policy settlement-refund
    let mut story = Story::asking();
    story.merchant(h(73), approve(9_700));
    let paid_by = civil(2026, 3, 24, 0, 0).minus(ms(1));
    let over = paid_by.plus(Span::from_hours(24));
    story.pass(h(200));
    assert!(!is_due(&story, over));
    assert!(is_due(&story, over.plus(ms(1))));
}
