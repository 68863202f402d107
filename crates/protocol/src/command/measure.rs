//! The measure commands, the same for merchants and intermediaries.

use redress_domain::identity::Reference;
use redress_domain::measure::{AppealOutcome, Authority, MeasureId};
use redress_domain::merchant::{MeasureAct, Proposal};
use redress_domain::rulebook::Channel;

use super::{COUNT_MOST, plain_text, plain_texts};
use crate::field::{Field, FieldError, Fields};
use crate::measure::{self, EndAllowed};

/// Opens the data of a measure command; `None` when there is no such command.
pub(super) fn fields<'v, 'p>(
    act: &str,
    owner_key: &'static str,
    data: &Field<'v, 'p>,
) -> Result<Option<Fields<'v, 'p>>, FieldError> {
    let own: &[&str] = match act {
        "propose_measure" | "impose_measure" => &[
            "kind",
            "scope",
            "for",
            "until",
            "permanent",
            "authority",
            "days",
            "debit_fen",
            "day_fen",
            "debits_per_day",
            "grounds",
            "rationale",
            "description",
        ],
        "approve_measure" => &["measure_id", "seen_position"],
        "refuse_measure" | "lift_measure" | "accept_rectification" | "refuse_rectification" => {
            &["measure_id", "rationale"]
        }
        "record_notice" => &["measure_id", "channel", "delivery_ref"],
        "submit_rectification" => &["measure_id", "summary"],
        "appeal" => &["measure_id", "statement"],
        "decide_appeal" => &["measure_id", "outcome", "rationale", "until"],
        _ => return Ok(None),
    };
    let known: Vec<&str> = std::iter::once(owner_key)
        .chain(own.iter().copied())
        .collect();
    data.object(&known).map(Some)
}

/// Reads what is asked about a measure; `None` when there is no such command.
pub(super) fn act(act: &str, fields: &Fields<'_, '_>) -> Result<Option<MeasureAct>, FieldError> {
    Ok(Some(match act {
        "propose_measure" => MeasureAct::Propose(proposal(fields)?),
        "impose_measure" => MeasureAct::Impose(proposal(fields)?),
        "approve_measure" => MeasureAct::Approve {
            measure_id: measure_id(fields)?,
            seen_position: fields
                .optional("seen_position")
                .map(|field| field.number(0, COUNT_MOST))
                .transpose()?,
        },
        "refuse_measure" => MeasureAct::Refuse {
            measure_id: measure_id(fields)?,
            rationale: plain_text(fields, "rationale")?,
        },
        "lift_measure" => MeasureAct::Lift {
            measure_id: measure_id(fields)?,
            rationale: plain_text(fields, "rationale")?,
        },
        "record_notice" => MeasureAct::RecordNotice {
            measure_id: measure_id(fields)?,
            channel: fields
                .required("channel")?
                .name(&Channel::ALL, Channel::as_str)?,
            delivery_ref: fields
                .required("delivery_ref")?
                .identifier(Reference::new)?,
        },
        "submit_rectification" => MeasureAct::SubmitRectification {
            measure_id: measure_id(fields)?,
            summary: plain_text(fields, "summary")?,
        },
        "accept_rectification" => MeasureAct::AcceptRectification {
            measure_id: measure_id(fields)?,
            rationale: plain_text(fields, "rationale")?,
        },
        "refuse_rectification" => MeasureAct::RefuseRectification {
            measure_id: measure_id(fields)?,
            rationale: plain_text(fields, "rationale")?,
        },
        "appeal" => MeasureAct::Appeal {
            measure_id: measure_id(fields)?,
            statement: plain_text(fields, "statement")?,
        },
        "decide_appeal" => MeasureAct::DecideAppeal {
            measure_id: measure_id(fields)?,
            outcome: fields
                .required("outcome")?
                .name(AppealOutcome::ALL, AppealOutcome::as_str)?,
            rationale: plain_text(fields, "rationale")?,
            until: super::instant(fields, "until")?,
        },
        _ => return Ok(None),
    }))
}

fn proposal(fields: &Fields<'_, '_>) -> Result<Proposal, FieldError> {
    let terms = measure::terms(fields, EndAllowed::AnyOrInstant)?;
    Ok(Proposal {
        kind: terms.kind,
        scope: terms.scope,
        parameters: terms.parameters,
        ending: terms.ending,
        authority: fields
            .optional("authority")
            .map(|field| field.name(Authority::ALL, Authority::as_str))
            .transpose()?,
        grounds: plain_texts(fields, "grounds")?,
        rationale: plain_text(fields, "rationale")?,
    })
}

/// An id that is not of the form that the engine gives was never given, like number 0.
fn measure_id(fields: &Fields<'_, '_>) -> Result<MeasureId, FieldError> {
    let text = fields.required("measure_id")?.text()?;
    Ok(MeasureId::parse(text).unwrap_or(MeasureId(0)))
}
