//! When clocks start, what meets them, and what makes them void.

use super::*;
use crate::clock::Phase;
use ClockKind::{Evidence, FirstReply, RefundDecision, RefundPayment, Resolution};

const ALWAYS_OWED: [ClockKind; 2] = [FirstReply, Resolution];

#[test]
fn a_round_starts_first_reply_and_resolution_and_nothing_that_is_not_owed() {
    // guide first-reply, guide resolution
    let story = Story::other();
    for kind in ALWAYS_OWED {
        assert!(story.has_clock(1, kind));
    }
    for kind in [RefundDecision, Evidence, RefundPayment] {
        assert!(!story.has_clock(1, kind));
    }
    assert_eq!(story.reading(1, FirstReply, h(0)).due_at, h(24));
    assert_eq!(story.reading(1, Resolution, h(0)).due_at, h(72));
}

#[test]
fn a_refund_request_at_filing_starts_refund_decision_with_the_complaint() {
    // rulebook 3(1).1.1
    let problems = [
        (Problem::RefundRequest, None),
        (Problem::RefundRequest, Some(1)),
        (Problem::Other, Some(1)),
        (Problem::AgreementNotRecognised, Some(1)),
    ];
    for (problem, requested_fen) in problems {
        let story = Story::filed(problem, requested_fen);
        assert_eq!(story.reading(1, RefundDecision, h(0)).due_at, h(72));
    }
    // rulebook 2.2(1): the implied request starts no clock.
    let implied = Story::filed(Problem::AgreementNotRecognised, None);
    assert!(!implied.has_clock(1, RefundDecision));
}

#[test]
fn approving_exactly_at_the_due_instant_is_in_time() {
    // rulebook 3(1).1.1, policy deadline-inclusive
    let mut story = Story::asking();
    story.merchant(h(72), approve(9_700));
    let reading = story.reading(1, RefundDecision, h(100));
    assert_eq!(reading.status, ClockStatus::Met);
    assert_eq!(reading.overdue_ms, 0);
    assert!(!reading.breached);
}

#[test]
fn approving_one_millisecond_later_is_late_by_one_millisecond() {
    // rulebook 3(1).1.1, policy deadline-inclusive
    let mut story = Story::asking();
    story.merchant(h(72).plus(ms(1)), approve(9_700));
    let reading = story.reading(1, RefundDecision, h(100));
    assert_eq!(reading.status, ClockStatus::MetLate);
    assert_eq!(reading.overdue_ms, 1);
    assert!(reading.breached);
}

#[test]
fn an_act_exactly_at_the_due_instant_beats_the_timer() {
    // policy deadline-inclusive
    let mut story = Story::other();
    story.pass(h(24));
    assert!(!names(&story.followed).contains(&"DeadlineMissed"));
    story.merchant(h(24), respond());
    story.pass(h(24).plus(ms(1)));
    assert!(!names(&story.followed).contains(&"DeadlineMissed"));
    assert!(story.findings().is_empty());
}

#[test]
fn a_miss_is_a_fact_one_millisecond_after_the_due_instant() {
    // rulebook 4.1(1)
    let mut story = Story::other();
    story.pass(h(24));
    assert!(story.findings().is_empty());
    story.pass(h(24).plus(ms(1)));
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
    let finding = &story.complaint().findings[0];
    assert_eq!(finding.effective_at, h(24).plus(ms(1)));
}

#[test]
fn a_rejection_without_evidence_at_71_h_stops_no_clock_and_with_it_at_73_h_is_late() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    let code = story.refused(Role::Merchant, h(71), reject_without_evidence());
    assert_eq!(code, Code::EvidenceMissing);
    story.merchant(h(73), reject());
    let reading = story.reading(1, RefundDecision, h(73));
    assert_eq!(reading.status, ClockStatus::MetLate);
    assert_eq!(reading.overdue_ms, 3_600_000);
}

#[test]
fn a_miss_noticed_nine_hours_late_is_effective_as_if_noticed_at_once() {
    // rulebook 4.1(1)
    let mut story = Story::other();
    let noticed_at = h(72 + 9);
    while !story.observe(noticed_at, noticed_at).is_empty() {}
    let effective: Vec<_> = story
        .complaint()
        .findings
        .iter()
        .map(|finding| finding.effective_at)
        .collect();
    assert_eq!(effective, [h(24).plus(ms(1)), h(72).plus(ms(1))]);
    assert_eq!(
        story.reading(1, Resolution, noticed_at).overdue_ms,
        9 * 3_600_000
    );
}

