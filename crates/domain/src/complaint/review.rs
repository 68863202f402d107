//! What reviewers decide: evidence, late facts, links, pauses, findings and determinations
//! (rulebook 4.1).

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::identity::ActorId;
use crate::refusal::{Code, Refusal};
use crate::rulebook::PauseReason;
use crate::text::PersonalText;

use super::{
    Act, Cause, Command, Complaint, DeterminationId, DeterminationStatus, Determiner, Event,
    EvidenceStatus, FactId, FindingId, FindingStatus, Ground, LateFactStatus,
};

/// Decides on a reviewer's command; anything else yields nothing here.
pub(super) fn decide(complaint: &Complaint, command: &Command) -> Result<Vec<Event>, Refusal> {
    match &command.act {
        Act::AssessEvidence {
            evidence_id,
            accepted,
            reason,
        } => {
            let Some(piece) = complaint.evidence(*evidence_id) else {
                return Err(Refusal::new(
                    Code::EvidenceUnknown,
                    "this complaint has no such evidence",
                ));
            };
            if piece.status != EvidenceStatus::Submitted {
                return Err(Refusal::new(
                    Code::AlreadyAssessed,
                    format!("evidence {evidence_id} has been assessed"),
                ));
            }
            if reason.is_blank() {
                return Err(Refusal::new(
                    Code::ReasonMissing,
                    "an assessment gives its reason",
                ));
            }
            Ok(vec![if *accepted {
                Event::EvidenceAccepted {
                    evidence_id: *evidence_id,
                    reason: reason.clone(),
                }
            } else {
                Event::EvidenceRefused {
                    evidence_id: *evidence_id,
                    reason: reason.clone(),
                }
            }])
        }
        // policy partner-grace
        Act::AcceptLateFact { fact_id, rationale } => {
            check_fact(complaint, *fact_id, rationale)?;
            Ok(vec![Event::LateFactAccepted {
                fact_id: *fact_id,
                rationale: rationale.clone(),
            }])
        }
        Act::RefuseLateFact { fact_id, rationale } => {
            check_fact(complaint, *fact_id, rationale)?;
            Ok(vec![Event::LateFactRefused {
                fact_id: *fact_id,
                rationale: rationale.clone(),
            }])
        }
        // policy related-window
        Act::Link { other, kind } => {
            if !command.other_known || other == &complaint.complaint_id {
                return Err(Refusal::new(
                    Code::ComplaintUnknown,
                    format!("there is no other complaint {other}"),
                ));
            }
            let exists = complaint
                .links
                .iter()
                .any(|link| &link.to == other && link.kind == *kind);
            if exists {
                return Err(Refusal::new(
                    Code::LinkExists,
                    format!("this complaint is linked to {other} already"),
                ));
            }
            Ok(vec![Event::ComplaintLinked {
                other: other.clone(),
                kind: *kind,
            }])
        }
        Act::Unlink { other, kind } => {
            let exists = complaint
                .links
                .iter()
                .any(|link| &link.to == other && link.kind == *kind);
            if !exists {
                return Err(Refusal::new(
                    Code::ComplaintUnknown,
                    format!("this complaint has no such link to {other}"),
                ));
            }
            Ok(vec![Event::ComplaintUnlinked {
                other: other.clone(),
                kind: *kind,
            }])
        }
        Act::Pause { reason } => {
            let reason = pause_reason(complaint, command, *reason)?;
            Ok(vec![Event::ClocksPaused { reason }])
        }
        Act::Resume { reason } => {
            let reason = pause_reason(complaint, command, *reason)?;
            Ok(vec![Event::ClocksResumed { reason }])
        }
        Act::FindGround {
            ground,
            clauses,
            rationale,
        } => {
            let Some(ground) = Ground::parse(ground) else {
                return Err(Refusal::new(
                    Code::GroundUnknown,
                    "rulebook 4.1 has six grounds, 4.1(1) to 4.1(6)",
                )
                .citing("4.1"));
            };
            check_rationale(rationale)?;
            let earlier = complaint
                .findings
                .iter()
                .filter(|finding| matches!(finding.cause, Cause::Reviewer(_)))
                .count();
            let round = complaint.round_number();
            let mut rules = vec![ground.as_str().into()];
            rules.extend(clauses.iter().cloned());
            Ok(vec![Event::GroundFound {
                finding_id: next_finding_id(complaint),
                ground,
                round,
                cause: Cause::Reviewer(u32::try_from(earlier).unwrap_or(u32::MAX)),
                effective_at: command.circumstances.counted_at(),
                clauses: rules,
                rests_on: complaint
                    .round(round)
                    .map(|one| one.opened_version)
                    .into_iter()
                    .collect(),
                rationale: Some(rationale.clone()),
            }])
        }
        Act::Determine {
            finding_ids,
            rationale,
        } => {
            check_findings(complaint, finding_ids, rationale)?;
            Ok(vec![Event::LiabilityDetermined {
                determination_id: next_determination_id(complaint),
                finding_ids: each_once(finding_ids),
                grounds: grounds_of(complaint, finding_ids),
                determined_by: Determiner::Person(reviewer(command)),
                rationale: Some(rationale.clone()),
            }])
        }
        Act::Dismiss {
            finding_ids,
            rationale,
        } => {
            check_findings(complaint, finding_ids, rationale)?;
            Ok(vec![Event::FindingDismissed {
                finding_ids: each_once(finding_ids),
                rationale: rationale.clone(),
            }])
        }
        Act::Overturn {
            determination_id,
            rationale,
        } => overturn(complaint, command, *determination_id, rationale),
        Act::File(_)
        | Act::RequestRefund { .. }
        | Act::Respond { .. }
        | Act::Message { .. }
        | Act::SubmitEvidence { .. }
        | Act::ExplainBilling { .. }
        | Act::ReconfirmPlan { .. }
        | Act::RecordUsage { .. }
        | Act::RecordBillingError { .. }
        | Act::RecordSettlement { .. }
        | Act::ApproveRefund { .. }
        | Act::RejectRefund { .. }
        | Act::RecordDefectiveRejection { .. }
        | Act::RecordRefund { .. }
        | Act::Complete { .. }
        | Act::Confirm
        | Act::Continue { .. }
        | Act::Withdraw
        | Act::Observe { .. }
        | Act::KeepNote { .. } => Ok(Vec::new()),
    }
}

