//! Rebuilding read models beside the live ones.
//!
//! The log is read from its beginning by one thread, folded by another, and the rows are packed into
//! files by a third, while the writer goes on. What was recorded meanwhile is folded when the end is
//! near, the rest of it by the writer between two groups, which then puts the new rows in the place
//! of the old ones: one small batch. The old ones are kept, and compared with the new ones as both
//! were at that position.

mod backing;
mod comparison;
mod feed;
mod packer;
mod replay;
mod rollback;
mod switch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redress_domain::rulebook::{Edition, Rulebook};
use redress_projections::deadlines::Deadlines;
use redress_projections::standing::Standings;
use redress_projections::{Condition, Opening, Projection, ReadModels};
use redress_store::read_store::{Draft, ReadStore, Sheet};

pub(crate) use backing::of_generation;
pub use comparison::{Comparison, Difference, TableComparison};
pub use rollback::{LeftOut, RollbackReport, RolledBack};
pub(crate) use switch::{Switch, Switched};

use crate::engine::{Engine, Pending};
use crate::error::EngineError;
use crate::opening::LogSource;
use crate::writer::{Shared, Work, WorkSender};
use comparison::Comparing;
use packer::Packer;
use replay::Replay;
use switch::Target;

/// Events after which rows are packed and rows and streams that rest are let go of. It bounds the
/// memory of a rebuild, and what is lost of one that is killed.
pub(crate) const EVENTS_PER_RUN: u64 = 262_144;
/// The writer folds what is left when it is not more than this: it takes some milliseconds.
const LEFT_TO_THE_WRITER: u64 = 1_024;
/// Rows that changed since the last run are packed when so many events are between.
const LEFT_UNPACKED: u64 = 8_192;
/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RebuildProgress {
    /// The last position folded.
    pub position: u64,
    /// Where the log ended when this was told.
    pub of: u64,
    /// Where an interrupted rebuild was taken up; 0 when this one began anew.
    pub resumed_from: u64,
    /// Events folded per second since it began.
    pub events_per_second: f64,
    /// How long the rest takes at that rate.
    pub left: Duration,
}

/// What a rebuild did.
#[derive(Clone, Debug)]
pub struct RebuildReport {
    /// Every projection that was asked for, and those that go with them.
    pub projections: Vec<Rebuilt>,
    /// The position at which the new rows took the place of the old ones.
    pub position: u64,
    /// Where an interrupted rebuild was taken up; 0 when this one began anew.
    pub resumed_from: u64,
    /// How long it took until the new rows were live.
    pub took: Duration,
    /// For how long of that the writer did nothing else.
    pub writer_held: Duration,
    /// Bytes of the files of the new rows.
    pub packed_bytes: u64,
}

/// What became of one projection.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// Its name.
    pub name: &'static str,
    /// What became of it.
    pub outcome: RebuildOutcome,
}

/// What became of a projection that was to be rebuilt.
#[derive(Clone, Debug)]
pub enum RebuildOutcome {
    /// Its new rows are live. The comparison is missing where the old ones were of another schema,
    /// or could not be gone back to.
    Replaced(Option<Comparison>),
    /// It could not take up an event; what was live before is live still.
    Faulted {
        /// Where in the log.
        position: u64,
        /// What was wrong.
        cause: String,
    },
}

/// Everything that a rebuild needs, apart from the engine, so that one can run beside it.
#[derive(Clone)]
pub(crate) struct Rebuilder {
    pub shared: Arc<Shared>,
    pub source: LogSource,
    pub store: Option<Arc<ReadStore>>,
    pub first_edition: Edition,
    /// `None` once the engine is being dropped: the writer ends when nobody can hand in anything.
    pub sender: Option<WorkSender>,
    /// Set when nobody waits for the result any more.
    pub stopping: Arc<AtomicBool>,
    /// Where a rebuild is, for whoever asks for rows that are being built.
    pub position: Arc<AtomicU64>,
    /// Held by the one rebuild or rollback that may go on.
    pub alone: Arc<Mutex<()>>,
    /// Events after which rows are packed.
    pub events_per_run: u64,
}

/// The fold of a rebuild and where its rows go.
struct Run<'a> {
    rebuilder: &'a Rebuilder,
    replay: Replay,
    rows: Rows,
    pace: Pace,
}

