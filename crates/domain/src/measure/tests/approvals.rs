//! policy four-eyes: who brings a measure into force, and who lifts it.

use super::*;
use crate::measure::Authority;

fn proposed(kind: MeasureKind) -> Story {
    let mut story = Story::new();
    story
        .act("K1", &MeasureAct::Propose(proposal(kind)))
        .expect("a proposal");
    story
}

/// One person who is not the proposer.
#[test]
fn one_approval_imposes_what_one_may_impose() {
    let mut story = proposed(MeasureKind::PreDebitReminder);
    let now = story.now;
    let events = story.act("K2", &approve(M1)).expect("an approval");
    assert_eq!(
        events,
        vec![
            MeasureEvent::Approved {
                measure_id: M1,
                seen_position: None
            },
            MeasureEvent::Imposed {
                measure_id: M1,
                until: None,
                rectification_due_at: None,
                appeal_until: now.plus(Span::from_days(7)),
            },
        ]
    );
    assert_eq!(story.status(M1), MeasureStatus::InForce);
    assert_eq!(story.measure(M1).imposed_at, Some(now));
}

/// Two different people, neither of them the proposer; acting as admin makes nobody another person.
#[test]
fn two_different_people_impose_what_two_must() {
    let mut story = proposed(MeasureKind::ServiceSuspension);
    assert_eq!(story.refused("K1", &approve(M1)), Code::OwnProposal);
    story.act("K2", &approve(M1)).expect("the first approval");
    assert_eq!(story.status(M1), MeasureStatus::Proposed);
    assert_eq!(
        story.refused("K2", &approve(M1)),
        Code::AlreadyApprovedByYou
    );
    let admin = Actor {
        role: Role::Admin,
        ..person("K2")
    };
    assert!(story.measure(M1).was_approved_by(&admin));
    story.act("K3", &approve(M1)).expect("the second approval");
    assert_eq!(story.status(M1), MeasureStatus::InForce);
    assert_eq!(story.refused("K4", &approve(M1)), Code::NotProposed);
}

/// Proposing leaves the word to somebody else, also where one person would do; who needs nobody
/// else imposes.
#[test]
fn the_proposer_never_approves() {
    let mut story = proposed(MeasureKind::PreDebitReminder);
    assert_eq!(story.refused("K1", &approve(M1)), Code::OwnProposal);
    let events = story
        .act(
            "K1",
            &MeasureAct::Impose(proposal(MeasureKind::PreDebitReminder)),
        )
        .expect("a measure in force");
    assert_eq!(events.len(), 3);
    assert_eq!(story.status(M2), MeasureStatus::InForce);
    assert_eq!(story.measure(M2).approvals.len(), 1);
}

/// What takes two people is not imposed by one.
#[test]
fn imposing_alone_is_refused_where_it_takes_two() {
    let mut story = Story::new();
    let act = MeasureAct::Impose(proposal(MeasureKind::ServiceSuspension));
    assert_eq!(story.refused("K1", &act), Code::OwnProposal);
    assert!(story.measures.is_empty());
}

/// An approval names what its giver had seen.
#[test]
fn an_approval_of_what_has_changed_since_is_stale() {
    let seen = |seen_position| MeasureAct::Approve {
        measure_id: M1,
        seen_position,
    };
    let mut story = proposed(MeasureKind::ServiceSuspension);
    story.facts.basis_position = 17;
    assert_eq!(story.refused("K2", &seen(Some(16))), Code::StaleBasis);
    story.act("K2", &seen(Some(17))).expect("an approval");
    story.act("K3", &seen(None)).expect("a program's approval");
    assert_eq!(story.measure(M1).approvals[0].seen_position, Some(17));
}

/// Refusals come in the order of the contract.
#[test]
fn approvals_are_refused_in_order() {
    let mut story = proposed(MeasureKind::ServiceSuspension);
    story.facts.basis_position = 17;
    let stale = |measure_id| MeasureAct::Approve {
        measure_id,
        seen_position: Some(1),
    };
    assert_eq!(story.refused("K1", &stale(M2)), Code::MeasureUnknown);
    assert_eq!(story.refused("K1", &stale(M1)), Code::OwnProposal);
    assert_eq!(story.refused("K2", &stale(M1)), Code::StaleBasis);
    story.act("K2", &approve(M1)).expect("an approval");
    assert_eq!(story.refused("K2", &stale(M1)), Code::AlreadyApprovedByYou);
    story.act("K4", &refuse(M1, "no")).expect("a refusal");
    assert_eq!(story.refused("K1", &stale(M1)), Code::NotProposed);
}

/// A person who does not approve says why, and it is final.
#[test]
fn a_proposal_is_refused_for_good() {
    let mut story = proposed(MeasureKind::PreDebitReminder);
    assert_eq!(story.refused("K2", &refuse(M2, "no")), Code::MeasureUnknown);
    assert_eq!(
        story.refused("K2", &refuse(M1, " ")),
        Code::RationaleMissing
    );
    story
        .act("K2", &refuse(M1, "not needed"))
        .expect("a refusal");
    assert_eq!(story.status(M1), MeasureStatus::Refused);
    assert_eq!(story.refused("K2", &refuse(M1, "no")), Code::NotProposed);
}

