//! All projections together.

use std::sync::Arc;

use redress_domain::identity::{MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::rulebook::Rulebook;
use rustc_hash::FxHashMap;

use crate::agreements::Agreements;
use crate::cases::Cases;
use crate::change::{Change, Latest};
use crate::condition::{Condition, Conditions};
use crate::deadlines::{Deadlines, Purpose};
use crate::digest::{Digest, TableDigest, projection_digest};
use crate::fault::Fault;
use crate::keys::Keys;
use crate::merchants::Merchants;
use crate::projection::{Projection, RowTable};
use crate::repeats::Repeats;
use crate::standing::Standings;
use crate::table::{Backing, RowChange};

#[cfg(test)]
mod tests;

/// Every read model, folded together. Those that follow the log always reflect the same position;
/// one that cannot take up an event stops there, and the others go on.
pub struct ReadModels {
    /// Complaints, the queue and how clocks were kept.
    pub cases: Cases,
    /// Who complains again.
    pub repeats: Repeats,
    /// What standing is computed from.
    pub standing: Standings,
    /// Merchants and intermediaries.
    pub merchants: Merchants,
    /// Live agreements and refunds.
    pub agreements: Agreements,
    /// What time alone brings about.
    pub deadlines: Deadlines,
    /// Which keys sealed whose texts.
    pub keys: Keys,
    conditions: Conditions,
    /// Merchants whose course changed, when and at which position: their next evaluation is still to be scheduled.
    moved: FxHashMap<MerchantId, (Instant, u64)>,
    generation: u64,
}

/// All rows of one projection, encoded: `(table, key, row)` by table and key.
pub type ProjectionRows = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// Takes a table, a row's key and the row, `None` where it was removed.
pub type HandOnTables<'a> = dyn FnMut(&'static str, &[u8], Option<&[u8]>) -> Result<(), Fault> + 'a;

/// How a projection of read models is to be opened.
pub enum Opening {
    /// With the rows of a backing, or empty.
    Over(Option<Arc<dyn Backing>>),
    /// Not to be read or folded.
    As(Condition),
}

impl ReadModels {
    /// The read models as the backing has them; without one, of an empty log.
    ///
    /// # Errors
    /// When the rows of the deadline queue, which is held in memory, cannot be read.
    pub fn new(backing: Option<Arc<dyn Backing>>) -> Result<Self, Fault> {
        let models = Self::open(0, |_| Opening::Over(backing.clone()))?;
        match models.deadlines_fault {
            None => Ok(models.models),
            Some(fault) => Err(fault),
        }
    }

    /// The read models, each opened as `opening` says of its name, at a position of the log.
    ///
    /// # Errors
    /// When rows of the deadline queue are out of reach.
    pub fn open(
        position: u64,
        mut opening: impl FnMut(&'static str) -> Opening,
    ) -> Result<Opened, Fault> {
        let mut conditions = Conditions::default();
        let mut backing = |name: &'static str| match opening(name) {
            Opening::Over(backing) => backing,
            Opening::As(condition) => {
                conditions.set(name, condition);
                None
            }
        };
        let deadlines = backing(Deadlines::NAME);
        let mut models = Self {
            cases: Cases::new(backing(Cases::NAME).as_ref()),
            repeats: Repeats::new(backing(Repeats::NAME).as_ref()),
            standing: Standings::new(backing(Standings::NAME).as_ref()),
            merchants: Merchants::new(backing(Merchants::NAME).as_ref()),
            agreements: Agreements::new(backing(Agreements::NAME).as_ref()),
            keys: Keys::new(backing(Keys::NAME).as_ref()),
            deadlines: Deadlines::new(None)?,
            conditions,
            moved: FxHashMap::default(),
            generation: 0,
        };
        let deadlines_fault = match Deadlines::new(deadlines.as_ref()) {
            Ok(read) => {
                models.deadlines = read;
                None
            }
            Err(fault) if fault.is_out_of_reach() => return Err(fault),
            Err(fault) => {
                let condition = Condition::faulted(position, &fault);
                models.conditions.set(Deadlines::NAME, condition);
                Some(fault)
            }
        };
        Ok(Opened {
            models,
            deadlines_fault,
        })
    }

