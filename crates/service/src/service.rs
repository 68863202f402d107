//! What every handler sees.

use std::sync::Arc;

use redress_engine::Engine;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::configuration::Configuration;
use crate::events::{Book, Following};
use crate::identity::{Identities, IdentityError, Rates, Streams};
use crate::notices::{NoticeError, Notices};
use crate::operations::metrics::Metrics;
use crate::webhooks::{WebhookError, Webhooks};

/// The folder of a data directory that the service keeps its own things in.
pub(crate) const FOLDER: &str = "service";

/// Why there can be no service.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Two of its figures have one name.
    #[error("the figures cannot be counted: {0}")]
    Figures(#[from] prometheus::Error),
    /// Events cannot be delivered.
    #[error(transparent)]
    Webhooks(#[from] WebhookError),
    /// It cannot be told who is who.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Notices cannot be delivered.
    #[error(transparent)]
    Notices(#[from] NoticeError),
}

/// A running service: the engine and what is kept around it.
pub struct Service {
    /// The engine.
    pub(crate) engine: Arc<Engine>,
    /// What the operator set.
    pub(crate) configuration: Configuration,
    /// Commands that may still be handed in.
    pub(crate) commands: Arc<Semaphore>,
    /// Queries that may still be run.
    pub(crate) queries: Arc<Semaphore>,
    /// Queries that may still be run that read much of the log.
    pub(crate) deep_queries: Arc<Semaphore>,
    /// Feeds under way that tell of the past: while there are any, they alone drive the clock.
    pub(crate) histories: Arc<()>,
    /// The turn of whatever an admin has done.
    pub(crate) admin_work: Arc<Semaphore>,
    /// The log as it is told to those who follow it.
    pub(crate) book: Book,
    /// Who follows.
    pub(crate) events: Following,
    /// Who is delivered to.
    pub(crate) webhooks: Webhooks,
    /// Who is known.
    pub(crate) identities: Identities,
    /// How fast each asks.
    pub(crate) rates: Rates,
    /// The streams that each holds open.
    pub(crate) streams: Streams,
    /// Who is told of measures.
    pub(crate) notices: Notices,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// Told when the service stops: streams end, and nothing new is taken.
    pub(crate) stopping: CancellationToken,
    /// Whether every deadline that was missed while the service was down has been observed.
    pub(crate) caught_up: CancellationToken,
}

impl Service {
    /// A service around an engine.
    ///
    /// # Errors
    /// When what it keeps cannot be read, an identity cannot be, or two of its figures have one
    /// name.
    pub fn new(
        engine: Arc<Engine>,
        configuration: Configuration,
    ) -> Result<Arc<Self>, ServiceError> {
        let folder = configuration
            .directory
            .as_ref()
            .map(|data| data.join(FOLDER));
        let metrics = Metrics::new()?;
        Ok(Arc::new(Self {
            admin_work: Arc::new(Semaphore::new(1)),
            book: Book::default(),
            events: Following::new(&configuration.events, &metrics)?,
            notices: Notices::new(&configuration.notices, folder.as_deref(), &metrics)?,
            webhooks: Webhooks::new(&configuration.webhooks, folder.as_deref(), &metrics)?,
            engine,
            commands: Arc::new(Semaphore::new(configuration.limits.commands_waiting)),
            queries: Arc::new(Semaphore::new(configuration.limits.queries_running)),
            deep_queries: Arc::new(Semaphore::new(configuration.limits.deep_queries_running)),
            histories: Arc::new(()),
            identities: Identities::new(&configuration, configuration.directory.as_deref())?,
            rates: Rates::new(&configuration.limits),
            streams: Streams::new(configuration.limits.streams_per_identity),
            configuration,
            metrics,
            stopping: CancellationToken::new(),
            caught_up: CancellationToken::new(),
        }))
    }
}
