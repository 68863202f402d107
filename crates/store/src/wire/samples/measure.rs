//! Every event of a measure.

use redress_domain::clock::ClockKind;
use redress_domain::identity::{ComplaintId, IdentifierError, TemplateId};
use redress_domain::measure::{
    AppealOutcome, Authority, Ending, MeasureEvent, MeasureId, MeasureKind, MeasureTerms,
    Parameters, ProposedMeasure, Scope, ScopeLevel,
};
use redress_domain::rulebook::Channel;
use redress_domain::standing::Tier;

use super::material::Material;
use super::merchant::metrics;

const UNTIL_MS: i64 = 1_776_852_000_000;

pub(super) fn events(material: &Material) -> Result<Vec<MeasureEvent>, IdentifierError> {
    let mut events = life(material)?;
    events.extend(notices_and_rectification(material)?);
    events.extend(appeal_and_payment(material)?);
    Ok(events)
}

fn life(material: &Material) -> Result<Vec<MeasureEvent>, IdentifierError> {
    let measure_id = MeasureId(material.count(1));
    Ok(vec![
        MeasureEvent::Proposed {
            measure: proposed(material)?,
        },
        MeasureEvent::Approved {
            measure_id,
            seen_position: material.some(material.number(4_700)),
        },
        MeasureEvent::Imposed {
            measure_id,
            until: material.some(material.instant(UNTIL_MS)),
            rectification_due_at: material.some(material.instant(UNTIL_MS)),
            appeal_until: material.instant(UNTIL_MS),
        },
        MeasureEvent::Refused {
            measure_id,
            rationale: material.prose("not proportionate"),
        },
        MeasureEvent::Withdrawn { measure_id },
        MeasureEvent::Lapsed {
            measure_id,
            because: material.prose("standing fell below t3"),
        },
        MeasureEvent::Lifted {
            measure_id,
            rationale: material.prose("the plan is shown before signing now"),
        },
        MeasureEvent::LiftApproved {
            measure_id,
            rationale: material.prose("agreed"),
        },
        MeasureEvent::Superseded {
            measure_id,
            by_measure_id: MeasureId(material.count(2)),
        },
        MeasureEvent::PutUnderReview {
            measure_id,
            fallen: material.proses(&["C1/d1", "C2/d1"]),
        },
    ])
}

fn notices_and_rectification(material: &Material) -> Result<Vec<MeasureEvent>, IdentifierError> {
    let measure_id = MeasureId(material.count(300));
    Ok(vec![
        MeasureEvent::NoticeIssued {
            measure_id,
            channel: material.one_of(&Channel::ALL, Channel::InSite),
        },
        MeasureEvent::NoticeDelivered {
            measure_id,
            channel: material.one_of(&Channel::ALL, Channel::CustomerService),
            delivery_ref: material.reference("call-77")?,
        },
        MeasureEvent::RectificationSubmitted {
            measure_id,
            summary: material.prose("the cancel button is on the first page"),
        },
        MeasureEvent::RectificationAccepted {
            measure_id,
            rationale: material.prose("checked"),
        },
        MeasureEvent::RectificationRefused {
            measure_id,
            rationale: material.prose("the button does nothing"),
        },
        MeasureEvent::RectificationOverdue {
            measure_id,
            due_at: material.instant(UNTIL_MS),
        },
    ])
}

fn appeal_and_payment(material: &Material) -> Result<Vec<MeasureEvent>, IdentifierError> {
    let measure_id = MeasureId(material.count(70_000));
    Ok(vec![
        MeasureEvent::AppealFiled {
            measure_id,
            statement: material.prose("the complaints were answered in time"),
            decision_due_at: material.instant(UNTIL_MS),
        },
        MeasureEvent::AppealDecided {
            measure_id,
            outcome: material.one_of(AppealOutcome::ALL, AppealOutcome::Vary),
            rationale: material.prose("in part"),
            until: material.some(material.instant(UNTIL_MS)),
        },
        MeasureEvent::DeadlineMissed {
            measure_id,
            clock: ClockKind::AppealDecision,
            due_at: material.instant(UNTIL_MS),
        },
        MeasureEvent::SettlementRefundOrdered {
            measure_id,
            complaint_id: material.id(ComplaintId::new, "200000020260305140012345001")?,
            amount_fen: material.number(9_700),
        },
    ])
}

fn proposed(material: &Material) -> Result<ProposedMeasure, IdentifierError> {
    Ok(ProposedMeasure {
        measure_id: MeasureId(material.count(1)),
        kind: material.one_of(MeasureKind::ALL, MeasureKind::TemplateSigning),
        scope: scope(material)?,
        parameters: parameters(material),
        ending: ending(material),
        tier: material.some(material.one_of(Tier::ALL, Tier::T3)),
        grounds: material.proses(&["C1/d1", "C2/d1"]),
        rationale: material.prose("rulebook 4.2(4), tier t3"),
        authority: material.one_of(Authority::ALL, Authority::Two),
        metrics: material.some(metrics(material)),
        cure: material.prose("standing below t3"),
    })
}

/// What a measure of a tier says.
pub(super) fn terms(material: &Material) -> Result<MeasureTerms, IdentifierError> {
    Ok(MeasureTerms {
        kind: material.one_of(MeasureKind::ALL, MeasureKind::DebitCapability),
        scope: scope(material)?,
        parameters: parameters(material),
        ending: ending(material),
    })
}

fn scope(material: &Material) -> Result<Scope, IdentifierError> {
    Ok(Scope {
        template_id: material.some(material.id(TemplateId::new, "T1")?),
        capabilities: material.proses(&["template_create", "multi_account_sign"]),
        permissions: material.proses(&["payment"]),
        complaint_id: material.some(material.id(ComplaintId::new, "C1")?),
        level: material.some(material.one_of(ScopeLevel::ALL, ScopeLevel::Entity)),
    })
}

fn parameters(material: &Material) -> Parameters {
    Parameters {
        days: material.some(material.count(14)),
        debit_fen: material.some(material.number(20_000)),
        day_fen: material.some(material.number(50_000)),
        debits_per_day: material.some(material.count(1)),
        amount_fen: material.some(material.number(9_700)),
        description: material.some(material.prose("a notice on the first page")),
    }
}

fn ending(material: &Material) -> Ending {
    let all = [
        Ending::AtCure,
        Ending::At(material.instant(UNTIL_MS)),
        Ending::After(material.hours(720)),
        Ending::Permanent,
    ];
    material.one_of(&all, Ending::After(material.hours(720)))
}
