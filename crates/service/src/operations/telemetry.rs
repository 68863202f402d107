//! What is told while the service runs.

use serde::{Deserialize, Serialize};

/// How log lines look, and where spans go.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// The form of log lines on standard error.
    pub logs: Logs,
    /// The collector that spans are sent to over OTLP, as `http://127.0.0.1:4318`; none by default.
    pub otlp_endpoint: Option<String>,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Logs {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
