//! What an operator can set: a file, and over it the environment.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::events::EventSettings;
use crate::identity::setting::{CertificateSettings, IssuerSettings, TlsSettings};
use crate::notices::NoticeSettings;
use crate::operations::telemetry::TelemetrySettings;
use crate::redaction::redact;
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
    /// The folder below which an admin may have the log backed up; without it, nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backups: Option<PathBuf>,
    /// Answers any address without TLS: whoever is on the way reads and changes everything,
    /// credentials too.
    pub dangerously_without_tls: bool,
    /// Takes everybody who reaches the address for an admin while no identity is configured.
    pub dangerously_without_identities: bool,
    /// What one caller may ask for.
    pub limits: Limits,
    /// What is told while it runs.
    pub telemetry: TelemetrySettings,
    /// How events are told as they come.
    pub events: EventSettings,
    /// How events are delivered to webhooks.
    pub webhooks: WebhookSettings,
    /// What TLS needs; without it the service answers in the clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSettings>,
    /// Issuers of bearer tokens that are believed.
    pub issuers: Vec<IssuerSettings>,
    /// Client certificates that are somebody.
    pub certificates: Vec<CertificateSettings>,
    /// How notices are delivered.
    pub notices: NoticeSettings,
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
    /// Requests, and lines of feeds, that one identity may send in a second; 0 is any number.
    pub requests_per_s: u32,
    /// Requests that one identity may send at once.
    pub requests_burst: u32,
    /// Credentials that are not good which one address may send in a second; 0 is any number.
    pub failures_per_s: u32,
    /// Credentials that are not good which one address may send at once.
    pub failures_burst: u32,
    /// Feeds and followed streams of events that one identity may hold open at a time.
    pub streams_per_identity: usize,
    /// Connections that may be open at a time; the next waits until one ends.
    pub connections: usize,
    /// Connections that one address may hold open at a time, of IPv6 one network of 64 bits; the
    /// next is closed at once. 0 is any number.
    pub connections_per_address: usize,
    /// How long an HTTP/2 connection may have nothing under way before it is ended.
    pub idle_ms: u64,
    /// Requests of one HTTP/2 connection that may be under way at a time.
    pub requests_per_connection: u32,
    /// The longest head of a request, in bytes.
    pub header_bytes: usize,
    /// Commands that may wait for their answers at a time.
    pub commands_waiting: usize,
    /// Commands of one feed that may wait for their answers at a time.
    pub feed_waiting: usize,
    /// Queries that may run at a time.
    pub queries_running: usize,
    /// Queries that may run at a time that read much of the log: looks back, explanations, figures
    /// over all clocks. Each look back holds a world of its own.
    pub deep_queries_running: usize,
    /// How long a query waits for its turn before it is told to come back.
    pub query_wait_ms: u64,
    /// How long requests under way may go on after the service was told to stop.
    pub stop_ms: u64,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            source: "redress".to_owned(),
            backups: None,
            dangerously_without_tls: false,
            dangerously_without_identities: false,
            limits: Limits::default(),
            telemetry: TelemetrySettings::default(),
            events: EventSettings::default(),
            webhooks: WebhookSettings::default(),
            tls: None,
            issuers: Vec::new(),
            certificates: Vec::new(),
            notices: NoticeSettings::default(),
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
            requests_per_s: 20_000,
            requests_burst: 40_000,
            failures_per_s: 5,
            failures_burst: 50,
            streams_per_identity: 2_048,
            connections: 4_096,
            connections_per_address: 1_024,
            idle_ms: 60_000,
            requests_per_connection: 256,
            header_bytes: 32 * 1024,
            commands_waiting: 4_096,
            feed_waiting: 1_024,
            queries_running: 64,
            deep_queries_running: 2,
            query_wait_ms: 5_000,
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
    /// A setting has a value under which nothing could be answered.
    #[error("{setting}: must not be 0")]
    Zero {
        /// Which.
        setting: &'static str,
    },
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
        let read: Self = builder.add_source(environment).build()?.try_deserialize()?;
        read.check()?;
        Ok(read)
    }

    /// Whether something can be answered under these settings.
    fn check(&self) -> Result<(), ConfigurationError> {
        let limits = &self.limits;
        let settings = [
            ("limits.body_bytes", limits.body_bytes == 0),
            ("limits.depth", limits.depth == 0),
            ("limits.connections", limits.connections == 0),
            ("limits.idle_ms", limits.idle_ms == 0),
            ("limits.commands_waiting", limits.commands_waiting == 0),
            ("limits.feed_waiting", limits.feed_waiting == 0),
            ("limits.queries_running", limits.queries_running == 0),
            (
                "limits.deep_queries_running",
                limits.deep_queries_running == 0,
            ),
            ("events.slow_reader_ms", self.events.slow_reader_ms == 0),
        ];
        match settings.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((setting, _)) => Err(ConfigurationError::Zero { setting }),
            None => Ok(()),
        }
    }

    /// Every setting as a file would say it, without secrets.
    ///
    /// # Errors
    /// When a setting cannot be written as TOML.
    pub fn shown(&self) -> Result<String, ConfigurationError> {
        let mut settings = toml::Value::try_from(self)?;
        redact(&mut settings);
        Ok(toml::to_string(&settings)?)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_nothing_could_be_answered_under_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("redress.toml");
        for (said, refused) in [
            (
                "[limits]\nconnections = 0",
                "limits.connections: must not be 0",
            ),
            ("[limits]\nidle_ms = 0", "limits.idle_ms: must not be 0"),
            (
                "[events]\nslow_reader_ms = 0",
                "events.slow_reader_ms: must not be 0",
            ),
        ] {
            fs::write(&file, said).unwrap();
            let error = Configuration::read(Some(&file)).unwrap_err();
            assert_eq!(error.to_string(), refused);
        }
        fs::write(&file, "[limits]\nconnections_per_address = 0").unwrap();
        let read = Configuration::read(Some(&file)).unwrap();
        assert_eq!(read.limits.connections_per_address, 0);
    }
}
