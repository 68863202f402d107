//! The public complaints 2.0 documents of WeChat Pay, and what they become here.
//!
//! - [`document`]: complaint details and negotiation histories as they come over the wire, read
//!   from files and folders.
//! - [`history`]: one complaint's documents brought together, its items in order, each once.
//! - [`mapping`]: the commands that a set of documents becomes, in one order of time.
//! - [`comparison`]: where a document and the complaint that we made of it disagree.
//!
//! This crate knows the wire and the names of commands. It knows no rule: whether a command is
//! accepted is for the domain to say, and what it refuses is kept as a note.

pub mod comparison;
pub mod document;
pub mod history;
pub mod mapping;