fn reviewer(command: &Command) -> ActorId {
    command.circumstances.by.id.clone()
}

fn check_rationale(rationale: &PersonalText) -> Result<(), Refusal> {
    if rationale.is_blank() {
        return Err(Refusal::new(
            Code::RationaleMissing,
            "a decision gives its rationale",
        ));
    }
    Ok(())
}

fn check_fact(complaint: &Complaint, id: FactId, rationale: &PersonalText) -> Result<(), Refusal> {
    let Some(fact) = complaint.late_facts.iter().find(|fact| fact.fact_id == id) else {
        return Err(Refusal::new(
            Code::FactUnknown,
            "this complaint has no such late fact",
        ));
    };
    if fact.status != LateFactStatus::AwaitsReview {
        return Err(Refusal::new(
            Code::AlreadyDecided,
            format!("late fact {id} does not wait for a decision"),
        ));
    }
    check_rationale(rationale)
}

/// policy pause: the edition of the current round names the reasons.
fn pause_reason(
    complaint: &Complaint,
    command: &Command,
    reason: Option<PauseReason>,
) -> Result<PauseReason, Refusal> {
    let edition = complaint
        .current_round()
        .and_then(|round| {
            command
                .circumstances
                .rulebook
                .edition(round.edition.as_str())
        })
        .unwrap_or_else(|| {
            command
                .circumstances
                .rulebook
                .in_force(command.circumstances.counted_at())
        });
    reason
        .filter(|one| edition.clocks.pause_reasons.contains(one))
        .ok_or_else(|| {
            let known = edition.pause_reason_names();
            Refusal::new(
                Code::PauseReasonNotInEdition,
                if known.is_empty() {
                    format!("edition {} names no reason for a pause", edition.name)
                } else {
                    format!("edition {} names these reasons: {known}", edition.name)
                },
            )
        })
}

/// policy four-eyes: whoever determined does not overturn.
fn overturn(
    complaint: &Complaint,
    command: &Command,
    id: DeterminationId,
    rationale: &PersonalText,
) -> Result<Vec<Event>, Refusal> {
    let Some(determination) = complaint
        .determinations
        .iter()
        .find(|one| one.determination_id == id)
    else {
        return Err(Refusal::new(
            Code::DeterminationUnknown,
            "this complaint has no such determination",
        ));
    };
    if matches!(&determination.determined_by, Determiner::Person(id) if *id == reviewer(command)) {
        return Err(
            Refusal::new(Code::SameReviewer, "whoever determined does not overturn").citing("4.1"),
        );
    }
    check_rationale(rationale)?;
    if determination.status == DeterminationStatus::Overturned {
        return Err(Refusal::new(
            Code::AlreadyDecided,
            format!("determination {id} was overturned before"),
        ));
    }
    Ok(vec![Event::DeterminationOverturned {
        determination_id: id,
        rationale: Some(rationale.clone()),
    }])
}

fn check_findings(
    complaint: &Complaint,
    ids: &[FindingId],
    rationale: &PersonalText,
) -> Result<(), Refusal> {
    let known = |id: &FindingId| {
        complaint
            .findings
            .iter()
            .find(|finding| finding.finding_id == *id)
    };
    if ids.is_empty() || ids.iter().any(|id| known(id).is_none()) {
        return Err(Refusal::new(
            Code::FindingUnknown,
            "this complaint has no such finding",
        ));
    }
    check_rationale(rationale)?;
    let decided = ids
        .iter()
        .filter_map(known)
        .find(|finding| finding.status != FindingStatus::Open);
    if let Some(finding) = decided {
        return Err(Refusal::new(
            Code::AlreadyDecided,
            format!(
                "finding {} is {}",
                finding.finding_id,
                finding.status.as_str()
            ),
        ));
    }
    Ok(())
}

fn each_once(ids: &[FindingId]) -> Vec<FindingId> {
    let mut once = Vec::new();
    for id in ids {
        if !once.contains(id) {
            once.push(*id);
        }
    }
    once
}

/// The grounds of findings, each once, in order of appearance.
pub(super) fn grounds_of(complaint: &Complaint, ids: &[FindingId]) -> Vec<Ground> {
    let mut grounds = Vec::new();
    for finding in &complaint.findings {
        if ids.contains(&finding.finding_id) && !grounds.contains(&finding.ground) {
            grounds.push(finding.ground);
        }
    }
    grounds
}

/// The id of the next finding.
pub(super) fn next_finding_id(complaint: &Complaint) -> FindingId {
    let number = u32::try_from(complaint.findings.len()).unwrap_or(u32::MAX);
    FindingId(number.saturating_add(1))
}

/// The id of the next determination.
pub(super) fn next_determination_id(complaint: &Complaint) -> DeterminationId {
    let number = u32::try_from(complaint.determinations.len()).unwrap_or(u32::MAX);
    DeterminationId(number.saturating_add(1))
}
