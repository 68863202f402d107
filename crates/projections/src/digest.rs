//! Digests of rows: equal for equal rows, in whatever order the tables come.

use uuid::Uuid;

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

/// A digest of the rows of one table, taken in key order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    table: String,
    rows: u64,
    digest: Uuid,
}

impl TableDigest {
    /// Of a table without rows.
    #[must_use]
    pub fn of(table: &str) -> Self {
        Self {
            table: table.to_owned(),
            rows: 0,
            digest: Uuid::new_v5(&Uuid::NAMESPACE_OID, table.as_bytes()),
        }
    }

    /// Takes in the next row.
    pub fn take(&mut self, key: &[u8], row: &[u8]) {
        self.rows += 1;
        self.digest = Uuid::new_v5(&self.digest, &framed(key, row));
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The digest so far.
    #[must_use]
    pub const fn digest(&self) -> Uuid {
        self.digest
    }
}

/// The digest of a projection with these tables; tables without rows do not matter.
#[must_use]
pub fn projection_digest(name: &str, tables: &[TableDigest]) -> Uuid {
    let mut tables: Vec<&TableDigest> = tables.iter().filter(|table| table.rows > 0).collect();
    tables.sort_unstable_by_key(|table| table.table.as_str());
    tables.into_iter().fold(
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
        |digest, table| Uuid::new_v5(&digest, table.digest.as_bytes()),
    )
}

/// A row, each part after its length, so that no two different rows read the same.
fn framed(key: &[u8], row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len() + row.len() + 16);
    for part in [key, row] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
