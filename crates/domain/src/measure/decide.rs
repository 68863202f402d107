//! Decides on what people ask of measures (rulebook 4.2, 4.3, policy four-eyes, policy appeal).

use alloc::format;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::clock::{ClockKind, in_time};
use crate::instant::Instant;
use crate::merchant::{MeasureAct, Proposal};
use crate::refusal::{Code, Refusal};

use super::propose::by_hand;
use super::{
    AppealOutcome, Authority, Draft, Measure, MeasureEvent, MeasureId, MeasureStatus, Measures,
    Setting, same_person,
};

/// Decides on an act. Which role may do it is checked before; an unknown measure answers first,
/// then what stands in the way of the person or the measure, in the order of the contract.
///
/// # Errors
/// `measure_unknown`, `not_proposed`, `own_proposal`, `already_approved_by_you`, `stale_basis`,
/// `field_invalid` (a position that is not there yet),
/// `measure_not_in_force`, `appeal_window_over`, `own_decision`, `already_decided`, the code of
/// an absent text, and those of a proposal: `field_invalid`, `field_missing`,
/// `description_missing`, `grounds_missing`, `rationale_missing`.
pub fn decide(
    measures: &Measures,
    setting: Setting<'_>,
    act: &MeasureAct,
) -> Result<Vec<MeasureEvent>, Refusal> {
    let find = |measure_id: &MeasureId| {
        measures.get(*measure_id).ok_or_else(|| {
            Refusal::new(
                Code::MeasureUnknown,
                format!("there is no measure {measure_id}"),
            )
        })
    };
    match act {
        MeasureAct::Propose(proposal) => {
            let proposed = by_hand(measures, &setting, proposal)?;
            let mut draft = Draft::new(measures, setting);
            draft.propose(proposed);
            Ok(draft.events)
        }
        MeasureAct::Impose(proposal) => impose(measures, setting, proposal),
        MeasureAct::Approve {
            measure_id,
            seen_position,
        } => approve(measures, setting, find(measure_id)?, *seen_position),
        MeasureAct::Refuse {
            measure_id,
            rationale,
        } => {
            let measure = find(measure_id)?;
            required(rationale, Code::RationaleMissing, "why it is refused")?;
            proposed(measure)?;
            Ok(vec![MeasureEvent::Refused {
                measure_id: *measure_id,
                rationale: rationale.clone(),
            }])
        }
        MeasureAct::Lift {
            measure_id,
            rationale,
        } => lift(setting, find(measure_id)?, rationale),
        MeasureAct::RecordNotice {
            measure_id,
            channel,
            delivery_ref,
        } => {
            let measure = find(measure_id)?;
            // rulebook 4.2: what was never imposed was never told; what has ended since, was.
            if measure.imposed_at.is_none() {
                return Err(not_in_force(measure));
            }
            Ok(vec![MeasureEvent::NoticeDelivered {
                measure_id: *measure_id,
                channel: *channel,
                delivery_ref: delivery_ref.clone(),
            }])
        }
        MeasureAct::SubmitRectification {
            measure_id,
            summary,
        } => {
            let measure = find(measure_id)?;
            required(summary, Code::SummaryMissing, "what was done")?;
            rectification_in_force(measure)?;
            Ok(vec![MeasureEvent::RectificationSubmitted {
                measure_id: *measure_id,
                summary: summary.clone(),
            }])
        }
        MeasureAct::AcceptRectification {
            measure_id,
            rationale,
        } => {
            submission_to_decide(find(measure_id)?, rationale)?;
            Ok(vec![
                MeasureEvent::RectificationAccepted {
                    measure_id: *measure_id,
                    rationale: rationale.clone(),
                },
                // rulebook 4.2(1): accepting it is the cure.
                MeasureEvent::Lapsed {
                    measure_id: *measure_id,
                    because: Arc::from("the rectification was accepted"),
                },
            ])
        }
        MeasureAct::RefuseRectification {
            measure_id,
            rationale,
        } => {
            submission_to_decide(find(measure_id)?, rationale)?;
            Ok(vec![MeasureEvent::RectificationRefused {
                measure_id: *measure_id,
                rationale: rationale.clone(),
            }])
        }
        MeasureAct::Appeal {
            measure_id,
            statement,
        } => appeal(setting, find(measure_id)?, statement),
        MeasureAct::DecideAppeal {
            measure_id,
            outcome,
            rationale,
            until,
        } => decide_appeal(setting, find(measure_id)?, *outcome, rationale, *until),
    }
}