/// Lifting takes as many different people as imposing did.
#[test]
fn two_people_lift_what_two_imposed() {
    let mut story = proposed(MeasureKind::ServiceSuspension);
    assert_eq!(
        story.refused("K2", &lift(M1, "early")),
        Code::MeasureNotInForce
    );
    story.act("K2", &approve(M1)).expect("an approval");
    story.act("K3", &approve(M1)).expect("an approval");
    assert_eq!(
        story.refused("K1", &lift(M2, "cured")),
        Code::MeasureUnknown
    );
    assert_eq!(story.refused("K1", &lift(M1, "")), Code::RationaleMissing);
    let first = story.act("K1", &lift(M1, "cured")).expect("a first word");
    assert!(matches!(first[..], [MeasureEvent::LiftApproved { .. }]));
    assert_eq!(
        story.refused("K1", &lift(M1, "cured")),
        Code::AlreadyApprovedByYou
    );
    let second = story.act("K3", &lift(M1, "cured")).expect("a second word");
    assert!(matches!(second[..], [MeasureEvent::Lifted { .. }]));
    assert_eq!(story.status(M1), MeasureStatus::Lifted);
}

/// One for what one imposed, and for what nobody had to.
#[test]
fn one_person_lifts_what_one_or_nobody_imposed() {
    let mut story = Story::new();
    let measure_id = story.impose(proposal(MeasureKind::PreDebitReminder));
    story.act("K1", &lift(measure_id, "cured")).expect("a lift");
    assert_eq!(story.status(measure_id), MeasureStatus::Lifted);
    let mut measure = story.measure(measure_id).clone();
    measure.authority = Authority::Automatic;
    assert_eq!(measure.people_to_lift(), 1);
}

/// policy four-eyes: a position that is not there yet is no way around a stale basis.
#[test]
fn nobody_has_seen_beyond_the_log() {
    let mut story = proposed(MeasureKind::PreDebitReminder);
    story.facts.last_position = Some(7);
    let seen = |seen_position| MeasureAct::Approve {
        measure_id: M1,
        seen_position: Some(seen_position),
    };
    assert_eq!(story.refused("K2", &seen(8)), Code::FieldInvalid);
    story.act("K2", &seen(7)).expect("an approval");
}

/// rulebook 4.2(2): imposing orders what is outstanding now, not what was when it was proposed.
#[test]
fn imposing_a_settlement_refund_orders_the_payment() {
    let mut story = proposed(MeasureKind::SettlementRefund);
    story.act("K2", &approve(M1)).expect("an approval");
    story.facts.outstanding_fen = Some(1_500);
    let events = story.act("K3", &approve(M1)).expect("an approval");
    assert_eq!(
        events.last(),
        Some(&MeasureEvent::SettlementRefundOrdered {
            measure_id: M1,
            complaint_id: complaint("C1"),
            amount_fen: 1_500,
        })
    );
    assert_eq!(story.measure(M1).parameters.amount_fen, Some(1_500));
}

/// rulebook 4.2(2): where nothing is owed any more, nothing is ordered and nothing stays in force.
#[test]
fn imposing_a_settlement_refund_of_nothing_ends_it() {
    let mut story = proposed(MeasureKind::SettlementRefund);
    story.act("K2", &approve(M1)).expect("an approval");
    story.facts.outstanding_fen = Some(0);
    let events = story.act("K3", &approve(M1)).expect("an approval");
    assert!(matches!(
        events[..],
        [
            MeasureEvent::Approved { .. },
            MeasureEvent::Imposed { .. },
            MeasureEvent::Lapsed { .. }
        ]
    ));
    assert_eq!(story.status(M1), MeasureStatus::Lapsed);
}

/// rulebook 4.2: each delivery is recorded, on whatever channel it went.
#[test]
fn deliveries_are_recorded() {
    let mut story = Story::new();
    let measure_id = story.impose(proposal(MeasureKind::PreDebitReminder));
    let delivered = |measure_id| MeasureAct::RecordNotice {
        measure_id,
        channel: crate::rulebook::Channel::Wechat,
        delivery_ref: crate::identity::Reference::new("delivery-1").expect("a reference"),
    };
    story.act("K1", &delivered(measure_id)).expect("a delivery");
    let notice = &story.measure(measure_id).notices[0];
    assert_eq!(notice.delivered_at, Some(story.now));
    assert_eq!(notice.issued_at, None);
    assert_eq!(story.refused("K1", &delivered(M2)), Code::MeasureUnknown);
    story.act("K1", &lift(measure_id, "cured")).expect("a lift");
    story.act("K1", &delivered(measure_id)).expect("a delivery");
}

/// rulebook 4.2: of what was never imposed nobody was told.
#[test]
fn no_delivery_of_a_proposal() {
    let mut story = proposed(MeasureKind::PreDebitReminder);
    let delivered = MeasureAct::RecordNotice {
        measure_id: M1,
        channel: crate::rulebook::Channel::Email,
        delivery_ref: crate::identity::Reference::new("delivery-1").expect("a reference"),
    };
    assert_eq!(story.refused("K1", &delivered), Code::MeasureNotInForce);
}
