//! Terms of a measure as documents write them: kind, scope, numbers, end. Commands and editions
//! share them.

use std::sync::Arc;

use redress_domain::identity::{ComplaintId, TemplateId};
use redress_domain::instant::Span;
use redress_domain::measure::{Ending, MeasureKind, MeasureTerms, Parameters, Scope, ScopeLevel};
use serde_json::{Map, Value, json};

use crate::command::AMOUNT_MOST_FEN;
use crate::field::{Field, FieldError, Fields};
use crate::instant::format_span;

/// The longest settlement cycle that a measure may ask for.
const SETTLEMENT_DAYS_MOST: u32 = 366;
/// The greatest number of debits a day that a measure may allow.
const DEBITS_PER_DAY_MOST: u32 = 1_000_000;
/// The longest name of a capability or a payment permission.
const NAME_MOST_CHARACTERS: usize = 64;

/// Which ends a document may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndAllowed {
    /// `for`, `until` or `permanent`.
    AnyOrInstant,
    /// `for` or `permanent`: an edition knows no instant.
    NoInstant,
}

/// Reads `kind`, `scope`, the numbers and the end.
pub(crate) fn terms(
    fields: &Fields<'_, '_>,
    allowed: EndAllowed,
) -> Result<MeasureTerms, FieldError> {
    let kind = fields
        .required("kind")?
        .name(MeasureKind::ALL, MeasureKind::as_str)?;
    Ok(MeasureTerms {
        kind,
        scope: scope(kind, fields)?,
        parameters: parameters(kind, fields)?,
        ending: ending(fields, allowed)?,
    })
}

fn ending(fields: &Fields<'_, '_>, allowed: EndAllowed) -> Result<Ending, FieldError> {
    let mut endings = Vec::new();
    if let Some(field) = fields.optional("for") {
        let span = field.span()?;
        if span <= Span::ZERO {
            return Err(field.invalid("must be longer than nothing"));
        }
        endings.push((field, Ending::After(span)));
    }
    if let (Some(field), EndAllowed::AnyOrInstant) = (fields.optional("until"), allowed) {
        endings.push((field, Ending::At(field.instant()?)));
    }
    if let Some(field) = fields.optional("permanent")
        && field.boolean()?
    {
        endings.push((field, Ending::Permanent));
    }
    match endings.as_slice() {
        [] => Ok(Ending::AtCure),
        [(_, ending)] => Ok(*ending),
        [_, (field, _), ..] => Err(field.invalid("a measure has one end, not several")),
    }
}

/// Which scope a kind has, where a scope of another sort would silently mean "everything".
fn scope_of(kind: MeasureKind) -> Option<&'static [&'static str]> {
    match kind {
        MeasureKind::SettlementRefund => Some(&["complaint_id"]),
        MeasureKind::TemplateSigning => Some(&["template_id"]),
        MeasureKind::DebitCapability => Some(&["capabilities", "level"]),
        MeasureKind::PaymentPermission => Some(&["permissions", "level"]),
        MeasureKind::PreDebitReminder
        | MeasureKind::Limits
        | MeasureKind::SettlementCycle
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination => Some(&["level"]),
        MeasureKind::Rectification
        | MeasureKind::EndServiceOrders
        | MeasureKind::RiskWarning
        | MeasureKind::Other
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => None,
    }
}

const SCOPE_KEYS: [&str; 5] = [
    "template_id",
    "capabilities",
    "permissions",
    "complaint_id",
    "level",
];

