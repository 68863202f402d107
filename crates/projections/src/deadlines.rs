//! `deadlines`: the next instants at which time alone brings something about, by stream.
//!
//! The whole queue is in memory. Rows come from events alone; what the engine puts off (see
//! [`Deadlines::put_off`]) is forgotten when the read models are opened again, and observed again.

use std::collections::BTreeSet;
use std::sync::Arc;

use bincode::{Decode, Encode};
use redress_domain::identity::StreamId;
use redress_domain::instant::{Instant, Span};
use redress_domain::intermediary::Intermediary;
use redress_domain::{complaint, intermediary, merchant};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::{Change, Latest};
use crate::fault::Fault;
use crate::key::Key;
use crate::projection::{HandOn, Projection, RowTable};
use crate::row::{Place, named};
use crate::table::{Backing, EncodedRow, Table, decode, encode};

#[cfg(test)]
mod tests;

const DEADLINES: &str = "deadlines";

/// What has to be looked at when the instant has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The stream itself: a clock of a complaint, a measure.
    Observe,
    /// On a complaint's stream: its merchant, for a payment out of the pending settlement
    /// (rulebook 4.2(2), policy settlement-refund).
    SettlementRefund,
    /// On a merchant's stream: its standing, at a civil midnight (policy window, policy cure). On
    /// an intermediary's: its standing, when a failure to coordinate leaves the window
    /// (rulebook 4.3).
    Standing,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Observe, Self::SettlementRefund, Self::Standing];

    const fn place(self) -> usize {
        self.number() as usize
    }

    const fn number(self) -> u8 {
        match self {
            Self::Observe => 0,
            Self::SettlementRefund => 1,
            Self::Standing => 2,
        }
    }
}

/// An instant at which a stream must be looked at. The order is the one in which deadlines are
/// observed: by instant, then complaints by id, merchants, and intermediaries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueStream {
    /// When something is a fact: for a missed clock one millisecond after its due instant.
    pub fires_at: Instant,
    /// Which stream.
    pub stream: StreamId,
    /// What for.
    pub purpose: Purpose,
}

/// The next instants of every stream, soonest first.
pub struct Deadlines {
    queue: BTreeSet<DueStream>,
    streams: Streams,
}

/// What is known of every stream in the queue.
#[derive(Default)]
struct Streams {
    slots: FxHashMap<StreamId, [Slot; Purpose::ALL.len()]>,
    /// Streams whose rows changed since changes were taken last.
    dirty: FxHashSet<StreamId>,
}

/// The instants of one stream and purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot {
    /// What is in the queue.
    queued: Option<Instant>,
    /// What is in the row: the same, but for what was put off.
    recorded: Option<Kept>,
    /// What the row was when changes were taken last.
    handed_on: Option<Kept>,
}

/// What a row says of a stream and purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    fires_at: Instant,
    /// Whether there is another instant behind this one, should nothing come of it.
    is_followed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct DeadlineRow {
    stream: String,
    /// Place in `Purpose::ALL`.
    purpose: u8,
    fires_at_ms: i64,
    is_followed: bool,
}