/// Where the rows of a rebuild go.
struct Rows {
    names: Vec<&'static str>,
    /// `None` for a store in memory: its rows stay where they are.
    packer: Option<Packer>,
    /// Up to where rows are packed.
    packed: u64,
    /// How often rows were packed by this run.
    runs: u64,
}

/// How fast a rebuild is.
struct Pace {
    began: Instant,
    resumed_from: u64,
    told: Option<Instant>,
}

impl Engine {
    /// Rebuilds every read model; see [`Engine::rebuild_some`].
    ///
    /// # Errors
    /// As [`Engine::rebuild_some`].
    pub fn rebuild(&self) -> Result<RebuildReport, EngineError> {
        self.rebuild_some(&[], &mut |_| {})
    }

    /// Builds the read models of these projections anew from the log, of all of them when none is
    /// named, puts them in the place of the live ones, and compares. Commands and queries go on
    /// meanwhile. Standing and the deadlines that come of it are always rebuilt together. One that
    /// was interrupted goes on where its rows were packed last.
    ///
    /// # Errors
    /// When the log cannot be read, or rows cannot be written: what was live is live still.
    pub fn rebuild_some(
        &self,
        names: &[&str],
        progress: &mut dyn FnMut(&RebuildProgress),
    ) -> Result<RebuildReport, EngineError> {
        self.rebuilder.rebuild(names, progress)
    }

    /// Folds the log anew and compares every row with the live one; changes nothing. Nothing is
    /// recorded while rows are compared.
    ///
    /// # Errors
    /// When the log or the rows cannot be read.
    pub fn verify_projections(&self) -> Result<Vec<Comparison>, EngineError> {
        self.rebuilder.verify()
    }
}

impl Rebuilder {
    fn rebuild(
        &self,
        names: &[&str],
        progress: &mut dyn FnMut(&RebuildProgress),
    ) -> Result<RebuildReport, EngineError> {
        let _alone = self.alone.lock();
        let began = Instant::now();
        let names = widened(names)?;
        let drafts = match &self.store {
            Some(store) => store.drafts(&names)?,
            None => Vec::new(),
        };
        let mut run = self.run(&names, drafts, began)?;
        run.fold(progress)?;
        let resumed_from = run.pace.resumed_from;
        let (switched, packed_bytes) = run.finish(Target::Live)?;
        let took = began.elapsed();
        let mut projections = Vec::new();
        for (name, _) in names {
            if let Condition::Faulted { position, cause } = switched.condition(name) {
                let outcome = RebuildOutcome::Faulted { position, cause };
                projections.push(Rebuilt { name, outcome });
                continue;
            }
            let outcome = RebuildOutcome::Replaced(self.compare(name, &switched)?);
            projections.push(Rebuilt { name, outcome });
        }
        if let Some(store) = &self.store {
            store.remove_unused()?;
        }
        Ok(RebuildReport {
            projections,
            position: switched.position,
            resumed_from,
            took,
            writer_held: switched.writer_held,
            packed_bytes,
        })
    }

