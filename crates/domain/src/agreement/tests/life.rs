//! Signing, changing, suspending, refunding, ending.

use alloc::vec;

use super::super::{Act, AgreementKind, AgreementState, CancelParty, Event};
use super::{
    Story, cancel, debit, hours, open_plan, order, plan, refund, remind, resume, signing, start,
    suspend, usage,
};
use crate::gate::fixture::{gate, measure};
use crate::identity::{AgreementId, EditionName, Role};
use crate::instant::Instant;
use crate::measure::MeasureKind;
use crate::refusal::Code;
use crate::text::PersonalText;

fn postpaid() -> Story {
    Story::signed(AgreementKind::Postpaid, open_plan(), start())
}

/// rulebook 1.5
#[test]
fn a_signed_agreement_is_active() {
    let story = postpaid();
    let agreement = story.agreement();
    assert_eq!(agreement.state, AgreementState::Active);
    assert_eq!(agreement.signed_at, start());
    assert_eq!(agreement.plan, open_plan());
    assert_eq!((agreement.paid_fen, agreement.next_version), (0, 1));
    assert!(agreement.is_live());
}

/// A user's own word about the instant does not count; the platform's does.
#[test]
fn an_agreement_is_signed_at_the_counted_instant() {
    let recorded_at = start().plus(hours(2));
    let cases = [(Role::Service, start()), (Role::User, recorded_at)];
    for (role, signed_at) in cases {
        let mut story = Story::new();
        story.role = role;
        let act = signing(AgreementKind::Postpaid, open_plan());
        story.ask_late(start(), recorded_at, act).expect("accepted");
        assert_eq!(story.agreement().signed_at, signed_at);
    }
}

/// agreement_exists, merchant_unknown, the gate, agreement_live: the first that fails answers.
#[test]
fn a_sign_up_is_answered_by_the_first_obstacle() {
    let act = || signing(AgreementKind::Postpaid, open_plan());
    let obstructed = |gate| {
        let mut story = Story::new();
        story.gate = gate;
        story.live_agreement = AgreementId::new("A0").ok();
        story.code(start(), act())
    };
    let suspended = gate([measure(1, MeasureKind::TemplateSigning)]);
    assert_eq!(obstructed(None), Some(Code::MerchantUnknown));
    assert_eq!(obstructed(Some(suspended)), Some(Code::SigningSuspended));
    assert_eq!(obstructed(Some(gate([]))), Some(Code::AgreementLive));

    let mut story = postpaid();
    story.gate = None;
    assert_eq!(story.code(start(), act()), Some(Code::AgreementExists));
    story.must(start(), cancel());
    assert_eq!(story.code(start(), act()), Some(Code::AgreementExists));
}

/// rulebook 4.2(8), 5: the gate's clause, measure and cure come with the refusal.
#[test]
fn a_refusal_of_the_gate_names_clause_measure_and_cure() {
    let mut story = Story::new();
    let act = || signing(AgreementKind::Postpaid, open_plan());
    story.gate = Some(gate([measure(7, MeasureKind::ServiceTermination)]));
    let refusal = story.ask(start(), act()).expect_err("refused");
    assert_eq!(refusal.code, Code::ServiceEnded);
    assert_eq!(refusal.clause, Some("4.2(8)"));
    assert_eq!(refusal.measure_id.map(|id| id.0), Some(7));
    assert_eq!(refusal.cure.as_deref(), Some("cure 7"));

    let mut declined = gate([]);
    declined.declined = EditionName::new("second").ok();
    story.gate = Some(declined);
    let refusal = story.ask(start(), act()).expect_err("refused");
    assert_eq!(
        (refusal.code, refusal.clause),
        (Code::ServiceEnded, Some("5"))
    );
}

#[test]
fn nothing_can_be_done_with_an_agreement_that_was_never_signed() {
    let acts = [
        Act::ChangePlan {
            plan: open_plan(),
            disclosed: None,
        },
        remind(start(), 1),
        debit(1, 1),
        usage(),
        refund(1, 1),
        suspend(),
        resume(),
        cancel(),
    ];
    for act in acts {
        let mut story = Story::new();
        assert_eq!(
            story.code(start(), act.clone()),
            Some(Code::AgreementUnknown),
            "{act:?}"
        );
        assert_eq!(story.state, None);
    }
}

