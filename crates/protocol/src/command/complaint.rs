//! `complaint.*`

use redress_domain::command::Request;
use redress_domain::complaint::{
    Act, ComplaintChannel, DeterminationId, EvidenceId, EvidenceItem, FactId, Filing, FindingId,
    LinkKind, Media, Order, Problem, UsageKind,
};
use redress_domain::identity::{AgreementId, ComplaintId, MerchantId, OrderId, Reference, UserRef};
use redress_domain::instant::Instant;
use redress_domain::rulebook::PauseReason;

use super::{
    amount, optional_personal_text, optional_plain_text, personal_text, plain_text, plain_texts,
    positive_amount,
};
use crate::field::{Field, FieldError, Fields};

/// The greatest number of working days that a promise may name; the edition's own maximum, which
/// is far below, is the rules' matter.
const LAUNCH_DAYS_MOST: u32 = 366;

/// Reads the data of a command to a complaint; `None` when there is no such command.
pub(super) fn request(act: &str, data: &Field<'_, '_>) -> Result<Option<Request>, FieldError> {
    let Some(keys) = keys(act) else {
        return Ok(None);
    };
    let fields = data.object(keys)?;
    let complaint_id = fields
        .required("complaint_id")?
        .identifier(ComplaintId::new)?;
    let act = match about_the_case(act, &complaint_id, &fields)? {
        Some(act) => Some(act),
        None => about_judgement(act, &fields)?,
    };
    Ok(act.map(|act| Request::Complaint(complaint_id, act)))
}

fn keys(act: &str) -> Option<&'static [&'static str]> {
    Some(match act {
        "file" => &[
            "complaint_id",
            "merchant_id",
            "user_ref",
            "problem",
            "channel",
            "orders",
            "agreement_id",
            "requested_refund_fen",
            "description",
            "contact",
            "enquiry",
        ],
        "request_refund" => &["complaint_id", "amount_fen"],
        "respond" => &["complaint_id", "text", "media"],
        "message" | "explain_billing" | "continue" => &["complaint_id", "text"],
        "submit_evidence" => &["complaint_id", "evidence", "note"],
        "assess_evidence" => &["complaint_id", "evidence_id", "accepted", "reason"],
        "reconfirm_plan" => &["complaint_id", "user_confirms"],
        "record_usage" => &["complaint_id", "kind", "consumed_fen", "proof"],
        "record_billing_error" => &["complaint_id", "error_fen", "proof"],
        "record_settlement" => &["complaint_id", "amount_fen", "user_agreed"],
        "approve_refund" => &["complaint_id", "amount_fen", "launch_days"],
        "reject_refund" => &["complaint_id", "reason", "evidence", "remark"],
        "record_defective_rejection" | "pause" | "resume" => &["complaint_id", "reason"],
        "record_refund" => &["complaint_id", "refund_id", "amount_fen", "by_platform"],
        "complete" => &["complaint_id", "resolution"],
        "confirm" | "withdraw" | "observe" => &["complaint_id"],
        "accept_late_fact" | "refuse_late_fact" => &["complaint_id", "fact_id", "rationale"],
        "link" | "unlink" => &["complaint_id", "other", "kind"],
        "find_ground" => &["complaint_id", "ground", "clauses", "rationale"],
        "determine" | "dismiss" => &["complaint_id", "finding_ids", "rationale"],
        "overturn" => &["complaint_id", "determination_id", "rationale"],
        "keep_note" => &["complaint_id", "raw_type", "because", "text"],
        _ => return None,
    })
}

