//! A whole edition document into an edition, value by value.

use std::collections::BTreeMap;

use redress_domain::clock::ClockKind;
use redress_domain::complaint::Ground;
use redress_domain::identity::EditionName;
use redress_domain::instant::{CivilDay, CivilOffset, Span, Weekday};
use redress_domain::merchant::Industry;
use redress_domain::rulebook::{
    AgreementTerms, Calendar, Channel, Clocks, Edition, IntermediaryTerms, Overlay, PauseReason,
    RemedyTerms, Rounding, StandingTerms, Transition,
};

use super::ladder;
use crate::command::AMOUNT_MOST_FEN;
use crate::field::{Field, FieldError, Fields};
use crate::instant::{WEEKDAYS, parse_offset};

/// The longest duration that an edition may name: ten years of 365 days.
const LONGEST: Span = Span::from_days(3650);
/// The greatest number of days of notice, and of working days.
const DAYS_MOST: u32 = 3650;
/// Time is told at most this far from UTC, in seconds.
const OFFSET_MOST_SECONDS: i32 = 14 * 3600;

/// Transitions with their names in files.
pub(super) const TRANSITIONS: [(&str, Transition); 3] = [
    ("keep", Transition::Keep),
    ("extend_only", Transition::ExtendOnly),
    ("recompute_open", Transition::RecomputeOpen),
];

/// The industries of rulebook 3(2): those that may have an overlay.
pub(super) const OVERLAID: [Industry; 4] = [
    Industry::PowerBank,
    Industry::Insurance,
    Industry::Unattended,
    Industry::OpticalModem,
];

/// The clocks that run for elapsed time, by their keys in files.
pub(super) const DURATIONS: [ClockKind; 7] = [
    ClockKind::FirstReply,
    ClockKind::RefundDecision,
    ClockKind::Resolution,
    ClockKind::Evidence,
    ClockKind::Rectification,
    ClockKind::AppealWindow,
    ClockKind::AppealDecision,
];

/// Reads a whole edition.
pub(super) fn edition(field: &Field<'_, '_>) -> Result<Edition, FieldError> {
    let fields = field.object(&[
        "edition",
        "announced_at",
        "effective_at",
        "civil_offset",
        "transition",
        "notice",
        "clocks",
        "calendar",
        "repeat",
        "remedy",
        "liability",
        "standing",
        "tier",
        "agreement",
        "intermediary",
        "notify",
        "industry",
    ])?;
    let name = fields.required("edition")?.identifier(EditionName::new)?;
    let announced_at = fields.required("announced_at")?.instant()?;
    let effective = fields.required("effective_at")?;
    let effective_at = effective.instant()?;
    if effective_at < announced_at {
        return Err(effective.invalid("lies before announced_at"));
    }
    Ok(Edition {
        name,
        announced_at,
        effective_at,
        civil_offset: civil_offset(&fields.required("civil_offset")?)?,
        transition: one_of(&fields.required("transition")?, &TRANSITIONS)?,
        notice_minimum_days: notice(&fields.required("notice")?)?,
        clocks: clocks(&fields.required("clocks")?)?,
        calendar: calendar(&fields.required("calendar")?)?,
        related_window: related_window(&fields.required("repeat")?)?,
        remedy: remedy(&fields.required("remedy")?)?,
        automatic_grounds: automatic_grounds(&fields.required("liability")?)?,
        standing: standing(&fields.required("standing")?)?,
        tiers: ladder::tiers(&fields.required("tier")?)?,
        agreement: agreement(&fields.required("agreement")?)?,
        intermediary: intermediary(&fields.required("intermediary")?)?,
        notice_channels: notice_channels(&fields.required("notify")?)?,
        industries: industries(&fields)?,
    })
}

fn one_of<T: Copy>(field: &Field<'_, '_>, names: &[(&'static str, T)]) -> Result<T, FieldError> {
    let text = field.text()?;
    names
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let all: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            field.invalid(format!("must be one of {}", all.join(", ")))
        })
}

fn civil_offset(field: &Field<'_, '_>) -> Result<CivilOffset, FieldError> {
    parse_offset(field.text()?)
        .filter(|offset| offset.seconds().abs() <= OFFSET_MOST_SECONDS)
        .ok_or_else(|| field.invalid("must be an offset like +08:00, at most 14 hours"))
}

