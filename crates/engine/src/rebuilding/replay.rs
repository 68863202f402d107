//! Streams and read models folded from the log, in bounded memory.
//!
//! What depends on a stream's latest state alone is not folded for every event but now and then for
//! all streams to which something happened ([`Replay::settle`]); streams that rest are let go of
//! and read again when something happens to them.

use std::sync::Arc;

use redress_domain::aggregate::Aggregate;
use redress_domain::clock::Clock;
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::StreamId;
use redress_domain::instant::Instant;
use redress_domain::rulebook::Rulebook;
use redress_projections::{Latest, ReadModels};
use redress_store::entry;
use redress_store::read_store::ReadStore;

use super::feed::{Feed, StreamNumbers};
use crate::error::EngineError;
use crate::opening::LogSource;
use crate::world::{change, expect_version};

/// Rows kept in memory at the most before those that rest and are handed on are let go of.
const ROWS_IN_MEMORY_MAX: usize = 600_000;
/// Streams kept in memory at the most before those that have ended are let go of.
const STREAMS_IN_MEMORY_MAX: usize = 100_000;
/// Streams kept in memory at the most before all that rest are let go of.
const ALL_STREAMS_IN_MEMORY_MAX: usize = 800_000;

/// A fold of the log from its beginning, as far as it has come.
pub(super) struct Replay {
    pub models: ReadModels,
    /// The last position folded.
    pub position: u64,
    /// By the number of the stream; `None` for those that are not in memory.
    streams: Vec<Option<Box<Held>>>,
    held: usize,
    /// Empty while a feed has them.
    numbers: StreamNumbers,
    /// Streams to which something happened since they were settled.
    unsettled: Vec<u32>,
    first_rulebook: Rulebook,
    rulebook: Arc<Rulebook>,
    /// Where the earlier events of streams are read that are not in memory.
    archive: Option<Arc<ReadStore>>,
}

/// A stream in memory.
struct Held {
    stream: StreamId,
    state: Aggregate,
    next_version: u64,
    first_position: u64,
    last_position: u64,
    last_recorded_at: Instant,
    is_settled: bool,
}

impl Replay {
    /// Begins behind a position, up to which `models` were folded before.
    pub fn begin(
        first_rulebook: Rulebook,
        models: ReadModels,
        position: u64,
        archive: Option<Arc<ReadStore>>,
    ) -> Result<Self, EngineError> {
        let mut replay = Self {
            models,
            position,
            streams: Vec::new(),
            held: 0,
            numbers: StreamNumbers::default(),
            unsettled: Vec::new(),
            rulebook: Arc::new(first_rulebook.clone()),
            first_rulebook,
            archive,
        };
        if position > 0
            && let Aggregate::Rulebook(rulebook) = replay.load(&StreamId::Rulebook)?.state
        {
            replay.rulebook = Arc::new(rulebook);
        }
        Ok(replay)
    }

    /// Takes up everything from the next position up to and including `to`, and says after each
    /// batch that it did; what is said then may end it.
    pub fn follow(
        &mut self,
        source: &LogSource,
        to: u64,
        mut after_batch: impl FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let numbers = std::mem::take(&mut self.numbers);
        let feed = Feed::start(source, self.position + 1, to, numbers);
        while let Some(batch) = feed.next_batch()? {
            for (number, recorded) in &batch {
                self.apply_numbered(*number, recorded)?;
            }
            feed.give_back(batch);
            after_batch(self)?;
        }
        self.numbers = feed.finish()?;
        if self.position < to {
            return Err(EngineError::Broken {
                position: self.position + 1,
                what: format!("the log ends before position {to}"),
            });
        }
        Ok(())
    }

