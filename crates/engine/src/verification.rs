//! How the read models stand, and proof that the log is whole.

use redress_projections::{Condition, TableDigest, projection_digest};
use redress_store::read_store::GenerationRows;

use crate::engine::Engine;
use crate::error::EngineError;

/// The state of one projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionState {
    /// Its name.
    pub name: &'static str,
    /// The version of its rows.
    pub schema: u32,
    /// Whether it follows the log.
    pub condition: ProjectionCondition,
    /// The number of the generation of its rows; 0 in a store in memory.
    pub generation: u64,
    /// The position that it reflects.
    pub position: u64,
    /// Events that its rows on disk do not reflect yet.
    pub lag: u64,
    /// Its rows.
    pub rows: u64,
    /// A digest over all of them.
    pub digest: String,
    /// The rows that it can be taken back to.
    pub kept: Option<KeptRows>,
}

/// Whether a projection follows the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectionCondition {
    /// It does.
    Live,
    /// Its rows are being built.
    Building,
    /// It could not take up an event and stands still.
    Faulted {
        /// Where in the log.
        position: u64,
        /// What was wrong.
        cause: String,
    },
}

/// Rows that a projection can be taken back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRows {
    /// The number of their generation.
    pub generation: u64,
    /// The position that they reflect.
    pub position: u64,
    /// The version of the rows.
    pub schema: u32,
}

impl Engine {
    /// The names of all projections.
    #[must_use]
    pub fn projection_names(&self) -> Vec<&'static str> {
        let names = self.shared.world().models.names();
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// Every projection with what it reflects. The read store is brought up to the end of the log
    /// first.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub fn projections(&self) -> Result<Vec<ProjectionState>, EngineError> {
        let Some(store) = &self.store else {
            return self.projections_in_memory();
        };
        let lag = self.last_position().saturating_sub(store.applied());
        self.settle()?;
        let (names, position) = {
            let world = self.shared.world();
            (world.models.names(), world.last_position)
        };
        let mut states = Vec::new();
        for (name, schema) in names {
            let condition = self.condition_of(name);
            let (rows, digest) = digest_of(name, &store.live_rows(name))?;
            let record = store.projection(name);
            states.push(ProjectionState {
                name,
                schema,
                generation: record.as_ref().map_or(0, |record| record.live.number),
                position: match &condition {
                    ProjectionCondition::Live => position,
                    ProjectionCondition::Building => self.building_position(),
                    ProjectionCondition::Faulted { position, .. } => position.saturating_sub(1),
                },
                lag: match &condition {
                    ProjectionCondition::Live => lag,
                    ProjectionCondition::Building => {
                        position.saturating_sub(self.building_position())
                    }
                    ProjectionCondition::Faulted {
                        position: stopped, ..
                    } => (position + 1).saturating_sub(*stopped),
                },
                condition,
                rows,
                digest,
                kept: record.and_then(|record| record.kept).map(|kept| KeptRows {
                    generation: kept.number,
                    position: kept.position,
                    schema: kept.schema,
                }),
            });
        }
        Ok(states)
    }

    fn projections_in_memory(&self) -> Result<Vec<ProjectionState>, EngineError> {
        let digests = self.shared.world().models.digests()?;
        let position = self.last_position();
        Ok(digests
            .into_iter()
            .map(|digest| ProjectionState {
                name: digest.name,
                schema: digest.schema,
                condition: self.condition_of(digest.name),
                generation: 0,
                position,
                lag: 0,
                rows: digest.rows,
                digest: digest.digest.simple().to_string(),
                kept: None,
            })
            .collect())
    }

    fn condition_of(&self, name: &str) -> ProjectionCondition {
        match self.shared.world().models.condition(name) {
            Condition::Following => ProjectionCondition::Live,
            Condition::Absent => ProjectionCondition::Building,
            Condition::Faulted { position, cause } => ProjectionCondition::Faulted {
                position: *position,
                cause: cause.clone(),
            },
        }
    }

    /// Walks the whole log: checksums, positions, versions, chains within streams, decodability.
    /// Returns how many events were checked.
    ///
    /// # Errors
    /// The first thing that does not fit, with its position.
    pub fn verify_log(&self) -> Result<u64, EngineError> {
        let last = self.last_position();
        let mut chains = crate::chain::Chains::default();
        let mut reader = self.source.reader(1)?;
        while let Some(commit) = reader.next_commit()? {
            if commit.first_position > last {
                break;
            }
            for bytes in commit.entries() {
                chains.take(bytes)?;
            }
        }
        Ok(chains.entries())
    }
}

/// How many rows there are, and a digest over them.
fn digest_of(name: &str, rows: &GenerationRows) -> Result<(u64, String), EngineError> {
    let mut tables: Vec<(String, TableDigest)> = Vec::new();
    for found in rows.scan_all() {
        let (table, key, row) = found?;
        if tables.last().is_none_or(|(last, _)| *last != table) {
            let digest = TableDigest::of(&table);
            tables.push((table, digest));
        }
        if let Some((_, digest)) = tables.last_mut() {
            digest.take(&key, &row);
        }
    }
    let digests: Vec<TableDigest> = tables.into_iter().map(|(_, digest)| digest).collect();
    let rows = digests.iter().map(TableDigest::rows).sum();
    Ok((rows, projection_digest(name, &digests).simple().to_string()))
}
