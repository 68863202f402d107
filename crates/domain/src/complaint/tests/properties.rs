//! What holds whatever is asked, by whomever, in whatever order, at whatever instants.

use proptest::prelude::*;

use super::*;
use crate::complaint::ComplaintState;

/// Amounts around what the user paid, and the greatest there is.
fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..=PAID_FEN + 1, 1 => Just(PAID_FEN), 1 => Just(u64::MAX)]
}

fn proofs() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(1_u32..4)
}

fn acts_of_parties() -> impl Strategy<Value = Act> {
    let usage = prop::sample::select(UsageKind::ALL);
    prop_oneof![
        amounts().prop_map(request),
        Just(respond()),
        (0_usize..5).prop_map(respond_with_media),
        Just(message()),
        (0_usize..3).prop_map(evidence),
        Just(explain()),
        Just(reconfirm()),
        (usage, amounts(), proofs()).prop_map(|(kind, fen, proof)| use_of(kind, fen, proof)),
        (amounts(), proofs()).prop_map(|(fen, proof)| billing_error(fen, proof)),
        amounts().prop_map(settle),
        (amounts(), prop_oneof![0_u32..5, Just(u32::MAX)])
            .prop_map(|(fen, days)| approve_within(fen, days)),
        Just(reject()),
        Just(defective()),
        (0_u32..9, amounts()).prop_map(|(number, fen)| refund(number, fen)),
        (0_u32..9, amounts()).prop_map(|(number, fen)| platform_refund(number, fen)),
        Just(complete()),
        Just(Act::Confirm),
        Just(proceed()),
        Just(proceed()),
        Just(Act::Withdraw),
    ]
}

fn acts_of_reviewers() -> impl Strategy<Value = Act> {
    let numbers = || prop::collection::vec(1_u32..6, 0..3);
    let reasons = || prop::sample::select(PauseReason::ALL.to_vec());
    prop_oneof![
        (1_u32..6, any::<bool>()).prop_map(|(number, accepted)| assess(number, accepted)),
        (1_u32..4).prop_map(accept_fact),
        (1_u32..4).prop_map(refuse_fact),
        Just(link("C0", LinkKind::Related)),
        Just(unlink("C0", LinkKind::Related)),
        reasons().prop_map(pause),
        reasons().prop_map(resume),
        Just(find_ground("4.1(4)")),
        numbers().prop_map(|ids| determine(&ids)),
        numbers().prop_map(|ids| dismiss(&ids)),
        (1_u32..4).prop_map(overturn),
    ]
}

/// An act, how long after the one before it is recorded, how long before that it happened, and on
/// whose word.
#[derive(Clone, Debug)]
struct Step {
    act: Act,
    role: Role,
    later_ms: i64,
    earlier_ms: i64,
    trust: Option<Trust>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let roles = prop::sample::select(Role::ALL.to_vec());
    let trust = prop::option::of(prop::sample::select(vec![
        Trust::Platform,
        Trust::Partner,
        Trust::OwnClaim,
    ]));
    let later = prop_oneof![3 => 0_i64..3_600_000 * 30, 1 => Just(0), 1 => Just(3_600_000 * 24)];
    let earlier = prop_oneof![3 => Just(0_i64), 2 => 0_i64..3_600_000 * 60];
    let act = prop_oneof![4 => acts_of_parties(), 1 => acts_of_reviewers()];
    let step =
        (act, roles, later, earlier, trust).prop_map(|(act, role, later_ms, earlier_ms, trust)| {
            Step {
                act,
                role,
                later_ms,
                earlier_ms,
                trust,
            }
        });
    prop::collection::vec(step, 1..40)
}

fn beginnings() -> impl Strategy<Value = (Problem, Option<u64>)> {
    (
        prop::sample::select(Problem::ALL),
        prop::option::of(0..=PAID_FEN),
    )
}

