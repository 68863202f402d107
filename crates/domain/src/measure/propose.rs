//! Measures proposed by hand (rulebook 4.2, policy four-eyes).

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use crate::merchant::Proposal;
use crate::refusal::{Code, Refusal};
use crate::rulebook::Edition;
use crate::standing::Tier;

use super::{
    Authority, Ending, MeasureId, MeasureKind, Measures, Owner, ProposedMeasure, ScopeLevel,
    Setting,
};

/// What a person proposes, checked and completed.
///
/// # Errors
/// `field_invalid`, `field_missing`, `description_missing`, `grounds_missing`,
/// `rationale_missing`, `complaint_unknown`, `already_decided` (a second measure under rulebook 4.2(2) on one
/// complaint).
pub(super) fn by_hand(
    measures: &Measures,
    setting: &Setting<'_>,
    proposal: &Proposal,
) -> Result<ProposedMeasure, Refusal> {
    check_kind(measures.owner, proposal)?;
    check_scope(proposal)?;
    check_parameters(proposal)?;
    check_ending(setting, proposal)?;
    if proposal.kind == MeasureKind::Other && is_absent(proposal.parameters.description.as_deref())
    {
        return Err(Refusal::new(
            Code::DescriptionMissing,
            "a measure of kind other says what it is",
        )
        .citing("4.2"));
    }
    if proposal
        .grounds
        .iter()
        .all(|ground| ground.trim().is_empty())
    {
        return Err(Refusal::new(
            Code::GroundsMissing,
            "a measure names the determinations or other facts that it rests on",
        )
        .citing(measures.owner.clause(proposal.kind)));
    }
    if proposal.rationale.trim().is_empty() {
        return Err(Refusal::new(
            Code::RationaleMissing,
            "a measure says why it is proposed",
        ));
    }
    check_complaint(setting, proposal)?;
    check_one_per_complaint(measures, proposal)?;
    let ending = ending_of(proposal.kind, proposal.ending);
    Ok(ProposedMeasure {
        measure_id: MeasureId(0),
        kind: proposal.kind,
        scope: proposal.scope.clone(),
        parameters: proposal.parameters.clone(),
        ending,
        tier: None,
        grounds: proposal.grounds.clone(),
        rationale: proposal.rationale.clone(),
        authority: authority_by_hand(setting.edition(), proposal),
        metrics: setting.facts.metrics.clone(),
        cure: cure(proposal.kind, ending, None),
    })
}

/// Who must approve a measure proposed by hand: the strictest that the edition's tiers give its
/// kind, never less than one person, two where no tier names it; the proposal can raise it, never
/// lower it (policy four-eyes).
fn authority_by_hand(edition: &Edition, proposal: &Proposal) -> Authority {
    edition
        .tiers
        .iter()
        .filter(|terms| {
            terms
                .measures
                .iter()
                .any(|measure| measure.kind == proposal.kind)
        })
        .map(|terms| terms.authority)
        .max()
        .unwrap_or(Authority::Two)
        .max(Authority::One)
        .max(proposal.authority.unwrap_or(Authority::Automatic))
}

/// How a measure of this kind really ends: ending the service and closing payment permissions are
/// permanent, whatever the edition or the proposer writes (rulebook 4.2(8), 4.2(9)).
#[must_use]
pub(crate) const fn ending_of(kind: MeasureKind, ending: Ending) -> Ending {
    match kind {
        MeasureKind::ServiceTermination | MeasureKind::PaymentPermission => Ending::Permanent,
        MeasureKind::Rectification
        | MeasureKind::SettlementRefund
        | MeasureKind::EndServiceOrders
        | MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::TemplateSigning
        | MeasureKind::DebitCapability
        | MeasureKind::Limits
        | MeasureKind::SettlementCycle
        | MeasureKind::ServiceSuspension
        | MeasureKind::Other
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => ending,
    }
}

/// What lifts a measure, as a sentence.
#[must_use]
pub(crate) fn cure(kind: MeasureKind, ending: Ending, tier: Option<Tier>) -> Arc<str> {
    let sentence: String = match (kind, ending, tier) {
        // rulebook 4.2(1)
        (MeasureKind::Rectification, _, _) => "a rectification that is accepted".into(),
        // rulebook 4.2(2)
        (MeasureKind::SettlementRefund, _, _) => {
            "the refund reaches the user, or nothing is owed any more".into()
        }
        (_, Ending::After(_) | Ending::At(_), _) => "its end".into(),
        (_, Ending::Permanent, _) => "lifted by the platform, or revoked on appeal".into(),
        (_, Ending::AtCure, Some(tier)) => format!("standing below {}", tier.as_str()),
        (_, Ending::AtCure, None) => "lifted by the platform, or revoked on appeal".into(),
    };
    Arc::from(sentence)
}

