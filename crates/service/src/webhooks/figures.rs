//! What is counted of deliveries.

use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts};

use crate::operations::metrics::Metrics;

/// The figures of webhooks.
pub struct Figures {
    deliveries: IntCounterVec,
    lag_events: IntGaugeVec,
    lag_seconds: GaugeVec,
}

impl Figures {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// When two figures have one name.
    pub fn new(metrics: &Metrics) -> Result<Self, prometheus::Error> {
        let deliveries = Opts::new(
            "webhook_deliveries_total",
            "Attempts to deliver an event, by outcome; `given_up` counts deliveries",
        );
        let lag_events = Opts::new(
            "webhook_lag_events",
            "Events that a webhook has not delivered or passed over yet",
        );
        let lag_seconds = Opts::new(
            "webhook_lag_seconds",
            "How long ago the oldest delivery that still waits was first tried",
        );
        Ok(Self {
            deliveries: metrics.add(IntCounterVec::new(deliveries, &["outcome"])?)?,
            lag_events: metrics.add(IntGaugeVec::new(lag_events, &["webhook"])?)?,
            lag_seconds: metrics.add(GaugeVec::new(lag_seconds, &["webhook"])?)?,
        })
    }

    /// Counts a delivery that was taken.
    pub fn delivered(&self) {
        self.deliveries.with_label_values(&["delivered"]).inc();
    }

    /// Counts an attempt that failed.
    pub fn failed(&self) {
        self.deliveries.with_label_values(&["failed"]).inc();
    }

    /// Counts a delivery that was given up.
    pub fn gave_up(&self) {
        self.deliveries.with_label_values(&["given_up"]).inc();
    }

    /// Says how far a webhook is behind.
    pub fn behind(&self, webhook_id: &str, events: u64, since_ms: i64) {
        let events = i64::try_from(events).unwrap_or(i64::MAX);
        self.lag_events.with_label_values(&[webhook_id]).set(events);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let seconds = since_ms as f64 / 1_000.0;
        self.lag_seconds
            .with_label_values(&[webhook_id])
            .set(seconds);
    }

    /// Says nothing more of a webhook that was taken away.
    pub fn forget(&self, webhook_id: &str) {
        // A webhook that was never behind has no figure.
        let _ = self.lag_events.remove_label_values(&[webhook_id]);
        let _ = self.lag_seconds.remove_label_values(&[webhook_id]);
    }
}
