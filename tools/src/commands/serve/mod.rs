//! `redress serve`: the service, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use redress_service::{Configuration, Entrance, Service, serve};
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::telemetry;
use crate::terminal;

/// From what level on the service tells.
const LEVEL: &str = "warn,redress_service=info";

/// Where to answer, and under what settings.
#[derive(Args)]
#[command(after_help = "\
Settings come from the file, and over it from the environment: REDRESS_SERVE_LISTEN, \
REDRESS_SERVE_LIMITS__BODY_BYTES. SIGTERM and SIGINT end it when what is under way is answered.")]
pub struct Arguments {
    /// The address to answer on; by default that of the configuration, 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The file with the settings, TOML.
    #[arg(long, value_name = "FILE", env = "REDRESS_CONFIG")]
    config: Option<PathBuf>,
    /// Answers any address in the clear: whoever is on the way reads and changes everything, tokens
    /// and keys too.
    #[arg(long)]
    dangerously_without_tls: bool,
    /// Answers any address while no identity is configured: whoever reaches it is an admin.
    #[arg(long)]
    dangerously_without_identities: bool,
    /// Prints every setting as it would be used, without secrets, and ends.
    #[arg(long)]
    print_config: bool,
}

/// Answers until it is told to stop.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let usage = |error: redress_service::ConfigurationError| Failure::Usage(error.to_string());
    let mut configuration = Configuration::read(arguments.config.as_deref()).map_err(usage)?;
    if let Some(listen) = arguments.listen {
        configuration.listen = listen;
    }
    configuration.dangerously_without_tls |= arguments.dangerously_without_tls;
    configuration.dangerously_without_identities |= arguments.dangerously_without_identities;
    configuration.directory = Some(store.data.clone());
    if arguments.print_config {
        terminal::write(&configuration.shown().map_err(usage)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let _telling = telemetry::begin(&configuration.telemetry, LEVEL)?;
    let entrance =
        Entrance::open(&configuration).map_err(|error| Failure::Failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::file("the runtime"))?;
    let engine = Arc::new(store.open()?);
    let service = Service::new(Arc::clone(&engine), configuration)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let ended = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(Failure::file("signals"))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::file("signals"))?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(Failure::file("signals"))?;
        let failed = |error: redress_service::ServeError| Failure::Failed(error.to_string());
        let serving = serve(service, entrance).await.map_err(failed)?;
        if serving.is_development {
            eprintln!(
                "redress: no identity is configured: every caller is a development admin who may \
                 act as anyone, also through a proxy that does not announce itself; make a key with \
                 `redress key create`"
            );
        }
        eprintln!(
            "redress: answering on {}://{} from {}",
            serving.scheme,
            serving.address,
            store.data.display()
        );
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hang_up.recv() => eprintln!(
                    "redress: keys and certificates are looked at again whenever their files \
                     change; other settings are read when the service starts"
                ),
            }
        }
        eprintln!("redress: stopping; what is under way is answered first");
        serving.stop().await.map_err(failed)
    });
    // Requests that were cut off may still hold the engine for a moment.
    drop(runtime);
    drop(engine);
    ended.map(|()| ExitCode::SUCCESS)
}
