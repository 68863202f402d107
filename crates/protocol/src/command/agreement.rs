//! `agreement.*`

use redress_domain::agreement::{Act, AgreementKind, Period, Plan, Signing};
use redress_domain::command::Request;
use redress_domain::identity::{AgreementId, MerchantId, OrderId, TemplateId, UserRef};

use super::{amount, optional_personal_text, optional_plain_text, positive_amount};
use crate::field::{Field, FieldError, Fields};

/// The greatest number of debits that a plan may allow in one period.
const DEBITS_PER_PERIOD_MOST: u32 = 1_000_000;

/// Reads the data of a command to an agreement; `None` when there is no such command.
pub(super) fn request(act: &str, data: &Field<'_, '_>) -> Result<Option<Request>, FieldError> {
    let Some(keys) = keys(act) else {
        return Ok(None);
    };
    let fields = data.object(keys)?;
    let agreement_id = fields
        .required("agreement_id")?
        .identifier(AgreementId::new)?;
    let act = read(act, &agreement_id, &fields)?;
    Ok(act.map(|act| Request::Agreement(agreement_id, act)))
}

fn keys(act: &str) -> Option<&'static [&'static str]> {
    Some(match act {
        "sign" => &[
            "agreement_id",
            "merchant_id",
            "user_ref",
            "template_id",
            "kind",
            "plan",
            "disclosed",
        ],
        "change_plan" => &["agreement_id", "plan", "disclosed"],
        "remind" => &["agreement_id", "debit_at", "amount_fen"],
        "debit" | "refund" => &["agreement_id", "order_id", "amount_fen"],
        "record_usage" => &["agreement_id", "summary", "order_id", "consumed_fen"],
        "suspend" | "resume" | "cancel" => &["agreement_id", "reason"],
        _ => return None,
    })
}

fn read(
    act: &str,
    agreement_id: &AgreementId,
    fields: &Fields<'_, '_>,
) -> Result<Option<Act>, FieldError> {
    Ok(Some(match act {
        "sign" => Act::Sign(Signing {
            agreement_id: agreement_id.clone(),
            merchant_id: fields
                .required("merchant_id")?
                .identifier(MerchantId::new)?,
            user_ref: fields.required("user_ref")?.identifier(UserRef::new)?,
            template_id: fields
                .required("template_id")?
                .identifier(TemplateId::new)?,
            kind: fields
                .required("kind")?
                .name(AgreementKind::ALL, AgreementKind::as_str)?,
            plan: plan(fields)?,
            disclosed: fields.required("disclosed")?.boolean()?,
        }),
        "change_plan" => Act::ChangePlan {
            plan: plan(fields)?,
            disclosed: fields
                .optional("disclosed")
                .map(|field| field.boolean())
                .transpose()?,
        },
        "remind" => Act::Remind {
            debit_at: fields.required("debit_at")?.instant()?,
            amount_fen: positive_amount(&fields.required("amount_fen")?)?,
        },
        "debit" => Act::Debit {
            order_id: order_id(&fields.required("order_id")?)?,
            amount_fen: positive_amount(&fields.required("amount_fen")?)?,
        },
        "refund" => Act::Refund {
            order_id: order_id(&fields.required("order_id")?)?,
            amount_fen: positive_amount(&fields.required("amount_fen")?)?,
        },
        "record_usage" => Act::RecordUsage {
            summary: optional_plain_text(fields, "summary")?,
            order_id: fields
                .optional("order_id")
                .map(|field| order_id(&field))
                .transpose()?,
            consumed_fen: fields
                .optional("consumed_fen")
                .map(|field| amount(&field))
                .transpose()?,
        },
        "suspend" => Act::Suspend {
            reason: optional_plain_text(fields, "reason")?,
        },
        "resume" => Act::Resume {
            reason: optional_plain_text(fields, "reason")?,
        },
        "cancel" => Act::Cancel {
            reason: optional_personal_text(fields, "reason")?,
        },
        _ => return Ok(None),
    }))
}

fn order_id(field: &Field<'_, '_>) -> Result<OrderId, FieldError> {
    field.identifier(OrderId::new)
}

fn plan(fields: &Fields<'_, '_>) -> Result<Plan, FieldError> {
    let field = fields.required("plan")?;
    let plan = field.object(&["amount_fen", "period", "debits_per_period"])?;
    let period = plan
        .optional("period")
        .map(|field| field.name(Period::ALL, Period::as_str))
        .transpose()?;
    let debits_per_period = match plan.optional("debits_per_period") {
        Some(field) if period.is_none() => {
            return Err(field.invalid("needs a period to count in"));
        }
        Some(field) => Some(field.small_number(1, DEBITS_PER_PERIOD_MOST)?),
        None => None,
    };
    Ok(Plan {
        amount_fen: positive_amount(&plan.required("amount_fen")?)?,
        period,
        debits_per_period,
    })
}
