//! Every event of a complaint.

use redress_domain::clock::ClockKind;
use redress_domain::complaint::{
    Cause, CloseReason, ComplaintChannel, DeterminationId, Determiner, Event, EvidenceId,
    EvidenceItem, FactId, FindingId, Ground, LateAct, LinkKind, Media, Order, Problem,
    StartedClock, UsageKind,
};
use redress_domain::identity::{
    ActorId, AgreementId, ComplaintId, EditionName, IdentifierError, MerchantId, OrderId, UserRef,
};
use redress_domain::merchant::Industry;
use redress_domain::rulebook::PauseReason;

use super::material::Material;

const OPENED_MS: i64 = 1_774_000_800_000;
const DUE_MS: i64 = 1_774_260_000_000;
const SHA_256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

pub(super) fn events(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    let mut events = from_user(material)?;
    events.extend(from_merchant(material)?);
    events.extend(about_late_facts_and_links(material)?);
    events.extend(of_clocks(material)?);
    events.extend(of_judgement(material)?);
    Ok(events)
}

fn from_user(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    Ok(vec![
        Event::ComplaintFiled {
            complaint_id: material.id(ComplaintId::new, "200000020260305140012345001")?,
            merchant_id: material.id(MerchantId::new, "1900012181")?,
            user_ref: material.id(UserRef::new, "U1")?,
            problem: material.one_of(Problem::ALL, Problem::RefundRequest),
            channel: material.one_of(ComplaintChannel::ALL, ComplaintChannel::SelfService),
            orders: material.list(vec![
                order(material, "O1", 9_900)?,
                order(material, "O2", 70_000)?,
            ]),
            agreement_id: material.some(material.id(AgreementId::new, "A1")?),
            requested_refund_fen: material.some(material.number(9_700)),
            refunded_before_fen: material.number(200),
            description: material.some(material.text()),
            contact: material.some(material.text()),
            enquiry: material.flag(),
        },
        Event::RoundOpened {
            round: material.count(2),
            repeat: material.flag(),
            edition: material.id(EditionName::new, "2026-02-18")?,
            industry: material.one_of(Industry::ALL, Industry::PowerBank),
            clocks: material.list(vec![
                clock(material, ClockKind::FirstReply, 24),
                clock(material, ClockKind::RefundDecision, 72),
                clock(material, ClockKind::Resolution, 72),
                clock(material, ClockKind::Evidence, 72),
            ]),
            text: material.some(material.text()),
        },
        Event::RefundRequested {
            amount_fen: material.number(9_700),
            clock: material.some(clock(material, ClockKind::RefundDecision, 72)),
        },
        Event::MessageRecorded {
            text: material.text(),
        },
        Event::UserInsisted {
            text: material.some(material.text()),
        },
        Event::ComplaintWithdrawn,
    ])
}

fn from_merchant(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    Ok(vec![
        Event::MerchantResponded {
            text: material.text(),
            media: material.list(vec![Media {
                media_id: material.reference("media-1")?,
                sha256: material.some(material.prose(SHA_256)),
            }]),
        },
        Event::EvidenceSubmitted {
            evidence: material.list(vec![
                evidence(material, "usage")?,
                evidence(material, "billing")?,
            ]),
            note: material.some(material.text()),
        },
        Event::EvidenceAccepted {
            evidence_id: EvidenceId(material.count(1)),
            reason: material.text(),
        },
        Event::EvidenceRefused {
            evidence_id: EvidenceId(material.count(2)),
            reason: material.text(),
        },
        Event::BillingExplained {
            text: material.text(),
        },
        Event::PlanReconfirmed {
            user_confirms: material.some(material.flag()),
        },
        Event::UsageStated {
            kind: material.one_of(UsageKind::ALL, UsageKind::Partly),
            consumed_fen: material.number(1_001),
            proof: material.some(EvidenceId(material.count(1))),
        },
        Event::BillingErrorStated {
            error_fen: material.number(1_200),
            proof: material.some(EvidenceId(material.count(2))),
        },
        Event::SettlementReached {
            amount_fen: material.number(5_000),
        },
        Event::RefundApproved {
            amount_fen: material.number(9_700),
            launch_days: material.count(3),
            clock: clock(material, ClockKind::RefundPayment, 120),
        },
        Event::RefundRejected {
            reason: material.text(),
            evidence: material.list(vec![evidence(material, "usage")?]),
            remark: material.some(material.text()),
        },
        Event::DefectiveRejectionRecorded {
            reason: material.some(material.text()),
        },
        Event::RefundReceived {
            refund_id: material.reference("R1")?,
            amount_fen: material.number(9_700),
            by_platform: material.flag(),
            full: material.flag(),
        },
        Event::RoundClosed {
            round: material.count(2),
            how: material.one_of(CloseReason::ALL, CloseReason::Refunded),
            resolution: material.some(material.text()),
        },
    ])
}

