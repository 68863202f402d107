//! What an operator can set: a file, and over it the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::operations::telemetry::TelemetrySettings;
use crate::events::EventSettings;
use crate::webhooks::WebhookSettings;

/// The prefix of settings in the environment: `REDRESS_SERVE_LISTEN`,
/// `REDRESS_SERVE_LIMITS__BODY_BYTES`.
const ENVIRONMENT_PREFIX: &str = "REDRESS_SERVE";

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    /// Where it answers.
    pub listen: SocketAddr,
    /// The URI reference that names this log in CloudEvents.
    pub source: String,
    /// What one caller may ask for.
    pub limits: Limits,
    /// What is told while it runs.
    pub telemetry: TelemetrySettings,
    /// How events are told as they come.
    pub events: EventSettings,
    /// How events are delivered to webhooks.
    pub webhooks: WebhookSettings,
    /// The data directory, as the command line names it; `None` where everything is in memory.
    #[serde(skip)]
    pub directory: Option<PathBuf>,
}

/// What one caller may ask for before it is told to wait or to send less.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The longest body of a request, and the longest line of a feed, in bytes.
    pub body_bytes: usize,
    /// How deep a document may be nested.
    pub depth: usize,
    /// How long the head of a request may take to arrive.
    pub header_ms: u64,
    /// How long a request may take that is not a stream.
    pub request_ms: u64,
    /// Commands that may wait for their answers at a time.
    pub commands_waiting: usize,
    /// Commands of one feed that may wait for their answers at a time.
    pub feed_waiting: usize,
    /// Queries that may run at a time.
    pub queries_running: usize,
    /// How long requests under way may go on after the service was told to stop.
    pub stop_ms: u64,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            source: "redress".to_owned(),
            limits: Limits::default(),
            telemetry: TelemetrySettings::default(),
            events: EventSettings::default(),
            webhooks: WebhookSettings::default(),
            directory: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            depth: 32,
            header_ms: 10_000,
            request_ms: 30_000,
            commands_waiting: 4_096,
            feed_waiting: 1_024,
            queries_running: 64,
            stop_ms: 10_000,
        }
    }
}

/// Why the settings cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file or the environment says something that is no setting.
    #[error("the configuration cannot be taken: {0}")]
    Read(#[from] config::ConfigError),
    /// The settings cannot be written down.
    #[error("the configuration cannot be shown: {0}")]
    Show(#[from] toml::ser::Error),
}

impl Configuration {
    /// Reads the file, if one is named, and lays the environment over it.
    ///
    /// # Errors
    /// Names the file or the setting that cannot be taken.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigurationError> {
        let mut builder = config::Config::builder();
        if let Some(path) = file {
            builder = builder
                .add_source(config::File::from(path.to_owned()).format(config::FileFormat::Toml));
        }
        let environment = config::Environment::with_prefix(ENVIRONMENT_PREFIX)
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true);
        Ok(builder.add_source(environment).build()?.try_deserialize()?)
    }

    /// Every setting as a file would say it, without secrets.
    ///
    /// # Errors
    /// When a setting cannot be written as TOML.
    pub fn shown(&self) -> Result<String, ConfigurationError> {
        Ok(toml::to_string(self)?)
    }
}