/// A duration longer than nothing.
pub(super) fn duration(field: &Field<'_, '_>) -> Result<Span, FieldError> {
    let span = duration_or_none(field)?;
    if span == Span::ZERO {
        return Err(field.invalid("must be longer than nothing"));
    }
    Ok(span)
}

fn duration_or_none(field: &Field<'_, '_>) -> Result<Span, FieldError> {
    let span = field.span()?;
    if span > LONGEST {
        return Err(field.invalid("must be at most 3650d"));
    }
    Ok(span)
}

fn percent(field: &Field<'_, '_>) -> Result<u32, FieldError> {
    field.small_number(1, 100)
}

fn notice(field: &Field<'_, '_>) -> Result<u32, FieldError> {
    let fields = field.object(&["minimum_days"])?;
    fields.required("minimum_days")?.small_number(0, DAYS_MOST)
}

fn clocks(field: &Field<'_, '_>) -> Result<Clocks, FieldError> {
    let fields = field.object(&[
        "first_reply",
        "refund_decision",
        "resolution",
        "evidence",
        "rectification",
        "appeal_window",
        "appeal_decision",
        "refund_payment_working_days_max",
        "at_risk_percent",
        "future_skew",
        "partner_grace",
        "pause_reasons",
        "boundary",
    ])?;
    let time = |key: &str| duration(&fields.required(key)?);
    // policy deadline-inclusive: one function decides for every clock, so the edition can only
    // name what that function does.
    let boundary = fields.required("boundary")?;
    one_of(&boundary, &[("inclusive", ())])?;
    Ok(Clocks {
        first_reply: time("first_reply")?,
        refund_decision: time("refund_decision")?,
        resolution: time("resolution")?,
        evidence: time("evidence")?,
        rectification: time("rectification")?,
        appeal_window: time("appeal_window")?,
        appeal_decision: time("appeal_decision")?,
        refund_payment_working_days_max: fields
            .required("refund_payment_working_days_max")?
            .small_number(0, DAYS_MOST)?,
        at_risk_percent: percent(&fields.required("at_risk_percent")?)?,
        future_skew: duration_or_none(&fields.required("future_skew")?)?,
        partner_grace: duration_or_none(&fields.required("partner_grace")?)?,
        pause_reasons: names(
            &fields.required("pause_reasons")?,
            &PauseReason::ALL,
            PauseReason::as_str,
        )?,
    })
}

