//! `merchant.*`

use redress_domain::command::Request;
use redress_domain::identity::{EntityId, IntermediaryId, MerchantId};
use redress_domain::instant::Instant;
use redress_domain::merchant::{Act, Industry, MerchantKind, Observation, Registration, Update};

use super::{COUNT_MOST, measure, optional_plain_text, plain_text};
use crate::field::{Field, FieldError, Fields};

/// Reads the data of a command to a merchant; `None` when there is no such command.
pub(super) fn request(act: &str, data: &Field<'_, '_>) -> Result<Option<Request>, FieldError> {
    if let Some(keys) = keys(act) {
        let fields = data.object(keys)?;
        let merchant_id = merchant_id(&fields)?;
        let act = own_act(act, &merchant_id, &fields)?;
        return Ok(act.map(|act| Request::Merchant(merchant_id, act)));
    }
    let Some(fields) = measure::fields(act, "merchant_id", data)? else {
        return Ok(None);
    };
    let merchant_id = merchant_id(&fields)?;
    let act = measure::act(act, &fields)?;
    Ok(act.map(|act| Request::Merchant(merchant_id, Act::Measure(act))))
}

fn merchant_id(fields: &Fields<'_, '_>) -> Result<MerchantId, FieldError> {
    fields.required("merchant_id")?.identifier(MerchantId::new)
}

fn keys(act: &str) -> Option<&'static [&'static str]> {
    Some(match act {
        "register" => &[
            "merchant_id",
            "kind",
            "industry",
            "name",
            "institution_id",
            "service_provider_id",
            "entity_id",
        ],
        "update" => &[
            "merchant_id",
            "industry",
            "name",
            "institution_id",
            "service_provider_id",
            "entity_id",
        ],
        "report_volume" => &["merchant_id", "day", "debits", "users"],
        "accept_rulebook" => &["merchant_id", "edition"],
        "decline_rulebook" => &["merchant_id", "edition", "written_notice"],
        "observe" => &["merchant_id"],
        _ => return None,
    })
}

fn own_act(
    act: &str,
    merchant_id: &MerchantId,
    fields: &Fields<'_, '_>,
) -> Result<Option<Act>, FieldError> {
    Ok(Some(match act {
        "register" => Act::Register(Registration {
            merchant_id: merchant_id.clone(),
            kind: fields
                .required("kind")?
                .name(MerchantKind::ALL, MerchantKind::as_str)?,
            industry: industry(&fields.required("industry")?)?,
            name: plain_text(fields, "name")?,
            institution_id: intermediary_id(fields, "institution_id")?,
            service_provider_id: intermediary_id(fields, "service_provider_id")?,
            entity_id: entity_id(fields)?,
        }),
        "update" => Act::Update(Update {
            industry: fields
                .optional("industry")
                .map(|field| industry(&field))
                .transpose()?,
            name: optional_plain_text(fields, "name")?,
            institution_id: intermediary_id(fields, "institution_id")?,
            service_provider_id: intermediary_id(fields, "service_provider_id")?,
            entity_id: entity_id(fields)?,
        }),
        "report_volume" => Act::ReportVolume {
            day: fields.required("day")?.day()?,
            debits: fields.required("debits")?.number(0, COUNT_MOST)?,
            users: fields.required("users")?.number(0, COUNT_MOST)?,
        },
        "accept_rulebook" => Act::AcceptRulebook {
            edition: fields.required("edition")?.text()?.into(),
        },
        "decline_rulebook" => Act::DeclineRulebook {
            edition: fields.required("edition")?.text()?.into(),
            written_notice: plain_text(fields, "written_notice")?,
        },
        "observe" => Act::Observe(nothing_observed()),
        _ => return Ok(None),
    }))
}

/// The engine fills in what it has seen; whoever else asks is refused by the role.
pub(super) fn nothing_observed() -> Observation {
    Observation {
        through: Instant::from_unix_ms(i64::MIN),
        evaluation: None,
        computed_at_position: 0,
        fallen_determinations: Vec::new(),
        settlement_refunds: Vec::new(),
        used_service_at: None,
        enact: false,
    }
}

fn industry(field: &Field<'_, '_>) -> Result<Industry, FieldError> {
    field.name(Industry::ALL, Industry::as_str)
}

fn intermediary_id(
    fields: &Fields<'_, '_>,
    key: &str,
) -> Result<Option<IntermediaryId>, FieldError> {
    fields
        .optional(key)
        .map(|field| field.identifier(IntermediaryId::new))
        .transpose()
}

fn entity_id(fields: &Fields<'_, '_>) -> Result<Option<EntityId>, FieldError> {
    fields
        .optional("entity_id")
        .map(|field| field.identifier(EntityId::new))
        .transpose()
}
