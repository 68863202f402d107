//! Events of a complaint.

use redress_domain::clock::ClockKind;
use redress_domain::complaint::{
    self, Cause, CloseReason, ComplaintChannel, DeterminationId, Determiner, EvidenceId, FactId,
    FindingId, Ground, LateAct, LinkKind, Media, Order, Problem, UsageKind,
};
use redress_domain::identity::{AgreementId, OrderId};
use redress_domain::instant::Span;
use redress_domain::merchant::Industry;
use redress_domain::rulebook::PauseReason;

use super::{
    AT, clock, complaint_id, edition_name, evidence, merchant_id, reference, text, user_ref,
};

pub(crate) fn complaint_events() -> Vec<complaint::Event> {
    let mut events = acts();
    events.extend(consequences());
    events
}

fn acts() -> Vec<complaint::Event> {
    use complaint::Event;
    vec![
        Event::ComplaintFiled {
            complaint_id: complaint_id(),
            merchant_id: merchant_id(),
            user_ref: user_ref(),
            problem: Problem::RefundRequest,
            channel: ComplaintChannel::SelfService,
            orders: vec![Order {
                order_id: OrderId::new("O1").unwrap(),
                amount_fen: 9900,
            }],
            agreement_id: Some(AgreementId::new("A1").unwrap()),
            requested_refund_fen: Some(9700),
            refunded_before_fen: 0,
            description: Some(text()),
            contact: Some(text()),
            enquiry: false,
        },
        Event::RoundOpened {
            round: 1,
            repeat: false,
            edition: edition_name(),
            industry: Industry::General,
            clocks: vec![clock(ClockKind::FirstReply)],
            text: Some(text()),
        },
        Event::RefundRequested {
            amount_fen: 5,
            clock: Some(clock(ClockKind::RefundDecision)),
        },
        Event::MerchantResponded {
            text: text(),
            media: vec![Media {
                media_id: reference(),
                sha256: Some("aa".into()),
            }],
        },
        Event::MessageRecorded { text: text() },
        Event::EvidenceSubmitted {
            evidence: evidence(),
            note: Some(text()),
        },
        Event::EvidenceAccepted {
            evidence_id: EvidenceId(1),
            reason: text(),
        },
        Event::EvidenceRefused {
            evidence_id: EvidenceId(1),
            reason: text(),
        },
        Event::BillingExplained { text: text() },
        Event::PlanReconfirmed {
            user_confirms: Some(true),
        },
        Event::UsageStated {
            kind: UsageKind::Partly,
            consumed_fen: 5,
            proof: Some(EvidenceId(1)),
        },
        Event::BillingErrorStated {
            error_fen: 5,
            proof: None,
        },
        Event::SettlementReached { amount_fen: 5 },
        Event::RefundApproved {
            amount_fen: 5,
            launch_days: 1,
            clock: clock(ClockKind::RefundPayment),
        },
        Event::RefundRejected {
            reason: text(),
            evidence: evidence(),
            remark: Some(text()),
        },
        Event::DefectiveRejectionRecorded {
            reason: Some(text()),
        },
        Event::RefundReceived {
            refund_id: reference(),
            amount_fen: 5,
            by_platform: true,
            full: false,
        },
        Event::RoundClosed {
            round: 1,
            how: CloseReason::Completed,
            resolution: Some(text()),
        },
        Event::UserInsisted { text: Some(text()) },
        Event::ComplaintWithdrawn,
        Event::NoteKept {
            raw_type: reference(),
            because: reference(),
            text: Some(text()),
        },
    ]
}

fn consequences() -> Vec<complaint::Event> {
    use complaint::Event;
    vec![
        Event::LateFactRecorded {
            fact_id: FactId(1),
            round: 1,
            claimed_at: AT,
            act: LateAct::Responded,
            awaits_review: true,
            text: Some(text()),
        },
        Event::LateFactAccepted {
            fact_id: FactId(1),
            rationale: text(),
        },
        Event::LateFactRefused {
            fact_id: FactId(1),
            rationale: text(),
        },
        Event::ComplaintLinked {
            other: complaint_id(),
            kind: LinkKind::Related,
        },
        Event::ComplaintUnlinked {
            other: complaint_id(),
            kind: LinkKind::Concurrent,
        },
        Event::ClocksPaused {
            reason: PauseReason::LegalHold,
        },
        Event::ClocksResumed {
            reason: PauseReason::LegalHold,
        },
        Event::ClockRetimed {
            round: 1,
            clock: ClockKind::Resolution,
            runs: Span::from_hours(48),
            edition: edition_name(),
        },
        Event::DeadlineNear {
            round: 1,
            clock: ClockKind::Resolution,
            due_at: AT,
        },
        Event::DeadlineMissed {
            round: 1,
            clock: ClockKind::Resolution,
            due_at: AT,
        },
        Event::DeadlineMissSuperseded {
            round: 1,
            clock: ClockKind::Resolution,
            due_at: AT,
            met_at: Some(AT),
        },
        Event::GroundFound {
            finding_id: FindingId(1),
            ground: Ground::OutOfTime,
            round: 1,
            cause: Cause::Clock(ClockKind::FirstReply),
            effective_at: AT,
            clauses: vec!["guide overdue".into()],
            rests_on: vec![4],
            rationale: Some(text()),
        },
        Event::FindingWithdrawn {
            finding_id: FindingId(1),
        },
        Event::LiabilityDetermined {
            determination_id: DeterminationId(1),
            finding_ids: vec![FindingId(1)],
            grounds: vec![Ground::OutOfTime],
            determined_by: Determiner::Edition(edition_name()),
            rationale: None,
        },
        Event::FindingDismissed {
            finding_ids: vec![FindingId(1)],
            rationale: text(),
        },
        Event::DeterminationOverturned {
            determination_id: DeterminationId(1),
            rationale: Some(text()),
        },
        Event::DeterminationPutUnderReview {
            determination_id: DeterminationId(1),
        },
    ]
}
