//! Where read models read the rows that they do not have in memory.

use std::error::Error;
use std::sync::Arc;

use redress_projections::table::{Backing, BackingError};
use redress_store::read_store::{DraftRows, GenerationRows};

struct Live(GenerationRows);

struct Drafted(DraftRows);

/// The rows of a generation.
pub(crate) fn of_generation(rows: GenerationRows) -> Arc<dyn Backing> {
    Arc::new(Live(rows))
}

/// The rows of a draft as far as they are packed.
pub(super) fn of_draft(rows: DraftRows) -> Arc<dyn Backing> {
    Arc::new(Drafted(rows))
}

fn failed(error: impl Error + Send + Sync + 'static) -> BackingError {
    BackingError(Box::new(error))
}

impl Backing for Live {
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, BackingError> {
        self.0.row(table, key).map_err(failed)
    }

    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BackingError> {
        self.0
            .scan(table, prefix)
            .map(|found| found.map(|(_, key, value)| (key, value)).map_err(failed))
            .collect()
    }

    fn rows_after(
        &self,
        table: &str,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BackingError> {
        self.0
            .scan_after(table, prefix, after)
            .take(limit)
            .map(|found| found.map(|(_, key, value)| (key, value)).map_err(failed))
            .collect()
    }
}

impl Backing for Drafted {
    fn row(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, BackingError> {
        self.0.row(table, key).map_err(failed)
    }

    fn rows(&self, table: &str, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BackingError> {
        self.0.rows(table, prefix).map_err(failed)
    }

    fn rows_after(
        &self,
        table: &str,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BackingError> {
        let rows = self.0.rows_after(table, prefix, after, limit);
        rows.map_err(failed)
    }
}