    /// Rebuilds what the rows on disk are not of, in the background of a start. A panic is a failure
    /// like any other: whoever waits for the rows would wait for ever.
    pub fn rebuild_missing(&self, names: &[&'static str]) {
        let failed = match catch_unwind(AssertUnwindSafe(|| self.rebuild(names, &mut |_| {}))) {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the rebuild could not go on".to_owned(),
        };
        if self.stopping.load(Ordering::Relaxed) {
            return;
        }
        tracing::error!(%failed, "projections could not be rebuilt");
        let position = self.position.load(Ordering::Relaxed);
        {
            let mut world = self.shared.world();
            for name in names {
                world.models.set_condition(
                    name,
                    Condition::Faulted {
                        position,
                        cause: failed.clone(),
                    },
                );
            }
        }
        // Commands that wait for them are answered now.
        let _ = self.settle();
    }

    fn verify(&self) -> Result<Vec<Comparison>, EngineError> {
        let _alone = self.alone.lock();
        let names = widened(&[])?;
        let drafts = match &self.store {
            Some(store) => store.trial_drafts(&names)?,
            None => Vec::new(),
        };
        let mut run = self.run(&names, drafts, Instant::now())?;
        run.fold(&mut |_| {})?;
        let (switched, _) = run.finish(Target::Trial)?;
        Ok(switched.comparisons)
    }

    /// Begins a run into drafts, behind what they have already.
    fn run(
        &self,
        names: &[(&'static str, u32)],
        drafts: Vec<Draft>,
        began: Instant,
    ) -> Result<Run<'_>, EngineError> {
        let from = drafts.first().map_or(0, Draft::position);
        let rows: Vec<_> = drafts
            .iter()
            .map(|draft| (draft.projection().to_owned(), draft.rows()))
            .collect();
        let models = ReadModels::open(from, |name| {
            if !names.iter().any(|(one, _)| *one == name) {
                return Opening::As(Condition::Absent);
            }
            let rows = rows.iter().find(|(one, _)| one == name);
            Opening::Over(rows.map(|(_, rows)| backing::of_draft(rows.clone())))
        })?;
        if from > 0 {
            // Earlier events of streams are read from the read store.
            self.settle()?;
        }
        let first = Rulebook::new(self.first_edition.clone());
        let replay = Replay::begin(first, models.models, from, self.store.clone())?;
        self.position.store(from, Ordering::Relaxed);
        Ok(Run {
            rebuilder: self,
            replay,
            rows: Rows {
                names: names.iter().map(|(name, _)| *name).collect(),
                packer: self.store.is_some().then(|| Packer::start(drafts)),
                packed: from,
                runs: 0,
            },
            pace: Pace {
                began,
                resumed_from: from,
                told: None,
            },
        })
    }

    /// The old rows of a projection beside the new ones, as both were when the new ones took their
    /// place.
    fn compare(
        &self,
        name: &'static str,
        switched: &Switched,
    ) -> Result<Option<Comparison>, EngineError> {
        let known = switched.comparisons.iter().find(|one| one.name == name);
        if let Some(comparison) = known {
            return Ok(Some(comparison.clone()));
        }
        let (Some(store), Some(now)) = (&self.store, switched.rows(name)) else {
            return Ok(None);
        };
        let record = store.projection(name);
        let is_comparable = record.is_some_and(|record| {
            let kept = record.kept.map(|kept| kept.schema);
            kept == Some(record.live.schema)
        });
        match store.kept_rows(name).filter(|_| is_comparable) {
            Some(before) => {
                let models = ReadModels::new(None)?;
                let comparison = Comparing::generations(name, &models, &before, now)?;
                Ok(Some(comparison))
            }
            None => Ok(None),
        }
    }

    /// Hands the end of a run to the writer and waits for it.
    fn switch(&self, switch: Switch) -> Result<Switched, EngineError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.hand_in(Work::Switch(Box::new(switch), reply));
        Pending(answer).wait()
    }

    fn settle(&self) -> Result<(), EngineError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.hand_in(Work::Settle(reply));
        Pending(answer).wait()
    }

    /// Work that cannot be handed in any more is dropped, which its waiter notices.
    pub fn hand_in(&self, work: Work) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(work);
        }
    }

    fn check_stopping(&self) -> Result<(), EngineError> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(EngineError::Stopped {
                because: "the store is being closed".to_owned(),
            });
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Folds until the end of the log is near and everything but the last events is packed.
    fn fold(&mut self, progress: &mut dyn FnMut(&RebuildProgress)) -> Result<(), EngineError> {
        loop {
            let last = self.rebuilder.shared.durable();
            let left = last.saturating_sub(self.replay.position);
            let unpacked = self.replay.position - self.rows.packed;
            let is_packed = unpacked <= LEFT_UNPACKED || self.rows.packer.is_none();
            if left <= LEFT_TO_THE_WRITER && is_packed {
                return Ok(());
            }
            self.fold_to(last, progress)?;
            if self.replay.position - self.rows.packed > LEFT_UNPACKED {
                self.rows.pack(&mut self.replay)?;
            }
            if let Some(packer) = &mut self.rows.packer {
                packer.wait()?;
            }
        }
    }

    /// Lets the writer do the rest. Returns what it did and the bytes of the packed rows.
    fn finish(self, target: Target) -> Result<(Switched, u64), EngineError> {
        let drafts = match self.rows.packer {
            Some(packer) => packer.finish()?,
            None => Vec::new(),
        };
        let packed_bytes = drafts.iter().map(Draft::bytes).sum();
        // What the read store lags behind is not the switch's time.
        self.rebuilder.settle()?;
        let switched = self.rebuilder.switch(Switch {
            replay: self.replay,
            drafts,
            names: self.rows.names,
            target,
        })?;
        Ok((switched, packed_bytes))
    }

    fn fold_to(
        &mut self,
        last: u64,
        progress: &mut dyn FnMut(&RebuildProgress),
    ) -> Result<(), EngineError> {
        let Self {
            rebuilder,
            replay,
            rows,
            pace,
        } = self;
        replay.follow(&rebuilder.source, last, |replay| {
            rebuilder.check_stopping()?;
            rebuilder.position.store(replay.position, Ordering::Relaxed);
            pace.tell(replay.position, last, progress);
            if rows.packer.is_some() && replay.position - rows.packed >= rebuilder.events_per_run {
                rows.pack(replay)?;
            }
            Ok(())
        })
    }
}

