//! What holds for any sequence of acts.

use proptest::prelude::*;

use super::*;
use crate::measure::{AppealOutcome, Authority, same_person};
use crate::rulebook::Channel;
use crate::standing::Tier;

/// One thing that happens: who, what, on which measure, and how long after the one before.
type Step = (u8, u8, u32, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0_u8..5, 0_u8..15, 1_u32..6, 0_i64..100);
    proptest::collection::vec(step, 0..80)
}

fn kind(number: u32) -> MeasureKind {
    let all = MeasureKind::ALL;
    all[number as usize * 7 % all.len()]
}

/// What a step asks of the measures; `None` where the engine looks.
fn act(what: u8, number: u32, now: Instant) -> Option<MeasureAct> {
    let measure_id = MeasureId(number);
    let until = now.plus(Span::from_days(i64::from(number)));
    let decide = |outcome, until| MeasureAct::DecideAppeal {
        measure_id,
        outcome,
        rationale: text("read again"),
        until,
    };
    Some(match what {
        0 => MeasureAct::Propose(proposal(kind(number))),
        1 => MeasureAct::Impose(Proposal {
            ending: Ending::At(until),
            ..proposal(kind(number))
        }),
        2 | 3 => approve(measure_id),
        4 => refuse(measure_id, "no"),
        5 => lift(measure_id, "cured"),
        6 => MeasureAct::RecordNotice {
            measure_id,
            channel: Channel::Email,
            delivery_ref: crate::identity::Reference::new("d").expect("a reference"),
        },
        7 => MeasureAct::SubmitRectification {
            measure_id,
            summary: text("done"),
        },
        8 => MeasureAct::AcceptRectification {
            measure_id,
            rationale: text("seen"),
        },
        9 => MeasureAct::RefuseRectification {
            measure_id,
            rationale: text("not seen"),
        },
        10 => MeasureAct::Appeal {
            measure_id,
            statement: text("not ours"),
        },
        11 => decide(AppealOutcome::Uphold, None),
        12 => decide(AppealOutcome::Vary, Some(until)),
        13 => decide(AppealOutcome::Revoke, None),
        _ => return None,
    })
}

/// Nobody approves twice or approves a proposal of their own, and what binds has been approved by
/// as many as it takes.
fn check_approvals(measure: &Measure) {
    let people = measure.approvals.iter();
    for (place, approval) in people.enumerate() {
        let earlier = measure.approvals.iter().take(place);
        assert!(
            earlier
                .clone()
                .all(|other| !same_person(&other.by, &approval.by))
        );
        let own = same_person(&approval.by, &measure.proposed_by);
        assert!(!own || measure.authority != Authority::Two);
    }
    if measure.imposed_at.is_some() {
        assert_eq!(measure.approvals.len(), measure.people_to_impose());
    }
    assert_eq!(measure.imposed_at.is_some(), measure.appeal.is_some());
    assert_eq!(measure.ended_at.is_none(), measure.is_open());
}

proptest! {
    /// Any sequence is answered; what has ended never comes back; a refusal changes nothing.
    #[test]
    fn any_sequence_is_answered(steps in steps()) {
        let mut story = Story::new();
        for (who, what, number, hours) in steps {
            story.wait(Span::from_hours(hours));
            let before = story.measures.clone();
            match act(what, number, story.now) {
                Some(act) => {
                    let by = ["K1", "K2", "K3", "K4", "M1"][usize::from(who)];
                    if story.act(by, &act).is_err() {
                        prop_assert_eq!(&story.measures, &before);
                    }
                }
                None => {
                    let now = story.now;
                    let look = |draft: &mut Draft<'_>| {
                        draft.let_time_pass(now);
                        draft.let_fall(&[text("C1/d1")]);
                        draft.let_standing_fall(Tier::Watch);
                        draft.issue_notices();
                    };
                    story.observe(look);
                    prop_assert_eq!(story.observe(look), vec![]);
                }
            }
            for known in before.iter().filter(|known| !known.is_open()) {
                prop_assert_eq!(story.status(known.measure_id), known.status);
            }
            story.measures.iter().for_each(check_approvals);
            let open = story.measures.iter().filter(|measure| measure.is_open());
            prop_assert!(open.eq(story.measures.open()));
            let deadline = story.measures.next_deadline(story.now);
            prop_assert!(deadline.is_none_or(|deadline| deadline > story.now));
        }
    }
}