fn about_the_case(
    act: &str,
    complaint_id: &ComplaintId,
    fields: &Fields<'_, '_>,
) -> Result<Option<Act>, FieldError> {
    Ok(Some(match act {
        "file" => Act::File(filing(complaint_id, fields)?),
        "request_refund" => Act::RequestRefund {
            amount_fen: positive_amount(&fields.required("amount_fen")?)?,
        },
        "respond" => Act::Respond {
            text: personal_text(fields, "text")?,
            media: media(fields)?,
        },
        "message" => Act::Message {
            text: personal_text(fields, "text")?,
        },
        "submit_evidence" => Act::SubmitEvidence {
            evidence: evidence(fields)?,
            note: optional_personal_text(fields, "note")?,
        },
        "explain_billing" => Act::ExplainBilling {
            text: personal_text(fields, "text")?,
        },
        "reconfirm_plan" => Act::ReconfirmPlan {
            user_confirms: optional_boolean(fields, "user_confirms")?,
        },
        "record_usage" => Act::RecordUsage {
            kind: fields
                .required("kind")?
                .name(UsageKind::ALL, UsageKind::as_str)?,
            consumed_fen: amount(&fields.required("consumed_fen")?)?,
            proof: proof(fields)?,
        },
        "record_billing_error" => Act::RecordBillingError {
            error_fen: amount(&fields.required("error_fen")?)?,
            proof: proof(fields)?,
        },
        "record_settlement" => Act::RecordSettlement {
            amount_fen: amount(&fields.required("amount_fen")?)?,
            user_agreed: flag(fields, "user_agreed")?,
        },
        "approve_refund" => Act::ApproveRefund {
            amount_fen: positive_amount(&fields.required("amount_fen")?)?,
            launch_days: fields
                .required("launch_days")?
                .small_number(0, LAUNCH_DAYS_MOST)?,
        },
        "reject_refund" => Act::RejectRefund {
            reason: personal_text(fields, "reason")?,
            evidence: evidence(fields)?,
            remark: optional_personal_text(fields, "remark")?,
        },
        "record_defective_rejection" => Act::RecordDefectiveRejection {
            reason: optional_personal_text(fields, "reason")?,
        },
        "record_refund" => Act::RecordRefund {
            refund_id: fields.required("refund_id")?.identifier(Reference::new)?,
            amount_fen: amount(&fields.required("amount_fen")?)?,
            by_platform: flag(fields, "by_platform")?,
        },
        "complete" => Act::Complete {
            resolution: personal_text(fields, "resolution")?,
        },
        "confirm" => Act::Confirm,
        "continue" => Act::Continue {
            text: optional_personal_text(fields, "text")?,
        },
        "withdraw" => Act::Withdraw,
        "keep_note" => Act::KeepNote {
            raw_type: fields.required("raw_type")?.identifier(Reference::new)?,
            because: fields.required("because")?.identifier(Reference::new)?,
            text: optional_personal_text(fields, "text")?,
        },
        _ => return Ok(None),
    }))
}

fn about_judgement(act: &str, fields: &Fields<'_, '_>) -> Result<Option<Act>, FieldError> {
    Ok(Some(match act {
        "assess_evidence" => Act::AssessEvidence {
            evidence_id: evidence_id(&fields.required("evidence_id")?)?,
            accepted: fields.required("accepted")?.boolean()?,
            reason: personal_text(fields, "reason")?,
        },
        "accept_late_fact" => Act::AcceptLateFact {
            fact_id: fact_id(fields)?,
            rationale: personal_text(fields, "rationale")?,
        },
        "refuse_late_fact" => Act::RefuseLateFact {
            fact_id: fact_id(fields)?,
            rationale: personal_text(fields, "rationale")?,
        },
        "link" => Act::Link {
            other: fields.required("other")?.identifier(ComplaintId::new)?,
            kind: link_kind(fields)?,
        },
        "unlink" => Act::Unlink {
            other: fields.required("other")?.identifier(ComplaintId::new)?,
            kind: link_kind(fields)?,
        },
        "pause" => Act::Pause {
            reason: pause_reason(fields)?,
        },
        "resume" => Act::Resume {
            reason: pause_reason(fields)?,
        },
        // The engine names the instant; whoever else asks is refused by the role.
        "observe" => Act::Observe {
            through: Instant::from_unix_ms(i64::MIN),
        },
        "find_ground" => Act::FindGround {
            ground: plain_text(fields, "ground")?,
            clauses: plain_texts(fields, "clauses")?,
            rationale: personal_text(fields, "rationale")?,
        },
        "determine" => Act::Determine {
            finding_ids: finding_ids(fields)?,
            rationale: personal_text(fields, "rationale")?,
        },
        "dismiss" => Act::Dismiss {
            finding_ids: finding_ids(fields)?,
            rationale: personal_text(fields, "rationale")?,
        },
        "overturn" => Act::Overturn {
            determination_id: determination_id(fields)?,
            rationale: personal_text(fields, "rationale")?,
        },
        _ => return Ok(None),
    }))
}

