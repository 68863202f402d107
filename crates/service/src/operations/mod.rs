//! What operators look at: whether it lives, whether it takes requests, its figures.

pub mod engine_figures;
pub mod health;
pub mod lag;
pub mod metrics;
pub mod requests;
pub mod telemetry;
pub mod tracing_context;
