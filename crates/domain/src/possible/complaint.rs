//! What could be asked of a complaint.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::{PARTS_MAX, Possible, parts, reference, words};
use crate::command::Request;
use crate::complaint::{
    Act, Complaint, DeterminationId, EvidenceId, EvidenceItem, FactId, FindingId, Ground, LinkKind,
    UsageKind,
};
use crate::identity::ComplaintId;
use crate::rulebook::PauseReason;

/// What could be asked of a complaint. `other` is a complaint that it could be linked to.
#[must_use]
pub fn of_complaint(complaint: &Complaint, other: Option<&ComplaintId>) -> Vec<Possible> {
    let mut acts = of_the_case(complaint);
    acts.extend(on_parts(complaint));
    acts.extend(on_links(complaint, other));
    acts.into_iter()
        .map(|(part, act)| Possible {
            part,
            request: Request::Complaint(complaint.complaint_id.clone(), act),
        })
        .collect()
}

type Acts = Vec<(Option<String>, Act)>;

fn of_the_case(complaint: &Complaint) -> Acts {
    let paid_fen = complaint.paid_fen();
    let evidence = || -> Vec<EvidenceItem> {
        let item = reference().map(|reference| EvidenceItem {
            kind: reference.clone(),
            media_id: reference,
            sha256: None,
        });
        item.into_iter().collect()
    };
    let mut acts = vec![
        Act::RequestRefund {
            amount_fen: paid_fen,
        },
        Act::Respond {
            text: words(),
            media: Vec::new(),
        },
        Act::Message { text: words() },
        Act::SubmitEvidence {
            evidence: evidence(),
            note: None,
        },
        Act::ExplainBilling { text: words() },
        Act::ReconfirmPlan {
            user_confirms: None,
        },
        Act::RecordUsage {
            kind: UsageKind::Unused,
            consumed_fen: 0,
            proof: None,
        },
        Act::RecordBillingError {
            error_fen: 0,
            proof: None,
        },
        Act::RecordSettlement {
            amount_fen: paid_fen,
            user_agreed: true,
        },
        Act::ApproveRefund {
            amount_fen: paid_fen,
            launch_days: 0,
        },
        Act::RejectRefund {
            reason: words(),
            evidence: evidence(),
            remark: None,
        },
        Act::RecordDefectiveRejection {
            reason: Some(words()),
        },
        Act::Complete {
            resolution: words(),
        },
        Act::Confirm,
        Act::Continue {
            text: Some(words()),
        },
        Act::Withdraw,
        Act::FindGround {
            ground: Ground::RuleBreached.as_str().into(),
            clauses: Vec::new(),
            rationale: words(),
        },
    ];
    if let Some(refund_id) = reference() {
        acts.push(Act::RecordRefund {
            refund_id: refund_id.clone(),
            amount_fen: 1,
            by_platform: false,
        });
        acts.push(Act::KeepNote {
            raw_type: refund_id.clone(),
            because: refund_id,
            text: None,
        });
    }
    acts.into_iter().map(|act| (None, act)).collect()
}

fn on_parts(complaint: &Complaint) -> Acts {
    let mut acts = Vec::new();
    let known = complaint.evidence.iter().map(|one| one.evidence_id);
    for (part, evidence_id) in parts(known, EvidenceId(1)) {
        let act = Act::AssessEvidence {
            evidence_id,
            accepted: true,
            reason: words(),
        };
        acts.push((part, act));
    }
    let known = complaint.late_facts.iter().map(|one| one.fact_id);
    for (part, fact_id) in parts(known, FactId(1)) {
        let accept = Act::AcceptLateFact {
            fact_id,
            rationale: words(),
        };
        let refuse = Act::RefuseLateFact {
            fact_id,
            rationale: words(),
        };
        acts.push((part.clone(), accept));
        acts.push((part, refuse));
    }
    let known = complaint.findings.iter().map(|one| one.finding_id);
    for (part, finding_id) in parts(known, FindingId(1)) {
        let determine = Act::Determine {
            finding_ids: vec![finding_id],
            rationale: words(),
        };
        let dismiss = Act::Dismiss {
            finding_ids: vec![finding_id],
            rationale: words(),
        };
        acts.push((part.clone(), determine));
        acts.push((part, dismiss));
    }
    let known = complaint.determinations.iter();
    for (part, determination_id) in parts(known.map(|one| one.determination_id), DeterminationId(1))
    {
        let act = Act::Overturn {
            determination_id,
            rationale: words(),
        };
        acts.push((part, act));
    }
    for reason in PauseReason::ALL {
        let part = Some(reason.as_str().to_string());
        let reason = Some(reason);
        acts.push((part.clone(), Act::Pause { reason }));
        acts.push((part, Act::Resume { reason }));
    }
    acts
}

fn on_links(complaint: &Complaint, other: Option<&ComplaintId>) -> Acts {
    // Nothing can be linked to itself: where there is no other complaint, the decision says so.
    let other = other.unwrap_or(&complaint.complaint_id).clone();
    let unlinked = Act::Unlink {
        other: other.clone(),
        kind: LinkKind::Related,
    };
    let mut acts = vec![(
        None,
        Act::Link {
            other,
            kind: LinkKind::Related,
        },
    )];
    let links = complaint.links.iter().rev().take(PARTS_MAX);
    acts.extend(links.map(|link| {
        let act = Act::Unlink {
            other: link.to.clone(),
            kind: link.kind,
        };
        (Some(link.to.to_string()), act)
    }));
    if complaint.links.is_empty() {
        acts.push((None, unlinked));
    }
    acts
}
