//! The notices that are still to be delivered, and those that were given up, in a file.

use std::collections::BTreeMap;

use redress_domain::identity::StreamId;
use redress_domain::measure::MeasureId;
use redress_domain::rulebook::Channel;
use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

/// From this and what it is about, a notice's id is derived: the same one after every restart.
const NAMESPACE: Uuid = uuid!("0c9f2f64-3f0b-5b39-9c5e-5a5d7a1be7c4");

/// A notice that is not recorded as delivered.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Where the log says that it was issued.
    pub position: u64,
    /// Whose stream says so.
    pub stream: String,
    /// The measure that it tells of.
    pub measure_id: String,
    /// How it is told.
    pub channel: String,
    /// When it was issued, in milliseconds since 1970.
    pub issued_at_ms: i64,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was first tried, in milliseconds since 1970.
    pub first_attempt_at_ms: Option<i64>,
    /// When it is tried next, in milliseconds since 1970; `None` when it was given up.
    pub due_at_ms: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// What proves the delivery, once it was made and until it is recorded.
    pub delivery_ref: Option<String>,
}

/// Everything that is kept of notices.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// What nobody else knows: the ids of the commands that record deliveries are derived from it.
    #[serde(default = "Uuid::new_v4")]
    pub secret: Uuid,
    /// Up to where the log was read.
    pub read_until: u64,
    /// Notices by id.
    pub notices: BTreeMap<Uuid, Notice>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            secret: Uuid::new_v4(),
            read_until: 0,
            notices: BTreeMap::new(),
        }
    }
}

/// The id of a notice, the same in every attempt and after every restart: whoever gets it twice
/// knows it by that.
#[must_use]
pub fn notice_id(stream: &StreamId, measure_id: MeasureId, channel: Channel) -> Uuid {
    let name = format!("{stream} {measure_id} {}", channel.as_str());
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

impl Outbox {
    /// The id of the command that records a delivery: the same one however often it is tried, so
    /// that there is one record, and one that nobody can guess. Whoever could guess it could use
    /// it up for another command, and the delivery would never be recorded.
    #[must_use]
    pub fn command_id(&self, notice_id: Uuid) -> Uuid {
        Uuid::new_v5(&self.secret, notice_id.as_bytes())
    }

    /// The notices that are due at an instant.
    #[must_use]
    pub fn due(&self, now_ms: i64) -> Vec<(Uuid, Notice)> {
        self.notices
            .iter()
            .filter(|(_, notice)| notice.due_at_ms.is_some_and(|due| due <= now_ms))
            .map(|(id, notice)| (*id, notice.clone()))
            .collect()
    }

    /// When the next notice is due of those that are not due at an instant yet.
    #[must_use]
    pub fn next_due_ms(&self, now_ms: i64) -> Option<i64> {
        self.notices
            .values()
            .filter_map(|notice| notice.due_at_ms)
            .filter(|due| *due > now_ms)
            .min()
    }

    /// Lets notices be tried at once: one, or all; how many.
    pub fn retry(&mut self, notice_id: Option<Uuid>, now_ms: i64) -> usize {
        let mut count = 0;
        for (id, notice) in &mut self.notices {
            if notice_id.is_none_or(|chosen| chosen == *id) {
                notice.due_at_ms = Some(now_ms);
                notice.attempts = 0;
                notice.first_attempt_at_ms = None;
                count += 1;
            }
        }
        count
    }
}