impl Deadlines {
    /// The queue as the backing has it.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Result<Self, Fault> {
        let mut deadlines = Self {
            queue: BTreeSet::new(),
            streams: Streams::default(),
        };
        let table = Table::<DeadlineRow>::new(DEADLINES, backing.cloned());
        table.visit(&[], |_, row| {
            let place = Place {
                table: DEADLINES,
                key: &row.stream,
            };
            let stream = StreamId::parse(&row.stream)
                .ok_or_else(|| place.undecodable("not the name of a stream"))?;
            let purpose = named(&Purpose::ALL, row.purpose, place)?;
            let kept = Kept {
                fires_at: Instant::from_unix_ms(row.fires_at_ms),
                is_followed: row.is_followed,
            };
            deadlines.change(&stream, purpose, |slot| {
                *slot = Slot {
                    queued: Some(kept.fires_at),
                    recorded: Some(kept),
                    handed_on: Some(kept),
                };
            });
            Ok(())
        })?;
        Ok(deadlines)
    }

    /// What comes next, whenever that is.
    #[must_use]
    pub fn next(&self) -> Option<&DueStream> {
        self.queue.first()
    }

    /// What has to be looked at first of everything up to and including an instant.
    #[must_use]
    pub fn due(&self, through: Instant) -> Option<&DueStream> {
        self.next().filter(|due| due.fires_at <= through)
    }

    /// Everything that has to be looked at up to and including an instant, soonest first.
    pub fn all_due(&self, through: Instant) -> impl Iterator<Item = &DueStream> {
        let is_due = move |due: &&DueStream| due.fires_at <= through;
        self.queue.iter().take_while(is_due)
    }

    /// When a stream is looked at next for a purpose.
    #[must_use]
    pub fn get(&self, stream: &StreamId, purpose: Purpose) -> Option<Instant> {
        let slots = self.streams.slots.get(stream)?;
        slots.get(purpose.place())?.queued
    }

    /// Whether, should nothing come of what the last event said, there is another instant to look at
    /// a stream for a purpose.
    #[must_use]
    pub fn is_followed(&self, stream: &StreamId, purpose: Purpose) -> bool {
        let slots = self.streams.slots.get(stream);
        slots
            .and_then(|slots| slots.get(purpose.place())?.recorded)
            .is_some_and(|kept| kept.is_followed)
    }

    /// How many instants are queued.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether time alone brings nothing about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What was looked at brought nothing about: it comes again at a later instant, or not until
    /// the stream changes. Without this the same stream would stay first for ever. Rows are not
    /// touched: they come from events alone.
    pub fn put_off(&mut self, stream: &StreamId, purpose: Purpose, until: Option<Instant>) {
        self.change(stream, purpose, |slot| slot.queued = until);
    }

    /// Notes when a stream must be looked at next; `None` when time alone brings nothing about.
    pub(crate) fn set(&mut self, stream: &StreamId, purpose: Purpose, fires_at: Option<Instant>) {
        let kept = fires_at.map(|fires_at| Kept {
            fires_at,
            is_followed: false,
        });
        self.keep(stream, purpose, kept);
    }

    fn keep(&mut self, stream: &StreamId, purpose: Purpose, kept: Option<Kept>) {
        self.change(stream, purpose, |slot| {
            slot.queued = kept.map(|kept| kept.fires_at);
            slot.recorded = kept;
        });
    }

    fn change(&mut self, stream: &StreamId, purpose: Purpose, change: impl FnOnce(&mut Slot)) {
        let known = self.streams.slots.get_mut(stream);
        let before = known
            .as_ref()
            .and_then(|slots| slots.get(purpose.place()))
            .copied()
            .unwrap_or_default();
        let mut after = before;
        change(&mut after);
        if after == before {
            return;
        }
        match known {
            Some(slots) => {
                slots[purpose.place()] = after;
                // Most streams come and go between two times of taking changes.
                if slots.iter().all(|slot| *slot == Slot::default()) {
                    self.streams.slots.remove(stream);
                }
            }
            None => {
                let mut slots = [Slot::default(); Purpose::ALL.len()];
                slots[purpose.place()] = after;
                self.streams.slots.insert(stream.clone(), slots);
            }
        }
        if after.recorded != before.recorded {
            self.streams.dirty.insert(stream.clone());
        }
        if after.queued != before.queued {
            let due = |fires_at| DueStream {
                fires_at,
                stream: stream.clone(),
                purpose,
            };
            if let Some(fires_at) = before.queued {
                self.queue.remove(&due(fires_at));
            }
            if let Some(fires_at) = after.queued {
                self.queue.insert(due(fires_at));
            }
        }
    }
}

