//! One edition of the rulebook: every number that the rules use, with its unit.
//!
//! An edition is data. Which clause, guide or policy each value comes from stands at the field.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::complaint::Ground;
use crate::identity::EditionName;
use crate::instant::{CivilDay, CivilOffset, Instant, Span, Weekday};
use crate::measure::{Authority, MeasureTerms};
use crate::merchant::Industry;
use crate::standing::Tier;

/// An edition, whole: nothing in it refers to another edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its name.
    pub name: EditionName,
    /// When it was announced (rulebook 5).
    pub announced_at: Instant,
    /// From when it is in force (rulebook 5).
    pub effective_at: Instant,
    /// policy civil-offset
    pub civil_offset: CivilOffset,
    /// What this edition does to clocks that run when it comes into force.
    pub transition: Transition,
    /// policy notice: civil days between announcement and effect, at the least.
    pub notice_minimum_days: u32,
    /// The clocks' durations.
    pub clocks: Clocks,
    /// Working days.
    pub calendar: Calendar,
    /// policy related-window
    pub related_window: Span,
    /// What is owed and how it is enforced.
    pub remedy: RemedyTerms,
    /// Grounds that the edition determines without a reviewer (guide overdue, policy four-eyes).
    pub automatic_grounds: Vec<Ground>,
    /// How standing is computed.
    pub standing: StandingTerms,
    /// The ladder, lowest tier first; rulebook 4.2 gives no order, so the ladder is policy.
    pub tiers: Vec<TierTerms>,
    /// policy reminder
    pub agreement: AgreementTerms,
    /// rulebook 4.3
    pub intermediary: IntermediaryTerms,
    /// rulebook 4.2: on which channels a measure is notified.
    pub notice_channels: Vec<Channel>,
    /// rulebook 3(1).1.3, 3(2): values of the clocks that an industry sets; the stricter applies.
    pub industries: BTreeMap<Industry, Overlay>,
}

/// What a new edition does to clocks that run already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// They stay as they started.
    Keep,
    /// They take the new duration where it is longer.
    ExtendOnly,
    /// They take the new duration.
    RecomputeOpen,
}

/// Durations and other parameters of clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// guide first-reply
    pub first_reply: Span,
    /// rulebook 3(1).1.1
    pub refund_decision: Span,
    /// guide resolution
    pub resolution: Span,
    /// policy repeat-evidence
    pub evidence: Span,
    /// policy rectification
    pub rectification: Span,
    /// policy appeal
    pub appeal_window: Span,
    /// policy appeal
    pub appeal_decision: Span,
    /// policy refund-payment
    pub refund_payment_working_days_max: u32,
    /// policy at-risk
    pub at_risk_percent: u32,
    /// policy skew
    pub future_skew: Span,
    /// policy partner-grace
    pub partner_grace: Span,
    /// policy pause
    pub pause_reasons: Vec<PauseReason>,
}

/// Why a complaint's clocks may stand still (policy pause).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PauseReason {
    /// The platform was down.
    PlatformOutage,
    /// The platform stepped in between user and merchant.
    PlatformAssistance,
    /// Force majeure.
    ForceMajeure,
    /// The law forbids to proceed.
    LegalHold,
}

/// The days on which money moves.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Days of the week that are off.
    pub weekend: Vec<Weekday>,
    /// Days off besides weekends.
    pub holidays: Vec<CivilDay>,
    /// Weekend days worked.
    pub workdays: Vec<CivilDay>,
}

/// What is owed and how it is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyTerms {
    /// policy round-up
    pub rounding: Rounding,
    /// policy settlement-refund: time past the due instant.
    pub settlement_refund_after: Span,
    /// policy settlement-refund: up to this amount no person is asked.
    pub settlement_refund_automatic_fen: u64,
}

/// How a proportion becomes whole fen (policy round-up).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Up to the next fen.
    UpForUser,
}

/// How standing is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingTerms {
    /// policy window
    pub window: Span,
    /// policy per-user-cap
    pub counted_rounds_per_user: u32,
    /// Whether a rate without reported volume counts as reached.
    pub rate_without_volume_reached: bool,
    /// policy cure
    pub step_down_after: Span,
    /// policy hysteresis
    pub step_down_percent: u32,
}

/// One tier of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierTerms {
    /// Its place.
    pub tier: Tier,
    /// policy four-eyes: who brings its measures into force.
    pub authority: Authority,
    /// What the engine proposes when it is entered.
    pub measures: Vec<MeasureTerms>,
    /// It is entered when any of these lines holds.
    pub enter: Vec<EntryLine>,
}

/// One way into a tier: every part that is there must hold.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EntryLine {
    /// At least so many liable rounds.
    pub liable_rounds: Option<u64>,
    /// At least so many liable users.
    pub liable_users: Option<u64>,
    /// At least so many liable rounds per 10 000 debits.
    pub liable_bps: Option<u64>,
    /// At least so many late rounds per 100 rounds.
    pub late_percent: Option<u64>,
    /// At least so many repeat rounds per 100 closed rounds.
    pub repeat_percent: Option<u64>,
    /// A rectification is overdue.
    pub rectification_overdue: bool,
    /// A tier, or one above, held without a break for a time.
    pub held: Option<(Tier, Span)>,
}

