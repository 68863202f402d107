//! What a merchant says and shows to the user, and messages (guide first-reply, rulebook 3(1).1.2).

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::refusal::{Code, Refusal};
use crate::text::PersonalText;

use super::decide::withdrawn;
use super::late::{place, place_in_open_round, with_late_fact};
use super::{Command, Complaint, Event, EvidenceItem, LateAct, Media};

/// A text that answers the user has at most so many characters (the platform's own limit).
const RESPONSE_CHARACTERS_MAX: usize = 500;
/// An answer carries at most so many files (the platform's own limit).
const RESPONSE_MEDIA_MAX: usize = 4;

/// guide first-reply
pub(super) fn respond(
    complaint: &Complaint,
    command: &Command,
    text: &PersonalText,
    media: &[Media],
) -> Result<Vec<Event>, Refusal> {
    if text.is_blank() && !command.of_history {
        return Err(Refusal::new(
            Code::TextMissing,
            "an answer to the user has a text",
        ));
    }
    if text.characters() > RESPONSE_CHARACTERS_MAX && !command.of_history {
        return Err(Refusal::new(
            Code::TextTooLong,
            format!("an answer has at most {RESPONSE_CHARACTERS_MAX} characters"),
        ));
    }
    if media.len() > RESPONSE_MEDIA_MAX && !command.of_history {
        return Err(Refusal::new(
            Code::TooManyMedia,
            format!("an answer carries at most {RESPONSE_MEDIA_MAX} files"),
        ));
    }
    for file in media {
        check_digest(file.sha256.as_deref())?;
    }
    let place = place(complaint, command);
    let act = if media.is_empty() {
        LateAct::Responded
    } else {
        LateAct::RespondedWithEvidence
    };
    Ok(with_late_fact(
        complaint,
        command,
        place,
        act,
        Some(text),
        vec![Event::MerchantResponded {
            text: text.clone(),
            media: media.to_vec(),
        }],
    ))
}

pub(super) fn message(complaint: &Complaint, text: &PersonalText) -> Result<Vec<Event>, Refusal> {
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    if text.is_blank() {
        return Err(Refusal::new(Code::TextMissing, "a message has a text"));
    }
    Ok(vec![Event::MessageRecorded { text: text.clone() }])
}

/// rulebook 3(1).1.2
pub(super) fn submit_evidence(
    complaint: &Complaint,
    command: &Command,
    evidence: &[EvidenceItem],
    note: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    check_evidence(evidence, "3(1).1.2")?;
    Ok(with_late_fact(
        complaint,
        command,
        place(complaint, command),
        LateAct::EvidenceSubmitted,
        note,
        vec![Event::EvidenceSubmitted {
            evidence: evidence.to_vec(),
            note: note.cloned(),
        }],
    ))
}

pub(super) fn check_evidence(
    evidence: &[EvidenceItem],
    clause: &'static str,
) -> Result<(), Refusal> {
    if evidence.is_empty() {
        return Err(Refusal::new(
            Code::EvidenceMissing,
            "at least one piece of evidence is needed",
        )
        .citing(clause));
    }
    evidence
        .iter()
        .try_for_each(|item| check_digest(item.sha256.as_deref()))
}

pub(super) fn check_digest(digest: Option<&str>) -> Result<(), Refusal> {
    match digest {
        Some(text) if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Err(Refusal::new(
                Code::DigestMalformed,
                "a SHA-256 digest is written as 64 hexadecimal characters",
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// rulebook 2.2(2)
pub(super) fn explain_billing(
    complaint: &Complaint,
    command: &Command,
    text: &PersonalText,
) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    if text.is_blank() {
        return Err(Refusal::new(
            Code::TextMissing,
            "an explanation of the billing rule has a text",
        )
        .citing("2.2(2)"));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::BillingExplained,
        Some(text),
        vec![Event::BillingExplained { text: text.clone() }],
    ))
}

/// rulebook 2.2(1), 2.2(2)
pub(super) fn reconfirm_plan(
    complaint: &Complaint,
    command: &Command,
    user_confirms: Option<bool>,
) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::PlanReconfirmed,
        None,
        vec![Event::PlanReconfirmed { user_confirms }],
    ))
}
