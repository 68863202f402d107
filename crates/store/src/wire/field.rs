//! How the domain's values lie in a payload, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use redress_domain::agreement::{AgreementKind, CancelParty, Period};
use redress_domain::clock::ClockKind;
use redress_domain::complaint::{
    CloseReason, ComplaintChannel, DeterminationId, EvidenceId, FactId, FindingId, Ground, LateAct,
    LinkKind, Problem, UsageKind,
};
use redress_domain::identity::{
    ActorId, AgreementId, ComplaintId, EditionName, EntityId, IntermediaryId, MerchantId, OrderId,
    Reference, Role, StreamId, TemplateId, UserRef,
};
use redress_domain::instant::{CivilDay, CivilOffset, Instant, Span, Weekday};
use redress_domain::intermediary::IntermediaryKind;
use redress_domain::measure::{AppealOutcome, Authority, MeasureId, MeasureKind, ScopeLevel};
use redress_domain::merchant::{Industry, MerchantKind};
use redress_domain::rulebook::{Channel, PauseReason, Rounding, Transition};
use redress_domain::standing::{PartKind, Tier};

use super::error::{Misfit, Wrong};

/// A value of the domain that is stored as `W`. The pair is checked by the compiler where a
/// payload is declared: a domain type that changes finds no such pair any more.
pub(crate) trait Field<'a, W>: Sized {
    /// The stored form, borrowed where it can be.
    fn store(&'a self) -> Result<W, Misfit>;

    /// The value again.
    fn restore(stored: W) -> Result<Self, Misfit>;
}

/// The stored form of a field, its name in the error.
pub(crate) fn stored<'a, D: Field<'a, W>, W>(
    name: &'static str,
    value: &'a D,
) -> Result<W, Misfit> {
    value.store().map_err(|misfit| misfit.inside(name))
}

/// The value of a field again, its name in the error.
pub(crate) fn restored<'a, D: Field<'a, W>, W>(name: &'static str, stored: W) -> Result<D, Misfit> {
    D::restore(stored).map_err(|misfit| misfit.inside(name))
}

/// Stored as they are.
macro_rules! plain {
    ($($type:ty),*) => {$(
        impl<'a> Field<'a, $type> for $type {
            fn store(&'a self) -> Result<$type, Misfit> {
                Ok(*self)
            }
            fn restore(stored: $type) -> Result<Self, Misfit> {
                Ok(stored)
            }
        }
    )*};
}

/// Stored as their text, checked when read.
macro_rules! identifiers {
    ($($type:ty),* $(,)?) => {$(
        impl<'a> Field<'a, &'a str> for $type {
            fn store(&'a self) -> Result<&'a str, Misfit> {
                Ok(self.as_str())
            }
            fn restore(stored: &'a str) -> Result<Self, Misfit> {
                Ok(Self::new(stored)?)
            }
        }
    )*};
}

/// Stored as their number.
macro_rules! numbers {
    ($($type:ty as $wire:ty: $to:expr, $from:expr;)*) => {$(
        impl<'a> Field<'a, $wire> for $type {
            fn store(&'a self) -> Result<$wire, Misfit> {
                let to: fn(&$type) -> $wire = $to;
                Ok(to(self))
            }
            fn restore(stored: $wire) -> Result<Self, Misfit> {
                Ok($from(stored))
            }
        }
    )*};
}

/// Closed sets whose names the domain owns: the contract forbids to rename them.
macro_rules! contract_names {
    ($($type:ty),* $(,)?) => {$(
        impl<'a> Field<'a, &'a str> for $type {
            fn store(&'a self) -> Result<&'a str, Misfit> {
                Ok(self.as_str())
            }
            fn restore(stored: &'a str) -> Result<Self, Misfit> {
                Self::parse(stored).ok_or_else(|| Misfit::name_unknown(stored))
            }
        }
    )*};
}

/// Closed sets that are spelled here as in the contract and in edition files.
macro_rules! spelled {
    ($($type:ty { $($case:ident => $text:literal),* $(,)? })*) => {$(
        impl<'a> Field<'a, &'a str> for $type {
            fn store(&'a self) -> Result<&'a str, Misfit> {
                Ok(match self { $(Self::$case => $text,)* })
            }
            fn restore(stored: &'a str) -> Result<Self, Misfit> {
                match stored {
                    $($text => Ok(Self::$case),)*
                    other => Err(Misfit::name_unknown(other)),
                }
            }
        }
    )*};
}

plain!(bool, u32, u64);

identifiers!(
    ActorId,
    AgreementId,
    ComplaintId,
    EditionName,
    EntityId,
    IntermediaryId,
    MerchantId,
    OrderId,
    Reference,
    TemplateId,
    UserRef,
);

numbers! {
    Instant as i64: |instant| instant.unix_ms(), Instant::from_unix_ms;
    Span as i64: |span| span.ms(), Span::from_ms;
    CivilDay as i32: |day| day.days(), CivilDay::from_days;
    CivilOffset as i32: |offset| offset.seconds(), CivilOffset::from_seconds;
    EvidenceId as u32: |id| id.0, EvidenceId;
    FindingId as u32: |id| id.0, FindingId;
    DeterminationId as u32: |id| id.0, DeterminationId;
    FactId as u32: |id| id.0, FactId;
    MeasureId as u32: |id| id.0, MeasureId;
}

