//! Who vouches for an instant, and when it counts.

use super::*;
use crate::identity::{ActorId, Role};
use crate::instant::Span;
use crate::rulebook::fixture::default_edition;

const NOW: Instant = Instant::from_unix_ms(1_000_000_000_000);
const HOUR_MS: i64 = 3_600_000;

fn told(
    role: Role,
    trust: Option<Trust>,
    before_ms: Option<i64>,
) -> Result<Circumstances, Refusal> {
    Circumstances::new(
        Uuid::nil(),
        NOW,
        before_ms.map(|milliseconds| NOW.minus(Span::from_ms(milliseconds))),
        Actor {
            role,
            id: ActorId::new("somebody").expect("an id"),
        },
        trust,
        Arc::new(Rulebook::new(default_edition())),
    )
}

/// How long before now an act counts, in milliseconds.
fn counts_before_ms(role: Role, trust: Option<Trust>, before_ms: i64) -> i64 {
    let circumstances = told(role, trust, Some(before_ms)).expect("an instant that has come");
    NOW.since(circumstances.counted_at()).ms()
}

#[test]
fn without_a_word_about_when_it_is_now() {
    // policy skew
    let circumstances = told(Role::User, None, None).expect("accepted");
    assert_eq!(circumstances.occurred_at, NOW);
    assert_eq!(circumstances.counted_at(), NOW);
    assert!(!circumstances.adjusted);
}

#[test]
fn the_platforms_own_roles_are_believed_and_parties_are_not() {
    // policy partner-grace
    for role in Role::ALL {
        let counted = match role {
            Role::User | Role::Merchant | Role::Intermediary => 0,
            Role::Reviewer
            | Role::Risk
            | Role::Service
            | Role::Auditor
            | Role::Admin
            | Role::Engine => 100 * HOUR_MS,
        };
        assert_eq!(counts_before_ms(role, None, 100 * HOUR_MS), counted);
    }
}

#[test]
fn trust_that_is_named_counts_whoever_acted() {
    // policy partner-grace
    for role in [Role::Merchant, Role::Service] {
        let counted = |trust| counts_before_ms(role, Some(trust), 10 * HOUR_MS);
        assert_eq!(counted(Trust::Platform), 10 * HOUR_MS);
        assert_eq!(counted(Trust::Partner), 10 * HOUR_MS);
        assert_eq!(counted(Trust::OwnClaim), 0);
    }
}

#[test]
fn a_partner_is_believed_for_25_hours_and_waits_for_a_reviewer_after() {
    // policy partner-grace
    let grace_ms = 25 * HOUR_MS;
    for (before_ms, counted_ms, waits) in [
        (grace_ms - 1, grace_ms - 1, false),
        (grace_ms, grace_ms, false),
        (grace_ms + 1, 0, true),
    ] {
        let circumstances =
            told(Role::Merchant, Some(Trust::Partner), Some(before_ms)).expect("accepted");
        assert_eq!(NOW.since(circumstances.counted_at()).ms(), counted_ms);
        assert_eq!(circumstances.awaits_review(), waits);
    }
    for trust in [Trust::Platform, Trust::OwnClaim] {
        let circumstances =
            told(Role::Merchant, Some(trust), Some(grace_ms + 1)).expect("accepted");
        assert!(!circumstances.awaits_review());
    }
}

#[test]
fn a_clock_up_to_five_minutes_ahead_is_set_back_and_flagged() {
    // policy skew
    let five_minutes_ms = 5 * 60_000;
    for ahead_ms in [1, five_minutes_ms] {
        let circumstances = told(Role::Service, None, Some(-ahead_ms)).expect("accepted");
        assert_eq!(circumstances.occurred_at, NOW);
        assert!(circumstances.adjusted);
    }
    let refusal = told(Role::Service, None, Some(-five_minutes_ms - 1)).expect_err("refused");
    assert_eq!(refusal.code, Code::OccurredInFuture);
}

#[test]
fn a_stamp_carries_what_applying_an_event_may_read() {
    // policy partner-grace
    let circumstances = told(Role::Service, None, Some(HOUR_MS)).expect("accepted");
    let stamp = circumstances.stamp();
    assert_eq!(stamp.recorded_at, NOW);
    assert_eq!(NOW.since(stamp.counted_at).ms(), HOUR_MS);
    assert_eq!(stamp.by, circumstances.by);
    assert_eq!(stamp.command_id, circumstances.command_id);
}