impl RowTable for Streams {
    fn name(&self) -> &'static str {
        DEADLINES
    }

    fn hand_on(&mut self, see: &mut HandOn<'_>) -> Result<(), Fault> {
        for stream in std::mem::take(&mut self.dirty) {
            let Some(slots) = self.slots.get_mut(&stream) else {
                continue;
            };
            for (purpose, slot) in Purpose::ALL.into_iter().zip(slots.iter_mut()) {
                if slot.recorded != slot.handed_on {
                    let key = row_key(&stream, purpose);
                    match slot.recorded {
                        Some(kept) => {
                            see(&key, Some(&encoded(&stream, purpose, kept, &key)?))?;
                        }
                        None => see(&key, None)?,
                    }
                    slot.handed_on = slot.recorded;
                }
            }
            if slots.iter().all(|slot| *slot == Slot::default()) {
                self.slots.remove(&stream);
            }
        }
        Ok(())
    }

    /// All rows are in memory.
    fn set_backing(&mut self, _backing: &Arc<dyn Backing>, _generation: u64) {}

    fn describe(&self, key: &[u8], row: &[u8]) -> Result<String, Fault> {
        let row: DeadlineRow = decode(DEADLINES, key, row)?;
        Ok(format!("{row:#?}"))
    }

    fn rows_for_comparison(&self) -> Result<Vec<EncodedRow>, Fault> {
        let mut rows = Vec::new();
        for (stream, slots) in &self.slots {
            for (purpose, slot) in Purpose::ALL.into_iter().zip(slots) {
                if let Some(kept) = slot.recorded {
                    let key = row_key(stream, purpose);
                    let row = encoded(stream, purpose, kept, &key)?;
                    rows.push((key, row));
                }
            }
        }
        rows.sort_unstable();
        Ok(rows)
    }

    /// The queue stays in memory: somebody must know what comes next.
    fn release(&mut self, _generation: u64) {}

    fn rows_in_memory(&self) -> usize {
        self.slots.len()
    }
}

fn encoded(stream: &StreamId, purpose: Purpose, kept: Kept, key: &[u8]) -> Result<Vec<u8>, Fault> {
    let row = DeadlineRow {
        stream: stream.to_string(),
        purpose: purpose.number(),
        fires_at_ms: kept.fires_at.unix_ms(),
        is_followed: kept.is_followed,
    };
    encode(DEADLINES, key, &row)
}

impl Projection for Deadlines {
    const NAME: &'static str = "deadlines";
    const SCHEMA: u32 = 2;
    const FROM_LATEST: bool = true;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        self.fold_latest(&change.latest())
    }

    fn fold_latest(&mut self, latest: &Latest<'_>) -> Result<(), Fault> {
        if let Some(complaint) = latest.complaint_after()? {
            let next = complaint::next_deadline(complaint).map(|deadline| deadline.fires_at);
            self.set(latest.stream, Purpose::Observe, next);
            // rulebook 4.2(2)
            let payment =
                |after| complaint::next_settlement_refund(complaint, latest.rulebook, after);
            let kept = payment(latest.recorded_at).map(|fires_at| Kept {
                fires_at,
                is_followed: payment(fires_at).is_some(),
            });
            self.keep(latest.stream, Purpose::SettlementRefund, kept);
        }
        let of_measures = match (latest.stream, latest.merchant, latest.intermediary) {
            (StreamId::Merchant(_), Some(merchant), _) => {
                merchant::next_deadline(merchant, latest.recorded_at)
            }
            (StreamId::Intermediary(_), _, Some(intermediary)) => {
                let window = latest.rulebook.in_force(latest.recorded_at).standing.window;
                let leaves = next_to_leave(intermediary, window, latest.recorded_at);
                self.set(latest.stream, Purpose::Standing, leaves);
                intermediary::next_deadline(intermediary, latest.recorded_at)
            }
            (StreamId::Merchant(_) | StreamId::Intermediary(_), _, _) => {
                return Err(latest.state_missing());
            }
            (
                StreamId::Complaint(_)
                | StreamId::Agreement(_)
                | StreamId::User(_)
                | StreamId::Rulebook,
                _,
                _,
            ) => return Ok(()),
        };
        self.set(latest.stream, Purpose::Observe, of_measures);
        Ok(())
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![&self.streams]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![&mut self.streams]
    }
}

/// When the next failure to coordinate does not count any more (rulebook 4.3, policy window).
#[must_use]
pub fn next_to_leave(intermediary: &Intermediary, window: Span, after: Instant) -> Option<Instant> {
    intermediary
        .failures
        .iter()
        .map(|failure| failure.at.plus(window).just_after())
        .filter(|leaves| *leaves > after)
        .min()
}

fn row_key(stream: &StreamId, purpose: Purpose) -> Vec<u8> {
    let mut key = Key::of(&stream.to_string()).bytes();
    key.push(purpose.number());
    key
}