fn scope(kind: MeasureKind, fields: &Fields<'_, '_>) -> Result<Scope, FieldError> {
    // An edition may name capabilities beside the kind; in a command they stand in the scope.
    if let Some(field) = fields.optional("capabilities") {
        if fields.optional("scope").is_some() {
            return Err(field.invalid("stands beside `scope`; name them in one place"));
        }
        if kind != MeasureKind::DebitCapability {
            return Err(misfit(&field, kind));
        }
        return Ok(Scope {
            capabilities: names(&field)?,
            ..Scope::default()
        });
    }
    let Some(field) = fields.optional("scope") else {
        return Ok(Scope::default());
    };
    if field.value.as_str() == Some("all") {
        return Ok(Scope::default());
    }
    if !field.value.is_object() {
        return Err(field.invalid("must be \"all\" or an object that names one thing"));
    }
    let inner = field.object(&SCOPE_KEYS)?;
    if inner.entries().next().is_none() {
        return Err(field.invalid("names nothing; write \"all\" for everything"));
    }
    if let Some(fitting) = scope_of(kind)
        && let Some((_, wrong)) = inner.entries().find(|(key, _)| !fitting.contains(key))
    {
        return Err(misfit(&wrong, kind));
    }
    let named = inner.entries().filter(|(key, _)| *key != "level").count();
    if named > 1 {
        return Err(field.invalid("names several things; a measure is limited to one"));
    }
    Ok(Scope {
        template_id: inner
            .optional("template_id")
            .map(|field| field.identifier(TemplateId::new))
            .transpose()?,
        capabilities: optional_names(&inner, "capabilities")?,
        permissions: optional_names(&inner, "permissions")?,
        complaint_id: inner
            .optional("complaint_id")
            .map(|field| field.identifier(ComplaintId::new))
            .transpose()?,
        level: inner
            .optional("level")
            .map(|field| level(kind, &field))
            .transpose()?,
    })
}

/// The entity as a level is for clauses that speak of it; elsewhere it would be without effect.
fn level(kind: MeasureKind, field: &Field<'_, '_>) -> Result<ScopeLevel, FieldError> {
    let level = field.name(ScopeLevel::ALL, ScopeLevel::as_str)?;
    if level == ScopeLevel::Entity && !kind.can_reach_entity() {
        return Err(misfit(field, kind));
    }
    Ok(level)
}

fn misfit(field: &Field<'_, '_>, kind: MeasureKind) -> FieldError {
    field.invalid(format!(
        "does not belong to a measure of kind {}",
        kind.as_str()
    ))
}

fn optional_names(fields: &Fields<'_, '_>, key: &str) -> Result<Vec<Arc<str>>, FieldError> {
    fields
        .optional(key)
        .map_or(Ok(Vec::new()), |field| names(&field))
}

fn names(field: &Field<'_, '_>) -> Result<Vec<Arc<str>>, FieldError> {
    let items = field.list()?;
    if items.is_empty() {
        return Err(field.invalid("names nothing; write \"all\" as the scope for everything"));
    }
    items
        .iter()
        .map(|item| {
            let name = item.text()?;
            let characters = name.chars().count();
            if name.trim().is_empty() || characters > NAME_MOST_CHARACTERS {
                return Err(item.invalid(format!(
                    "must be a name of at most {NAME_MOST_CHARACTERS} characters"
                )));
            }
            Ok(Arc::from(name))
        })
        .collect()
}

