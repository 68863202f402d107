//! One fold of the log into drafts: how far it is, where its rows go, and how fast it is.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use redress_domain::rulebook::Rulebook;
use redress_projections::{Condition, Opening, ReadModels};
use redress_store::read_store::Draft;

use super::packer::Packer;
use super::replay::Replay;
use super::switch::{Switch, Switched, Target};
use super::{LEFT_TO_THE_WRITER, RebuildProgress, Rebuilder, backing, fill_sheet};
use crate::error::EngineError;

/// Rows that changed since the last run are packed when so many events are between.
const LEFT_UNPACKED: u64 = 8_192;
/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// The fold of a rebuild and where its rows go.
pub(super) struct Run<'a> {
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

impl Rebuilder {
    /// Begins a run into drafts, behind what they have already.
    pub(super) fn run(
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
}

impl Run<'_> {
    /// Where an interrupted run was taken up; 0 when this one began anew.
    pub const fn resumed_from(&self) -> u64 {
        self.pace.resumed_from
    }

    /// Folds until the end of the log is near and everything but the last events is packed.
    pub fn fold(&mut self, progress: &mut dyn FnMut(&RebuildProgress)) -> Result<(), EngineError> {
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
    pub fn finish(self, target: Target) -> Result<(Switched, u64), EngineError> {
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
        let mut spare = packer.take_spare().into_iter();
        let mut sheets = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let mut sheet = spare.next().unwrap_or_default();
            let follows = *replay.models.condition(name) == Condition::Following;
            if follows {
                fill_sheet(sheet.get_or_insert_default(), &mut replay.models, name)?;
            } else {
                sheet = None;
            }
            sheets.push(sheet);
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