impl Rows {
    /// Packs the rows that changed since this was done last, and lets go of what rests since then:
    /// the rows of the run before lie in its file by now. The draft of a projection that stopped
    /// stays where it followed last, so that whoever goes on after an interruption goes on from
    /// there and comes upon the same fault.
    fn pack(&mut self, replay: &mut Replay) -> Result<(), EngineError> {
        replay.settle()?;
        let Some(packer) = &mut self.packer else {
            return Ok(());
        };
        let mut sheets = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let follows = *replay.models.condition(name) == Condition::Following;
            let changed = follows.then(|| sheet(&mut replay.models, name));
            sheets.push(changed.transpose()?);
        }
        packer.wait()?;
        packer.pack(sheets, replay.position)?;
        self.runs += 1;
        replay.release(self.runs - 1);
        replay.let_go(self.packed);
        self.packed = replay.position;
        Ok(())
    }
}

impl Pace {
    fn tell(&mut self, position: u64, last: u64, progress: &mut dyn FnMut(&RebuildProgress)) {
        if self.told.is_some_and(|told| told.elapsed() < TOLD_EVERY) && position < last {
            return;
        }
        self.told = Some(Instant::now());
        let seconds = self.began.elapsed().as_secs_f64().max(f64::EPSILON);
        let events_per_second = position.saturating_sub(self.resumed_from) as f64 / seconds;
        let left = last.saturating_sub(position) as f64 / events_per_second.max(1.0);
        progress(&RebuildProgress {
            position,
            of: last,
            resumed_from: self.resumed_from,
            events_per_second,
            left: Duration::from_secs_f64(left),
        });
    }
}

/// The rows of a projection that changed since they were handed on last.
fn sheet(models: &mut ReadModels, name: &str) -> Result<Sheet, EngineError> {
    let mut sheet = Sheet::default();
    let mut failed = None;
    models.hand_on(name, &mut |table, key, row| {
        if failed.is_none() {
            failed = sheet.push(table, key, row).err();
        }
        Ok(())
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(sheet),
    }
}

/// Some deadlines come of standing: neither is folded without the other.
const COUPLED: [&str; 2] = [Standings::NAME, Deadlines::NAME];

/// With one of standing and deadlines, the other one of these names stands still, too.
fn with_coupled(faulted: &mut Vec<(&'static str, Condition)>, names: &[&'static str]) {
    let found = faulted
        .iter()
        .find(|(name, _)| COUPLED.contains(name))
        .map(|(_, condition)| condition.clone());
    if let Some(condition) = found {
        for name in COUPLED {
            if names.contains(&name) && !faulted.iter().any(|(one, _)| *one == name) {
                faulted.push((name, condition.clone()));
            }
        }
    }
}

/// Names and schemas of the projections that these names stand for: all where there is none, and
/// with standing the deadlines that come of it.
fn widened(names: &[&str]) -> Result<Vec<(&'static str, u32)>, EngineError> {
    let is_asked = |name: &str| names.is_empty() || names.contains(&name);
    let with_coupled = COUPLED.into_iter().any(is_asked);
    let all = ReadModels::new(None)?.names();
    let chosen = all
        .into_iter()
        .filter(|(name, _)| is_asked(name) || (with_coupled && COUPLED.contains(name)));
    Ok(chosen.collect())
}
