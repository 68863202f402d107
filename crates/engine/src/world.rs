//! The state that decisions are taken on: streams, read models, rulebook and deadlines, as the log
//! has made them up to one position. The same code builds it live, at start and for a look back.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use foldhash::HashMap;
use redress_domain::aggregate::Aggregate;
use redress_domain::agreement::{self, Agreement};
use redress_domain::complaint::{self, Complaint, MerchantFacts};
use redress_domain::event::{Event, Header, Recorded};
use redress_domain::gate::{GateMeasure, MerchantGate, reaches};
use redress_domain::identity::{
    AgreementId, ComplaintId, IntermediaryId, MerchantId, StreamId, UserRef,
};
use redress_domain::instant::Instant;
use redress_domain::intermediary::{self, Intermediary};
use redress_domain::merchant::{self, Merchant};
use redress_domain::rulebook::Rulebook;
use redress_projections::agreements::Agreements;
use redress_projections::deadlines::Deadlines;
use redress_projections::keys::Keys;
use redress_projections::merchants::Merchants;
use redress_projections::repeats::Repeats;
use redress_projections::standing::Standings;
use redress_projections::{Change, Condition, Projection, ReadModels};
use redress_store::entry;
use redress_store::read_store::StoredEntry;

use crate::error::EngineError;
use crate::shelf::Shelf;
use crate::spread::{DEADLINE_LATE_MS, Spread};

/// A stream as far as the log has come.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub state: Aggregate,
    /// The version of the next event.
    pub next_version: u64,
    /// The digest of the last entry; zeros before the first.
    pub digest: [u8; 32],
    /// The position of the last entry.
    pub last_position: u64,
}

/// Everything that decisions and queries look at.
pub(crate) struct World {
    streams: HashMap<StreamId, Stream>,
    pub models: ReadModels,
    /// The rulebook that the log begins with.
    first_rulebook: Rulebook,
    pub rulebook: Arc<Rulebook>,
    /// When the next edition comes into force.
    pub next_transition: Option<Instant>,
    pub shelf: Shelf,
    pub last_position: u64,
    pub last_recorded_at: Instant,
    /// Streams kept in memory at the most before those that the read store has are let go.
    pub streams_in_memory_max: usize,
    /// Rows kept in memory at the most before those that the read store has are let go.
    pub rows_in_memory_max: usize,
    /// The last position of all streams that were looked at since this was set to 0.
    pub rests_on: u64,
    /// The last event that changed what every query rests on: the rulebook, or which merchants
    /// belong together.
    pub frame_changed_at: u64,
    /// How long after its instant a deadline was observed by the program's clock.
    pub deadline_late_ms: Spread,
    /// How far those have come that are being built beside this world.
    pub building: Arc<AtomicU64>,
}

/// What decisions, deadlines and reactions look at.
const DECIDING: [&str; 6] = [
    Standings::NAME,
    Deadlines::NAME,
    Keys::NAME,
    Agreements::NAME,
    Merchants::NAME,
    Repeats::NAME,
];

/// Streams kept in memory at the most before those that the read store has are let go.
const STREAMS_IN_MEMORY_MAX: usize = 400_000;
/// Rows of read models kept in memory at the most before those that the read store has are let go.
const ROWS_IN_MEMORY_MAX: usize = 400_000;

impl World {
    pub fn new(rulebook: Rulebook, models: ReadModels, shelf: Shelf) -> Self {
        Self {
            streams: HashMap::default(),
            models,
            rulebook: Arc::new(rulebook.clone()),
            first_rulebook: rulebook,
            next_transition: None,
            shelf,
            last_position: 0,
            last_recorded_at: Instant::from_unix_ms(i64::MIN),
            streams_in_memory_max: STREAMS_IN_MEMORY_MAX,
            rows_in_memory_max: ROWS_IN_MEMORY_MAX,
            rests_on: 0,
            frame_changed_at: 0,
            deadline_late_ms: Spread::new(DEADLINE_LATE_MS),
            building: Arc::default(),
        }
    }

    /// A stream, from memory or folded from its entries.
    pub fn stream(&mut self, id: &StreamId) -> Result<&Stream, EngineError> {
        if !self.streams.contains_key(id) {
            let loaded = Stream::load(id, &self.first_rulebook, &self.shelf)?;
            // Whoever only reads hands nothing on, after which streams would be let go.
            if self.streams.len() >= 2 * self.streams_in_memory_max {
                self.let_go_of_streams(self.shelf.applied());
            }
            self.streams.insert(id.clone(), loaded);
        }
        let stream = self.streams.get(id).ok_or_else(|| EngineError::Broken {
            position: self.last_position,
            what: format!("stream {id} could not be kept in memory"),
        })?;
        self.rests_on = self.rests_on.max(stream.last_position);
        Ok(stream)
    }