contract_names!(
    AgreementKind,
    AppealOutcome,
    Authority,
    CancelParty,
    CloseReason,
    ComplaintChannel,
    Ground,
    Industry,
    IntermediaryKind,
    LateAct,
    LinkKind,
    MeasureKind,
    MerchantKind,
    PartKind,
    Period,
    Problem,
    ScopeLevel,
    Tier,
    UsageKind,
);

spelled! {
    Role {
        User => "user",
        Merchant => "merchant",
        Intermediary => "intermediary",
        Reviewer => "reviewer",
        Risk => "risk",
        Service => "service",
        Auditor => "auditor",
        Admin => "admin",
        Engine => "engine",
    }
    ClockKind {
        FirstReply => "first_reply",
        RefundDecision => "refund_decision",
        Resolution => "resolution",
        Evidence => "evidence",
        RefundPayment => "refund_payment",
        Rectification => "rectification",
        AppealWindow => "appeal_window",
        AppealDecision => "appeal_decision",
    }
    PauseReason {
        PlatformOutage => "platform_outage",
        PlatformAssistance => "platform_assistance",
        ForceMajeure => "force_majeure",
        LegalHold => "legal_hold",
    }
    Channel {
        Email => "email",
        InSite => "in_site",
        Wechat => "wechat",
        CustomerService => "customer_service",
    }
    Transition {
        Keep => "keep",
        ExtendOnly => "extend_only",
        RecomputeOpen => "recompute_open",
    }
    Rounding {
        UpForUser => "up_for_user",
    }
    Weekday {
        Monday => "mon",
        Tuesday => "tue",
        Wednesday => "wed",
        Thursday => "thu",
        Friday => "fri",
        Saturday => "sat",
        Sunday => "sun",
    }
}

/// A stream is stored by its name.
impl<'a> Field<'a, String> for StreamId {
    fn store(&'a self) -> Result<String, Misfit> {
        Ok(self.to_string())
    }

    fn restore(stored: String) -> Result<Self, Misfit> {
        Self::parse(&stored).ok_or_else(|| Misfit::name_unknown(&stored))
    }
}

impl<'a> Field<'a, &'a str> for Arc<str> {
    fn store(&'a self) -> Result<&'a str, Misfit> {
        Ok(self)
    }

    fn restore(stored: &'a str) -> Result<Self, Misfit> {
        Ok(Self::from(stored))
    }
}

impl<'a, D: Field<'a, W>, W> Field<'a, Option<W>> for Option<D> {
    fn store(&'a self) -> Result<Option<W>, Misfit> {
        self.as_ref().map(D::store).transpose()
    }

    fn restore(stored: Option<W>) -> Result<Self, Misfit> {
        stored.map(D::restore).transpose()
    }
}

impl<'a, D: Field<'a, W>, W> Field<'a, Vec<W>> for Vec<D> {
    fn store(&'a self) -> Result<Vec<W>, Misfit> {
        (0..)
            .zip(self)
            .map(|(index, value)| value.store().map_err(|misfit| misfit.inside_list(index)))
            .collect()
    }

    fn restore(stored: Vec<W>) -> Result<Self, Misfit> {
        (0..)
            .zip(stored)
            .map(|(index, value)| D::restore(value).map_err(|misfit| misfit.inside_list(index)))
            .collect()
    }
}

impl<'a, A: Field<'a, V>, B: Field<'a, W>, V, W> Field<'a, (V, W)> for (A, B) {
    fn store(&'a self) -> Result<(V, W), Misfit> {
        Ok((self.0.store()?, self.1.store()?))
    }

    fn restore(stored: (V, W)) -> Result<Self, Misfit> {
        Ok((A::restore(stored.0)?, B::restore(stored.1)?))
    }
}

impl<'a, K: Field<'a, V> + Ord, D: Field<'a, W>, V, W> Field<'a, Vec<(V, W)>> for BTreeMap<K, D> {
    fn store(&'a self) -> Result<Vec<(V, W)>, Misfit> {
        self.iter()
            .map(|(key, value)| Ok((key.store()?, value.store()?)))
            .collect()
    }

    fn restore(stored: Vec<(V, W)>) -> Result<Self, Misfit> {
        let mut map = Self::new();
        for (index, (key, value)) in (0..).zip(stored) {
            let restored = K::restore(key).and_then(|key| Ok((key, D::restore(value)?)));
            let (key, value) = restored.map_err(|misfit| misfit.inside_list(index))?;
            if map.insert(key, value).is_some() {
                return Err(Misfit::here(Wrong::KeyTwice).inside_list(index));
            }
        }
        Ok(map)
    }
}

impl<'a, D: Field<'a, W>, W> Field<'a, W> for Box<D> {
    fn store(&'a self) -> Result<W, Misfit> {
        D::store(self)
    }

    fn restore(stored: W) -> Result<Self, Misfit> {
        D::restore(stored).map(Self::new)
    }
}