fn story_of(problem: Problem, requested_fen: Option<u64>) -> Story {
    let shorter = edition_from("shorter", h(40), |edition| {
        *edition = Edition {
            name: edition.name.clone(),
            announced_at: edition.announced_at,
            effective_at: edition.effective_at,
            transition: crate::rulebook::Transition::RecomputeOpen,
            ..edition_with_pauses()
        };
        edition.clocks.resolution = Span::from_hours(48);
    });
    let mut story = Story::under(Rulebook::new(edition_with_pauses()).with(shorter));
    story.file(h(0), problem, requested_fen);
    story
}

fn check(story: &Story) -> Result<(), TestCaseError> {
    let complaint = story.complaint();
    // rulebook 2.2: 0 ≤ owed ≤ paid, and no more comes back than was paid.
    prop_assert!(complaint.remedy().owed_fen <= complaint.paid_fen());
    prop_assert!(complaint.refunded_fen() <= complaint.paid_fen());
    prop_assert!(complaint.approved_fen() <= complaint.paid_fen());
    for (index, round) in complaint.rounds.iter().enumerate() {
        prop_assert_eq!(round.number as usize, index + 1);
        prop_assert_eq!(round.repeat, index > 0);
        if let Some(close) = &round.closed {
            prop_assert!(close.at >= round.opened_at);
        }
        // Only the last round may be open.
        prop_assert!(round.closed.is_some() || index + 1 == complaint.rounds.len());
        let kinds: Vec<_> = round.clocks.iter().map(|clock| clock.kind).collect();
        prop_assert!(kinds.is_sorted());
        for clock in &round.clocks {
            prop_assert!(clock.met_at.is_none_or(|met_at| met_at >= clock.started_at));
            prop_assert!(
                clock
                    .void_at
                    .is_none_or(|void_at| void_at >= clock.started_at)
            );
        }
        // An open round is always watched.
        if round.closed.is_none() {
            prop_assert!(round.clock(ClockKind::Resolution).is_some());
        }
    }
    prop_assert_eq!(complaint.is_withdrawn(), complaint.withdrawn_at.is_some());
    prop_assert_eq!(
        complaint.is_open(),
        matches!(
            complaint.state,
            ComplaintState::Pending | ComplaintState::Processing
        )
    );
    // rulebook 4.1: a finding is determined as long as a determination that has not fallen names
    // it, and one ground, round and cause is found once unless it fell.
    for (index, finding) in complaint.findings.iter().enumerate() {
        prop_assert_eq!(finding.finding_id.0 as usize, index + 1);
        let again = complaint.findings[index + 1..].iter().any(|other| {
            (other.ground, other.round, other.cause)
                == (finding.ground, finding.round, finding.cause)
        });
        prop_assert!(!again || finding.status.as_str() == "withdrawn");
        if finding.status.as_str() == "determined" {
            let named = complaint.determinations.iter().any(|one| {
                one.status.as_str() != "overturned" && one.finding_ids.contains(&finding.finding_id)
            });
            prop_assert!(named);
        }
    }
    Ok(())
}

