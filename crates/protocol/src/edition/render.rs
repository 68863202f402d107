//! An edition as a document and as a file, in the shape that is read again.

use redress_domain::clock::ClockKind;
use redress_domain::instant::{CivilDay, Span};
use redress_domain::merchant::Industry;
use redress_domain::rulebook::{
    Channel, Clocks, Edition, EntryLine, Overlay, PauseReason, Rounding, TierTerms,
};
use serde_json::{Map, Value, json};

use super::EditionError;
use super::read::{OVERLAID, TRANSITIONS};
use crate::instant::{WEEKDAYS, format_day, format_instant, format_offset, format_span};
use crate::measure::terms_json;

/// Writes an edition as a TOML file that reads as the same edition.
///
/// # Errors
/// None that an edition can bring about; what the TOML writer says is passed on.
pub fn render_edition(edition: &Edition) -> Result<String, EditionError> {
    toml::to_string(&render_edition_json(edition))
        .map_err(|error| EditionError::Syntax(error.to_string()))
}

/// Writes an edition as a document of the file's shape.
#[must_use]
pub fn render_edition_json(edition: &Edition) -> Value {
    let transition = TRANSITIONS
        .iter()
        .find(|(_, transition)| *transition == edition.transition)
        .map(|(name, _)| *name);
    json!({
        "edition": edition.name.as_str(),
        "announced_at": format_instant(edition.announced_at, edition.civil_offset),
        "effective_at": format_instant(edition.effective_at, edition.civil_offset),
        "civil_offset": format_offset(edition.civil_offset),
        "transition": transition,
        "notice": { "minimum_days": edition.notice_minimum_days },
        "clocks": clocks(&edition.clocks),
        "calendar": {
            "weekend": edition
                .calendar
                .weekend
                .iter()
                .filter_map(|day| WEEKDAYS.iter().find(|(_, known)| known == day))
                .map(|(name, _)| *name)
                .collect::<Vec<_>>(),
            "holidays": days(&edition.calendar.holidays),
            "workdays": days(&edition.calendar.workdays),
        },
        "repeat": { "related_window": format_span(edition.related_window) },
        "remedy": {
            "rounding": match edition.remedy.rounding {
                Rounding::UpForUser => "up_for_user",
            },
            "settlement_refund_after": format_span(edition.remedy.settlement_refund_after),
            "settlement_refund_automatic_fen": edition.remedy.settlement_refund_automatic_fen,
        },
        "liability": {
            "automatic": edition
                .automatic_grounds
                .iter()
                .map(|ground| ground.as_str())
                .collect::<Vec<_>>(),
        },
        "standing": {
            "window": format_span(edition.standing.window),
            "counted_rounds_per_user": edition.standing.counted_rounds_per_user,
            "rate_without_volume": if edition.standing.rate_without_volume_reached {
                "reached"
            } else {
                "not_reached"
            },
            "step_down_after": format_span(edition.standing.step_down_after),
            "step_down_percent": edition.standing.step_down_percent,
        },
        "agreement": {
            "first_debit_without_reminder":
                format_span(edition.agreement.first_debit_without_reminder),
            "reminder_before_debit": format_span(edition.agreement.reminder_before_debit),
            "reminder_valid_for": format_span(edition.agreement.reminder_valid_for),
        },
        "intermediary": {
            "watch_merchants_at_t2": edition.intermediary.watch_merchants_at_t2,
            "t1_merchants_at_t2": edition.intermediary.t1_merchants_at_t2,
            "t1_percent_at_t2": edition.intermediary.t1_percent_at_t2,
            "t1_percent_minimum_base": edition.intermediary.t1_percent_minimum_base,
        },
        "notify": {
            "channels": edition
                .notice_channels
                .iter()
                .copied()
                .map(Channel::as_str)
                .collect::<Vec<_>>(),
        },
        "tier": edition.tiers.iter().map(tier).collect::<Vec<_>>(),
        "industry": industries(edition),
    })
}

fn clocks(clocks: &Clocks) -> Value {
    json!({
        "first_reply": format_span(clocks.first_reply),
        "refund_decision": format_span(clocks.refund_decision),
        "resolution": format_span(clocks.resolution),
        "evidence": format_span(clocks.evidence),
        "rectification": format_span(clocks.rectification),
        "appeal_window": format_span(clocks.appeal_window),
        "appeal_decision": format_span(clocks.appeal_decision),
        "refund_payment_working_days_max": clocks.refund_payment_working_days_max,
        "at_risk_percent": clocks.at_risk_percent,
        "future_skew": format_span(clocks.future_skew),
        "partner_grace": format_span(clocks.partner_grace),
        "pause_reasons": clocks
            .pause_reasons
            .iter()
            .copied()
            .map(PauseReason::as_str)
            .collect::<Vec<_>>(),
        "boundary": "inclusive",
    })
}

fn days(days: &[CivilDay]) -> Vec<String> {
    days.iter().copied().map(format_day).collect()
}

fn tier(terms: &TierTerms) -> Value {
    json!({
        "name": terms.tier.as_str(),
        "authority": terms.authority.as_str(),
        "measures": terms.measures.iter().map(terms_json).collect::<Vec<_>>(),
        "enter": terms.enter.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(line: &EntryLine) -> Value {
    let mut map = Map::new();
    for (key, asked) in [
        ("liable_rounds", line.liable_rounds),
        ("liable_users", line.liable_users),
        ("liable_bps", line.liable_bps),
        ("late_percent", line.late_percent),
        ("repeat_percent", line.repeat_percent),
    ] {
        if let Some(asked) = asked {
            map.insert(key.to_owned(), asked.into());
        }
    }
    if line.rectification_overdue {
        map.insert("rectification_overdue".to_owned(), true.into());
    }
    if let Some((tier, span)) = &line.held {
        map.insert(
            "held".to_owned(),
            json!({ "tier": tier.as_str(), "for": format_span(*span) }),
        );
    }
    Value::Object(map)
}

fn industries(edition: &Edition) -> Value {
    let mut map = Map::new();
    for industry in OVERLAID {
        if let Some(terms) = edition.industries.get(&industry) {
            map.insert(Industry::as_str(industry).to_owned(), overlay(terms));
        }
    }
    Value::Object(map)
}

fn overlay(overlay: &Overlay) -> Value {
    let mut map: Map<String, Value> = overlay
        .durations
        .iter()
        .map(|(clock, span): (&ClockKind, &Span)| {
            (clock.as_str().to_owned(), format_span(*span).into())
        })
        .collect();
    if let Some(days) = overlay.refund_payment_working_days_max {
        map.insert("refund_payment_working_days_max".to_owned(), days.into());
    }
    if let Some(percent) = overlay.at_risk_percent {
        map.insert("at_risk_percent".to_owned(), percent.into());
    }
    Value::Object(map)
}
