use std::sync::Arc;

use redress_domain::complaint::{self, CloseReason, DeterminationId, FindingId};
use redress_domain::identity::StreamId;
use redress_domain::instant::{CivilDay, Instant, Span};
use redress_domain::measure::{
    Authority, Ending, MeasureEvent, MeasureId, MeasureKind, Parameters, ProposedMeasure, Scope,
};
use redress_domain::merchant;
use redress_domain::rulebook::Channel;
use redress_domain::standing::{self, OverdueInterval, StandingChange, Tier};

use super::Standings;
use super::rows::OverdueRow;
use crate::deadlines::Purpose;
use crate::fixture::{Log, hours, intermediary_id, merchant_id};
use crate::projection::Projection;

fn tier(log: &Log, at: Instant) -> Tier {
    let models = log.models();
    let evaluation = models
        .standing
        .evaluate(&merchant_id("M1"), &log.rulebook, at)
        .unwrap();
    evaluation.tier
}

/// Two complaints of two users, each with a determination: tier t1.
fn two_liable_rounds() -> Log {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.file("C2", "M1", "U2", "O2", hours(1));
    log.find("C1", 1, 1, hours(25));
    log.determine("C1", 1, hours(25));
    log.find("C2", 1, 1, hours(26));
    log.determine("C2", 1, hours(26));
    log
}

/// rulebook 4.1(1)
#[test]
fn rounds_become_late_with_a_finding_and_liable_with_a_determination() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    let fact = |log: &Log| {
        let models = log.models();
        let history = models.standing.history(&merchant_id("M1")).unwrap();
        assert_eq!(history.rounds().len(), 1);
        history.rounds()[0].clone()
    };
    assert_eq!((fact(&log).late_from, fact(&log).liable_from), (None, None));
    log.find("C1", 1, 1, hours(25));
    assert_eq!(fact(&log).late_from, Some(hours(25)));
    assert_eq!(fact(&log).liable_from, None);
    log.determine("C1", 1, hours(26));
    assert_eq!(fact(&log).late_from, Some(hours(25)));
    assert_eq!(fact(&log).liable_from, Some(hours(26)));
    log.overturn("C1", 1, hours(27));
    assert_eq!((fact(&log).late_from, fact(&log).liable_from), (None, None));
}

#[test]
fn a_round_closed_by_withdrawal_is_not_closed_for_standing() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.close("C1", 1, CloseReason::Withdrawn, hours(1));
    log.file("C2", "M1", "U1", "O1", hours(0));
    log.close("C2", 1, CloseReason::Confirmed, hours(1));
    let models = log.models();
    let metrics = models
        .standing
        .metrics(&merchant_id("M1"), &log.rulebook, hours(2))
        .unwrap();
    assert_eq!((metrics.rounds, metrics.closed_rounds), (2, 1));
}

/// policy window
#[test]
fn the_course_follows_the_events_and_an_evaluation_the_time_since() {
    let log = two_liable_rounds();
    let models = log.models();
    let course = models.standing.course(&merchant_id("M1")).unwrap().unwrap();
    assert_eq!(course.tier, Tier::T1);
    assert_eq!(course.since, hours(26));
    // Both rounds leave the window after 28 days; the tier falls by one step 28 days later.
    assert_eq!(tier(&log, hours(28 * 24)), Tier::T1);
    assert_eq!(tier(&log, hours(70 * 24)), Tier::Watch);
    // Evaluating changed nothing that is kept.
    assert_eq!(
        models.standing.course(&merchant_id("M1")).unwrap(),
        Some(course)
    );
}

/// rulebook 4.1, policy four-eyes
#[test]
fn an_overturned_determination_gives_the_tier_of_history_without_it_at_once() {
    let mut log = two_liable_rounds();
    assert_eq!(tier(&log, hours(30)), Tier::T1);
    log.overturn("C2", 1, hours(40));
    let models = log.models();
    let evaluation = models
        .standing
        .evaluate(&merchant_id("M1"), &log.rulebook, hours(40))
        .unwrap();
    assert_eq!(evaluation.tier, Tier::Watch);
    assert!(evaluation.corrected);
    let course = models.standing.course(&merchant_id("M1")).unwrap().unwrap();
    let history = models.standing.history(&merchant_id("M1")).unwrap();
    assert_eq!(
        course,
        standing::retrace(&history, &log.rulebook, hours(40))
    );
}

