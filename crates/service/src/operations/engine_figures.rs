//! What the engine counts, read when somebody asks for it.

use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};
use redress_engine::{Engine, ProjectionProgress, Spread};

/// Every figure of the engine. `lag_seconds` says how long the log has gone on behind a position.
pub fn engine_figures(engine: &Engine, lag_seconds: impl Fn(u64) -> f64) -> Vec<MetricFamily> {
    let effort = engine.effort();
    let spreads = engine.spreads();
    let mut figures = vec![
        gauge(
            "redress_position",
            "The last position of the log that is durable",
            vec![(Vec::new(), engine.last_position() as f64)],
        ),
        gauge(
            "redress_read_store_lag_events",
            "Durable events that the read store does not have yet",
            vec![(Vec::new(), effort.lag as f64)],
        ),
        counter(
            "redress_decided_total",
            "Commands and lapses of time that were decided on",
            effort.decided as f64,
        ),
        counter(
            "redress_deciding_seconds_total",
            "How long the writer was at deciding",
            effort.deciding.as_secs_f64(),
        ),
        counter(
            "redress_read_store_seconds_total",
            "How long the read store took to apply batches",
            effort.read_store.as_secs_f64(),
        ),
        histogram(
            "redress_group_commits",
            "Commits that one sync made durable",
            &spreads.group_commits,
            1.0,
        ),
        histogram(
            "redress_sync_duration_seconds",
            "How long the journal took to write and sync a group",
            &spreads.sync_us,
            1e6,
        ),
        histogram(
            "redress_deadline_lateness_seconds",
            "How long after its instant a deadline was observed",
            &spreads.deadline_late_ms,
            1e3,
        ),
    ];
    figures.extend(projections(
        engine.last_position(),
        &engine.projection_progress(),
        &lag_seconds,
    ));
    figures
}

/// A figure of a projection.
type Figure<'a> = &'a dyn Fn(&ProjectionProgress) -> f64;

fn projections(
    last: u64,
    progress: &[ProjectionProgress],
    lag_seconds: &dyn Fn(u64) -> f64,
) -> Vec<MetricFamily> {
    let figures: [(&str, &str, Figure<'_>); 4] = [
        (
            "redress_projection_position",
            "The last position that a projection has folded",
            &|one| one.position as f64,
        ),
        (
            "redress_projection_lag_events",
            "Durable events that a projection has not folded",
            &|one| last.saturating_sub(one.position) as f64,
        ),
        (
            "redress_projection_lag_seconds",
            "How long ago the first event became durable that a projection has not folded, at the \
             most since the service was started",
            &|one| lag_seconds(one.position),
        ),
        (
            "redress_projection_live",
            "Whether a projection follows the log: 1, or 0 while it is built or faulted",
            &|one| f64::from(u8::from(one.is_live)),
        ),
    ];
    figures
        .into_iter()
        .map(|(name, help, figure)| {
            let values = progress
                .iter()
                .map(|one| (vec![label(one.name)], figure(one)))
                .collect();
            gauge(name, help, values)
        })
        .collect()
}

fn label(projection: &str) -> LabelPair {
    let mut label = LabelPair::default();
    label.set_name("projection".to_owned());
    label.set_value(projection.to_owned());
    label
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn gauge(name: &str, help: &str, values: Vec<(Vec<LabelPair>, f64)>) -> MetricFamily {
    let metrics = values
        .into_iter()
        .map(|(labels, value)| {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            let mut metric = Metric::default();
            metric.set_label(labels);
            metric.set_gauge(gauge);
            metric
        })
        .collect();
    family(name, help, MetricType::GAUGE, metrics)
}

fn counter(name: &str, help: &str, value: f64) -> MetricFamily {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut metric = Metric::default();
    metric.set_counter(counter);
    family(name, help, MetricType::COUNTER, vec![metric])
}

/// A spread as a histogram; its values are divided by `per_unit`.
fn histogram(name: &str, help: &str, spread: &Spread, per_unit: f64) -> MetricFamily {
    let mut below = 0;
    let buckets = spread
        .counted()
        .filter_map(|(bound, count)| {
            below += count;
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(bound? as f64 / per_unit);
            bucket.set_cumulative_count(below);
            Some(bucket)
        })
        .collect();
    let mut histogram = Histogram::default();
    histogram.set_bucket(buckets);
    histogram.set_sample_count(spread.count());
    histogram.set_sample_sum(spread.sum() as f64 / per_unit);
    let mut metric = Metric::default();
    metric.set_histogram(histogram);
    family(name, help, MetricType::HISTOGRAM, vec![metric])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_projection_has_its_position_and_its_lag_in_events_and_in_seconds() {
        let one = |name, position, is_live| ProjectionProgress {
            name,
            position,
            is_live,
        };
        let progress = [one("cases", 9, true), one("standing", 4, false)];
        let lag_seconds = |position: u64| (9 - position) as f64 / 2.0;
        let families = projections(9, &progress, &lag_seconds);
        let text = prometheus::TextEncoder::new()
            .encode_to_string(&families)
            .unwrap();
        for line in [
            "redress_projection_position{projection=\"standing\"} 4",
            "redress_projection_lag_events{projection=\"standing\"} 5",
            "redress_projection_lag_seconds{projection=\"standing\"} 2.5",
            "redress_projection_lag_seconds{projection=\"cases\"} 0",
            "redress_projection_live{projection=\"standing\"} 0",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
    }
}
