//! An edition as stored, whole: a replay needs no edition file.

use redress_domain::rulebook;

use crate::wire::records;

use super::measure::MeasureTerms;

records! {
    Edition<'a> of rulebook::Edition {
        name: &'a str,
        announced_at: i64,
        effective_at: i64,
        civil_offset: i32,
        transition: &'a str,
        notice_minimum_days: u32,
        clocks: Clocks<'a>,
        calendar: Calendar<'a>,
        related_window: i64,
        remedy: RemedyTerms<'a>,
        automatic_grounds: Vec<&'a str>,
        standing: StandingTerms,
        tiers: Vec<TierTerms<'a>>,
        agreement: AgreementTerms,
        intermediary: IntermediaryTerms,
        notice_channels: Vec<&'a str>,
        industries: Vec<(&'a str, Overlay<'a>)>,
    }
    Clocks<'a> of rulebook::Clocks {
        first_reply: i64,
        refund_decision: i64,
        resolution: i64,
        evidence: i64,
        rectification: i64,
        appeal_window: i64,
        appeal_decision: i64,
        refund_payment_working_days_max: u32,
        at_risk_percent: u32,
        future_skew: i64,
        partner_grace: i64,
        pause_reasons: Vec<&'a str>,
    }
    Calendar<'a> of rulebook::Calendar {
        weekend: Vec<&'a str>,
        holidays: Vec<i32>,
        workdays: Vec<i32>,
    }
    RemedyTerms<'a> of rulebook::RemedyTerms {
        rounding: &'a str,
        settlement_refund_after: i64,
        settlement_refund_automatic_fen: u64,
    }
    StandingTerms of rulebook::StandingTerms {
        window: i64,
        counted_rounds_per_user: u32,
        rate_without_volume_reached: bool,
        step_down_after: i64,
        step_down_percent: u32,
    }
    TierTerms<'a> of rulebook::TierTerms {
        tier: &'a str,
        authority: &'a str,
        measures: Vec<MeasureTerms<'a>>,
        enter: Vec<EntryLine<'a>>,
    }
    EntryLine<'a> of rulebook::EntryLine {
        liable_rounds: Option<u64>,
        liable_users: Option<u64>,
        liable_bps: Option<u64>,
        late_percent: Option<u64>,
        repeat_percent: Option<u64>,
        rectification_overdue: bool,
        held: Option<(&'a str, i64)>,
    }
    AgreementTerms of rulebook::AgreementTerms {
        first_debit_without_reminder: i64,
        reminder_before_debit: i64,
        reminder_valid_for: i64,
    }
    IntermediaryTerms of rulebook::IntermediaryTerms {
        watch_merchants_at_t2: u64,
        t1_merchants_at_t2: u64,
        t1_percent_at_t2: u64,
        t1_percent_minimum_base: u64,
    }
    Overlay<'a> of rulebook::Overlay {
        durations: Vec<(&'a str, i64)>,
        refund_payment_working_days_max: Option<u32>,
        at_risk_percent: Option<u32>,
    }
}