#[test]
fn a_miss_noticed_after_the_act_that_was_late_is_still_a_miss() {
    // rulebook 4.1(1): noticing late never moves the breach.
    let mut story = Story::other();
    let command = story.command(Role::Merchant, None, h(30), h(30), respond());
    let events = decide(&story.state, &command).unwrap();
    story.apply(&command, &events);
    while !story.observe(h(40), h(40)).is_empty() {}
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
    assert_eq!(
        story.complaint().findings[0].effective_at,
        h(24).plus(ms(1))
    );
}

#[test]
fn every_act_to_the_user_is_a_first_reply() {
    // guide first-reply
    let acts = [
        respond(),
        explain(),
        reconfirm(),
        settle(1),
        approve(9_700),
        reject(),
        complete(),
    ];
    for act in acts {
        let mut story = Story::asking();
        story.merchant(h(24), act.clone());
        let reading = story.reading(1, FirstReply, h(24));
        assert_eq!(reading.status, ClockStatus::Met, "{act:?}");
        assert_eq!(reading.met_at, Some(h(24)), "{act:?}");
    }
}

#[test]
fn what_is_not_said_to_the_user_is_no_first_reply() {
    // guide first-reply
    let acts = [
        (Role::Merchant, evidence(1)),
        (Role::Merchant, use_of(UsageKind::Unused, 0, None)),
        (Role::Merchant, billing_error(1, None)),
        (Role::Service, defective()),
        (Role::Service, refund(1, 100)),
        (Role::Reviewer, message()),
        (Role::User, proceed()),
        (Role::User, request(9_000)),
    ];
    for (role, act) in acts {
        let mut story = Story::asking();
        story.tell(role, None, h(1), h(1), act.clone()).unwrap();
        let reading = story.reading(1, FirstReply, h(2));
        assert_eq!(reading.phase, Phase::Running, "{act:?}");
    }
}

#[test]
fn approval_valid_rejection_settlement_or_the_money_decide_a_refund() {
    // rulebook 3(1).1.1
    let acts = [
        (Role::Merchant, approve(1)),
        (Role::Merchant, reject()),
        (Role::Service, settle(1)),
        (Role::Service, refund(1, 9_700)),
    ];
    for (role, act) in acts {
        let mut story = Story::asking();
        story.tell(role, None, h(72), h(72), act.clone()).unwrap();
        assert_eq!(
            story.status(1, RefundDecision, h(80)),
            ClockStatus::Met,
            "{act:?}"
        );
    }
}

#[test]
fn words_a_completion_or_part_of_the_money_decide_no_refund() {
    // rulebook 3(1).1.1
    let acts = [
        (Role::Merchant, respond()),
        (Role::Merchant, complete()),
        (Role::Service, defective()),
        (Role::Service, refund(1, 9_699)),
    ];
    for (role, act) in acts {
        let mut story = Story::asking();
        story.tell(role, None, h(1), h(1), act.clone()).unwrap();
        assert_eq!(
            story.status(1, RefundDecision, h(2)),
            ClockStatus::OnTrack,
            "{act:?}"
        );
    }
}

#[test]
fn resolution_is_met_by_complete_a_valid_rejection_or_the_approved_refund_received() {
    // guide resolution
    let mut completed = Story::asking();
    completed.merchant(h(72), complete());
    let mut rejected = Story::asking();
    rejected.merchant(h(72), reject());
    let mut refunded = Story::asking();
    refunded.merchant(h(1), approve(5_000));
    refunded.service(h(71), refund(1, 4_999));
    assert_eq!(refunded.reading(1, Resolution, h(71)).phase, Phase::Running);
    refunded.service(h(72), refund(2, 1));
    for story in [completed, rejected, refunded] {
        assert_eq!(story.status(1, Resolution, h(80)), ClockStatus::Met);
    }
}

#[test]
fn a_response_an_approval_or_a_settlement_does_not_resolve() {
    // guide resolution
    for act in [respond(), approve(9_700), settle(1), explain()] {
        let mut story = Story::asking();
        story.merchant(h(1), act.clone());
        assert_eq!(
            story.reading(1, Resolution, h(2)).phase,
            Phase::Running,
            "{act:?}"
        );
    }
}

