//! The ladder of an edition: tiers in order, what each brings and how each is entered.

use redress_domain::measure::{Authority, MeasureKind, MeasureTerms};
use redress_domain::rulebook::{EntryLine, TierTerms};
use redress_domain::standing::Tier;

use super::read::duration;
use crate::field::{Field, FieldError};
use crate::measure::{self, EndAllowed};

/// The greatest count that an entry line may ask for.
const COUNT_MOST: u64 = 1_000_000_000;

/// Reads the tiers, lowest first.
pub(super) fn tiers(field: &Field<'_, '_>) -> Result<Vec<TierTerms>, FieldError> {
    let mut tiers: Vec<TierTerms> = Vec::new();
    for item in field.list()? {
        let terms = tier(&item, &tiers)?;
        tiers.push(terms);
    }
    if tiers.is_empty() {
        return Err(field.invalid("must have at least one tier"));
    }
    Ok(tiers)
}

fn tier(field: &Field<'_, '_>, below: &[TierTerms]) -> Result<TierTerms, FieldError> {
    let fields = field.object(&["name", "authority", "measures", "enter"])?;
    let name = fields.required("name")?;
    let tier = name.name(Tier::ALL, Tier::as_str)?;
    if tier == Tier::None {
        return Err(name.invalid("is no tier that can be entered"));
    }
    if below.last().is_some_and(|last| last.tier >= tier) {
        return Err(name.invalid("tiers stand lowest first, each once"));
    }
    let mut measures = Vec::new();
    for item in fields.required("measures")?.list()? {
        measures.push(terms(&item)?);
    }
    let enter = fields.required("enter")?;
    let mut lines = Vec::new();
    for item in enter.list()? {
        lines.push(line(&item, below)?);
    }
    if lines.is_empty() {
        return Err(enter.invalid("must have at least one line"));
    }
    Ok(TierTerms {
        tier,
        authority: fields
            .required("authority")?
            .name(Authority::ALL, Authority::as_str)?,
        measures,
        enter: lines,
    })
}

fn terms(field: &Field<'_, '_>) -> Result<MeasureTerms, FieldError> {
    let fields = field.object(&[
        "kind",
        "scope",
        "capabilities",
        "for",
        "permanent",
        "days",
        "debit_fen",
        "day_fen",
        "debits_per_day",
        "description",
    ])?;
    let terms = measure::terms(&fields, EndAllowed::NoInstant)?;
    let kind = fields.required("kind")?;
    match terms.kind {
        MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => {
            Err(kind.invalid("is a measure for intermediaries, not for merchants"))
        }
        // rulebook 4.2(2) is about one complaint's orders: no tier can bring it.
        MeasureKind::SettlementRefund => {
            Err(kind.invalid("belongs to one complaint, not to a tier"))
        }
        MeasureKind::Other if terms.parameters.description.is_none() => {
            Err(fields.missing("description"))
        }
        MeasureKind::Rectification
        | MeasureKind::EndServiceOrders
        | MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::TemplateSigning
        | MeasureKind::DebitCapability
        | MeasureKind::Limits
        | MeasureKind::SettlementCycle
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination
        | MeasureKind::PaymentPermission
        | MeasureKind::Other => Ok(terms),
    }
}

fn line(field: &Field<'_, '_>, below: &[TierTerms]) -> Result<EntryLine, FieldError> {
    let fields = field.object(&[
        "liable_rounds",
        "liable_users",
        "liable_bps",
        "late_percent",
        "repeat_percent",
        "rectification_overdue",
        "held",
    ])?;
    let number = |key: &str, most: u64| {
        fields
            .optional(key)
            .map(|field| field.number(1, most))
            .transpose()
    };
    let overdue = match fields.optional("rectification_overdue") {
        Some(field) if !field.boolean()? => {
            return Err(field.invalid("can only be asked for; leave it out instead"));
        }
        Some(_) => true,
        None => false,
    };
    let held = match fields.optional("held") {
        Some(field) => Some(held(&field, below)?),
        None => None,
    };
    let line = EntryLine {
        liable_rounds: number("liable_rounds", COUNT_MOST)?,
        liable_users: number("liable_users", COUNT_MOST)?,
        liable_bps: number("liable_bps", 10_000)?,
        late_percent: number("late_percent", 100)?,
        repeat_percent: number("repeat_percent", 100)?,
        rectification_overdue: overdue,
        held,
    };
    if line == EntryLine::default() {
        return Err(field.invalid("asks for nothing, so it would always hold"));
    }
    Ok(line)
}

fn held(
    field: &Field<'_, '_>,
    below: &[TierTerms],
) -> Result<(Tier, redress_domain::instant::Span), FieldError> {
    let fields = field.object(&["tier", "for"])?;
    let name = fields.required("tier")?;
    let tier = name.name(Tier::ALL, Tier::as_str)?;
    if !below.iter().any(|terms| terms.tier == tier) {
        return Err(name.invalid("must be a tier below this one"));
    }
    Ok((tier, duration(&fields.required("for")?)?))
}