/// Which acts make sense in which state; the others are refused and change nothing.
#[test]
fn each_state_allows_what_makes_sense_in_it() {
    let change = || Act::ChangePlan {
        plan: plan(5_000, None, None),
        disclosed: Some(true),
    };
    let acts = [
        ("change_plan", change(), [true, true, false]),
        ("remind", remind(start(), 1), [true, true, false]),
        ("debit", debit(2, 1), [true, false, false]),
        ("record_usage", usage(), [true, true, true]),
        ("refund", refund(1, 1), [true, true, true]),
        ("suspend", suspend(), [true, false, false]),
        ("resume", resume(), [false, true, false]),
        ("cancel", cancel(), [true, true, false]),
    ];
    for (name, act, allowed) in acts {
        let steps = [vec![], vec![suspend()], vec![cancel()]];
        for (steps, allowed) in steps.into_iter().zip(allowed) {
            let mut story = postpaid();
            story.must(start(), debit(1, 100));
            for step in steps {
                story.must(start(), step);
            }
            let before = story.state.clone();
            let expected = (!allowed).then_some(Code::AgreementNotActive);
            assert_eq!(story.code(start(), act.clone()), expected, "{name}");
            assert_eq!(story.state == before, !allowed, "{name}");
        }
    }
}

#[test]
fn a_suspended_agreement_is_debited_again_after_it_is_resumed() {
    let mut story = postpaid();
    story.must(start(), suspend());
    assert_eq!(story.agreement().state, AgreementState::Suspended);
    assert!(story.agreement().is_live());
    assert_eq!(
        story.code(start(), debit(1, 1)),
        Some(Code::AgreementNotActive)
    );
    story.must(start(), resume());
    story.must(start(), debit(1, 1));
}

#[test]
fn a_changed_plan_holds_from_then_on() {
    let mut story = postpaid();
    assert_eq!(
        story.code(start(), debit(1, 4_000)),
        Some(Code::AmountAbovePlan)
    );
    let event = story.must(
        start(),
        Act::ChangePlan {
            plan: plan(4_000, None, None),
            disclosed: Some(false),
        },
    );
    assert_eq!(
        event,
        Event::PlanChanged {
            plan: plan(4_000, None, None),
            disclosed: Some(false),
        }
    );
    story.must(start(), debit(1, 4_000));
}

/// The party is the command's role; a second cancellation finds nothing to end.
#[test]
fn whoever_cancels_is_the_party() {
    let cases = [
        (Role::User, CancelParty::User),
        (Role::Merchant, CancelParty::Merchant),
        (Role::Intermediary, CancelParty::Merchant),
        (Role::Service, CancelParty::Platform),
        (Role::Admin, CancelParty::Platform),
        (Role::Engine, CancelParty::Platform),
    ];
    for (role, party) in cases {
        let mut story = postpaid();
        story.role = role;
        let reason = Some(PersonalText::Open("no longer needed".into()));
        let event = story.must(
            start(),
            Act::Cancel {
                reason: reason.clone(),
            },
        );
        assert_eq!(event, Event::AgreementCancelled { party, reason });
        assert!(!story.agreement().is_live());
        assert_eq!(
            story.code(start(), cancel()),
            Some(Code::AgreementNotActive)
        );
    }
}

/// A user's cancellation succeeds although the agreement is suspended and the service has ended.
#[test]
fn a_users_cancellation_needs_nobody() {
    let mut story = postpaid();
    story.must(start(), suspend());
    story.gate = Some(gate([measure(1, MeasureKind::ServiceTermination)]));
    story.role = Role::User;
    story.must(start(), cancel());
    assert_eq!(story.agreement().state, AgreementState::Cancelled);
}

/// For each order no more than was debited; also after the agreement has ended.
#[test]
fn a_refund_returns_at_most_what_is_left_of_its_order() {
    let mut story = postpaid();
    story.must(start(), debit(1, 2_000));
    story.must(start(), debit(2, 3_000));
    story.must(start(), cancel());
    assert_eq!(story.code(start(), refund(3, 1)), Some(Code::OrderUnknown));
    story.must(start(), refund(1, 500));
    assert_eq!(
        story.code(start(), refund(1, 1_501)),
        Some(Code::RefundAbovePaid)
    );
    story.must(start(), refund(1, 1_500));
    assert_eq!(
        story.code(start(), refund(1, 1)),
        Some(Code::RefundAbovePaid)
    );
    let agreement = story.agreement();
    let remaining = |number| {
        let debit = agreement.debit(&order(number)).expect("a debit");
        (debit.refunded_fen, debit.remaining_fen())
    };
    assert_eq!(remaining(1), (2_000, 0));
    assert_eq!(remaining(2), (0, 3_000));
    // What was paid stays paid: refunds are shown beside it.
    assert_eq!(agreement.paid_fen, 5_000);
}

#[test]
fn usage_is_recorded_and_changes_nothing_but_the_version() {
    let mut story = postpaid();
    let before = story.agreement().clone();
    let event = story.must(Instant::from_unix_ms(i64::MAX), usage());
    assert!(matches!(
        event,
        Event::UsageRecorded {
            consumed_fen: Some(10),
            ..
        }
    ));
    let mut expected = before;
    expected.next_version = 2;
    assert_eq!(*story.agreement(), expected);
}
