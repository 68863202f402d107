//! An edition with everything that an edition can say.

use std::collections::BTreeMap;

use redress_domain::clock::ClockKind;
use redress_domain::complaint::Ground;
use redress_domain::identity::{EditionName, IdentifierError};
use redress_domain::instant::{CivilOffset, Weekday};
use redress_domain::measure::Authority;
use redress_domain::merchant::Industry;
use redress_domain::rulebook::{
    AgreementTerms, Calendar, Channel, Clocks, Edition, EntryLine, IntermediaryTerms, Overlay,
    PauseReason, RemedyTerms, Rounding, StandingTerms, TierTerms, Transition,
};
use redress_domain::standing::Tier;

use super::material::Material;
use super::measure;

pub(super) fn edition(material: &Material) -> Result<Edition, IdentifierError> {
    let transitions = [
        Transition::Keep,
        Transition::RecomputeOpen,
        Transition::ExtendOnly,
    ];
    Ok(Edition {
        name: material.id(EditionName::new, "2026-07-01")?,
        announced_at: material.instant(1_779_206_400_000),
        effective_at: material.instant(1_782_835_200_000),
        civil_offset: CivilOffset::from_seconds(28_800),
        transition: material.one_of(&transitions, Transition::ExtendOnly),
        notice_minimum_days: material.count(30),
        clocks: clocks(material),
        calendar: calendar(material),
        related_window: material.hours(720),
        remedy: RemedyTerms {
            rounding: Rounding::UpForUser,
            settlement_refund_after: material.hours(24),
            settlement_refund_automatic_fen: material.number(20_000),
        },
        automatic_grounds: material.list(Ground::ALL.to_vec()),
        standing: StandingTerms {
            window: material.hours(672),
            counted_rounds_per_user: material.count(3),
            rate_without_volume_reached: material.flag(),
            step_down_after: material.hours(672),
            step_down_percent: material.count(80),
        },
        tiers: material.list(vec![
            tier(material, Tier::T1)?,
            tier(material, Tier::T2)?,
            tier(material, Tier::T6)?,
        ]),
        agreement: AgreementTerms {
            first_debit_without_reminder: material.hours(12),
            reminder_before_debit: material.hours(24),
            reminder_valid_for: material.hours(168),
        },
        intermediary: IntermediaryTerms {
            watch_merchants_at_t2: material.number(2),
            t1_merchants_at_t2: material.number(3),
            t1_percent_at_t2: material.number(5),
            t1_percent_minimum_base: material.number(20),
        },
        notice_channels: material.list(Channel::ALL.to_vec()),
        industries: industries(material),
    })
}

fn clocks(material: &Material) -> Clocks {
    Clocks {
        first_reply: material.hours(24),
        refund_decision: material.hours(72),
        resolution: material.hours(72),
        evidence: material.hours(72),
        rectification: material.hours(168),
        appeal_window: material.hours(168),
        appeal_decision: material.hours(360),
        refund_payment_working_days_max: material.count(3),
        at_risk_percent: material.count(75),
        future_skew: material.hours(1),
        partner_grace: material.hours(25),
        pause_reasons: material.list(PauseReason::ALL.to_vec()),
    }
}

fn calendar(material: &Material) -> Calendar {
    Calendar {
        weekend: material.list(vec![
            Weekday::Saturday,
            Weekday::Sunday,
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ]),
        holidays: material.list(vec![material.day(20_501), material.day(20_502)]),
        workdays: material.list(vec![material.day(20_512)]),
    }
}

fn tier(material: &Material, tier: Tier) -> Result<TierTerms, IdentifierError> {
    Ok(TierTerms {
        tier,
        authority: material.one_of(Authority::ALL, Authority::Two),
        measures: material.list(vec![measure::terms(material)?]),
        enter: material.list(vec![line(material), line(material)]),
    })
}

fn line(material: &Material) -> EntryLine {
    EntryLine {
        liable_rounds: material.some(material.number(20)),
        liable_users: material.some(material.number(10)),
        liable_bps: material.some(material.number(10)),
        late_percent: material.some(material.number(50)),
        repeat_percent: material.some(material.number(300)),
        rectification_overdue: material.flag(),
        held: material.some((material.one_of(Tier::ALL, Tier::T2), material.hours(336))),
    }
}

fn industries(material: &Material) -> BTreeMap<Industry, Overlay> {
    let overlay = || Overlay {
        durations: material
            .list(vec![
                (ClockKind::FirstReply, material.hours(12)),
                (ClockKind::AppealWindow, material.hours(240)),
                (ClockKind::AppealDecision, material.hours(240)),
                (ClockKind::Rectification, material.hours(100)),
            ])
            .into_iter()
            .collect(),
        refund_payment_working_days_max: material.some(material.count(1)),
        at_risk_percent: material.some(material.count(50)),
    };
    material
        .list(vec![
            (Industry::PowerBank, overlay()),
            (Industry::Insurance, overlay()),
            (Industry::Unattended, overlay()),
            (Industry::OpticalModem, overlay()),
        ])
        .into_iter()
        .collect()
}