    /// Has streams in memory before they are asked for one by one: they are read on every core.
    pub fn load_ahead<'a>(
        &mut self,
        ids: impl Iterator<Item = &'a StreamId>,
    ) -> Result<(), EngineError> {
        let absent: BTreeSet<_> = ids.filter(|id| !self.streams.contains_key(*id)).collect();
        let absent: Vec<_> = absent.into_iter().collect();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let (first_rulebook, shelf) = (&self.first_rulebook, &self.shelf);
        let loaded = thread::scope(|scope| {
            let readers = absent
                .chunks(absent.len().div_ceil(cores).max(1))
                .map(|ids| {
                    scope.spawn(|| {
                        let streams = ids.iter().map(|id| {
                            let stream = Stream::load(id, first_rulebook, shelf)?;
                            Ok(((*id).clone(), stream))
                        });
                        streams.collect::<Result<Vec<_>, EngineError>>()
                    })
                });
            let readers: Vec<_> = readers.collect();
            let read = readers.into_iter().map(|reader| {
                reader.join().unwrap_or_else(|_| {
                    Err(EngineError::Stopped {
                        because: "streams could not be read".to_owned(),
                    })
                })
            });
            read.collect::<Result<Vec<_>, _>>()
        })?;
        self.streams.extend(loaded.into_iter().flatten());
        Ok(())
    }

    /// Takes up the next entry of the log: the stream, the rulebook, the read models and the
    /// deadlines.
    pub fn apply(&mut self, bytes: Arc<[u8]>, recorded: &Recorded) -> Result<(), EngineError> {
        let header = &recorded.header;
        if header.position != self.last_position + 1 {
            return Err(EngineError::Broken {
                position: header.position,
                what: format!("the entry before it is at position {}", self.last_position),
            });
        }
        self.stream(&header.stream)?;
        let Some(stream) = self.streams.get_mut(&header.stream) else {
            return Ok(());
        };
        stream.take(&bytes, recorded)?;
        if let Aggregate::Rulebook(rulebook) = &stream.state {
            self.rulebook = Arc::new(rulebook.clone());
        }
        self.models
            .fold(&change(recorded, &self.rulebook, &stream.state))?;
        self.last_position = header.position;
        self.last_recorded_at = header.recorded_at;
        if let Event::Rulebook(_) = &recorded.event {
            self.schedule_transition(header.recorded_at);
        }
        if let Event::Rulebook(_)
        | Event::Merchant(
            merchant::Event::MerchantRegistered { .. } | merchant::Event::MerchantUpdated { .. },
        ) = &recorded.event
        {
            self.frame_changed_at = header.position;
        }
        self.shelf.push(StoredEntry {
            position: header.position,
            stream: header.stream.to_string().into(),
            command_id: *header.command_id.as_bytes(),
            bytes,
        });
        Ok(())
    }

    /// Notes when the next edition after an instant comes into force (rulebook 5).
    pub fn schedule_transition(&mut self, after: Instant) {
        self.next_transition = self
            .rulebook
            .editions()
            .map(|edition| edition.effective_at)
            .find(|effective_at| *effective_at > after);
    }

    /// The state of a complaint's stream.
    pub fn complaint_state(&mut self, id: &ComplaintId) -> Result<&complaint::State, EngineError> {
        match &self.stream(&StreamId::Complaint(id.clone()))?.state {
            Aggregate::Complaint(state) => Ok(state),
            _ => Ok(&None),
        }
    }

    /// A complaint; `None` when there is no such one.
    pub fn complaint(&mut self, id: &ComplaintId) -> Result<Option<&Complaint>, EngineError> {
        Ok(self.complaint_state(id)?.as_ref())
    }

    /// The state of a merchant's stream.
    pub fn merchant_state(&mut self, id: &MerchantId) -> Result<&merchant::State, EngineError> {
        match &self.stream(&StreamId::Merchant(id.clone()))?.state {
            Aggregate::Merchant(state) => Ok(state),
            _ => Ok(&None),
        }
    }

    /// A merchant; `None` when there is no such one.
    pub fn merchant(&mut self, id: &MerchantId) -> Result<Option<&Merchant>, EngineError> {
        Ok(self.merchant_state(id)?.as_ref())
    }

    /// The state of an agreement's stream.
    pub fn agreement_state(&mut self, id: &AgreementId) -> Result<&agreement::State, EngineError> {
        match &self.stream(&StreamId::Agreement(id.clone()))?.state {
            Aggregate::Agreement(state) => Ok(state),
            _ => Ok(&None),
        }
    }

    /// An agreement; `None` when there is no such one.
    pub fn agreement(&mut self, id: &AgreementId) -> Result<Option<&Agreement>, EngineError> {
        Ok(self.agreement_state(id)?.as_ref())
    }

    /// The state of an intermediary's stream.
    pub fn intermediary_state(
        &mut self,
        id: &IntermediaryId,
    ) -> Result<&intermediary::State, EngineError> {
        match &self.stream(&StreamId::Intermediary(id.clone()))?.state {
            Aggregate::Intermediary(state) => Ok(state),
            _ => Ok(&None),
        }
    }

    /// An intermediary; `None` when there is no such one.
    pub fn intermediary(
        &mut self,
        id: &IntermediaryId,
    ) -> Result<Option<&Intermediary>, EngineError> {
        Ok(self.intermediary_state(id)?.as_ref())
    }

    /// What other aggregates need to know of a merchant.
    pub fn merchant_facts(
        &mut self,
        id: &MerchantId,
    ) -> Result<Option<MerchantFacts>, EngineError> {
        Ok(self.merchant(id)?.map(|merchant| MerchantFacts {
            industry: merchant.industry,
            institution_id: merchant.institution_id.clone(),
            service_provider_id: merchant.service_provider_id.clone(),
        }))
    }

    /// What the gate looks at: the merchant's measures in force, and those of its entity that
    /// reach it (rulebook 4.2(5), 4.2(9)).
    pub fn gate(&mut self, id: &MerchantId) -> Result<Option<MerchantGate>, EngineError> {
        let Some(merchant) = self.merchant(id)? else {
            return Ok(None);
        };
        let mut gate = merchant.gate();
        let entity_id = merchant.entity_id.clone();
        let mut measures: Vec<GateMeasure> = Vec::new();
        for member in self.models.merchants.of_entity(&entity_id)? {
            if let Some(merchant) = self.merchant(&member)? {
                measures.extend(
                    merchant
                        .gate_measures()
                        .into_iter()
                        .filter(|measure| reaches(measure.kind, &measure.scope, member == *id)),
                );
            }
        }
        gate.measures = measures;
        Ok(Some(gate))
    }

    /// The user whose key seals the texts of a stream.
    pub fn user_of(&mut self, id: &StreamId) -> Result<Option<UserRef>, EngineError> {
        Ok(match &self.stream(id)?.state {
            Aggregate::Complaint(state) => state.as_ref().map(|one| one.user_ref.clone()),
            Aggregate::Agreement(state) => state.as_ref().map(|one| one.user_ref.clone()),
            Aggregate::Merchant(_)
            | Aggregate::Intermediary(_)
            | Aggregate::User(_)
            | Aggregate::Rulebook(_) => None,
        })
    }

    /// Whether these projections can be read.
    pub fn expect(&self, projections: &[&'static str]) -> Result<(), EngineError> {
        for name in projections {
            match self.models.condition(name) {
                Condition::Following => {}
                Condition::Faulted { position, cause } => {
                    return Err(EngineError::ProjectionFaulted {
                        name,
                        position: *position,
                        cause: cause.clone(),
                    });
                }
                Condition::Absent => {
                    return Err(EngineError::ProjectionBuilding {
                        name,
                        position: self.building.load(Ordering::Relaxed),
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether decisions can be taken: everything that they look at follows the log.
    pub fn expect_deciding(&self) -> Result<(), EngineError> {
        self.expect(&DECIDING)
    }

    /// The projections that have no rows here.
    pub fn absent(&self) -> Vec<&'static str> {
        let names = self.models.names().into_iter().map(|(name, _)| name);
        names
            .filter(|name| *self.models.condition(name) == Condition::Absent)
            .collect()
    }

    /// Whether something is being built that decisions look at.
    pub fn is_building(&self) -> bool {
        let deciding = self.expect_deciding();
        matches!(deciding, Err(EngineError::ProjectionBuilding { .. }))
    }

    /// What an error means for the projections: rows that cannot be read stop theirs. Gives the
    /// error back where it means more than that.
    pub fn stopped_by(&mut self, error: EngineError) -> Result<EngineError, EngineError> {
        match error {
            EngineError::Projection(fault) if !fault.is_out_of_reach() => {
                let Some(name) = self.models.projection_of(&fault) else {
                    return Err(EngineError::Projection(fault));
                };
                self.models.stop(name, self.last_position, &fault);
                match self.expect(&[name]) {
                    Ok(()) => Err(EngineError::Projection(fault)),
                    Err(stopped) => Ok(stopped),
                }
            }
            EngineError::ProjectionFaulted { .. } => Ok(error),
            error => Err(error),
        }
    }

    /// How many streams are kept in memory.
    #[cfg(test)]
    pub fn streams_in_memory(&self) -> usize {
        self.streams.len()
    }

    fn let_go_of_streams(&mut self, applied: u64) {
        self.streams
            .retain(|_, stream| stream.last_position > applied);
    }

    /// Lets go of what the read store has, once there is a lot of it: entries and streams up to
    /// the position `applied`, rows that changed before changes were taken for the `generation`-th
    /// time.
    pub fn release(&mut self, applied: u64, generation: u64) {
        self.shelf.release();
        if self.streams.len() > self.streams_in_memory_max {
            self.let_go_of_streams(applied);
        }
        if self.models.rows_in_memory() > self.rows_in_memory_max {
            self.models.release(generation);
            // Some rows cannot be let go: without this they would have all others let go again and
            // again.
            let kept = self.models.rows_in_memory().saturating_mul(2);
            self.rows_in_memory_max = kept.max(self.rows_in_memory_max);
        }
    }
}

impl Stream {
    /// A stream as its entries in the read store made it.
    fn load(id: &StreamId, first_rulebook: &Rulebook, shelf: &Shelf) -> Result<Self, EngineError> {
        let mut stream = Self {
            state: Aggregate::before_first(id, first_rulebook),
            next_version: 0,
            digest: [0; 32],
            last_position: 0,
        };
        // A stream with an entry that the read store lacks is never let go, so the others are all.
        let mut last = None;
        for (bytes, recorded) in shelf.stored_stream(&id.to_string())? {
            stream.follow(&recorded)?;
            last = Some(bytes);
        }
        if let Some(bytes) = last {
            stream.digest = entry::digest(&bytes);
        }
        Ok(stream)
    }

    /// Takes up the stream's next entry; its version and its digest must continue the stream.
    fn take(&mut self, bytes: &[u8], recorded: &Recorded) -> Result<(), EngineError> {
        self.follow(recorded)?;
        self.digest = entry::digest(bytes);
        Ok(())
    }

    /// The same without the digest, which only the last entry's is asked for.
    fn follow(&mut self, recorded: &Recorded) -> Result<(), EngineError> {
        let header = &recorded.header;
        expect_version(header, self.next_version)?;
        let before = std::mem::replace(&mut self.state, Aggregate::User(Default::default()));
        self.state = before.evolve(&header.stamp(), &recorded.event);
        self.next_version += 1;
        self.last_position = header.position;
        Ok(())
    }
}

/// Whether an entry is the one that its stream continues with.
pub(crate) fn expect_version(header: &Header, next_version: u64) -> Result<(), EngineError> {
    if header.version == next_version {
        return Ok(());
    }
    Err(EngineError::Broken {
        position: header.position,
        what: format!(
            "version {} of {} where {next_version} must follow",
            header.version, header.stream
        ),
    })
}

pub(crate) fn change<'a>(
    recorded: &'a Recorded,
    rulebook: &'a Rulebook,
    state: &'a Aggregate,
) -> Change<'a> {
    let change = Change::new(recorded, rulebook);
    match state {
        Aggregate::Complaint(Some(complaint)) => change.with_complaint(complaint),
        Aggregate::Agreement(Some(agreement)) => change.with_agreement(agreement),
        Aggregate::Merchant(Some(merchant)) => change.with_merchant(merchant),
        Aggregate::Intermediary(Some(intermediary)) => change.with_intermediary(intermediary),
        Aggregate::Complaint(None)
        | Aggregate::Agreement(None)
        | Aggregate::Merchant(None)
        | Aggregate::Intermediary(None)
        | Aggregate::User(_)
        | Aggregate::Rulebook(_) => change,
    }
}
