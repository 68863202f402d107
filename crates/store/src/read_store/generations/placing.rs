//! Where rows go that changed: few of them to sled, many into a file of their own.
//!
//! A row in sled costs ten times its bytes, for sled writes whole pages and what it replaced stays
//! in its file for a while; a file costs two syncs, and every look at a row asks its filter. So rows
//! gather in sled until they are some hundred, and then become a file together with those that came.

use std::collections::BTreeMap;

use super::super::writes::Writes;
use super::super::{ReadStore, ReadStoreError, RowChange, keys};
use super::Generation;
use super::clearing::generation_folder;
use super::view::{Rows, read_value, stored_value};
use crate::file;
use crate::step::{self, Step};

/// Rows of one generation that sled has at the most.
const ROWS_IN_SLED: usize = 512;

impl ReadStore {
    /// Adds the rows of a batch to the live generations, and to `writes` what sled is to have of
    /// them. Rows that become a file can be read at once.
    pub(in super::super) fn place_live(
        &self,
        rows: Vec<RowChange>,
        writes: &mut Writes,
    ) -> Result<(), ReadStoreError> {
        let mut by_projection: BTreeMap<String, Rows> = BTreeMap::new();
        for row in rows {
            row.check_size()?;
            let name = projection_of(&row.table);
            let key = keys::table_key(&row.table, &row.key);
            match by_projection.get_mut(name) {
                Some(rows) => rows.insert(key, row.value),
                None => {
                    let rows = by_projection.entry(name.to_owned()).or_default();
                    rows.insert(key, row.value)
                }
            };
        }
        for (name, rows) in by_projection {
            let known = self.projections().0.get(&name).cloned();
            match known {
                Some(known) => {
                    if self.place(&name, &known.live, rows, writes)? {
                        writes.insert(keys::projection(&name), known.record().encode());
                    }
                }
                None => to_sled(0, false, rows, writes),
            }
        }
        Ok(())
    }

    /// Adds rows to a generation. Returns whether there is one more file, which its record has to
    /// name.
    pub(super) fn place(
        &self,
        projection: &str,
        generation: &Generation,
        rows: Rows,
        writes: &mut Writes,
    ) -> Result<bool, ReadStoreError> {
        let in_sled = generation.in_sled() + rows.len();
        if in_sled <= step::bytes_or("REDRESS_ROWS_IN_SLED", ROWS_IN_SLED) {
            let hides = !generation.runs.now().is_empty();
            to_sled(generation.number, hides, rows, writes);
            generation.set_in_sled(in_sled);
            return Ok(false);
        }
        let folder = generation_folder(&self.folder, projection, generation.number);
        file::create_directory(&folder)?;
        let mut all = Rows::new();
        for found in self.tree.scan_prefix(keys::generation(generation.number)) {
            let (key, value) = found.map_err(|error| self.explain(error))?;
            let value = read_value(&value).map_err(|error| self.explain(error))?;
            all.insert(keys::without_generation(&key).to_vec(), value);
            writes.remove(key);
        }
        all.extend(rows);
        // Who reads looks into sled first: what leaves it has to be here before.
        generation.runs.add(&folder, &all)?;
        generation.set_in_sled(0);
        step::reached(Step::RowsWritten);
        Ok(true)
    }
}

fn to_sled(generation_number: u64, hides: bool, rows: Rows, writes: &mut Writes) {
    for (key, value) in rows {
        let key = [keys::generation(generation_number), key].concat();
        match value {
            // Without files there is nothing to hide.
            None if !hides => writes.remove(key),
            value => writes.insert(key, stored_value(value.as_deref())),
        }
    }
}

/// The projection that a table belongs to.
pub(super) fn projection_of(table: &str) -> &str {
    table.split_once('.').map_or(table, |(name, _)| name)
}