    /// Takes up the next event of the log.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), EngineError> {
        let number = self.numbers.of(&recorded.header.stream);
        self.apply_numbered(number, recorded)
    }

    fn apply_numbered(&mut self, number: u32, recorded: &Recorded) -> Result<(), EngineError> {
        let header = &recorded.header;
        if header.position != self.position + 1 {
            return Err(EngineError::Broken {
                position: header.position,
                what: format!("the entry before it is at position {}", self.position),
            });
        }
        if let Event::Rulebook(_) = &recorded.event {
            // What happened before is judged by what was announced before.
            self.settle()?;
        }
        let place = number as usize;
        if self.streams.len() <= place {
            self.streams.resize_with(place + 1, || None);
        }
        if self.streams.get(place).is_none_or(Option::is_none) {
            let loaded = Box::new(self.before(recorded)?);
            if let Some(slot) = self.streams.get_mut(place) {
                *slot = Some(loaded);
                self.held += 1;
            }
        }
        let Some(Some(held)) = self.streams.get_mut(place) else {
            return Ok(());
        };
        expect_version(header, held.next_version)?;
        held.take(recorded);
        if held.is_settled {
            held.is_settled = false;
            self.unsettled.push(number);
        }
        if let Aggregate::Rulebook(rulebook) = &held.state {
            self.rulebook = Arc::new(rulebook.clone());
        }
        self.models
            .fold_event(&change(recorded, &self.rulebook, &held.state))?;
        self.position = header.position;
        Ok(())
    }

    /// Brings the read models up to the latest state of every stream: before that they are not to be
    /// read.
    pub fn settle(&mut self) -> Result<(), EngineError> {
        for number in std::mem::take(&mut self.unsettled) {
            if let Some(Some(held)) = self.streams.get_mut(number as usize) {
                held.is_settled = true;
                self.models.fold_latest(&held.latest(&self.rulebook))?;
            }
        }
        Ok(self.models.schedule_evaluations(&self.rulebook)?)
    }

    /// Lets go of rows that did not change since they were handed on for the `generation`-th time,
    /// when there are many.
    pub fn release(&mut self, generation: u64) {
        if self.models.rows_in_memory() > ROWS_IN_MEMORY_MAX {
            self.models.release(generation);
        }
    }

    /// Lets go of streams to which nothing happened since a position, when there are many: of those
    /// that have ended, and where that is not enough of all. However many events there are in a
    /// day, an open complaint is not read again for each of its own. All streams must be settled.
    /// What the read store does not have yet stays: it could not be read again.
    pub fn let_go(&mut self, before: u64) {
        let Some(archive) = &self.archive else {
            return;
        };
        if self.held <= STREAMS_IN_MEMORY_MAX {
            return;
        }
        let before = before.min(archive.applied());
        self.let_go_of(before, Held::has_ended);
        if self.held > ALL_STREAMS_IN_MEMORY_MAX {
            self.let_go_of(before, |_| true);
        }
    }

    fn let_go_of(&mut self, before: u64, is_meant: impl Fn(&Held) -> bool) {
        for slot in &mut self.streams {
            let rests = slot.as_ref().is_some_and(|held| {
                held.is_settled && held.last_position <= before && is_meant(held)
            });
            if rests {
                *slot = None;
                self.held -= 1;
            }
        }
    }

    /// A stream that is not in memory, as it is before an event.
    fn before(&self, recorded: &Recorded) -> Result<Held, EngineError> {
        let header = &recorded.header;
        if header.version == 0 {
            return Ok(Held::before_first(&header.stream, &self.first_rulebook));
        }
        self.load(&header.stream)
    }

    /// A stream as its earlier events left it.
    fn load(&self, stream: &StreamId) -> Result<Held, EngineError> {
        let mut held = Held::before_first(stream, &self.first_rulebook);
        let Some(archive) = &self.archive else {
            return Ok(held);
        };
        for (position, bytes) in archive.stream_entries(&stream.to_string())? {
            if position > self.position {
                break;
            }
            held.take(&entry::decode(&bytes)?.recorded);
        }
        Ok(held)
    }
}

impl Held {
    fn before_first(stream: &StreamId, first_rulebook: &Rulebook) -> Self {
        Self {
            stream: stream.clone(),
            state: Aggregate::before_first(stream, first_rulebook),
            next_version: 0,
            first_position: 0,
            last_position: 0,
            last_recorded_at: Instant::from_unix_ms(i64::MIN),
            is_settled: true,
        }
    }

    fn take(&mut self, recorded: &Recorded) {
        let header = &recorded.header;
        let before = std::mem::replace(&mut self.state, Aggregate::User(Default::default()));
        self.state = before.evolve(&header.stamp(), &recorded.event);
        if self.next_version == 0 {
            self.first_position = header.position;
        }
        self.next_version += 1;
        self.last_position = header.position;
        self.last_recorded_at = header.recorded_at;
    }

    /// Whether hardly anything happens to the stream any more.
    fn has_ended(&self) -> bool {
        match &self.state {
            Aggregate::Complaint(Some(complaint)) => complaint
                .rounds
                .iter()
                .all(|round| round.closed.is_some() && !round.clocks.iter().any(Clock::is_open)),
            Aggregate::Agreement(Some(agreement)) => !agreement.is_live(),
            Aggregate::User(_) => true,
            Aggregate::Complaint(None)
            | Aggregate::Agreement(None)
            | Aggregate::Merchant(_)
            | Aggregate::Intermediary(_)
            | Aggregate::Rulebook(_) => false,
        }
    }

    fn latest<'a>(&'a self, rulebook: &'a Rulebook) -> Latest<'a> {
        let mut latest = Latest {
            stream: &self.stream,
            first_position: Some(self.first_position),
            position: self.last_position,
            recorded_at: self.last_recorded_at,
            rulebook,
            complaint: None,
            merchant: None,
            intermediary: None,
        };
        match &self.state {
            Aggregate::Complaint(complaint) => latest.complaint = complaint.as_ref(),
            Aggregate::Merchant(merchant) => latest.merchant = merchant.as_ref(),
            Aggregate::Intermediary(one) => latest.intermediary = one.as_ref(),
            Aggregate::Agreement(_) | Aggregate::User(_) | Aggregate::Rulebook(_) => {}
        }
        latest
    }
}
