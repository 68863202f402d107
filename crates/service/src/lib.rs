//! The service: other programs append, ask and follow over HTTP.
//!
//! It takes a running [`redress_engine::Engine`] and gives it a face: commands, views and events as
//! JSON, problems as RFC 9457 documents, identities and what each may do. It knows no rule and no
//! file of the store: what is refused is refused by the engine, and what is shown is what
//! `redress_protocol` says.
//!
//! [`Service`] is what every handler sees, [`router`] is the interface, [`serve`] answers at an
//! [`Entrance`] until it is told to stop.

mod accept;
pub mod admin;
mod authorization;
mod caller;
mod clock;
mod commands;
mod configuration;
mod connections;
mod cut;
mod engine_calls;
mod entrance;
mod events;
#[cfg(test)]
mod fixture;
pub mod identity;
mod interface;
mod kept_file;
mod notices;
mod openapi;
mod operations;
mod patience;
mod problem;
mod problem_pages;
mod redaction;
mod router;
mod server;
mod service;
mod shares;
mod tls;
mod unsealing;
pub mod views;
mod webhooks;

pub use configuration::{Configuration, ConfigurationError, Limits};
pub use entrance::{Entrance, EntranceError};
pub use operations::telemetry::{Logs, TelemetrySettings};
pub use router::router;
pub use server::{ServeError, Serving, serve};
pub use service::{Service, ServiceError};
