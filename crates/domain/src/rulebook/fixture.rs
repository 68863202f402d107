//! The default edition as a value, for tests of this crate.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::complaint::Ground;
use crate::identity::EditionName;
use crate::instant::{CivilDay, CivilOffset, Instant, Span, Weekday};
use crate::measure::{Authority, Ending, MeasureKind, MeasureTerms, Parameters, Scope};
use crate::standing::Tier;

use super::{
    AgreementTerms, Calendar, Channel, Clocks, Edition, EntryLine, IntermediaryTerms, RemedyTerms,
    Rounding, StandingTerms, TierTerms, Transition,
};

/// An instant of civil time in +08:00, at a whole minute.
pub(crate) fn civil(year: i32, month: u32, day: u32, hour: i64, minute: i64) -> Instant {
    let day = CivilDay::from_ymd(year, month, day).expect("a day of the calendar");
    CivilOffset::from_seconds(8 * 3600)
        .midnight(day)
        .plus(Span::from_ms((hour * 60 + minute) * 60_000))
}

/// The edition of 2026-02-18, with the values of the file that the software ships.
pub(crate) fn default_edition() -> Edition {
    Edition {
        name: EditionName::new("2026-02-18").expect("a name"),
        announced_at: civil(2026, 2, 18, 0, 0),
        effective_at: civil(2026, 2, 18, 0, 0),
        civil_offset: CivilOffset::from_seconds(8 * 3600),
        transition: Transition::Keep,
        notice_minimum_days: 30,
        clocks: Clocks {
            first_reply: Span::from_hours(24),
            refund_decision: Span::from_hours(72),
            resolution: Span::from_hours(72),
            evidence: Span::from_hours(72),
            rectification: Span::from_days(7),
            appeal_window: Span::from_days(7),
            appeal_decision: Span::from_days(15),
            refund_payment_working_days_max: 3,
            at_risk_percent: 75,
            future_skew: Span::from_ms(5 * 60_000),
            partner_grace: Span::from_hours(25),
            pause_reasons: Vec::new(),
        },
        calendar: Calendar {
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays: Vec::new(),
            workdays: Vec::new(),
        },
        related_window: Span::from_days(30),
        remedy: RemedyTerms {
            rounding: Rounding::UpForUser,
            settlement_refund_after: Span::from_hours(24),
            settlement_refund_automatic_fen: 20_000,
        },
        automatic_grounds: vec![Ground::OutOfTime],
        standing: StandingTerms {
            window: Span::from_days(28),
            counted_rounds_per_user: 3,
            rate_without_volume_reached: true,
            step_down_after: Span::from_days(28),
            step_down_percent: 80,
        },
        tiers: tiers(),
        agreement: AgreementTerms {
            first_debit_without_reminder: Span::from_hours(12),
            reminder_before_debit: Span::from_hours(24),
            reminder_valid_for: Span::from_days(7),
        },
        intermediary: IntermediaryTerms {
            watch_merchants_at_t2: 2,
            t1_merchants_at_t2: 3,
            t1_percent_at_t2: 5,
            t1_percent_minimum_base: 20,
        },
        notice_channels: vec![Channel::InSite, Channel::Email],
        industries: BTreeMap::new(),
    }
}

fn tiers() -> Vec<TierTerms> {
    vec![
        tier(
            Tier::Watch,
            Authority::Automatic,
            vec![],
            vec![counts(1, None, None)],
        ),
        tier(
            Tier::T1,
            Authority::Automatic,
            vec![terms(MeasureKind::Rectification)],
            vec![counts(3, Some(2), Some(1))],
        ),
        tier(
            Tier::T2,
            Authority::One,
            vec![terms(MeasureKind::PreDebitReminder), cycle(7)],
            vec![
                counts(10, Some(5), Some(5)),
                EntryLine {
                    rectification_overdue: true,
                    ..EntryLine::default()
                },
            ],
        ),
        tier(
            Tier::T3,
            Authority::Two,
            vec![
                MeasureTerms {
                    ending: Ending::After(Span::from_days(30)),
                    ..terms(MeasureKind::TemplateSigning)
                },
                MeasureTerms {
                    parameters: Parameters {
                        debit_fen: Some(20_000),
                        debits_per_day: Some(1),
                        ..Parameters::default()
                    },
                    ..terms(MeasureKind::Limits)
                },
            ],
            vec![counts(20, Some(10), Some(10)), held(Tier::T2, 14, 10)],
        ),
        tier(
            Tier::T4,
            Authority::Two,
            vec![
                MeasureTerms {
                    scope: Scope {
                        capabilities: vec!["template_create".into(), "multi_account_sign".into()],
                        ..Scope::default()
                    },
                    ending: Ending::After(Span::from_days(30)),
                    ..terms(MeasureKind::DebitCapability)
                },
                cycle(14),
            ],
            vec![counts(50, Some(20), Some(20)), held(Tier::T3, 14, 20)],
        ),
        tier(
            Tier::T5,
            Authority::Two,
            vec![terms(MeasureKind::ServiceSuspension)],
            vec![counts(100, Some(40), Some(50)), held(Tier::T4, 28, 50)],
        ),
        tier(
            Tier::T6,
            Authority::Two,
            vec![
                MeasureTerms {
                    ending: Ending::Permanent,
                    ..terms(MeasureKind::ServiceTermination)
                },
                MeasureTerms {
                    ending: Ending::Permanent,
                    ..terms(MeasureKind::PaymentPermission)
                },
            ],
            vec![held(Tier::T5, 28, 50)],
        ),
    ]
}

const fn tier(
    tier: Tier,
    authority: Authority,
    measures: Vec<MeasureTerms>,
    enter: Vec<EntryLine>,
) -> TierTerms {
    TierTerms {
        tier,
        authority,
        measures,
        enter,
    }
}

fn terms(kind: MeasureKind) -> MeasureTerms {
    MeasureTerms {
        kind,
        scope: Scope::default(),
        parameters: Parameters::default(),
        ending: Ending::AtCure,
    }
}

fn cycle(days: u32) -> MeasureTerms {
    MeasureTerms {
        parameters: Parameters {
            days: Some(days),
            ..Parameters::default()
        },
        ..terms(MeasureKind::SettlementCycle)
    }
}

fn counts(rounds: u64, users: Option<u64>, bps: Option<u64>) -> EntryLine {
    EntryLine {
        liable_rounds: Some(rounds),
        liable_users: users,
        liable_bps: bps,
        ..EntryLine::default()
    }
}

fn held(tier: Tier, days: i64, rounds: u64) -> EntryLine {
    EntryLine {
        liable_rounds: Some(rounds),
        held: Some((tier, Span::from_days(days))),
        ..EntryLine::default()
    }
}
