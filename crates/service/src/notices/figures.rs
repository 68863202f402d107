//! What is counted of notices.

use prometheus::{IntCounterVec, IntGauge, Opts};

use crate::operations::metrics::Metrics;

/// The figures of notices.
pub struct Figures {
    attempts: IntCounterVec,
    waiting: IntGauge,
    given_up: IntGauge,
}

impl Figures {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// When two figures have one name.
    pub fn new(metrics: &Metrics) -> Result<Self, prometheus::Error> {
        let attempts = Opts::new(
            "notice_attempts_total",
            "Attempts to deliver a notice, by channel and outcome",
        );
        Ok(Self {
            attempts: metrics.add(IntCounterVec::new(attempts, &["channel", "outcome"])?)?,
            waiting: metrics.add(IntGauge::new(
                "notices_waiting",
                "Notices that are still to be delivered",
            )?)?,
            given_up: metrics.add(IntGauge::new(
                "notices_given_up",
                "Notices that were not delivered and wait for somebody to look at them",
            )?)?,
        })
    }

    /// Counts an attempt.
    pub fn tried(&self, channel: &str, is_delivered: bool) {
        let outcome = match is_delivered {
            true => "delivered",
            false => "failed",
        };
        self.attempts.with_label_values(&[channel, outcome]).inc();
    }

    /// Says how many there are.
    pub fn kept(&self, waiting: usize, given_up: usize) {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.given_up
            .set(i64::try_from(given_up).unwrap_or(i64::MAX));
    }
}
