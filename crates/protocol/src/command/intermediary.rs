//! `intermediary.*`

use redress_domain::command::Request;
use redress_domain::identity::{ComplaintId, IntermediaryId};
use redress_domain::intermediary::{Act, IntermediaryKind};

use super::{measure, merchant, plain_text};
use crate::field::{Field, FieldError, Fields};

/// Reads the data of a command to an intermediary; `None` when there is no such command.
pub(super) fn request(act: &str, data: &Field<'_, '_>) -> Result<Option<Request>, FieldError> {
    let keys: Option<&[&str]> = match act {
        "register" => Some(&["intermediary_id", "kind", "name"]),
        "update" => Some(&["intermediary_id", "name"]),
        "record_coordination_failure" => Some(&["intermediary_id", "complaint_id", "round"]),
        "observe" => Some(&["intermediary_id"]),
        _ => None,
    };
    if let Some(keys) = keys {
        let fields = data.object(keys)?;
        let intermediary_id = intermediary_id(&fields)?;
        let act = own_act(act, &intermediary_id, &fields)?;
        return Ok(act.map(|act| Request::Intermediary(intermediary_id, act)));
    }
    let Some(fields) = measure::fields(act, "intermediary_id", data)? else {
        return Ok(None);
    };
    let intermediary_id = intermediary_id(&fields)?;
    let act = measure::act(act, &fields)?;
    Ok(act.map(|act| Request::Intermediary(intermediary_id, Act::Measure(act))))
}

fn intermediary_id(fields: &Fields<'_, '_>) -> Result<IntermediaryId, FieldError> {
    fields
        .required("intermediary_id")?
        .identifier(IntermediaryId::new)
}

fn own_act(
    act: &str,
    intermediary_id: &IntermediaryId,
    fields: &Fields<'_, '_>,
) -> Result<Option<Act>, FieldError> {
    Ok(Some(match act {
        "register" => Act::Register {
            intermediary_id: intermediary_id.clone(),
            kind: fields
                .required("kind")?
                .name(IntermediaryKind::ALL, IntermediaryKind::as_str)?,
            name: plain_text(fields, "name")?,
        },
        "update" => Act::Update {
            name: plain_text(fields, "name")?,
        },
        "record_coordination_failure" => Act::RecordCoordinationFailure {
            complaint_id: fields
                .required("complaint_id")?
                .identifier(ComplaintId::new)?,
            round: fields.required("round")?.small_number(1, u32::MAX)?,
        },
        "observe" => Act::Observe(merchant::nothing_observed()),
        _ => return Ok(None),
    }))
}
