//! Measures as views show them, of merchants and intermediaries alike.

use redress_domain::measure::{Appeal, Approval, Ending, Measure, Measures, Notice};
use serde_json::{Value, json};

use super::Moment;
use crate::measure::{parameters_json, scope_json, texts_json};
use crate::standing::metrics_json;

/// All measures, in order of appearance.
pub(super) fn measures(measures: &Measures, moment: &Moment) -> Value {
    measures.iter().map(|one| measure(one, moment)).collect()
}

fn measure(measure: &Measure, moment: &Moment) -> Value {
    let mut shown = json!({
        "measure_id": measure.measure_id.to_string(),
        "kind": measure.kind.as_str(),
        "clause": measure.clause,
        "status": measure.status.as_str(),
        "scope": scope_json(&measure.scope),
        "proposed_at": moment.instant(measure.proposed_at),
        "proposed_by": measure.proposed_by.id.as_str(),
        "from": moment.optional_instant(measure.imposed_at),
        "until": moment.optional_instant(measure.ends_at()),
        "permanent": measure.ending == Ending::Permanent,
        "ended_at": moment.optional_instant(measure.ended_at),
        "tier": measure.tier.map(|tier| tier.as_str()),
        "grounds": texts_json(&measure.grounds),
        "rationale": &*measure.rationale,
        "cure": &*measure.cure,
        "metrics": measure.metrics.as_ref().map(metrics_json),
        "overdue": measure.is_overdue(),
        "under_review": measure.under_review(),
        "authority": measure.authority.as_str(),
        "approvals": approvals(&measure.approvals, moment),
        "lift_approvals": approvals(&measure.lift_approvals, moment),
        "appeal": measure.appeal.as_ref().map(|one| appeal(one, moment)),
        "notices": measure.notices.iter().map(|one| notice(one, moment)).collect::<Vec<_>>(),
    });
    if let (Some(map), Value::Object(numbers)) =
        (shown.as_object_mut(), parameters_json(&measure.parameters))
    {
        map.extend(numbers);
    }
    shown
}

fn approvals(approvals: &[Approval], moment: &Moment) -> Value {
    approvals
        .iter()
        .map(|approval| {
            json!({
                "by": approval.by.id.as_str(),
                "role": approval.by.role.as_str(),
                "at": moment.instant(approval.at),
                "seen_position": approval.seen_position,
            })
        })
        .collect()
}

fn appeal(appeal: &Appeal, moment: &Moment) -> Value {
    let decided = appeal.decided.as_ref();
    json!({
        "until": moment.instant(appeal.window_until),
        "filed_at": moment.optional_instant(appeal.filed_at),
        "decision_due_at": moment.optional_instant(appeal.decision_due_at),
        "decision_missed": appeal.decision_missed,
        "outcome": decided.map(|(outcome, _)| outcome.as_str()),
        "decided_at": moment.optional_instant(decided.map(|(_, at)| *at)),
    })
}

fn notice(notice: &Notice, moment: &Moment) -> Value {
    json!({
        "channel": notice.channel.as_str(),
        "issued_at": moment.optional_instant(notice.issued_at),
        "delivered_at": moment.optional_instant(notice.delivered_at),
    })
}
