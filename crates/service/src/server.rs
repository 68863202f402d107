//! Answering on a socket until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;

use crate::configuration::Limits;
use crate::entrance::Entrance;
use crate::router::router;
use crate::service::Service;
use crate::{clock, notices, tls, webhooks};

/// The least buffer that the connection can read into.
const HEADER_BYTES_MIN: usize = 8 * 1024;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);
/// How long it may take to answer that.
const KEEP_ALIVE_WAIT: Duration = Duration::from_secs(20);

/// Why the service could not begin to answer, or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The engine failed while deadlines were caught up with.
    #[error(transparent)]
    Engine(#[from] redress_engine::EngineError),
    /// The socket broke.
    #[error("the socket broke: {0}")]
    Socket(#[from] io::Error),
}

/// A service that answers.
pub struct Serving {
    /// Where it answers.
    pub address: SocketAddr,
    /// `https`, or `http`.
    pub scheme: &'static str,
    /// Whether every caller is the development admin, as nobody is configured.
    pub is_development: bool,
    handle: Handle<SocketAddr>,
    service: Arc<Service>,
    answering: tokio::task::JoinHandle<io::Result<()>>,
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
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?.handle(handle.clone());
    let limits = &service.configuration.limits;
    let header_wait = Duration::from_millis(limits.header_ms);
    limit(server.http_builder(), limits);
    server = server.first_request_timeout(header_wait);
    let routes = router(&service).into_make_service_with_connect_info::<SocketAddr>();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let answering = match tls {
        Some(tls) => {
            tokio::spawn(renew(Arc::clone(&service), tls.clone()));
            let acceptor = RustlsAcceptor::new(tls).handshake_timeout(header_wait);
            tokio::spawn(server.acceptor(acceptor).serve(routes))
        }
        None => tokio::spawn(server.serve(routes)),
    };
    clock::catch_up(&service).await?;
    let clock = tokio::spawn(clock::run(Arc::clone(&service)));
    let webhooks = tokio::spawn(webhooks::run(Arc::clone(&service)));
    let notices = tokio::spawn(notices::run(Arc::clone(&service)));
    Ok(Serving {
        address,
        scheme,
        is_development: !service.identities.are_configured(),
        handle,
        service,
        answering,
        clock,
        webhooks,
        notices,
    })
}

/// Sets what one connection may ask for.
fn limit(builder: &mut Builder<TokioExecutor>, limits: &Limits) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_ms))
        .max_buf_size(limits.header_bytes.max(HEADER_BYTES_MIN));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.requests_per_connection)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(KEEP_ALIVE_EVERY)
        .keep_alive_timeout(KEEP_ALIVE_WAIT);
}

/// Takes up a certificate that was renewed, until the service stops.
async fn renew(service: Arc<Service>, tls: RustlsConfig) {
    let Some(settings) = &service.configuration.tls else {
        return;
    };
    let mut known = tls::stamps(settings);
    loop {
        tokio::select! {
            () = service.stopping.cancelled() => return,
            () = tokio::time::sleep(tls::LOOKED_FOR_EVERY) => {}
        }
        let now = tls::stamps(settings);
        if now == known {
            continue;
        }
        match tls::server_configuration(settings) {
            Ok(renewed) => {
                // Where it cannot be read, the next look tries again: what stood in the way may
                // leave no trace in the files.
                known = now;
                tls.reload_from_config(renewed);
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
        let patience = Duration::from_millis(self.service.configuration.limits.stop_ms);
        self.handle.graceful_shutdown(Some(patience));
        let answered = self.answering.await.unwrap_or(Ok(()));
        // A clock that fails has logged it; there is nothing left to stop.
        let _ = self.clock.await;
        let _ = self.webhooks.await;
        let _ = self.notices.await;
        Ok(answered?)
    }
}
