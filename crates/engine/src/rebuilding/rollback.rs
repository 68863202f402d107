//! Going back to the rows that were live before the last rebuild.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use redress_domain::rulebook::Rulebook;
use redress_projections::{Condition, Opening, ReadModels};

use super::replay::Replay;
use super::switch::{Switch, Target};
use super::{LEFT_TO_THE_WRITER, Rebuilder, of_generation, sheet, widened};
use crate::engine::Engine;
use crate::error::EngineError;

/// What going back did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackReport {
    /// Every projection whose kept rows are live again.
    pub projections: Vec<RolledBack>,
    /// The position that they reflect now.
    pub position: u64,
    /// How long it took.
    pub took: Duration,
}

/// One projection that was gone back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// Its name.
    pub name: &'static str,
    /// The generation that is live again.
    pub generation: u64,
    /// The position that it was kept with: events since then were folded into it.
    pub kept_position: u64,
}

impl Engine {
    /// Makes the rows that were live before the last rebuild live again: of these projections, of
    /// all that have such rows when none is named. What was recorded since is folded into them
    /// first; what was live is kept in their place.
    ///
    /// # Errors
    /// [`EngineError::NothingKept`] when there is nothing to go back to, and as
    /// [`Engine::rebuild_some`].
    pub fn roll_back(&self, names: &[&str]) -> Result<RollbackReport, EngineError> {
        self.rebuilder.roll_back(names)
    }
}

impl Rebuilder {
    fn roll_back(&self, names: &[&str]) -> Result<RollbackReport, EngineError> {
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        let Some(store) = &self.store else {
            return Err(nothing_kept(names));
        };
        let mut kept = Vec::new();
        for (name, schema) in widened(names)? {
            let record = store.projection(name);
            // Rows of another schema are not rows that this program can read.
            let found = record
                .and_then(|record| record.kept)
                .filter(|kept| kept.schema == schema);
            match found {
                Some(found) => kept.push(RolledBack {
                    name,
                    generation: found.number,
                    kept_position: found.position,
                }),
                None if names.is_empty() => {}
                None => return Err(nothing_kept(&[name])),
            }
        }
        if kept.is_empty() {
            return Err(nothing_kept(names));
        }
        let mut position = 0;
        for group in groups(&kept) {
            position = self.go_back(&group)?;
        }
        Ok(RollbackReport {
            projections: kept,
            position,
            took: began.elapsed(),
        })
    }

    /// Goes back with projections that were kept with the same position.
    fn go_back(&self, group: &[&RolledBack]) -> Result<u64, EngineError> {
        let (Some(store), Some(first)) = (&self.store, group.first()) else {
            return Ok(0);
        };
        let from = first.kept_position;
        let names: Vec<&'static str> = group.iter().map(|one| one.name).collect();
        let models = ReadModels::open(from, |name| {
            match store.kept_rows(name).filter(|_| names.contains(&name)) {
                Some(rows) => Opening::Over(Some(of_generation(rows))),
                None => Opening::As(Condition::Absent),
            }
        })?;
        let first_rulebook = Rulebook::new(self.first_edition.clone());
        let mut replay = Replay::begin(first_rulebook, models.models, from, Some(store.clone()))?;
        loop {
            let last = self.shared.durable();
            if last.saturating_sub(replay.position) <= LEFT_TO_THE_WRITER {
                break;
            }
            // Earlier events of streams are read from the read store.
            self.settle()?;
            let to = last.min(replay.position + self.events_per_run);
            replay.follow(&self.source, to, |_| self.check_stopping())?;
            replay.settle()?;
            let mut changed = Vec::new();
            for name in &names {
                changed.push((*name, sheet(&mut replay.models, name)?));
            }
            store.add_to_kept(&changed, replay.position)?;
        }
        self.settle()?;
        let switched = self.switch(Switch {
            replay,
            drafts: Vec::new(),
            names: names.clone(),
            target: Target::Kept,
        })?;
        for name in names {
            if let Condition::Faulted { position, cause } = switched.condition(name) {
                return Err(EngineError::ProjectionFaulted {
                    name,
                    position,
                    cause,
                });
            }
        }
        Ok(switched.position)
    }
}

/// Those kept with the same position go back together.
fn groups(kept: &[RolledBack]) -> Vec<Vec<&RolledBack>> {
    let mut groups: Vec<Vec<&RolledBack>> = Vec::new();
    for one in kept {
        let known = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|first| first.kept_position == one.kept_position)
        });
        match known {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

fn nothing_kept(names: &[&str]) -> EngineError {
    EngineError::NothingKept {
        names: names.join(", "),
    }
}
