//! What is told while the program runs: log lines on standard error, and spans to a collector on
//! request.

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use redress_service::{Logs, TelemetrySettings};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use crate::failure::Failure;
use crate::terminal;

/// The name of the program at the collector.
const SERVICE_NAME: &str = "redress";

/// What is told, until this is dropped: then spans that wait are sent.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take()
            && let Err(error) = provider.shutdown()
        {
            eprintln!("redress: the last spans could not be sent: {error}");
        }
    }
}

/// Begins to tell, from a level on that `REDRESS_LOG` may change.
///
/// # Errors
/// When the collector's address makes no sense.
pub fn begin(settings: &TelemetrySettings, level: &str) -> Result<Telemetry, Failure> {
    let filter = EnvFilter::try_from_env("REDRESS_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.logs {
        Logs::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
        Logs::Text => lines
            .with_ansi(std::io::stderr().is_terminal() && terminal::errors_are_coloured())
            .with_filter(filter)
            .boxed(),
    };
    let provider = settings
        .otlp_endpoint
        .as_deref()
        .map(collector)
        .transpose()?;
    let spans = provider.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(SERVICE_NAME))
            .with_filter(EnvFilter::new("info"))
    });
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .init();
    Ok(Telemetry { provider })
}

/// Sends spans to a collector over HTTP, in batches, by a thread of its own.
fn collector(endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    // It may be there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .map_err(|error| Failure::Usage(format!("telemetry.otlp_endpoint: {error}")))?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(SERVICE_NAME).build())
        .build())
}
