//! Backups: a copy of the log in a directory of its own, and the way back.
//!
//! | in a backup | holds |
//! |---|---|
//! | `journal/` | segments as the store has them, the last one up to its last whole frame |
//! | `first-edition.toml` | the document that the log is bound to |
//! | `manifest` | which segments belong to the backup, how many bytes of each, their digests |
//!
//! The manifest is replaced last, in one step, and a log only grows: so whatever a run that was
//! interrupted has copied lies behind what the manifest counts, and the backup is the one before or
//! the new one, whole. The read store is never copied, it is built from the journal. Keys of
//! personal texts are copied only when asked for, to a place that is apart from the backup and from
//! the store ([`crate::vault`]); the key that wraps them is never copied.
//!
//! A backup takes no lock of the store. It syncs what it is about to copy, so it holds nothing that
//! the store could still lose; it may hold a command whose answer was still on its way.

mod error;
mod manifest;
mod marker;
mod places;
mod restore;
mod run;
mod verify;

#[cfg(test)]
mod tests;

pub use error::BackupError;
pub(crate) use marker::is_unfinished;
pub use places::keep_apart;
pub use restore::{RestoreReport, Restoring, Until, begin_restore};
pub use run::{BackupReport, run};
pub use verify::{VerifyReport, last_position, verify};

/// The document that a log is bound to, in a backup as in a data directory.
pub const FIRST_EDITION_FILE: &str = "first-edition.toml";
