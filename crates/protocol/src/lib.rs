//! The shapes that others see: commands, events and views as JSON, editions as TOML, scenarios as
//! YAML. Everything is read into domain types here, and everything wrong is named by its place
//! here; nothing behind this crate looks at a document again.
//!
//! It knows no disk and no socket: it takes texts and gives texts.

pub mod answer;
pub mod command;
pub mod edition;
pub mod event;
pub mod feed;
mod field;
pub mod instant;
pub mod json;
mod measure;
pub mod query;
#[cfg(test)]
mod samples;
pub mod scenario;
mod standing;
pub mod view;
