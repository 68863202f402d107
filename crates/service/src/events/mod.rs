//! Events for others: in pages, and as they come. Personal texts are told as sealed.

mod book;
mod filter;
mod page;
mod places;
mod sight;
mod stream;
mod told;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntGauge;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

pub use book::Book;
pub use filter::Filter;
pub use places::places;
pub use sight::Admission;
pub use told::Told;

use crate::operations::metrics::Metrics;

/// How events are told as they come.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct EventSettings {
    /// Readers that may follow at a time.
    pub followers: usize,
    /// How often a reader hears something while nothing happens.
    pub heartbeat_ms: u64,
    /// How long a reader may leave what it was sent unread before it is told that there is no more.
    /// Whoever takes nothing for twice as long, of events or of any other answer, is cut off without
    /// a word.
    pub slow_reader_ms: u64,
    /// How long a stream goes on before the reader has to come back, and show who it is again.
    pub stream_ms: u64,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            followers: 4_096,
            heartbeat_ms: 15_000,
            slow_reader_ms: 30_000,
            stream_ms: 3_600_000,
        }
    }
}

impl EventSettings {
    /// How long whoever is answered may take nothing before they are cut off: whoever comes back
    /// late is told why there are no more events, and whoever does not is cut off.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        Duration::from_millis(self.slow_reader_ms.saturating_mul(2))
    }
}

/// Who follows.
pub struct Following {
    /// Readers that may still begin.
    followers: Arc<Semaphore>,
    /// Readers that follow now.
    following: IntGauge,
}

impl Following {
    /// Nobody yet.
    ///
    /// # Errors
    /// When there is a figure of the same name.
    pub fn new(settings: &EventSettings, metrics: &Metrics) -> Result<Self, prometheus::Error> {
        let following = IntGauge::new("event_followers", "Readers of the event stream")?;
        Ok(Self {
            followers: Arc::new(Semaphore::new(settings.followers)),
            following: metrics.add(following)?,
        })
    }
}