/// Proposes and approves in one, which only a measure that one person may impose allows: where it
/// takes two, the proposer cannot be one of them (policy four-eyes).
fn impose(
    measures: &Measures,
    setting: Setting<'_>,
    proposal: &Proposal,
) -> Result<Vec<MeasureEvent>, Refusal> {
    let proposed = by_hand(measures, &setting, proposal)?;
    if proposed.authority == Authority::Two {
        return Err(Refusal::new(
            Code::OwnProposal,
            "this measure takes two other people: propose it",
        ));
    }
    let mut draft = Draft::new(measures, setting);
    let measure_id = draft.propose(proposed);
    draft.push(MeasureEvent::Approved {
        measure_id,
        seen_position: None,
    });
    draft.impose(measure_id, setting.facts.outstanding_fen);
    Ok(draft.events)
}

fn approve(
    measures: &Measures,
    setting: Setting<'_>,
    measure: &Measure,
    seen_position: Option<u64>,
) -> Result<Vec<MeasureEvent>, Refusal> {
    proposed(measure)?;
    let person = &setting.circumstances.by;
    // policy four-eyes: proposing leaves the word to somebody else; who needs nobody else
    // imposes.
    if same_person(&measure.proposed_by, person) {
        return Err(Refusal::new(
            Code::OwnProposal,
            "the proposer does not approve",
        ));
    }
    if measure.was_approved_by(person) {
        return Err(Refusal::new(
            Code::AlreadyApprovedByYou,
            "this person approved it before",
        ));
    }
    // policy four-eyes: who names a position that is not there yet has not read what is.
    if seen_position > setting.facts.last_position && setting.facts.last_position.is_some() {
        return Err(Refusal::new(
            Code::FieldInvalid,
            "seen_position: nothing is recorded at that position yet",
        ));
    }
    if seen_position.is_some_and(|seen| seen < setting.facts.basis_position) {
        return Err(Refusal::new(
            Code::StaleBasis,
            format!(
                "findings, determinations, standing or measures changed up to position {}: read them again",
                setting.facts.basis_position
            ),
        ));
    }
    let mut draft = Draft::new(measures, setting);
    draft.push(MeasureEvent::Approved {
        measure_id: measure.measure_id,
        seen_position,
    });
    if measure.approvals.len() + 1 >= measure.people_to_impose() {
        draft.impose(measure.measure_id, setting.facts.outstanding_fen);
    }
    Ok(draft.events)
}

/// Lifting takes as many different people as imposing did (policy four-eyes).
fn lift(
    setting: Setting<'_>,
    measure: &Measure,
    rationale: &Arc<str>,
) -> Result<Vec<MeasureEvent>, Refusal> {
    required(rationale, Code::RationaleMissing, "why it is lifted")?;
    in_force(measure)?;
    let person = &setting.circumstances.by;
    if measure
        .lift_approvals
        .iter()
        .any(|approval| same_person(&approval.by, person))
    {
        return Err(Refusal::new(
            Code::AlreadyApprovedByYou,
            "this person wanted it lifted before",
        ));
    }
    let measure_id = measure.measure_id;
    let rationale = rationale.clone();
    Ok(vec![
        if measure.lift_approvals.len() + 1 >= measure.people_to_lift() {
            MeasureEvent::Lifted {
                measure_id,
                rationale,
            }
        } else {
            MeasureEvent::LiftApproved {
                measure_id,
                rationale,
            }
        },
    ])
}

