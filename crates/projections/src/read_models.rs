//! All projections together.

use std::sync::Arc;

use redress_domain::identity::StreamId;
use uuid::Uuid;

use crate::agreements::Agreements;
use crate::cases::Cases;
use crate::change::Change;
use crate::deadlines::{Deadlines, Purpose};
use crate::fault::Fault;
use crate::keys::Keys;
use crate::merchants::Merchants;
use crate::projection::{Projection, RowTable};
use crate::repeats::Repeats;
use crate::standing::Standings;
use crate::table::{Backing, RowChange};

#[cfg(test)]
mod tests;

/// Every read model, folded together: they always reflect the same position.
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
    generation: u64,
}

/// All rows of one projection, encoded: `(table, key, row)` by table and key.
pub type ProjectionRows = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// A digest of all rows of one projection: equal for equal rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The projection.
    pub name: &'static str,
    /// The version of its rows.
    pub schema: u32,
    /// How many rows it has.
    pub rows: u64,
    /// The digest.
    pub digest: Uuid,
}

impl ReadModels {
    /// The read models as the backing has them; without one, of an empty log.
    ///
    /// # Errors
    /// When the rows of the deadline queue, which is held in memory, cannot be read.
    pub fn new(backing: Option<Arc<dyn Backing>>) -> Result<Self, Fault> {
        let backing = backing.as_ref();
        Ok(Self {
            cases: Cases::new(backing),
            repeats: Repeats::new(backing),
            standing: Standings::new(backing),
            merchants: Merchants::new(backing),
            agreements: Agreements::new(backing),
            deadlines: Deadlines::new(backing)?,
            keys: Keys::new(backing),
            generation: 0,
        })
    }

    /// Takes up one event. Events come in the order of their positions, each once.
    ///
    /// # Errors
    /// When a row that the fold needs cannot be read. The read models then reflect half of an
    /// event and must be opened again from the rows handed on before.
    pub fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        self.cases.fold(change)?;
        self.repeats.fold(change)?;
        self.standing.fold(change)?;
        self.merchants.fold(change)?;
        self.agreements.fold(change)?;
        self.deadlines.fold(change)?;
        self.keys.fold(change)?;
        self.schedule_evaluation(change)
    }

    /// A merchant whose course changed is looked at again at the next midnight that may matter.
    fn schedule_evaluation(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let Some(merchant_id) = self.standing.take_moved() else {
            return Ok(());
        };
        let recorded_at = change.recorded.header.recorded_at;
        let midnight = self
            .standing
            .next_evaluation(&merchant_id, change.rulebook, recorded_at)?;
        let stream = StreamId::Merchant(merchant_id);
        self.deadlines.set(&stream, Purpose::Standing, midnight);
        Ok(())
    }

    /// The rows that changed since this was called last, by table and key, each once.
    ///
    /// # Errors
    /// When a row cannot be encoded.
    pub fn take_changes(&mut self) -> Result<Vec<RowChange>, Fault> {
        let mut changes = Vec::new();
        for (_, _, tables) in self.parts_mut() {
            for table in tables {
                changes.append(&mut table.take_changes()?);
            }
        }
        self.generation += 1;
        Ok(changes)
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
                let mut digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
                let mut count = 0;
                for table in tables {
                    for (key, row) in table.rows_for_comparison()? {
                        digest = Uuid::new_v5(&digest, &framed(table.name(), &key, &row));
                        count += 1;
                    }
                }
                Ok(Digest {
                    name,
                    schema,
                    rows: count,
                    digest,
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

/// A row with its place, each part after its length, so that no two different rows read the same.
fn framed(table: &str, key: &[u8], row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(table.len() + key.len() + row.len() + 24);
    for part in [table.as_bytes(), key, row] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
