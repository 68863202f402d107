//! The rows of `standing`. Instants are milliseconds since the epoch.

use bincode::{Decode, Encode};
use redress_domain::identity::{ComplaintId, MerchantId, UserRef};
use redress_domain::instant::{CivilDay, Instant};
use redress_domain::standing::{Course, OverdueInterval, RoundFact, Tier, Volume};

use crate::fault::Fault;
use crate::row::{Place, code, named};

use super::{COURSES, ROUNDS};

/// One round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct RoundRow {
    complaint_id: String,
    round: u32,
    user_ref: String,
    opened_at_ms: i64,
    closed_at_ms: Option<i64>,
    repeat: bool,
    late_from_ms: Option<i64>,
    liable_from_ms: Option<i64>,
}

/// One report of a day's denominators.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct VolumeRow {
    day: i32,
    debits: u64,
    users: u64,
    reported_at_ms: i64,
}

/// When rectifications were overdue: from, and until where it ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct OverdueRow {
    intervals: Vec<(i64, Option<i64>)>,
}

/// How far standing has been computed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct CourseRow {
    evaluated_at_ms: i64,
    /// Place in `Tier::ALL`.
    tier: u8,
    since_ms: i64,
    last_met_at_ms: i64,
    /// In the order of `Tier::ALL`.
    at_or_above_since_ms: [Option<i64>; Tier::ALL.len()],
    corrected: bool,
}

/// A determination that stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct DeterminedRow {
    pub complaint_id: String,
    /// From 1, for `d1`.
    pub number: u32,
    /// When the last of its rounds opened.
    pub opened_at_ms: i64,
}

/// The standing determinations of one complaint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct NumbersRow {
    /// Number and position.
    pub positions: Vec<(u32, u64)>,
}

impl RoundRow {
    pub fn of(fact: &RoundFact) -> Self {
        Self {
            complaint_id: fact.complaint_id.as_str().to_owned(),
            round: fact.round,
            user_ref: fact.user_ref.as_str().to_owned(),
            opened_at_ms: fact.opened_at.unix_ms(),
            closed_at_ms: fact.closed_at.map(Instant::unix_ms),
            repeat: fact.repeat,
            late_from_ms: fact.late_from.map(Instant::unix_ms),
            liable_from_ms: fact.liable_from.map(Instant::unix_ms),
        }
    }

    pub fn fact(&self) -> Result<RoundFact, Fault> {
        let place = Place {
            table: ROUNDS,
            key: &self.complaint_id,
        };
        Ok(RoundFact {
            complaint_id: place.identifier(ComplaintId::new, &self.complaint_id)?,
            round: self.round,
            user_ref: place.identifier(UserRef::new, &self.user_ref)?,
            opened_at: Instant::from_unix_ms(self.opened_at_ms),
            closed_at: self.closed_at_ms.map(Instant::from_unix_ms),
            repeat: self.repeat,
            late_from: self.late_from_ms.map(Instant::from_unix_ms),
            liable_from: self.liable_from_ms.map(Instant::from_unix_ms),
        })
    }
}

impl VolumeRow {
    pub const fn of(day: CivilDay, volume: &Volume) -> Self {
        Self {
            day: day.days(),
            debits: volume.debits,
            users: volume.users,
            reported_at_ms: volume.reported_at.unix_ms(),
        }
    }

    pub const fn day(&self) -> CivilDay {
        CivilDay::from_days(self.day)
    }

    pub const fn volume(&self) -> Volume {
        Volume {
            debits: self.debits,
            users: self.users,
            reported_at: Instant::from_unix_ms(self.reported_at_ms),
        }
    }
}

impl OverdueRow {
    pub fn of(intervals: &[OverdueInterval]) -> Self {
        Self {
            intervals: intervals
                .iter()
                .map(|one| (one.from.unix_ms(), one.until.map(Instant::unix_ms)))
                .collect(),
        }
    }

    pub fn intervals(&self) -> Vec<OverdueInterval> {
        self.intervals
            .iter()
            .map(|(from_ms, until_ms)| OverdueInterval {
                from: Instant::from_unix_ms(*from_ms),
                until: until_ms.map(Instant::from_unix_ms),
            })
            .collect()
    }
}

impl CourseRow {
    pub fn of(course: &Course) -> Self {
        Self {
            evaluated_at_ms: course.evaluated_at.unix_ms(),
            tier: code(Tier::ALL, &course.tier),
            since_ms: course.since.unix_ms(),
            last_met_at_ms: course.last_met_at.unix_ms(),
            at_or_above_since_ms: course
                .at_or_above_since
                .map(|since| since.map(Instant::unix_ms)),
            corrected: course.corrected,
        }
    }

    pub fn course(&self, merchant_id: &MerchantId) -> Result<Course, Fault> {
        let place = Place {
            table: COURSES,
            key: merchant_id.as_str(),
        };
        Ok(Course {
            evaluated_at: Instant::from_unix_ms(self.evaluated_at_ms),
            tier: named(Tier::ALL, self.tier, place)?,
            since: Instant::from_unix_ms(self.since_ms),
            last_met_at: Instant::from_unix_ms(self.last_met_at_ms),
            at_or_above_since: self
                .at_or_above_since_ms
                .map(|since| since.map(Instant::from_unix_ms)),
            corrected: self.corrected,
        })
    }
}