/// A list of names of a closed set, each at most once.
fn names<T: Copy + PartialEq>(
    field: &Field<'_, '_>,
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> Result<Vec<T>, FieldError> {
    let mut read = Vec::new();
    for item in field.list()? {
        let one = item.name(all, as_str)?;
        if read.contains(&one) {
            return Err(item.invalid("is named twice"));
        }
        read.push(one);
    }
    Ok(read)
}

fn calendar(field: &Field<'_, '_>) -> Result<Calendar, FieldError> {
    let fields = field.object(&["weekend", "holidays", "workdays"])?;
    let mut weekend: Vec<Weekday> = Vec::new();
    for item in fields.required("weekend")?.list()? {
        weekend.push(one_of(&item, &WEEKDAYS)?);
    }
    Ok(Calendar {
        weekend,
        holidays: days(&fields.required("holidays")?)?,
        workdays: days(&fields.required("workdays")?)?,
    })
}

fn days(field: &Field<'_, '_>) -> Result<Vec<CivilDay>, FieldError> {
    field.list()?.iter().map(Field::day).collect()
}

fn related_window(field: &Field<'_, '_>) -> Result<Span, FieldError> {
    let fields = field.object(&["related_window"])?;
    duration_or_none(&fields.required("related_window")?)
}

fn remedy(field: &Field<'_, '_>) -> Result<RemedyTerms, FieldError> {
    let fields = field.object(&[
        "rounding",
        "settlement_refund_after",
        "settlement_refund_automatic_fen",
    ])?;
    Ok(RemedyTerms {
        rounding: one_of(
            &fields.required("rounding")?,
            &[("up_for_user", Rounding::UpForUser)],
        )?,
        settlement_refund_after: duration_or_none(&fields.required("settlement_refund_after")?)?,
        settlement_refund_automatic_fen: fields
            .required("settlement_refund_automatic_fen")?
            .number(0, AMOUNT_MOST_FEN)?,
    })
}

fn automatic_grounds(field: &Field<'_, '_>) -> Result<Vec<Ground>, FieldError> {
    let fields = field.object(&["automatic"])?;
    names(&fields.required("automatic")?, Ground::ALL, Ground::as_str)
}

fn standing(field: &Field<'_, '_>) -> Result<StandingTerms, FieldError> {
    let fields = field.object(&[
        "window",
        "counted_rounds_per_user",
        "rate_without_volume",
        "step_down_after",
        "step_down_percent",
    ])?;
    Ok(StandingTerms {
        window: duration(&fields.required("window")?)?,
        counted_rounds_per_user: fields
            .required("counted_rounds_per_user")?
            .small_number(1, 1_000_000)?,
        rate_without_volume_reached: one_of(
            &fields.required("rate_without_volume")?,
            &[("reached", true), ("not_reached", false)],
        )?,
        step_down_after: duration(&fields.required("step_down_after")?)?,
        step_down_percent: percent(&fields.required("step_down_percent")?)?,
    })
}

fn agreement(field: &Field<'_, '_>) -> Result<AgreementTerms, FieldError> {
    let fields = field.object(&[
        "first_debit_without_reminder",
        "reminder_before_debit",
        "reminder_valid_for",
    ])?;
    let time = |key: &str| duration_or_none(&fields.required(key)?);
    Ok(AgreementTerms {
        first_debit_without_reminder: time("first_debit_without_reminder")?,
        reminder_before_debit: time("reminder_before_debit")?,
        reminder_valid_for: time("reminder_valid_for")?,
    })
}

fn intermediary(field: &Field<'_, '_>) -> Result<IntermediaryTerms, FieldError> {
    let fields = field.object(&[
        "watch_merchants_at_t2",
        "t1_merchants_at_t2",
        "t1_percent_at_t2",
        "t1_percent_minimum_base",
    ])?;
    let count = |key: &str| fields.required(key)?.number(1, 1_000_000);
    Ok(IntermediaryTerms {
        watch_merchants_at_t2: count("watch_merchants_at_t2")?,
        t1_merchants_at_t2: count("t1_merchants_at_t2")?,
        t1_percent_at_t2: fields.required("t1_percent_at_t2")?.number(1, 100)?,
        t1_percent_minimum_base: count("t1_percent_minimum_base")?,
    })
}

fn notice_channels(field: &Field<'_, '_>) -> Result<Vec<Channel>, FieldError> {
    let fields = field.object(&["channels"])?;
    let list = fields.required("channels")?;
    let channels = names(&list, &Channel::ALL, Channel::as_str)?;
    // rulebook 4.2: every measure is notified on at least one channel.
    if channels.is_empty() {
        return Err(list.invalid("must name at least one channel"));
    }
    Ok(channels)
}

/// rulebook 3(2)(1), 3(2)(2), 3(2)(3), 3(2)(4): what an industry sets; nothing in most editions.
fn industries(fields: &Fields<'_, '_>) -> Result<BTreeMap<Industry, Overlay>, FieldError> {
    let mut overlays = BTreeMap::new();
    let Some(field) = fields.optional("industry") else {
        return Ok(overlays);
    };
    let known: Vec<&str> = OVERLAID.iter().map(|one| one.as_str()).collect();
    let industries = field.object(&known)?;
    for industry in OVERLAID {
        if let Some(field) = industries.optional(industry.as_str()) {
            overlays.insert(industry, overlay(&field)?);
        }
    }
    Ok(overlays)
}

fn overlay(field: &Field<'_, '_>) -> Result<Overlay, FieldError> {
    let mut known: Vec<&str> = DURATIONS.iter().map(|clock| clock.as_str()).collect();
    known.extend(["refund_payment_working_days_max", "at_risk_percent"]);
    let fields = field.object(&known)?;
    let mut durations = BTreeMap::new();
    for clock in DURATIONS {
        if let Some(field) = fields.optional(clock.as_str()) {
            durations.insert(clock, duration(&field)?);
        }
    }
    Ok(Overlay {
        durations,
        refund_payment_working_days_max: fields
            .optional("refund_payment_working_days_max")
            .map(|field| field.small_number(0, DAYS_MOST))
            .transpose()?,
        at_risk_percent: fields
            .optional("at_risk_percent")
            .map(|field| percent(&field))
            .transpose()?,
    })
}