fn filing(complaint_id: &ComplaintId, fields: &Fields<'_, '_>) -> Result<Filing, FieldError> {
    Ok(Filing {
        complaint_id: complaint_id.clone(),
        merchant_id: fields
            .required("merchant_id")?
            .identifier(MerchantId::new)?,
        user_ref: fields.required("user_ref")?.identifier(UserRef::new)?,
        problem: fields
            .required("problem")?
            .name(Problem::ALL, Problem::as_str)?,
        channel: fields
            .required("channel")?
            .name(ComplaintChannel::ALL, ComplaintChannel::as_str)?,
        orders: orders(fields)?,
        agreement_id: fields
            .optional("agreement_id")
            .map(|field| field.identifier(AgreementId::new))
            .transpose()?,
        requested_refund_fen: fields
            .optional("requested_refund_fen")
            .map(|field| amount(&field))
            .transpose()?,
        description: optional_personal_text(fields, "description")?,
        contact: optional_personal_text(fields, "contact")?,
        enquiry: flag(fields, "enquiry")?,
    })
}

fn orders(fields: &Fields<'_, '_>) -> Result<Vec<Order>, FieldError> {
    let Some(field) = fields.optional("orders") else {
        return Ok(Vec::new());
    };
    field
        .list()?
        .iter()
        .map(|item| {
            let order = item.object(&["order_id", "amount_fen"])?;
            Ok(Order {
                order_id: order.required("order_id")?.identifier(OrderId::new)?,
                amount_fen: amount(&order.required("amount_fen")?)?,
            })
        })
        .collect()
}

fn media(fields: &Fields<'_, '_>) -> Result<Vec<Media>, FieldError> {
    let Some(field) = fields.optional("media") else {
        return Ok(Vec::new());
    };
    field
        .list()?
        .iter()
        .map(|item| {
            let media = item.object(&["media_id", "sha256"])?;
            Ok(Media {
                media_id: media.required("media_id")?.identifier(Reference::new)?,
                sha256: optional_plain_text(&media, "sha256")?,
            })
        })
        .collect()
}

fn evidence(fields: &Fields<'_, '_>) -> Result<Vec<EvidenceItem>, FieldError> {
    let Some(field) = fields.optional("evidence") else {
        return Ok(Vec::new());
    };
    field
        .list()?
        .iter()
        .map(|item| {
            let piece = item.object(&["kind", "media_id", "sha256"])?;
            Ok(EvidenceItem {
                kind: piece.required("kind")?.identifier(Reference::new)?,
                media_id: piece.required("media_id")?.identifier(Reference::new)?,
                sha256: optional_plain_text(&piece, "sha256")?,
            })
        })
        .collect()
}

fn flag(fields: &Fields<'_, '_>, key: &str) -> Result<bool, FieldError> {
    Ok(optional_boolean(fields, key)?.unwrap_or(false))
}

fn optional_boolean(fields: &Fields<'_, '_>, key: &str) -> Result<Option<bool>, FieldError> {
    fields
        .optional(key)
        .map(|field| field.boolean())
        .transpose()
}

// An id that is not of the form that the engine gives was never given: number 0 is never given
// either, so the rules answer that nothing of that id is known.

fn evidence_id(field: &Field<'_, '_>) -> Result<EvidenceId, FieldError> {
    Ok(EvidenceId::parse(field.text()?).unwrap_or(EvidenceId(0)))
}

fn proof(fields: &Fields<'_, '_>) -> Result<Option<EvidenceId>, FieldError> {
    fields
        .optional("proof")
        .map(|field| evidence_id(&field))
        .transpose()
}

fn fact_id(fields: &Fields<'_, '_>) -> Result<FactId, FieldError> {
    Ok(FactId::parse(fields.required("fact_id")?.text()?).unwrap_or(FactId(0)))
}

fn determination_id(fields: &Fields<'_, '_>) -> Result<DeterminationId, FieldError> {
    let text = fields.required("determination_id")?.text()?;
    Ok(DeterminationId::parse(text).unwrap_or(DeterminationId(0)))
}

fn finding_ids(fields: &Fields<'_, '_>) -> Result<Vec<FindingId>, FieldError> {
    let Some(field) = fields.optional("finding_ids") else {
        return Ok(Vec::new());
    };
    field
        .list()?
        .iter()
        .map(|item| Ok(FindingId::parse(item.text()?).unwrap_or(FindingId(0))))
        .collect()
}

fn link_kind(fields: &Fields<'_, '_>) -> Result<LinkKind, FieldError> {
    fields
        .required("kind")?
        .name(LinkKind::ALL, LinkKind::as_str)
}

/// A reason that no edition can name is none: the rules answer `pause_reason_not_in_edition`.
fn pause_reason(fields: &Fields<'_, '_>) -> Result<Option<PauseReason>, FieldError> {
    let Some(field) = fields.optional("reason") else {
        return Ok(None);
    };
    let text = field.text()?;
    Ok(PauseReason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == text))
}