/// policy appeal
fn appeal(
    setting: Setting<'_>,
    measure: &Measure,
    statement: &Arc<str>,
) -> Result<Vec<MeasureEvent>, Refusal> {
    required(statement, Code::StatementMissing, "what is wrong with it")?;
    let appeal = match &measure.appeal {
        Some(appeal) if measure.is_in_force() => appeal,
        Some(_) | None => return Err(not_in_force(measure)),
    };
    if !in_time(setting.at(), appeal.window_until) {
        return Err(Refusal::new(
            Code::AppealWindowOver,
            "the time to appeal against this measure is over",
        ));
    }
    if appeal.filed_at.is_some() {
        return Err(Refusal::new(
            Code::AlreadyDecided,
            "an appeal against this measure was filed before",
        ));
    }
    Ok(vec![MeasureEvent::AppealFiled {
        measure_id: measure.measure_id,
        statement: statement.clone(),
        decision_due_at: setting.due_at(ClockKind::AppealDecision),
    }])
}

/// policy appeal: whoever proposed or approved the measure does not decide.
fn decide_appeal(
    setting: Setting<'_>,
    measure: &Measure,
    outcome: AppealOutcome,
    rationale: &Arc<str>,
    until: Option<Instant>,
) -> Result<Vec<MeasureEvent>, Refusal> {
    in_force(measure)?;
    if measure.was_brought_by(&setting.circumstances.by) {
        return Err(Refusal::new(
            Code::OwnDecision,
            "whoever proposed or approved the measure does not decide the appeal",
        ));
    }
    required(rationale, Code::RationaleMissing, "why it is so decided")?;
    if !measure
        .appeal
        .as_ref()
        .is_some_and(super::Appeal::is_pending)
    {
        return Err(Refusal::new(
            Code::AlreadyDecided,
            "no appeal against this measure waits for a decision",
        ));
    }
    let until = match (outcome, until) {
        (AppealOutcome::Vary, None) => {
            return Err(Refusal::new(
                Code::FieldMissing,
                "until is missing: varying a measure gives it another end",
            ));
        }
        (AppealOutcome::Vary, Some(until)) if until <= setting.at() => {
            return Err(Refusal::new(
                Code::FieldInvalid,
                "until: the new end lies in the past; revoke the measure instead",
            ));
        }
        (AppealOutcome::Vary, Some(until)) => Some(until),
        (AppealOutcome::Uphold | AppealOutcome::Revoke, Some(_)) => {
            return Err(Refusal::new(
                Code::FieldInvalid,
                "until: only a measure that is varied gets another end",
            ));
        }
        (AppealOutcome::Uphold | AppealOutcome::Revoke, None) => None,
    };
    Ok(vec![MeasureEvent::AppealDecided {
        measure_id: measure.measure_id,
        outcome,
        rationale: rationale.clone(),
        until,
    }])
}

fn submission_to_decide(measure: &Measure, rationale: &str) -> Result<(), Refusal> {
    required(rationale, Code::RationaleMissing, "why it is so decided")?;
    rectification_in_force(measure)?;
    let waits = measure
        .rectification
        .as_ref()
        .is_some_and(super::Rectification::has_waiting_submission);
    if waits {
        Ok(())
    } else {
        Err(
            Refusal::new(Code::AlreadyDecided, "no submission waits for a decision")
                .citing(measure.clause),
        )
    }
}

fn rectification_in_force(measure: &Measure) -> Result<(), Refusal> {
    in_force(measure)?;
    if measure.rectification.is_some() {
        Ok(())
    } else {
        Err(Refusal::new(
            Code::FieldInvalid,
            format!("measure_id: {} is no rectification", measure.measure_id),
        ))
    }
}

fn proposed(measure: &Measure) -> Result<(), Refusal> {
    if measure.status == MeasureStatus::Proposed {
        Ok(())
    } else {
        Err(Refusal::new(
            Code::NotProposed,
            format!("the measure is {}", measure.status.as_str()),
        ))
    }
}

fn in_force(measure: &Measure) -> Result<(), Refusal> {
    if measure.is_in_force() {
        Ok(())
    } else {
        Err(not_in_force(measure))
    }
}

fn not_in_force(measure: &Measure) -> Refusal {
    Refusal::new(
        Code::MeasureNotInForce,
        format!("the measure is {}", measure.status.as_str()),
    )
}

fn required(text: &str, code: Code, says: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        Err(Refusal::new(code, format!("a text says {says}")))
    } else {
        Ok(())
    }
}