/// policy window: a later report of a day corrects it, and standing falls only with time.
#[test]
fn volumes_are_kept_by_day_with_their_reports() {
    let mut log = two_liable_rounds();
    let report = |debits| merchant::Event::VolumeReported {
        day: CivilDay::from_ymd(2026, 3, 1).unwrap(),
        debits,
        users: 5,
    };
    log.register("M1", None, "M1", hours(27));
    log.merchant("M1", hours(27), report(1_000));
    log.merchant("M1", hours(28), report(2_000));
    let models = log.models();
    let metrics = |at| {
        models
            .standing
            .metrics(&merchant_id("M1"), &log.rulebook, at)
            .unwrap()
            .debits
    };
    assert_eq!(metrics(hours(27)), 1_000);
    assert_eq!(metrics(hours(28)), 2_000);
    assert_eq!(tier(&log, hours(29)), Tier::T1);
}

fn measure(event: MeasureEvent) -> merchant::Event {
    merchant::Event::Measure(event)
}

fn proposed(number: u32) -> merchant::Event {
    measure(MeasureEvent::Proposed {
        measure: ProposedMeasure {
            measure_id: MeasureId(number),
            kind: MeasureKind::Rectification,
            scope: Scope::default(),
            parameters: Parameters::default(),
            ending: Ending::AtCure,
            tier: None,
            grounds: vec![Arc::from("C1/d1")],
            rationale: Arc::from("found"),
            authority: Authority::One,
            metrics: None,
            cure: Arc::from("rectify"),
        },
    })
}

fn imposed(number: u32, due_at: Instant) -> merchant::Event {
    measure(MeasureEvent::Imposed {
        measure_id: MeasureId(number),
        until: None,
        rectification_due_at: Some(due_at),
        appeal_until: due_at,
    })
}

/// rulebook 4.2(1)
#[test]
fn an_overdue_rectification_is_a_fact_of_history_and_moves_the_course() {
    let mut log = Log::new();
    log.register("M1", None, "M1", hours(0));
    log.merchant("M1", hours(0), proposed(1));
    log.merchant("M1", hours(0), imposed(1, hours(10)));
    let overdue_at = hours(10).just_after();
    log.merchant(
        "M1",
        overdue_at,
        measure(MeasureEvent::RectificationOverdue {
            measure_id: MeasureId(1),
            due_at: hours(10),
        }),
    );
    let models = log.models();
    let history = models.standing.history(&merchant_id("M1")).unwrap();
    assert_eq!(history.overdue().len(), 1);
    assert_eq!(history.overdue()[0].from, overdue_at);
    assert_eq!(tier(&log, overdue_at), Tier::T2);
    log.merchant(
        "M1",
        hours(20),
        measure(MeasureEvent::Lifted {
            measure_id: MeasureId(1),
            rationale: Arc::from("done"),
        }),
    );
    let models = log.models();
    let history = models.standing.history(&merchant_id("M1")).unwrap();
    assert_eq!(history.overdue()[0].until, Some(hours(20)));
}

#[test]
fn determinations_are_named_while_they_stand_in_the_order_of_positions() {
    let mut log = two_liable_rounds();
    log.open_round("C1", 2, hours(48));
    log.find("C1", 2, 2, hours(73));
    log.determine("C1", 2, hours(73));
    let named = |log: &Log, from: Option<Instant>| -> Vec<String> {
        let models = log.models();
        let named = models
            .standing
            .standing_determinations(&merchant_id("M1"), from)
            .unwrap();
        named.iter().map(ToString::to_string).collect()
    };
    assert_eq!(named(&log, None), ["C1/d1", "C2/d1", "C1/d2"]);
    assert_eq!(named(&log, Some(hours(1))), ["C2/d1", "C1/d2"]);
    assert_eq!(named(&log, Some(hours(48))), ["C1/d2"]);
    log.overturn("C2", 1, hours(80));
    assert_eq!(named(&log, None), ["C1/d1", "C1/d2"]);
    log.complaint(
        "C1",
        hours(81),
        complaint::Event::DeterminationPutUnderReview {
            determination_id: DeterminationId(1),
        },
    );
    assert_eq!(named(&log, None), ["C1/d2"]);
    log.overturn("C1", 2, hours(82));
    assert!(named(&log, None).is_empty());
}