fn parameters(kind: MeasureKind, fields: &Fields<'_, '_>) -> Result<Parameters, FieldError> {
    let own: &[&str] = match kind {
        MeasureKind::SettlementCycle => &["days"],
        MeasureKind::Limits => &["debit_fen", "day_fen", "debits_per_day"],
        MeasureKind::Other => &["days", "debit_fen", "day_fen", "debits_per_day"],
        MeasureKind::Rectification
        | MeasureKind::SettlementRefund
        | MeasureKind::EndServiceOrders
        | MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::TemplateSigning
        | MeasureKind::DebitCapability
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination
        | MeasureKind::PaymentPermission
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => &[],
    };
    for key in ["days", "debit_fen", "day_fen", "debits_per_day"] {
        if let Some(field) = fields.optional(key)
            && !own.contains(&key)
        {
            return Err(misfit(&field, kind));
        }
    }
    let parameters = Parameters {
        days: fields
            .optional("days")
            .map(|field| field.small_number(1, SETTLEMENT_DAYS_MOST))
            .transpose()?,
        debit_fen: fields
            .optional("debit_fen")
            .map(|field| field.number(0, AMOUNT_MOST_FEN))
            .transpose()?,
        day_fen: fields
            .optional("day_fen")
            .map(|field| field.number(0, AMOUNT_MOST_FEN))
            .transpose()?,
        debits_per_day: fields
            .optional("debits_per_day")
            .map(|field| field.small_number(0, DEBITS_PER_DAY_MOST))
            .transpose()?,
        amount_fen: None,
        description: fields
            .optional("description")
            .map(|field| field.text().map(Arc::from))
            .transpose()?,
    };
    // Without a number these would be measures that change nothing.
    if kind == MeasureKind::SettlementCycle && parameters.days.is_none() {
        return Err(fields.missing("days"));
    }
    let limited = parameters.debit_fen.is_some()
        || parameters.day_fen.is_some()
        || parameters.debits_per_day.is_some();
    if kind == MeasureKind::Limits && !limited {
        return Err(fields.missing("debit_fen"));
    }
    Ok(parameters)
}

/// Writes a scope as commands write it.
pub(crate) fn scope_json(scope: &Scope) -> Value {
    let mut map = Map::new();
    if let Some(template_id) = &scope.template_id {
        map.insert("template_id".to_owned(), template_id.as_str().into());
    }
    if !scope.capabilities.is_empty() {
        map.insert("capabilities".to_owned(), texts_json(&scope.capabilities));
    }
    if !scope.permissions.is_empty() {
        map.insert("permissions".to_owned(), texts_json(&scope.permissions));
    }
    if let Some(complaint_id) = &scope.complaint_id {
        map.insert("complaint_id".to_owned(), complaint_id.as_str().into());
    }
    if let Some(level) = scope.level {
        map.insert("level".to_owned(), level.as_str().into());
    }
    if map.is_empty() {
        Value::from("all")
    } else {
        Value::Object(map)
    }
}

/// Writes the terms of a measure as an edition writes them: what is not set is not there.
pub(crate) fn terms_json(terms: &MeasureTerms) -> Value {
    let mut map = Map::new();
    map.insert("kind".to_owned(), terms.kind.as_str().into());
    if terms.scope != Scope::default() {
        map.insert("scope".to_owned(), scope_json(&terms.scope));
    }
    for (key, value) in numbers(&terms.parameters) {
        if let Some(value) = value {
            map.insert(key.to_owned(), value.into());
        }
    }
    if let Some(description) = &terms.parameters.description {
        map.insert("description".to_owned(), (**description).into());
    }
    match terms.ending {
        Ending::AtCure | Ending::At(_) => {}
        Ending::After(span) => {
            map.insert("for".to_owned(), format_span(span).into());
        }
        Ending::Permanent => {
            map.insert("permanent".to_owned(), true.into());
        }
    }
    Value::Object(map)
}

/// Writes every number of a measure, null where it is not set.
pub(crate) fn parameters_json(parameters: &Parameters) -> Value {
    let mut map: Map<String, Value> = numbers(parameters)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    map.insert("amount_fen".to_owned(), json!(parameters.amount_fen));
    map.insert(
        "description".to_owned(),
        json!(parameters.description.as_deref()),
    );
    Value::Object(map)
}

fn numbers(parameters: &Parameters) -> [(&'static str, Option<u64>); 4] {
    [
        ("days", parameters.days.map(u64::from)),
        ("debit_fen", parameters.debit_fen),
        ("day_fen", parameters.day_fen),
        ("debits_per_day", parameters.debits_per_day.map(u64::from)),
    ]
}

/// Writes a list of texts.
pub(crate) fn texts_json(texts: &[Arc<str>]) -> Value {
    texts.iter().map(|text| Value::from(&**text)).collect()
}
