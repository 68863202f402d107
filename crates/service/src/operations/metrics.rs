//! The figures of the service, as Prometheus reads them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use redress_engine::{Answer, Engine, Look};
use redress_projections::cases::QueueView;

use super::engine_figures::engine_figures;
use super::lag::LogEnds;
use crate::authorization::expect_sight_of_everything;
use crate::caller::Caller;
use crate::engine_calls::ask;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// The type of the answer: Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a count of open clocks is good for: it reads every case that somebody waits for.
const OPEN_CLOCKS_KEPT: Duration = Duration::from_secs(15);

/// Bounds of the time that requests take, in seconds.
const REQUEST_SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// What is counted while requests are answered.
pub struct Metrics {
    registry: Registry,
    commands: IntCounterVec,
    requests: IntCounterVec,
    request_seconds: Histogram,
    denials: IntCounterVec,
    commands_waiting: IntGauge,
    open_clocks: IntGaugeVec,
    open_clocks_counted: Mutex<Option<Instant>>,
    lag_seconds: Gauge,
    ends: Mutex<LogEnds>,
}

impl Metrics {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// When two figures have one name, or a name that a figure cannot have.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(Some("redress".to_owned()), None)?;
        Ok(Self {
            commands: kept(
                &registry,
                IntCounterVec::new(
                    Opts::new(
                        "commands_total",
                        "Answers to commands, by outcome and by the code of a refusal",
                    ),
                    &["outcome", "code"],
                )?,
            )?,
            requests: kept(
                &registry,
                IntCounterVec::new(
                    Opts::new("requests_total", "Requests answered, by place and status"),
                    &["method", "route", "status"],
                )?,
            )?,
            request_seconds: kept(
                &registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "request_duration_seconds",
                        "How long requests took to be answered",
                    )
                    .buckets(REQUEST_SECONDS.to_vec()),
                )?,
            )?,
            denials: kept(
                &registry,
                IntCounterVec::new(
                    Opts::new("denials_total", "What callers were not allowed, by code"),
                    &["code"],
                )?,
            )?,
            commands_waiting: kept(
                &registry,
                IntGauge::new(
                    "commands_waiting",
                    "Commands handed in that are not answered yet",
                )?,
            )?,
            open_clocks: kept(
                &registry,
                IntGaugeVec::new(
                    Opts::new(
                        "open_clocks",
                        "Clocks that somebody still has to meet, by clock and status",
                    ),
                    &["clock", "status"],
                )?,
            )?,
            open_clocks_counted: Mutex::default(),
            lag_seconds: kept(
                &registry,
                Gauge::new(
                    "read_store_lag_seconds",
                    "How long ago the first event became durable that the read store lacks",
                )?,
            )?,
            ends: Mutex::default(),
            registry,
        })
    }

    /// Adds a figure of another part of the service.
    ///
    /// # Errors
    /// When there is one of its name.
    pub fn add<C: Collector + Clone + 'static>(&self, figure: C) -> Result<C, prometheus::Error> {
        kept(&self.registry, figure)
    }

    /// Counts an answer to a command.
    pub fn answered(&self, answer: &Answer) {
        let labels = match answer {
            Answer::Accepted(accepted) if accepted.replayed => ["replayed", ""],
            Answer::Accepted(_) => ["accepted", ""],
            Answer::Refused(refused) => ["refused", refused.refusal.code.as_str()],
        };
        self.commands.with_label_values(&labels).inc();
    }

    /// How many commands were accepted.
    #[cfg(test)]
    pub fn accepted(&self) -> u64 {
        self.commands.with_label_values(&["accepted", ""]).get()
    }

    /// Counts a command that was not handed in: it made no sense, or something failed before.
    pub fn unanswered(&self, problem: &Problem) {
        let outcome = match problem.status().as_u16() {
            401 | 403 => "denied",
            429 | 503 => "shed",
            500.. => "failed",
            _ => "malformed",
        };
        self.commands
            .with_label_values(&[outcome, problem.code()])
            .inc();
    }

    /// Counts a command that was handed in and that the engine failed to answer.
    pub fn failed(&self, problem: &Problem) {
        self.commands
            .with_label_values(&["failed", problem.code()])
            .inc();
    }

    /// Counts a request that the caller was not allowed.
    pub fn denied(&self, code: &str) {
        self.denials.with_label_values(&[code]).inc();
    }

    /// Counts a request that was answered.
    pub fn requested(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[method, route, &status.to_string()])
            .inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// Notes where the log ends now, and how far behind it the read store is.
    pub fn note_position(&self, engine: &Engine) {
        let position = engine.last_position();
        let applied = position.saturating_sub(engine.effort().lag);
        let progress = engine.projection_progress();
        let slowest = progress
            .iter()
            .map(|one| one.position)
            .fold(applied, u64::min);
        let now = Instant::now();
        let mut ends = self.ends.lock();
        ends.note(position, slowest, now);
        self.lag_seconds.set(ends.lag(applied, now).as_secs_f64());
    }

    /// How long the log has gone on behind a position, in seconds.
    fn lag_seconds(&self, position: u64) -> f64 {
        self.ends.lock().lag(position, Instant::now()).as_secs_f64()
    }
}

fn kept<C: Collector + Clone + 'static>(
    registry: &Registry,
    figure: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(figure.clone()))?;
    Ok(figure)
}

/// `GET /metrics`
pub async fn metrics(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    expect_sight_of_everything(&caller)?;
    let metrics = &service.metrics;
    let limit = service.configuration.limits.commands_waiting;
    let waiting = limit.saturating_sub(service.commands.available_permits());
    metrics
        .commands_waiting
        .set(i64::try_from(waiting).unwrap_or(i64::MAX));
    count_open_clocks(&service).await?;
    let mut families = metrics.registry.gather();
    let lag_seconds = |position| metrics.lag_seconds(position);
    families.extend(engine_figures(&service.engine, lag_seconds));
    let shown = TextEncoder::new()
        .encode_to_string(&families)
        .map_err(|_| Problem::of(&codes::INTERNAL))?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], shown).into_response())
}

async fn count_open_clocks(service: &Arc<Service>) -> Result<(), Problem> {
    {
        let mut counted = service.metrics.open_clocks_counted.lock();
        if counted.is_some_and(|at| at.elapsed() < OPEN_CLOCKS_KEPT) {
            return Ok(());
        }
        *counted = Some(Instant::now());
    }
    let counts = ask(service, |engine| {
        let items = engine.queue(None, QueueView::All, None, Look::default())?;
        let mut counts: BTreeMap<(&'static str, &'static str), i64> = BTreeMap::new();
        for clock in items.value.iter().flat_map(|item| &item.clocks) {
            let labels = (clock.kind.as_str(), clock.reading.status.as_str());
            *counts.entry(labels).or_default() += 1;
        }
        Ok(counts)
    })
    .await?;
    let open_clocks = &service.metrics.open_clocks;
    open_clocks.reset();
    for ((clock, status), count) in counts {
        open_clocks.with_label_values(&[clock, status]).set(count);
    }
    Ok(())
}