/// policy four-eyes
#[test]
fn a_basis_changes_with_judgements_standing_and_other_measures() {
    let mut log = Log::new();
    let of_merchant = StreamId::Merchant(merchant_id("M1"));
    let basis = |log: &Log, approved| {
        let models = log.models();
        models
            .standing
            .basis_position(&of_merchant, approved)
            .unwrap()
    };
    log.register("M1", None, "M1", hours(0));
    log.file("C1", "M1", "U1", "O1", hours(0));
    assert_eq!(basis(&log, None), 0);
    log.merchant("M1", hours(1), proposed(1));
    assert_eq!(log.position(), 4);
    // The proposal itself, and a first approval of it, is what an approver looks at.
    assert_eq!(basis(&log, Some(MeasureId(1))), 0);
    assert_eq!(basis(&log, Some(MeasureId(2))), 4);
    log.merchant("M1", hours(1), proposed(2));
    assert_eq!(basis(&log, Some(MeasureId(1))), 5);
    log.merchant(
        "M1",
        hours(1),
        measure(MeasureEvent::NoticeIssued {
            measure_id: MeasureId(2),
            channel: Channel::Email,
        }),
    );
    assert_eq!(basis(&log, None), 5);
    log.find("C1", 1, 1, hours(25));
    assert_eq!(basis(&log, Some(MeasureId(1))), 7);
    log.respond("C1", hours(26));
    assert_eq!(basis(&log, None), 7);
    log.complaint(
        "C1",
        hours(27),
        complaint::Event::FindingWithdrawn {
            finding_id: FindingId(1),
        },
    );
    assert_eq!(basis(&log, None), 9);
    log.merchant(
        "M1",
        hours(28),
        merchant::Event::StandingChanged {
            change: StandingChange {
                from: Tier::None,
                to: Tier::Watch,
                metrics: standing::Metrics::default(),
                reasons: Vec::new(),
                computed_at_position: 9,
                corrected: false,
            },
        },
    );
    assert_eq!(basis(&log, None), 10);
    let other = StreamId::Intermediary(intermediary_id("I1"));
    let models = log.models();
    assert_eq!(models.standing.basis_position(&other, None).unwrap(), 0);
}

/// policy window, policy cure
#[test]
fn a_merchant_is_looked_at_again_at_midnight_while_time_alone_may_change_its_standing() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(5));
    let next = |log: &Log, after| {
        let models = log.models();
        models
            .standing
            .next_evaluation(&merchant_id("M1"), &log.rulebook, after)
            .unwrap()
    };
    assert_eq!(next(&log, hours(6)), None);
    log.find("C1", 1, 1, hours(29));
    log.determine("C1", 1, hours(29));
    assert_eq!(next(&log, hours(30)), Some(hours(48)));
    assert_eq!(next(&log, hours(48)), Some(hours(72)));
    let queued = log.models();
    let stream = StreamId::Merchant(merchant_id("M1"));
    let midnight = queued.deadlines.get(&stream, Purpose::Standing);
    assert_eq!(midnight, Some(hours(48)));
    // Long after, when the step down to none was taken, nothing is left to look at.
    assert_eq!(next(&log, hours(100 * 24)), None);
}

/// policy window: leaving nights out where nothing counts changes no course.
#[test]
fn a_course_is_the_same_whether_nights_are_left_out_or_not() {
    let mut log = Log::new();
    for day in 0..60 {
        let id = format!("C{day}");
        log.file(&id, "M1", "U1", "O1", hours(day * 24));
        if day == 30 {
            log.find(&id, 1, 1, hours(day * 24 + 1));
            log.determine(&id, 1, hours(day * 24 + 1));
        }
        log.close(&id, 1, CloseReason::Confirmed, hours(day * 24 + 2));
    }
    let models = log.models();
    let kept = models.standing.course(&merchant_id("M1")).unwrap().unwrap();
    let history = models.standing.history(&merchant_id("M1")).unwrap();
    let end = hours(60 * 24);
    let told = standing::advance(&kept, &history, &log.rulebook, end);
    let lived = standing::retrace(&history, &log.rulebook, end);
    assert_eq!(told.tier, Tier::Watch);
    assert_eq!((told.tier, told.since), (lived.tier, lived.since));
    assert_eq!(told.at_or_above_since, lived.at_or_above_since);
    assert!(end.since(told.since) < Span::from_days(40));
}

#[test]
fn the_bytes_of_an_overdue_row_are_those_of_schema_1() {
    let interval = |from, until: Option<i64>| OverdueInterval {
        from: hours(from),
        until: until.map(hours),
    };
    let row = OverdueRow::of(&[interval(1, Some(2)), interval(3, None)]);
    let encoded = crate::table::encode("standing.overdue", b"M1", &row).unwrap();
    assert_eq!(Standings::SCHEMA, 1);
    // Two intervals: milliseconds as zigzag numbers of eight bytes, and whether there is an end.
    let [from, until, open_from] =
        [1, 2, 3].map(|at| hours(at).unix_ms().cast_unsigned().wrapping_mul(2));
    let mut expected = vec![2];
    for (number, ends) in [(from, None), (until, Some(1)), (open_from, None)] {
        expected.extend(ends);
        expected.push(253);
        expected.extend(number.to_le_bytes());
    }
    expected.push(0);
    assert_eq!(encoded, expected);
}
