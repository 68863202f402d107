//! Given rounds, volumes and overdue rectifications, when standing is evaluated, then a tier.

mod ladder;
mod metrics;
mod properties;
mod tally;
mod tracing;

use alloc::format;

use crate::identity::{ComplaintId, UserRef};
use crate::instant::{Instant, Span};
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::{civil, default_edition};

use super::{History, OverdueInterval, RoundFact, Tier, Volume};

fn rulebook() -> Rulebook {
    Rulebook::new(default_edition())
}

fn hours(hours: i64) -> Span {
    Span::from_hours(hours)
}

fn ms(milliseconds: i64) -> Span {
    Span::from_ms(milliseconds)
}

/// 2026-03-02T10:00:00+08:00
fn start() -> Instant {
    civil(2026, 3, 2, 10, 0)
}

/// A round that nobody found fault with.
fn round(complaint: u32, user: u32, opened_at: Instant) -> RoundFact {
    RoundFact {
        complaint_id: ComplaintId::new(&format!("C{complaint:05}")).expect("an id"),
        round: 1,
        user_ref: UserRef::new(&format!("U{user}")).expect("a reference"),
        opened_at,
        closed_at: None,
        repeat: false,
        late_from: None,
        liable_from: None,
    }
}

/// A round whose first reply was missed: liable from a day and a millisecond on.
fn liable(complaint: u32, user: u32, opened_at: Instant) -> RoundFact {
    let missed = opened_at.plus(hours(24)).just_after();
    RoundFact {
        late_from: Some(missed),
        liable_from: Some(missed),
        ..round(complaint, user, opened_at)
    }
}

fn history(rounds: impl IntoIterator<Item = RoundFact>) -> History {
    let mut history = History::new();
    for round in rounds {
        history.record_round(round);
    }
    history
}

/// `count` liable rounds of as many users.
fn liable_rounds(count: u32, opened_at: Instant) -> impl Iterator<Item = RoundFact> {
    (0..count).map(move |number| liable(number, number, opened_at))
}

fn volume(debits: u64, reported_at: Instant) -> Volume {
    Volume {
        debits,
        users: debits,
        reported_at,
    }
}

fn overdue(from: Instant, until: Option<Instant>) -> OverdueInterval {
    OverdueInterval { from, until }
}

/// The tier names are what other programs know.
#[test]
fn tiers_are_ordered_from_none_to_t6() {
    assert!(Tier::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(Tier::ALL.len(), 8);
}