/// Tells a story step by step; a check runs after each.
fn run(
    story: &mut Story,
    steps: &[Step],
    mut after: impl FnMut(&Story, Instant) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut recorded_at = start();
    for step in steps {
        recorded_at = recorded_at.plus(ms(step.later_ms));
        let occurred_at = recorded_at.minus(ms(step.earlier_ms));
        let _ = story.tell(
            step.role,
            step.trust,
            occurred_at,
            recorded_at,
            step.act.clone(),
        );
        after(story, recorded_at)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// rulebook 2.2, 4.1: any acts of any role at any increasing instants, vouched for by anybody.
    #[test]
    fn any_story_keeps_its_books(
        (problem, requested_fen) in beginnings(),
        steps in steps(),
    ) {
        let mut story = story_of(problem, requested_fen);
        run(&mut story, &steps, |story, _| check(story))?;
        story.pass(h(100_000));
        check(&story)?;
    }

    /// rulebook 4.1(1): looking later never turns a breach into none, and its time never shrinks
    /// while a clock runs.
    #[test]
    fn a_breach_read_once_is_read_at_every_later_instant(
        (problem, requested_fen) in beginnings(),
        steps in steps(),
        first_ms in 0_i64..3_600_000 * 2_000,
        later_ms in 0_i64..3_600_000 * 2_000,
    ) {
        let mut story = story_of(problem, requested_fen);
        run(&mut story, &steps, |_, _| Ok(()))?;
        let complaint = story.complaint();
        let first_at = start().plus(ms(first_ms));
        let later_at = first_at.plus(ms(later_ms));
        for clock in complaint.rounds.iter().flat_map(|round| &round.clocks) {
            let first = clock.read(&complaint.pauses, first_at);
            let later = clock.read(&complaint.pauses, later_at);
            prop_assert!(!first.breached || later.breached);
            prop_assert!(first.overdue_ms <= later.overdue_ms);
            prop_assert_eq!(first.breached, first.overdue_ms > 0);
        }
    }

    /// rulebook 4.1(1): noticed as it happens or long after, a miss and its finding hold from the
    /// same instant.
    #[test]
    fn noticing_late_moves_no_breach(
        (problem, requested_fen) in beginnings(),
        steps in steps(),
        late_ms in 0_i64..3_600_000 * 2_000,
    ) {
        let mut story = story_of(problem, requested_fen);
        run(&mut story, &steps, |_, _| Ok(()))?;
        let to = h(3_000).plus(ms(late_ms));
        let mut late = story.clone();
        story.pass(to);
        while !story.observe(to, to).is_empty() {}
        while !late.observe(to, to).is_empty() {}
        let facts = |story: &Story| {
            let complaint = story.complaint();
            let mut facts: Vec<_> = complaint
                .findings
                .iter()
                .map(|one| (one.ground, one.round, one.cause, one.effective_at, one.status))
                .collect();
            facts.sort_unstable();
            (facts, complaint.rounds.clone())
        };
        prop_assert_eq!(facts(&story), facts(&late));
    }

    /// The same events give the same complaint, however often they are applied, and events that
    /// are all there is give the state that deciding went on with.
    #[test]
    fn applying_events_again_gives_the_same_complaint(
        (problem, requested_fen) in beginnings(),
        steps in steps(),
    ) {
        let mut story = story_of(problem, requested_fen);
        story.log = Vec::new();
        story.state = None;
        story.file(h(0), problem, requested_fen);
        run(&mut story, &steps, |_, _| Ok(()))?;
        let again = story
            .log
            .iter()
            .fold(None, |state, (stamp, event)| evolve(state, stamp, event));
        prop_assert_eq!(&again, &story.state);
        prop_assert_eq!(again.unwrap().next_version, story.log.len() as u64);
    }

    /// Once nothing more follows of an instant, looking again changes nothing.
    #[test]
    fn observing_comes_to_rest(
        (problem, requested_fen) in beginnings(),
        steps in steps(),
    ) {
        let mut story = story_of(problem, requested_fen);
        run(&mut story, &steps, |story, at| {
            let mut quiet = story.clone();
            let mut looks = 0;
            while !quiet.observe(at, at).is_empty() {
                looks += 1;
                prop_assert!(looks < 100);
            }
            Ok(())
        })?;
    }

    /// Instants at the edge of what can be counted break nothing.
    #[test]
    fn extreme_instants_break_nothing(
        at_ms in prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()],
        act in acts_of_parties(),
        observed_ms in any::<i64>(),
    ) {
        let at = Instant::from_unix_ms(at_ms);
        let mut story = Story::new();
        let command = story.command(
            Role::Service,
            None,
            at,
            at,
            Act::File(filing(Problem::RefundRequest, None)),
        );
        let events = decide(&story.state, &command).unwrap();
        story.apply(&command, &events);
        let command = story.command(Role::Service, None, at, at, act);
        if let Ok(events) = decide(&story.state, &command) {
            story.apply(&command, &events);
        }
        let through = Instant::from_unix_ms(observed_ms);
        for _ in 0..20 {
            story.observe(through, through);
        }
        for clock in story.complaint().rounds.iter().flat_map(|round| &round.clocks) {
            prop_assert_eq!(clock.read(&[], through).met_at.is_some(), clock.met_at.is_some_and(|met| met <= through));
        }
    }
}
