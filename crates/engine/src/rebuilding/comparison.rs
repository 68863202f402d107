//! Rows of a projection as they were and as they are, row by row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use redress_projections::{ReadModels, TableDigest, projection_digest};
use redress_store::read_store::{GenerationRows, ReadStoreError, TableRow};

use crate::error::EngineError;

/// Differences that are told one by one.
const DIFFERENCES_SHOWN: usize = 10;

/// What a comparison of the rows of one projection found, both at the same position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The projection.
    pub name: &'static str,
    /// Rows that the log gives.
    pub rows: u64,
    /// Every table that has rows.
    pub tables: Vec<TableComparison>,
    /// A digest over the rows that the log gives.
    pub digest: String,
    /// The first rows that differ.
    pub differences: Vec<Difference>,
    /// How many rows differ.
    pub differing: u64,
}

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableComparison {
    /// The table.
    pub table: String,
    /// Rows that were there.
    pub rows_before: u64,
    /// A digest over them.
    pub digest_before: String,
    /// Rows that the log gives.
    pub rows_now: u64,
    /// A digest over them.
    pub digest_now: String,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// The row's key, readable as far as it is text.
    pub key: String,
    /// What differs.
    pub what: &'static str,
    /// The fields that differ as they were, or all of them where only one row is there.
    pub before: Option<String>,
    /// The fields that differ as the log gives them, or all of them where only one row is there.
    pub now: Option<String>,
}

/// Compares rows that come in the order of their tables and keys.
pub(crate) struct Comparing<'models> {
    models: &'models ReadModels,
    comparison: Comparison,
    tables: BTreeMap<(usize, String), [TableDigest; 2]>,
}

impl<'models> Comparing<'models> {
    /// Begins; `models` put rows into words.
    fn begin(name: &'static str, models: &'models ReadModels) -> Self {
        Self {
            models,
            comparison: Comparison {
                name,
                rows: 0,
                tables: Vec::new(),
                digest: String::new(),
                differences: Vec::new(),
                differing: 0,
            },
            tables: BTreeMap::new(),
        }
    }

    /// The rows of two generations.
    pub fn generations(
        name: &'static str,
        models: &'models ReadModels,
        before: &GenerationRows,
        now: &GenerationRows,
    ) -> Result<Comparison, EngineError> {
        Ok(Self::begin(name, models).run(before.scan_all(), now.scan_all())?)
    }

    /// The rows of read models in memory.
    pub fn in_memory(
        name: &'static str,
        before: &ReadModels,
        now: &'models ReadModels,
    ) -> Result<Comparison, EngineError> {
        let rows = |models: &ReadModels| -> Result<Vec<TableRow>, EngineError> {
            let mut rows: Vec<TableRow> = models
                .rows(name)?
                .into_iter()
                .map(|(table, key, row)| (table.to_owned(), key, row))
                .collect();
            rows.sort_by(|left, right| place(left).cmp(&place(right)));
            Ok(rows)
        };
        let before = rows(before)?.into_iter().map(Ok);
        let rebuilt = rows(now)?.into_iter().map(Ok);
        Ok(Self::begin(name, now).run(before, rebuilt)?)
    }