fn check_kind(owner: Owner, proposal: &Proposal) -> Result<(), Refusal> {
    if owner.has(proposal.kind) {
        return Ok(());
    }
    Err(invalid(format!(
        "kind: {} is no measure of {}",
        proposal.kind.as_str(),
        match owner {
            Owner::Merchant => "a merchant",
            Owner::Intermediary => "an intermediary",
        }
    )))
}

/// A limit on something that the kind does not have would be silently without effect.
fn check_scope(proposal: &Proposal) -> Result<(), Refusal> {
    let (kind, scope) = (proposal.kind, &proposal.scope);
    let misplaced = [
        (
            "template_id",
            scope.template_id.is_some() && kind != MeasureKind::TemplateSigning,
        ),
        (
            "capabilities",
            !scope.capabilities.is_empty() && kind != MeasureKind::DebitCapability,
        ),
        (
            "permissions",
            !scope.permissions.is_empty() && kind != MeasureKind::PaymentPermission,
        ),
        (
            "complaint_id",
            scope.complaint_id.is_some()
                && !matches!(
                    kind,
                    MeasureKind::SettlementRefund | MeasureKind::EndServiceOrders
                ),
        ),
        (
            "level",
            scope.level == Some(ScopeLevel::Entity) && !kind.can_reach_entity(),
        ),
    ];
    refuse_misplaced("scope.", kind, &misplaced)?;
    // rulebook 4.2(2)
    if kind == MeasureKind::SettlementRefund && scope.complaint_id.is_none() {
        return Err(missing("scope.complaint_id", "4.2(2)"));
    }
    Ok(())
}

fn check_parameters(proposal: &Proposal) -> Result<(), Refusal> {
    let (kind, parameters) = (proposal.kind, &proposal.parameters);
    let not_limits = kind != MeasureKind::Limits;
    let misplaced = [
        (
            "days",
            parameters.days.is_some() && kind != MeasureKind::SettlementCycle,
        ),
        ("debit_fen", parameters.debit_fen.is_some() && not_limits),
        ("day_fen", parameters.day_fen.is_some() && not_limits),
        (
            "debits_per_day",
            parameters.debits_per_day.is_some() && not_limits,
        ),
        (
            "amount_fen",
            parameters.amount_fen.is_some() && kind != MeasureKind::SettlementRefund,
        ),
    ];
    refuse_misplaced("", kind, &misplaced)?;
    // rulebook 4.2(7)
    if kind == MeasureKind::SettlementCycle && parameters.days.is_none() {
        return Err(missing("days", "4.2(7)"));
    }
    // rulebook 4.2(6)
    let limits_nothing = parameters.debit_fen.is_none()
        && parameters.day_fen.is_none()
        && parameters.debits_per_day.is_none();
    if kind == MeasureKind::Limits && limits_nothing {
        return Err(missing("debit_fen, day_fen or debits_per_day", "4.2(6)"));
    }
    Ok(())
}

fn check_ending(setting: &Setting<'_>, proposal: &Proposal) -> Result<(), Refusal> {
    if let Ending::At(until) = proposal.ending
        && until <= setting.at()
    {
        return Err(invalid("until: the end lies before the beginning".into()));
    }
    Ok(())
}

/// rulebook 4.2(2): the money comes out of the settlement of the merchant complained about, never
/// out of another's.
fn check_complaint(setting: &Setting<'_>, proposal: &Proposal) -> Result<(), Refusal> {
    match &proposal.scope.complaint_id {
        Some(complaint_id) if setting.facts.complaint_is_foreign => Err(Refusal::new(
            Code::ComplaintUnknown,
            format!("there is no complaint {complaint_id} against this merchant"),
        )
        .citing(proposal.kind.clause())),
        Some(_) | None => Ok(()),
    }
}

/// rulebook 4.2(2): at most one open per complaint (policy settlement-refund).
fn check_one_per_complaint(measures: &Measures, proposal: &Proposal) -> Result<(), Refusal> {
    let open = measures.open().find(|known| {
        known.kind == MeasureKind::SettlementRefund
            && proposal.kind == MeasureKind::SettlementRefund
            && known.scope.complaint_id == proposal.scope.complaint_id
    });
    open.map_or(Ok(()), |known| {
        Err(Refusal::new(
            Code::AlreadyDecided,
            format!("{} on this complaint is open", known.measure_id),
        )
        .citing("4.2(2)"))
    })
}

fn refuse_misplaced(
    place: &str,
    kind: MeasureKind,
    fields: &[(&str, bool)],
) -> Result<(), Refusal> {
    fields
        .iter()
        .find(|(_, misplaced)| *misplaced)
        .map_or(Ok(()), |(field, _)| {
            Err(invalid(format!(
                "{place}{field}: a measure of kind {} has none",
                kind.as_str()
            )))
        })
}

fn invalid(message: String) -> Refusal {
    Refusal::new(Code::FieldInvalid, message)
}

fn missing(field: &str, clause: &'static str) -> Refusal {
    Refusal::new(Code::FieldMissing, format!("{field} is missing")).citing(clause)
}

fn is_absent(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}
