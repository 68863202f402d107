//! Answering on a socket until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::net::TcpListener;

use crate::connections::Connections;
use crate::entrance::{Entrance, EntranceTls};
use crate::router::router;
use crate::service::Service;
use crate::{clock, notices, tls, webhooks};

/// Why the service could not begin to answer, or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The engine failed while deadlines were caught up with.
    #[error(transparent)]
    Engine(#[from] redress_engine::EngineError),
    /// The socket broke.
    #[error("the socket broke: {0}")]
    Socket(io::Error),
    /// Two figures have one name.
    #[error("the figures cannot be counted: {0}")]
    Figures(#[from] prometheus::Error),
}

/// A service that answers.
pub struct Serving {
    /// Where it answers.
    pub address: SocketAddr,
    /// `https`, or `http`.
    pub scheme: &'static str,
    /// Whether every caller is the development admin, as nobody is configured.
    pub is_development: bool,
    service: Arc<Service>,
    answering: tokio::task::JoinHandle<()>,
    clock: tokio::task::JoinHandle<()>,
    webhooks: tokio::task::JoinHandle<()>,
    notices: tokio::task::JoinHandle<()>,
}

/// Begins to answer at an entrance that was opened under the service's settings.
///
/// # Errors
/// When the socket cannot be used, or missed deadlines cannot be observed.
pub async fn serve(service: Arc<Service>, entrance: Entrance) -> Result<Serving, ServeError> {
    let Entrance {
        listener,
        address,
        tls,
    } = entrance;
    let listener = TcpListener::from_std(listener).map_err(ServeError::Socket)?;
    let stopping = service.stopping.clone();
    let connections = Arc::new(Connections::new(
        &service.configuration,
        &service.metrics,
        stopping,
    )?);
    let routes = router(&service);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let answering = match tls {
        Some(tls) => {
            let patience = Duration::from_millis(service.configuration.limits.header_ms);
            let acceptor = RustlsAcceptor::new(tls.offered.clone()).handshake_timeout(patience);
            tokio::spawn(renew(Arc::clone(&service), tls));
            tokio::spawn(connections.answer(listener, acceptor, routes))
        }
        None => tokio::spawn(connections.answer(listener, DefaultAcceptor::new(), routes)),
    };
    clock::catch_up(&service).await?;
    let clock = tokio::spawn(clock::run(Arc::clone(&service)));
    let webhooks = tokio::spawn(webhooks::run(Arc::clone(&service)));
    let notices = tokio::spawn(notices::run(Arc::clone(&service)));
    Ok(Serving {
        address,
        scheme,
        is_development: !service.identities.are_configured(),
        service,
        answering,
        clock,
        webhooks,
        notices,
    })
}

/// Takes up a certificate that was renewed, until the service stops.
async fn renew(service: Arc<Service>, tls: EntranceTls) {
    let Some(settings) = &service.configuration.tls else {
        return;
    };
    let EntranceTls {
        offered,
        mut stamps,
    } = tls;
    loop {
        tokio::select! {
            () = service.stopping.cancelled() => return,
            () = tokio::time::sleep(tls::LOOKED_FOR_EVERY) => {}
        }
        let now = tls::stamps(settings);
        if now == stamps {
            continue;
        }
        match tls::server_configuration(settings) {
            Ok(renewed) => {
                // Where it cannot be read, the next look tries again: what stood in the way may
                // leave no trace in the files.
                stamps = now;
                offered.reload_from_config(renewed);
                tracing::info!("the certificate was renewed");
            }
            Err(error) => tracing::error!(%error, "the certificate stays as it was"),
        }
    }
}

impl Serving {
    /// Stops: nothing new is taken, what is under way is answered, then the sockets are closed.
    ///
    /// # Errors
    /// When the socket had broken before.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.service.stopping.cancel();
        let answered = self.answering.await;
        // A clock that fails has logged it; there is nothing left to stop.
        let _ = self.clock.await;
        let _ = self.webhooks.await;
        let _ = self.notices.await;
        answered.map_err(|error| ServeError::Socket(io::Error::other(error)))
    }
}