    /// Takes up one event. Events come in the order of their positions, each once. A projection
    /// that cannot take it up stops: see [`ReadModels::condition`].
    ///
    /// # Errors
    /// When a row that a fold needs is out of reach. The read models then reflect half of an
    /// event and must be opened again from the rows handed on before.
    pub fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let conditions = &mut self.conditions;
        fold(&mut self.cases, conditions, change)?;
        fold(&mut self.repeats, conditions, change)?;
        fold(&mut self.standing, conditions, change)?;
        fold(&mut self.merchants, conditions, change)?;
        fold(&mut self.agreements, conditions, change)?;
        fold(&mut self.deadlines, conditions, change)?;
        fold(&mut self.keys, conditions, change)?;
        self.note_moved(change);
        self.schedule_evaluations(change.rulebook)
    }

    /// Takes up one event, all but what depends on the latest state of its stream alone: that may
    /// be taken up later, once for many events, with [`ReadModels::fold_latest`] for each stream to
    /// which something happened, and [`ReadModels::schedule_evaluations`]. Both must be done before
    /// an edition is announced and before anything is read or handed on.
    ///
    /// # Errors
    /// As [`ReadModels::fold`].
    pub fn fold_event(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let conditions = &mut self.conditions;
        fold_event(&mut self.cases, conditions, change)?;
        fold_event(&mut self.repeats, conditions, change)?;
        fold_event(&mut self.standing, conditions, change)?;
        fold_event(&mut self.merchants, conditions, change)?;
        fold_event(&mut self.agreements, conditions, change)?;
        fold_event(&mut self.deadlines, conditions, change)?;
        fold_event(&mut self.keys, conditions, change)?;
        self.note_moved(change);
        Ok(())
    }

    fn note_moved(&mut self, change: &Change<'_>) {
        if let Some(merchant_id) = self.standing.take_moved() {
            let header = &change.recorded.header;
            self.moved
                .insert(merchant_id, (header.recorded_at, header.position));
        }
    }

    /// Takes up a stream as its last event left it.
    ///
    /// # Errors
    /// As [`ReadModels::fold`].
    pub fn fold_latest(&mut self, latest: &Latest<'_>) -> Result<(), Fault> {
        let conditions = &mut self.conditions;
        fold_latest(&mut self.cases, conditions, latest)?;
        fold_latest(&mut self.repeats, conditions, latest)?;
        fold_latest(&mut self.standing, conditions, latest)?;
        fold_latest(&mut self.merchants, conditions, latest)?;
        fold_latest(&mut self.agreements, conditions, latest)?;
        fold_latest(&mut self.deadlines, conditions, latest)?;
        fold_latest(&mut self.keys, conditions, latest)
    }

    /// Merchants whose course changed are looked at again at the next midnight that may matter.
    ///
    /// # Errors
    /// As [`ReadModels::fold`].
    pub fn schedule_evaluations(&mut self, rulebook: &Rulebook) -> Result<(), Fault> {
        for (merchant_id, (recorded_at, position)) in std::mem::take(&mut self.moved) {
            if !self.conditions.follows(Standings::NAME) {
                return Ok(());
            }
            let next = self
                .standing
                .next_evaluation(&merchant_id, rulebook, recorded_at);
            match next {
                Ok(midnight) => {
                    let stream = StreamId::Merchant(merchant_id);
                    self.deadlines.set(&stream, Purpose::Standing, midnight);
                }
                Err(fault) if fault.is_out_of_reach() => return Err(fault),
                Err(fault) => self.stop(Standings::NAME, position, &fault),
            }
        }
        Ok(())
    }

    /// Whether a projection follows the log; one of an unknown name does not.
    #[must_use]
    pub fn condition(&self, projection: &str) -> &Condition {
        self.conditions.get(projection)
    }

    /// Says how a projection stands.
    pub fn set_condition(&mut self, projection: &str, condition: Condition) {
        self.conditions.set(projection, condition);
    }

    /// Stops a projection at a position, because of what was found in its rows.
    pub fn stop(&mut self, projection: &str, position: u64, fault: &Fault) {
        self.conditions
            .set(projection, Condition::faulted(position, fault));
    }

    /// The projection that a fault is about, if it is about a table.
    #[must_use]
    pub fn projection_of(&self, fault: &Fault) -> Option<&'static str> {
        let table = fault.table()?;
        let parts = self.parts().into_iter();
        parts
            .filter(|(_, _, tables)| tables.iter().any(|one| one.name() == table))
            .map(|(name, _, _)| name)
            .next()
    }

    /// Takes a projection over from other read models that are at the same position, with its rows
    /// in memory; what was here goes there.
    pub fn adopt(&mut self, from: &mut Self, projection: &str) {
        match projection {
            Cases::NAME => std::mem::swap(&mut self.cases, &mut from.cases),
            Repeats::NAME => std::mem::swap(&mut self.repeats, &mut from.repeats),
            Standings::NAME => std::mem::swap(&mut self.standing, &mut from.standing),
            Merchants::NAME => std::mem::swap(&mut self.merchants, &mut from.merchants),
            Agreements::NAME => std::mem::swap(&mut self.agreements, &mut from.agreements),
            Deadlines::NAME => std::mem::swap(&mut self.deadlines, &mut from.deadlines),
            Keys::NAME => std::mem::swap(&mut self.keys, &mut from.keys),
            _ => return,
        }
        let ours = self.conditions.get(projection).clone();
        self.conditions
            .set(projection, from.conditions.get(projection).clone());
        from.conditions.set(projection, ours);
    }

    /// Lets a projection read what is not in memory from a backing from now on: it must have every
    /// row handed on so far. To be done with a projection that was [adopted](Self::adopt), too.
    pub fn set_backing(&mut self, projection: &str, backing: &Arc<dyn Backing>) {
        let generation = self.generation;
        for (name, _, tables) in self.parts_mut() {
            if name == projection {
                for table in tables {
                    table.set_backing(backing, generation);
                }
            }
        }
    }

    /// Shows the rows of a projection that changed since they were handed on last, table by table:
    /// the table, the key, and the row, `None` where it was removed.
    ///
    /// # Errors
    /// When a row cannot be encoded, or `see` says so.
    pub fn hand_on(&mut self, projection: &str, see: &mut HandOnTables<'_>) -> Result<(), Fault> {
        for (name, _, tables) in self.parts_mut() {
            if name == projection {
                for table in tables {
                    let table_name = table.name();
                    table.hand_on(&mut |key, row| see(table_name, key, row))?;
                }
            }
        }
        Ok(())
    }

    /// An encoded row in words, field by field; `None` for a table that no projection has.
    ///
    /// # Errors
    /// When the row is not readable.
    pub fn describe(&self, table: &str, key: &[u8], row: &[u8]) -> Result<Option<String>, Fault> {
        let parts = self.parts();
        let mut tables = parts.iter().flat_map(|(_, _, tables)| tables);
        let found = tables.find(|one| one.name() == table);
        found.map(|one| one.describe(key, row)).transpose()
    }

    /// The rows of all projections that follow the log and changed since this was called last, by
    /// table and key, each once.
    ///
    /// # Errors
    /// When a row cannot be encoded.
    pub fn take_changes(&mut self) -> Result<Vec<RowChange>, Fault> {
        let mut changes = Vec::new();
        let following = self.following();
        for (name, _, tables) in self.parts_mut() {
            if following.contains(&name) {
                for table in tables {
                    changes.append(&mut table.take_changes()?);
                }
            }
        }
        self.generation += 1;
        Ok(changes)
    }

    /// The names of the projections that follow the log.
    #[must_use]
    pub fn following(&self) -> Vec<&'static str> {
        let names = self.names().into_iter().map(|(name, _)| name);
        names.filter(|name| self.conditions.follows(name)).collect()
    }

    /// How often changes were taken.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Lets go of rows in memory that the backing has by now: all that changed before changes were
    /// taken for the `generation`-th time and not since. Without a backing nothing happens.
    pub fn release(&mut self, generation: u64) {
        for (_, _, tables) in self.parts_mut() {
            for table in tables {
                table.release(generation);
            }
        }
    }

    /// How many rows are in memory.
    #[must_use]
    pub fn rows_in_memory(&self) -> usize {
        let tables = self.parts().into_iter().flat_map(|(_, _, tables)| tables);
        tables.map(RowTable::rows_in_memory).sum()
    }

    /// The name and the schema version of every projection.
    #[must_use]
    pub fn names(&self) -> Vec<(&'static str, u32)> {
        let parts = self.parts().into_iter();
        parts.map(|(name, schema, _)| (name, schema)).collect()
    }

    /// The names of one projection's tables; empty for a name that none has.
    #[must_use]
    pub fn tables(&self, projection: &str) -> Vec<&'static str> {
        let tables = self.tables_of(projection);
        tables.into_iter().map(RowTable::name).collect()
    }

    /// All rows of one projection; empty for a name that none has.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn rows(&self, projection: &str) -> Result<ProjectionRows, Fault> {
        let mut rows = Vec::new();
        for table in self.tables_of(projection) {
            for (key, row) in table.rows_for_comparison()? {
                rows.push((table.name(), key, row));
            }
        }
        Ok(rows)
    }

    /// A digest of every projection's rows.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn digests(&self) -> Result<Vec<Digest>, Fault> {
        self.parts()
            .into_iter()
            .map(|(name, schema, tables)| {
                let mut digests = Vec::new();
                for table in tables {
                    let mut digest = TableDigest::of(table.name());
                    for (key, row) in table.rows_for_comparison()? {
                        digest.take(&key, &row);
                    }
                    digests.push(digest);
                }
                Ok(Digest {
                    name,
                    schema,
                    rows: digests.iter().map(TableDigest::rows).sum(),
                    digest: projection_digest(name, &digests),
                })
            })
            .collect()
    }

    fn tables_of(&self, projection: &str) -> Vec<&dyn RowTable> {
        self.parts()
            .into_iter()
            .filter(|(name, _, _)| *name == projection)
            .flat_map(|(_, _, tables)| tables)
            .collect()
    }

    fn parts(&self) -> Vec<(&'static str, u32, Vec<&dyn RowTable>)> {
        fn part<P: Projection>(projection: &P) -> (&'static str, u32, Vec<&dyn RowTable>) {
            (P::NAME, P::SCHEMA, projection.tables())
        }
        vec![
            part(&self.cases),
            part(&self.repeats),
            part(&self.standing),
            part(&self.merchants),
            part(&self.agreements),
            part(&self.deadlines),
            part(&self.keys),
        ]
    }

    fn parts_mut(&mut self) -> Vec<(&'static str, u32, Vec<&mut dyn RowTable>)> {
        fn part<P: Projection>(projection: &mut P) -> (&'static str, u32, Vec<&mut dyn RowTable>) {
            (P::NAME, P::SCHEMA, projection.tables_mut())
        }
        vec![
            part(&mut self.cases),
            part(&mut self.repeats),
            part(&mut self.standing),
            part(&mut self.merchants),
            part(&mut self.agreements),
            part(&mut self.deadlines),
            part(&mut self.keys),
        ]
    }
}

/// Read models that were opened.
pub struct Opened {
    /// The read models.
    pub models: ReadModels,
    /// What is wrong with the deadline queue, if its rows are not readable: it stands still then.
    pub deadlines_fault: Option<Fault>,
}

fn fold_event<P: Projection>(
    projection: &mut P,
    conditions: &mut Conditions,
    change: &Change<'_>,
) -> Result<(), Fault> {
    match P::FROM_LATEST {
        true => Ok(()),
        false => fold(projection, conditions, change),
    }
}

fn fold<P: Projection>(
    projection: &mut P,
    conditions: &mut Conditions,
    change: &Change<'_>,
) -> Result<(), Fault> {
    if !conditions.follows(P::NAME) {
        return Ok(());
    }
    let folded = projection.fold(change);
    conditions.take(P::NAME, change.recorded.header.position, folded)
}

fn fold_latest<P: Projection>(
    projection: &mut P,
    conditions: &mut Conditions,
    latest: &Latest<'_>,
) -> Result<(), Fault> {
    if !P::FROM_LATEST || !conditions.follows(P::NAME) {
        return Ok(());
    }
    let folded = projection.fold_latest(latest);
    conditions.take(P::NAME, latest.position, folded)
}