/// policy reminder
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementTerms {
    /// After signing, debits of a periodic agreement need no reminder for this long.
    pub first_debit_without_reminder: Span,
    /// A reminder is recorded at least this long before the debit.
    pub reminder_before_debit: Span,
    /// A reminder names an instant at most this long before the debit.
    pub reminder_valid_for: Span,
}

/// rulebook 4.3: when an intermediary's portfolio counts against it (policy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntermediaryTerms {
    /// Merchants at t2 or above for `watch`.
    pub watch_merchants_at_t2: u64,
    /// Merchants at t2 or above for `t1`.
    pub t1_merchants_at_t2: u64,
    /// Or this share of its merchants, in percent,
    pub t1_percent_at_t2: u64,
    /// when it has at least so many.
    pub t1_percent_minimum_base: u64,
}

/// How a measure is notified (rulebook 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Email.
    Email,
    /// A message on the merchant platform.
    InSite,
    /// A WeChat message.
    Wechat,
    /// A call or chat by customer service.
    CustomerService,
}

/// Values of the clocks that an industry sets (rulebook 3(1).1.3, 3(2)).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Overlay {
    /// Shorter durations, by clock; a longer one has no effect.
    pub durations: BTreeMap<ClockKind, Span>,
    /// Fewer working days for `refund_payment`.
    pub refund_payment_working_days_max: Option<u32>,
    /// An earlier warning.
    pub at_risk_percent: Option<u32>,
}

impl Edition {
    /// How long a clock of elapsed time runs for an industry: the stricter of the general value
    /// and the overlay (rulebook 3(1).1.3). `None` for `refund_payment`, which counts working days.
    #[must_use]
    pub fn duration(&self, kind: ClockKind, industry: Industry) -> Option<Span> {
        let general = match kind {
            ClockKind::FirstReply => self.clocks.first_reply,
            ClockKind::RefundDecision => self.clocks.refund_decision,
            ClockKind::Resolution => self.clocks.resolution,
            ClockKind::Evidence => self.clocks.evidence,
            ClockKind::RefundPayment => return None,
            ClockKind::Rectification => self.clocks.rectification,
            ClockKind::AppealWindow => self.clocks.appeal_window,
            ClockKind::AppealDecision => self.clocks.appeal_decision,
        };
        // rulebook 3(1).1.3, 3(2)(1), 3(2)(2), 3(2)(3), 3(2)(4)
        let overlay = self
            .industries
            .get(&industry)
            .and_then(|overlay| overlay.durations.get(&kind));
        Some(overlay.map_or(general, |stricter| general.min(*stricter)))
    }

    /// The share of a clock after which it is at risk: the earlier of the general value and the
    /// industry's (policy at-risk, rulebook 3(1).1.3).
    #[must_use]
    pub fn at_risk_percent(&self, industry: Industry) -> u32 {
        let general = self.clocks.at_risk_percent;
        self.industries
            .get(&industry)
            .and_then(|overlay| overlay.at_risk_percent)
            .map_or(general, |stricter| general.min(stricter))
    }

    /// The most working days that an approval may promise (policy refund-payment,
    /// rulebook 3(1).1.3).
    #[must_use]
    pub fn refund_payment_working_days_max(&self, industry: Industry) -> u32 {
        let general = self.clocks.refund_payment_working_days_max;
        self.industries
            .get(&industry)
            .and_then(|overlay| overlay.refund_payment_working_days_max)
            .map_or(general, |stricter| general.min(stricter))
    }

    /// The terms of one tier; `None` for tiers that this edition does not have.
    #[must_use]
    pub fn tier(&self, tier: Tier) -> Option<&TierTerms> {
        self.tiers.iter().find(|terms| terms.tier == tier)
    }

    /// The reasons for pauses as the edition names them, for messages.
    #[must_use]
    pub fn pause_reason_names(&self) -> String {
        let names: Vec<&str> = self
            .clocks
            .pause_reasons
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        crate::identity::listed(&names)
    }
}

impl PauseReason {
    /// Every reason that an edition may name.
    pub const ALL: [Self; 4] = [
        Self::PlatformOutage,
        Self::PlatformAssistance,
        Self::ForceMajeure,
        Self::LegalHold,
    ];

    /// The name in commands and editions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlatformOutage => "platform_outage",
            Self::PlatformAssistance => "platform_assistance",
            Self::ForceMajeure => "force_majeure",
            Self::LegalHold => "legal_hold",
        }
    }
}

impl Channel {
    /// Every channel of rulebook 4.2.
    pub const ALL: [Self; 4] = [
        Self::Email,
        Self::InSite,
        Self::Wechat,
        Self::CustomerService,
    ];

    /// The name in commands and editions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::InSite => "in_site",
            Self::Wechat => "wechat",
            Self::CustomerService => "customer_service",
        }
    }
}

impl Calendar {
    /// Whether money moves on a day.
    #[must_use]
    pub fn is_working_day(&self, day: CivilDay) -> bool {
        if self.workdays.contains(&day) {
            return true;
        }
        !self.holidays.contains(&day) && !self.weekend.contains(&day.weekday())
    }
}