#[test]
fn an_evidence_clock_starts_with_a_repeat_round_and_is_met_also_after_its_close() {
    // rulebook 3(1).1.2, policy repeat-evidence
    let mut story = Story::other().repeated(10, 30);
    assert_eq!(story.reading(2, Evidence, h(30)).due_at, h(102));
    story.merchant(h(40), complete());
    assert_eq!(story.status(2, Evidence, h(41)), ClockStatus::OnTrack);
    story.merchant(h(102), evidence(1));
    assert_eq!(story.status(2, Evidence, h(103)), ClockStatus::Met);
}

#[test]
fn a_close_by_the_user_and_a_withdrawal_void_everything_that_runs() {
    // rulebook 3(1).1.1, guide resolution
    for act in [Act::Confirm, Act::Withdraw] {
        let mut story = Story::asking();
        story.merchant(h(1), approve_within(9_700, 3));
        story.user(h(2), act);
        assert_eq!(story.status(1, FirstReply, h(2)), ClockStatus::Met);
        assert_eq!(story.status(1, Resolution, h(2)), ClockStatus::Void);
        assert_eq!(story.status(1, RefundPayment, h(2)), ClockStatus::Void);
        story.pass(h(1_000));
        assert!(story.findings().is_empty());
    }
}

#[test]
fn a_breach_stays_where_a_clock_becomes_void_and_its_overdue_time_stops() {
    // rulebook 4.1(1)
    let mut story = Story::other();
    story.user(h(30), Act::Withdraw);
    let reading = story.reading(1, FirstReply, h(99));
    assert_eq!(
        (reading.status, reading.phase),
        (ClockStatus::Void, Phase::Void)
    );
    assert!(reading.breached);
    assert_eq!(reading.overdue_ms, 6 * 3_600_000);
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
}

#[test]
fn nearing_the_due_instant_is_told_once_a_clock() {
    // policy at-risk
    let mut story = Story::asking();
    story.pass(h(18).minus(ms(1)));
    assert!(story.followed.is_empty());
    assert_eq!(
        story.status(1, FirstReply, h(18).minus(ms(1))),
        ClockStatus::OnTrack
    );
    story.pass(h(18));
    assert_eq!(names(&story.followed), ["DeadlineNear"]);
    assert_eq!(story.status(1, FirstReply, h(18)), ClockStatus::AtRisk);
    story.pass(h(200));
    let near = names(&story.followed)
        .into_iter()
        .filter(|name| *name == "DeadlineNear")
        .count();
    let missed = names(&story.followed)
        .into_iter()
        .filter(|name| *name == "DeadlineMissed")
        .count();
    assert_eq!((near, missed), (3, 3));
}

#[test]
fn deadlines_at_one_instant_are_observed_in_the_order_of_the_clocks() {
    // rulebook 3(1).1.1, guide resolution
    let mut story = Story::asking();
    story.pass(h(72).plus(ms(1)));
    let missed: Vec<_> = story
        .followed
        .iter()
        .filter_map(|event| match event {
            Event::DeadlineMissed { clock, .. } => Some(*clock),
            _ => None,
        })
        .collect();
    assert_eq!(missed, [FirstReply, RefundDecision, Resolution]);
}

#[test]
fn each_deadline_has_its_finding_and_determination_before_the_next_one() {
    // rulebook 4.1(1)
    let mut story = Story::asking();
    story.pass(h(18));
    story.followed.clear();
    let events = story.observe(h(200), h(200));
    assert_eq!(
        names(&events),
        ["DeadlineMissed", "GroundFound", "LiabilityDetermined"]
    );
}

#[test]
fn a_holiday_shifts_no_72_h_clock() {
    // rulebook 3(1).1.1: 72 hours are elapsed hours, not working time.
    let mut edition = default_edition();
    let first_of_may = crate::instant::CivilDay::from_ymd(2026, 5, 1).unwrap();
    edition.calendar.holidays = (0..5).map(|days| first_of_may.plus(days)).collect();
    let mut story = Story::under(Rulebook::new(edition));
    let at = civil(2026, 4, 30, 14, 0);
    story.file(at, Problem::RefundRequest, Some(1));
    let due_at = civil(2026, 5, 3, 14, 0);
    assert_eq!(story.reading(1, RefundDecision, at).due_at, due_at);
    assert_eq!(story.reading(1, Resolution, at).due_at, due_at);
}

#[test]
fn an_act_from_before_the_complaint_meets_its_clocks_as_they_start() {
    // guide first-reply: no time is counted before the complaint.
    let mut story = Story::other();
    story.seen(h(-3), h(1), respond());
    assert_eq!(story.reading(1, FirstReply, h(1)).met_at, Some(h(0)));
    story.seen(h(-2), h(2), complete());
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!(close.at, h(0));
}
