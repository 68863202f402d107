//! Evidence as it is submitted and assessed (rulebook 3(1).1.2).

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::identity::Reference;
use crate::instant::Instant;

use super::{Complaint, Evidence, EvidenceId, EvidenceItem, EvidenceStatus, Media};

/// Files along with an answer count as evidence in an open repeat round (rulebook 3(1).1.2).
pub(super) fn evidence_of_response(complaint: &Complaint, media: &[Media]) -> Vec<EvidenceItem> {
    let counts = complaint
        .current_round()
        .is_some_and(|round| round.repeat && round.closed.is_none());
    let Ok(kind) = Reference::new("media") else {
        return Vec::new();
    };
    if !counts {
        return Vec::new();
    }
    media
        .iter()
        .map(|file| EvidenceItem {
            kind: kind.clone(),
            media_id: file.media_id.clone(),
            sha256: file.sha256.as_ref().map(Arc::clone),
        })
        .collect()
}

pub(super) fn add_evidence(
    complaint: &mut Complaint,
    items: &[EvidenceItem],
    at: Instant,
    of_rejection: bool,
) {
    let round = complaint.round_number();
    for item in items {
        let number = u32::try_from(complaint.evidence.len()).unwrap_or(u32::MAX);
        complaint.evidence.push(Evidence {
            evidence_id: EvidenceId(number.saturating_add(1)),
            round,
            kind: item.kind.clone(),
            media_id: item.media_id.clone(),
            status: EvidenceStatus::Submitted,
            submitted_at: at,
            assessed_at: None,
            of_rejection,
            version: complaint.next_version,
        });
    }
}

pub(super) fn assess(
    complaint: &mut Complaint,
    id: EvidenceId,
    status: EvidenceStatus,
    at: Instant,
) {
    let version = complaint.next_version;
    for piece in &mut complaint.evidence {
        if piece.evidence_id == id {
            piece.status = status;
            piece.assessed_at = Some(at);
            piece.version = version;
        }
    }
}