    fn run(
        mut self,
        mut before: impl Iterator<Item = Result<TableRow, ReadStoreError>>,
        mut now: impl Iterator<Item = Result<TableRow, ReadStoreError>>,
    ) -> Result<Comparison, ReadStoreError> {
        let mut old = before.next().transpose()?;
        let mut new = now.next().transpose()?;
        loop {
            let order = match (&old, &new) {
                (None, None) => return Ok(self.finish()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => place(old).cmp(&place(new)),
            };
            let takes_old = order != Ordering::Greater;
            let takes_new = order != Ordering::Less;
            self.take(
                old.as_ref().filter(|_| takes_old),
                new.as_ref().filter(|_| takes_new),
            );
            if takes_old {
                old = before.next().transpose()?;
            }
            if takes_new {
                new = now.next().transpose()?;
            }
        }
    }

    fn take(&mut self, old: Option<&TableRow>, new: Option<&TableRow>) {
        for (side, row) in [old, new].into_iter().enumerate() {
            let Some((table, key, value)) = row else {
                continue;
            };
            let digests = self
                .tables
                .entry((table.len(), table.clone()))
                .or_insert_with(|| [TableDigest::of(table), TableDigest::of(table)]);
            if let Some(digest) = digests.get_mut(side) {
                digest.take(key, value);
            }
        }
        if new.is_some() {
            self.comparison.rows += 1;
        }
        let what = match (old, new) {
            (Some((_, _, old)), Some((_, _, new))) if old == new => return,
            (Some(_), Some(_)) => "the row differs from what the log says",
            (None, _) => "the row is missing",
            (Some(_), None) => "the log does not say this",
        };
        self.comparison.differing += 1;
        if self.comparison.differences.len() < DIFFERENCES_SHOWN {
            let difference = self.explain(what, old, new);
            self.comparison.differences.extend(difference);
        }
    }

    /// A difference in words, field by field.
    fn explain(
        &self,
        what: &'static str,
        old: Option<&TableRow>,
        new: Option<&TableRow>,
    ) -> Option<Difference> {
        let (table, key, _) = old.or(new)?;
        let fields = |row: &TableRow| {
            let (table, key, value) = row;
            match self.models.describe(table, key, value) {
                Ok(described) => described.unwrap_or_default(),
                Err(fault) => fault.to_string(),
            }
        };
        let (before, now) = match (old.map(fields), new.map(fields)) {
            (Some(before), Some(now)) => {
                let (before, now) = only_differing(&before, &now);
                (Some(before), Some(now))
            }
            (before, now) => (
                before.map(|fields| in_one_line(fields.lines())),
                now.map(|fields| in_one_line(fields.lines())),
            ),
        };
        Some(Difference {
            table: table.clone(),
            key: String::from_utf8_lossy(key).replace('\0', " "),
            what,
            before,
            now,
        })
    }

    fn finish(self) -> Comparison {
        let Self {
            mut comparison,
            tables,
            ..
        } = self;
        let now: Vec<TableDigest> = tables.values().map(|[_, now]| now.clone()).collect();
        comparison.digest = projection_digest(comparison.name, &now)
            .simple()
            .to_string();
        comparison.tables = tables
            .into_iter()
            .map(|((_, table), [before, now])| TableComparison {
                table,
                rows_before: before.rows(),
                digest_before: before.digest().simple().to_string(),
                rows_now: now.rows(),
                digest_now: now.digest().simple().to_string(),
            })
            .collect();
        comparison
    }
}

/// How the read store orders rows of different tables.
fn place(row: &TableRow) -> (usize, &str, &[u8]) {
    (row.0.len(), &row.0, &row.1)
}

/// The lines of two descriptions that are not in both at the same place.
fn only_differing(before: &str, now: &str) -> (String, String) {
    let before: Vec<&str> = before.lines().collect();
    let now: Vec<&str> = now.lines().collect();
    let same_start = before
        .iter()
        .zip(&now)
        .take_while(|(before, now)| before == now)
        .count();
    let longest_end = before.len().min(now.len()) - same_start;
    let same_end = before
        .iter()
        .rev()
        .zip(now.iter().rev())
        .take(longest_end)
        .take_while(|(before, now)| before == now)
        .count();
    let part = |lines: &[&str]| {
        let inner = lines.get(same_start..lines.len() - same_end);
        in_one_line(inner.unwrap_or_default().iter().copied())
    };
    (part(&before), part(&now))
}

fn in_one_line<'line>(lines: impl Iterator<Item = &'line str>) -> String {
    let mut line = String::new();
    for part in lines {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part.trim());
    }
    line
}
