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
mod run;
mod switch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redress_domain::rulebook::Edition;
use redress_projections::deadlines::Deadlines;
use redress_projections::standing::Standings;
use redress_projections::{Condition, Projection, ReadModels};
use redress_store::read_store::{ReadStore, Sheet};

pub(crate) use backing::of_generation;
pub use comparison::{Comparison, Difference, TableComparison};
pub use rollback::{LeftOut, RollbackReport, RolledBack};
pub(crate) use switch::{Switch, Switched};

use crate::engine::{Engine, Pending};
use crate::error::EngineError;
use crate::opening::LogSource;
use crate::writer::{Shared, Work, WorkSender};
use comparison::Comparing;
use switch::Target;

/// Events after which rows are packed and rows and streams that rest are let go of. It bounds the
/// memory of a rebuild, and what is lost of one that is killed.
pub(crate) const EVENTS_PER_RUN: u64 = 262_144;
/// The writer folds what is left when it is not more than this: it takes some milliseconds.
const LEFT_TO_THE_WRITER: u64 = 1_024;

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
        let resumed_from = run.resumed_from();
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

/// The rows of a projection that changed since they were handed on last.
fn sheet(models: &mut ReadModels, name: &str) -> Result<Sheet, EngineError> {
    let mut sheet = Sheet::default();
    fill_sheet(&mut sheet, models, name)?;
    Ok(sheet)
}

/// Adds the rows of a projection that changed since they were handed on last.
fn fill_sheet(sheet: &mut Sheet, models: &mut ReadModels, name: &str) -> Result<(), EngineError> {
    let mut failed = None;
    models.hand_on(name, &mut |table, key, row| {
        if failed.is_none() {
            failed = sheet.push(table, key, row).err();
        }
        Ok(())
    })?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(()),
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
