//! What an admin asks of the store that a service has open: read models looked at, rebuilt, taken
//! back and verified, and backups of the log.
//!
//! What takes long is answered line by line: `{"progress":…}` now and then, so that nobody on the
//! way takes the connection for dead, and at the end `{"done":…}` or `{"failed":…}`.

mod backups;
mod documents;
mod places;
mod projections;
mod work;

pub use documents::{
    backup_document, comparison_document, projections_document, rebuild_document, rollback_document,
};

pub(crate) use places::places;