fn about_late_facts_and_links(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    Ok(vec![
        Event::LateFactRecorded {
            fact_id: FactId(material.count(1)),
            round: material.count(2),
            claimed_at: material.instant(DUE_MS),
            act: material.one_of(LateAct::ALL, LateAct::RespondedWithEvidence),
            awaits_review: material.flag(),
            text: material.some(material.text()),
        },
        Event::LateFactAccepted {
            fact_id: FactId(material.count(1)),
            rationale: material.text(),
        },
        Event::LateFactRefused {
            fact_id: FactId(material.count(2)),
            rationale: material.text(),
        },
        Event::ComplaintLinked {
            other: material.id(ComplaintId::new, "C0")?,
            kind: material.one_of(LinkKind::ALL, LinkKind::Concurrent),
        },
        Event::ComplaintUnlinked {
            other: material.id(ComplaintId::new, "C0")?,
            kind: material.one_of(LinkKind::ALL, LinkKind::Concurrent),
        },
        Event::NoteKept {
            raw_type: material.reference("MERCHANT_CONFIRM_COMPLETE_LATER")?,
            because: material.reference("round_closed")?,
            text: material.some(material.text()),
        },
    ])
}

fn of_clocks(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    let of_round = |usual| material.one_of(&ClockKind::OF_ROUND, usual);
    Ok(vec![
        Event::ClocksPaused {
            reason: material.one_of(&PauseReason::ALL, PauseReason::ForceMajeure),
        },
        Event::ClocksResumed {
            reason: material.one_of(&PauseReason::ALL, PauseReason::ForceMajeure),
        },
        Event::ClockRetimed {
            round: material.count(1),
            clock: of_round(ClockKind::Resolution),
            runs: material.hours(96),
            edition: material.id(EditionName::new, "2026-07-01")?,
        },
        Event::DeadlineNear {
            round: material.count(1),
            clock: of_round(ClockKind::Resolution),
            due_at: material.instant(DUE_MS),
        },
        Event::DeadlineMissed {
            round: material.count(1),
            clock: of_round(ClockKind::Evidence),
            due_at: material.instant(DUE_MS),
        },
        Event::DeadlineMissSuperseded {
            round: material.count(1),
            clock: of_round(ClockKind::RefundPayment),
            due_at: material.instant(DUE_MS),
            met_at: material.some(material.instant(DUE_MS - 1)),
        },
    ])
}

fn of_judgement(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    let causes = [
        Cause::EvidenceRefused,
        Cause::DutyOpen,
        Cause::BelowRemedy,
        Cause::ContinuedAfterComplete,
        Cause::Reviewer(material.count(1)),
        Cause::Clock(ClockKind::FirstReply),
    ];
    let by_edition = Determiner::Edition(material.id(EditionName::new, "2026-02-18")?);
    let by_person = Determiner::Person(material.id(ActorId::new, "R1")?);
    Ok(vec![
        Event::GroundFound {
            finding_id: FindingId(material.count(1)),
            ground: material.one_of(Ground::ALL, Ground::OutOfTime),
            round: material.count(1),
            cause: material.one_of(&causes, Cause::Clock(ClockKind::RefundDecision)),
            effective_at: material.instant(DUE_MS + 1),
            clauses: material.proses(&["3(1).1.1", "guide overdue"]),
            rests_on: material.numbers(&[1, 300]),
            rationale: material.some(material.text()),
        },
        Event::FindingWithdrawn {
            finding_id: FindingId(material.count(1)),
        },
        Event::LiabilityDetermined {
            determination_id: DeterminationId(material.count(1)),
            finding_ids: material.list(vec![
                FindingId(material.count(1)),
                FindingId(material.count(2)),
            ]),
            grounds: material.list(vec![
                material.one_of(Ground::ALL, Ground::OutOfTime),
                material.one_of(Ground::ALL, Ground::RuleBreached),
            ]),
            determined_by: if material.flag() {
                by_person
            } else {
                by_edition
            },
            rationale: material.some(material.text()),
        },
        Event::FindingDismissed {
            finding_ids: material.list(vec![FindingId(material.count(3))]),
            rationale: material.text(),
        },
        Event::DeterminationOverturned {
            determination_id: DeterminationId(material.count(1)),
            rationale: material.some(material.text()),
        },
        Event::DeterminationPutUnderReview {
            determination_id: DeterminationId(material.count(1)),
        },
    ])
}

fn order(material: &Material, order_id: &str, amount_fen: u64) -> Result<Order, IdentifierError> {
    Ok(Order {
        order_id: material.id(OrderId::new, order_id)?,
        amount_fen: material.number(amount_fen),
    })
}

fn evidence(material: &Material, kind: &str) -> Result<EvidenceItem, IdentifierError> {
    Ok(EvidenceItem {
        kind: material.reference(kind)?,
        media_id: material.reference("log-1")?,
        sha256: material.some(material.prose(SHA_256)),
    })
}

fn clock(material: &Material, kind: ClockKind, hours: i64) -> StartedClock {
    StartedClock {
        kind: material.one_of(&ClockKind::OF_ROUND, kind),
        started_at: material.instant(OPENED_MS),
        runs: material.hours(hours),
        at_risk_percent: material.count(75),
    }
}
