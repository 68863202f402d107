//! The journal that is the truth, the sled store that is read, the wire formats and the vault.
//!
//! This crate keeps bytes and knows no rules: an entry is opaque here, a row is a key and a value.
//! Everything lives below one data directory:
//!
//! | folder | holds | if it is lost |
//! |---|---|---|
//! | `journal/` | every committed entry, in order; see [`journal`] | everything is lost |
//! | `vault/` | the keys of sealed personal text; see [`vault`] | sealed text is unreadable for ever |
//! | `read/` | the same entries ordered for reading, and the read models; see [`read_store`] | it is rebuilt from the journal |
//! | `clock-leaps` | leaps of the machine's clock that were noticed; see [`leaps`] | why instants in the log are what they are is harder to tell |
//! | `lock` | the process that has the store open; see [`lock`] | — |
//!
//! A [`backup`] lies in a directory of its own.

pub mod backup;
pub mod entry;
pub mod file;
pub mod journal;
pub mod leaps;
pub mod lock;
pub mod read_store;
pub mod step;
pub mod vault;
pub mod wire;
