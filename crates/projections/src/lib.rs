//! Read models as pure folds over recorded events.
//!
//! Every projection folds events, in the order of their positions, into rows under byte keys. The
//! same events give byte-equal rows, whatever was read in between and however often rows were
//! handed on. A projection does not know where its rows are kept (see [`table::Backing`]) nor who
//! reads them; it reads no clock, and an instant to judge by is always an argument.
//!
//! [`ReadModels`] holds all of them. Answers are typed values without any text format.

pub mod agreements;
pub mod cases;
mod change;
mod condition;
pub mod deadlines;
mod digest;
mod fault;
#[cfg(test)]
mod fixture;
mod key;
pub mod keys;
pub mod merchants;
pub mod page;
mod projection;
mod read_models;
pub mod repeats;
mod row;
mod sealed;
pub mod standing;

pub mod table;

pub use change::{Change, Latest};
pub use condition::Condition;
pub use digest::{Digest, TableDigest, projection_digest};
pub use fault::Fault;
pub use projection::{HandOn, Projection, Row, RowTable};
pub use read_models::{HandOnTables, Opened, Opening, ProjectionRows, ReadModels};
