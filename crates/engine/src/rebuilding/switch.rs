//! The end of a rebuild or a rollback, done by the writer between two groups: nothing is recorded
//! meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redress_projections::{Condition, ReadModels};
use redress_store::entry;
use redress_store::read_store::{Draft, GenerationRows, Promotion, ReadStore, Return};
use redress_store::step::{self, Step};

use super::comparison::{Comparing, Comparison};
use super::replay::Replay;
use super::{of_generation, sheet};
use crate::error::EngineError;
use crate::world::World;

/// A fold that is near the end of the log, and what is to become of it.
pub(crate) struct Switch {
    pub(super) replay: Replay,
    pub(super) drafts: Vec<Draft>,
    pub(super) names: Vec<&'static str>,
    pub(super) target: Target,
}

/// What becomes of rows that were folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// They take the place of the live ones.
    Live,
    /// They are the kept ones and take the place of the live ones again.
    Kept,
    /// They are compared with the live ones, and dropped.
    Trial,
}

/// What the writer did.
pub(crate) struct Switched {
    /// The position at which it was done.
    pub position: u64,
    /// For how long the writer did nothing else.
    pub writer_held: Duration,
    /// What was compared while nothing changed.
    pub comparisons: Vec<Comparison>,
    /// Projections that could not take up an event.
    faulted: Vec<(&'static str, Condition)>,
    /// The new rows of each projection as they are at that position.
    rows: Vec<(&'static str, GenerationRows)>,
}

impl Switched {
    pub fn condition(&self, name: &str) -> Condition {
        let found = self.faulted.iter().find(|(one, _)| *one == name);
        found.map_or(Condition::Following, |(_, condition)| condition.clone())
    }

    pub fn rows(&self, name: &str) -> Option<&GenerationRows> {
        let found = self.rows.iter().find(|(one, _)| *one == name);
        found.map(|(_, rows)| rows)
    }
}

impl Switch {
    /// Folds what is left and does what is to be done. The read store reflects the whole log.
    pub fn run(
        mut self,
        world: &mut World,
        store: Option<&Arc<ReadStore>>,
    ) -> Result<Switched, EngineError> {
        let began = Instant::now();
        self.follow(world, store)?;
        self.replay.settle()?;
        let faulted = self.leave_out_faulted();
        if self.target != Target::Trial {
            // Nothing is live of these: now it is known why.
            for (name, condition) in &faulted {
                if *world.models.condition(name) == Condition::Absent {
                    world.models.set_condition(name, condition.clone());
                }
            }
        }
        let mut switched = Switched {
            position: world.last_position,
            writer_held: Duration::ZERO,
            comparisons: Vec::new(),
            faulted,
            rows: Vec::new(),
        };
        match (self.target, store) {
            (Target::Trial, Some(store)) => {
                switched.comparisons = self.try_out(world, store)?;
            }
            (Target::Live, Some(store)) => {
                step::reached(Step::BeforeProjectionSwitch);
                switched.rows = self.promote(world, store)?;
                step::reached(Step::AfterProjectionSwitch);
            }
            (Target::Kept, Some(store)) => {
                step::reached(Step::BeforeProjectionRollback);
                self.go_back(world, store)?;
                step::reached(Step::AfterProjectionRollback);
            }
            (Target::Trial, None) => switched.comparisons = self.compare_in_memory(world)?,
            (Target::Live | Target::Kept, None) => {
                switched.comparisons = self.compare_in_memory(world)?;
                self.adopt(&mut world.models);
            }
        }
        switched.writer_held = began.elapsed();
        Ok(switched)
    }

    /// Folds what was recorded since the fold's position.
    fn follow(&mut self, world: &World, store: Option<&Arc<ReadStore>>) -> Result<(), EngineError> {
        let from = self.replay.position + 1;
        let missing = |position| EngineError::Broken {
            position,
            what: "the entry is not in the read store".to_owned(),
        };
        match store {
            Some(store) => {
                for found in store.entries(from, world.last_position) {
                    let (_, bytes) = found?;
                    self.replay.apply(&entry::decode(&bytes)?.recorded)?;
                }
            }
            None => {
                for position in from..=world.last_position {
                    let bytes = world.shelf.entry(position)?;
                    let bytes = bytes.ok_or_else(|| missing(position))?;
                    self.replay.apply(&entry::decode(&bytes)?.recorded)?;
                }
            }
        }
        match self.replay.position == world.last_position {
            true => Ok(()),
            false => Err(missing(self.replay.position + 1)),
        }
    }

    /// Projections that could not take up an event keep what they have. Going back is done with all
    /// or with none.
    fn leave_out_faulted(&mut self) -> Vec<(&'static str, Condition)> {
        let models = &self.replay.models;
        let mut faulted: Vec<(&'static str, Condition)> = self
            .names
            .iter()
            .map(|name| (*name, models.condition(name).clone()))
            .filter(|(_, condition)| *condition != Condition::Following)
            .collect();
        super::with_coupled(&mut faulted, &self.names);
        let goes_alone = self.target != Target::Kept || faulted.is_empty();
        let is_left_out = |name: &str| !goes_alone || faulted.iter().any(|(one, _)| *one == name);
        self.names.retain(|name| !is_left_out(name));
        self.drafts.retain(|draft| !is_left_out(draft.projection()));
        faulted
    }

    fn adopt(&mut self, models: &mut ReadModels) {
        for name in &self.names {
            models.adopt(&mut self.replay.models, name);
        }
    }

    fn promote(
        &mut self,
        world: &mut World,
        store: &ReadStore,
    ) -> Result<Vec<(&'static str, GenerationRows)>, EngineError> {
        let mut promotions = Vec::new();
        for draft in std::mem::take(&mut self.drafts) {
            let rows = sheet(&mut self.replay.models, draft.projection())?;
            promotions.push(Promotion {
                draft,
                position: world.last_position,
                rows,
            });
        }
        // Drafts are in the order of the names.
        let rows = store.promote(promotions)?;
        self.adopt_live(world, store);
        Ok(self.names.iter().copied().zip(rows).collect())
    }

    fn go_back(&mut self, world: &mut World, store: &ReadStore) -> Result<(), EngineError> {
        let mut returns = Vec::new();
        for name in &self.names {
            returns.push(Return {
                projection: (*name).to_owned(),
                position: world.last_position,
                rows: sheet(&mut self.replay.models, name)?,
            });
        }
        store.go_back(returns)?;
        self.adopt_live(world, store);
        Ok(())
    }

    /// Takes over what was folded, over the rows that are live now.
    fn adopt_live(&mut self, world: &mut World, store: &ReadStore) {
        self.adopt(&mut world.models);
        for name in &self.names {
            let backing = of_generation(store.live_rows(name));
            world.models.set_backing(name, &backing);
        }
    }

    fn try_out(
        &mut self,
        world: &World,
        store: &ReadStore,
    ) -> Result<Vec<Comparison>, EngineError> {
        let mut comparisons = Vec::new();
        for draft in std::mem::take(&mut self.drafts) {
            let Some(name) = self.names.iter().find(|name| **name == draft.projection()) else {
                continue;
            };
            if *world.models.condition(name) != Condition::Following {
                continue;
            }
            let rows = sheet(&mut self.replay.models, name)?;
            let now = draft.with(&rows);
            let before = store.live_rows(name);
            let models = &self.replay.models;
            comparisons.push(Comparing::generations(name, models, &before, &now)?);
            store.discard(draft)?;
        }
        Ok(comparisons)
    }

    fn compare_in_memory(&self, world: &World) -> Result<Vec<Comparison>, EngineError> {
        self.names
            .iter()
            .filter(|name| *world.models.condition(name) == Condition::Following)
            .map(|name| Comparing::in_memory(name, &world.models, &self.replay.models))
            .collect()
    }
}
