//! Going back to the rows that were live before the last rebuild.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redress_domain::rulebook::Rulebook;
use redress_projections::{Condition, Opening, ReadModels};
use redress_store::read_store::ReadStore;

use super::replay::Replay;
use super::switch::{Switch, Target};
use super::{COUPLED, LEFT_TO_THE_WRITER, Rebuilder, of_generation, sheet, widened};
use crate::engine::Engine;
use crate::error::EngineError;

/// What going back did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackReport {
    /// Every projection whose kept rows are live again.
    pub projections: Vec<RolledBack>,
    /// Projections that have kept rows and were not gone back with, though all were asked for.
    pub left_out: Vec<LeftOut>,
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

/// One projection that was not gone back with, because of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub name: &'static str,
    /// The projection without which it does not go back: nothing is kept of that which fits.
    pub because_of: &'static str,
}

/// A group of projections whose kept rows were brought near to the end of the log.
struct Prepared {
    replay: Replay,
    names: Vec<&'static str>,
}

impl Engine {
    /// Makes the rows that were live before the last rebuild live again: of these projections, of
    /// all that have such rows when none is named. What was recorded since is folded into them
    /// first; what was live is kept in their place. Standing and the deadlines that come of it go
    /// back together or not at all.
    ///
    /// # Errors
    /// [`EngineError::NothingKept`] when there is nothing to go back to,
    /// [`EngineError::ProjectionFaulted`] when kept rows could not take up what was recorded since
    /// (what is live stays live), and as [`Engine::rebuild_some`].
    pub fn roll_back(&self, names: &[&str]) -> Result<RollbackReport, EngineError> {
        self.rebuilder.roll_back(names)
    }
}

impl Rebuilder {
    fn roll_back(&self, names: &[&str]) -> Result<RollbackReport, EngineError> {
        let _alone = self.alone.lock();
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
        let left_out = leave_out_coupled(&mut kept);
        if let Some(left_out) = left_out.first().filter(|_| !names.is_empty()) {
            return Err(nothing_kept(&[left_out.because_of]));
        }
        if kept.is_empty() {
            return Err(nothing_kept(names));
        }
        let mut prepared = Vec::new();
        for group in groups(&kept) {
            prepared.push(self.prepare(store, &group)?);
        }
        let mut position = 0;
        for group in prepared {
            position = self.go_back(group)?;
        }
        Ok(RollbackReport {
            projections: kept,
            left_out,
            position,
            took: began.elapsed(),
        })
    }

    /// Brings projections that were kept with the same position near to the end of the log.
    fn prepare(
        &self,
        store: &Arc<ReadStore>,
        group: &[&RolledBack],
    ) -> Result<Prepared, EngineError> {
        let from = group.first().map_or(0, |one| one.kept_position);
        let names: Vec<&'static str> = group.iter().map(|one| one.name).collect();
        let models = ReadModels::open(from, |name| {
            match store.kept_rows(name).filter(|_| names.contains(&name)) {
                Some(rows) => Opening::Over(Some(of_generation(rows))),
                None => Opening::As(Condition::Absent),
            }
        })?;
        // Earlier events of streams are read from the read store.
        self.settle()?;
        let first_rulebook = Rulebook::new(self.first_edition.clone());
        let mut replay = Replay::begin(first_rulebook, models.models, from, Some(store.clone()))?;
        expect_following(&names, |name| replay.models.condition(name).clone())?;
        let mut runs = 0;
        loop {
            let last = self.shared.durable();
            if last.saturating_sub(replay.position) <= LEFT_TO_THE_WRITER {
                return Ok(Prepared { replay, names });
            }
            self.settle()?;
            let before = replay.position;
            let to = last.min(before + self.events_per_run);
            replay.follow(&self.source, to, |_| self.check_stopping())?;
            replay.settle()?;
            // Kept rows that stopped half way are not to pass for whole ones later.
            expect_following(&names, |name| replay.models.condition(name).clone())?;
            let mut changed = Vec::new();
            for name in &names {
                changed.push((*name, sheet(&mut replay.models, name)?));
            }
            store.add_to_kept(&changed, replay.position)?;
            runs += 1;
            replay.release(runs);
            replay.let_go(before);
        }
    }

    /// Lets the writer do the rest, and make the kept rows live.
    fn go_back(&self, prepared: Prepared) -> Result<u64, EngineError> {
        let Prepared { replay, names } = prepared;
        self.settle()?;
        let switched = self.switch(Switch {
            replay,
            drafts: Vec::new(),
            names: names.clone(),
            target: Target::Kept,
        })?;
        expect_following(&names, |name| switched.condition(name))?;
        Ok(switched.position)
    }
}

fn expect_following(
    names: &[&'static str],
    condition: impl Fn(&str) -> Condition,
) -> Result<(), EngineError> {
    for name in names {
        match condition(name) {
            Condition::Following => {}
            Condition::Faulted { position, cause } => {
                return Err(EngineError::ProjectionFaulted {
                    name,
                    position,
                    cause,
                });
            }
            Condition::Absent => return Err(nothing_kept(&[name])),
        }
    }
    Ok(())
}

/// Leaves out one of standing and deadlines of which the other one is not kept, or not with the same
/// position.
fn leave_out_coupled(kept: &mut Vec<RolledBack>) -> Vec<LeftOut> {
    let [standing, deadlines] = COUPLED.map(|name| {
        let found = kept.iter().find(|one| one.name == name);
        found.map(|one| one.kept_position)
    });
    if standing == deadlines {
        return Vec::new();
    }
    let (left_out, others) = std::mem::take(kept)
        .into_iter()
        .partition::<Vec<_>, _>(|one| COUPLED.contains(&one.name));
    *kept = others;
    let [standing, deadlines] = COUPLED;
    left_out
        .into_iter()
        .map(|one| LeftOut {
            name: one.name,
            because_of: if one.name == standing {
                deadlines
            } else {
                standing
            },
        })
        .collect()
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
