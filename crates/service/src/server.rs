//! Answering on a socket until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use rustix::net::sockopt;

use crate::{clock, webhooks};
use crate::router::router;
use crate::service::Service;

/// Why the service could not start, or broke off.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
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
    handle: Handle<SocketAddr>,
    service: Arc<Service>,
    answering: tokio::task::JoinHandle<io::Result<()>>,
    clock: tokio::task::JoinHandle<()>,
    webhooks: tokio::task::JoinHandle<()>,
}

/// Begins to answer.
///
/// # Errors
/// When the address cannot be taken, or missed deadlines cannot be observed.
pub async fn serve(service: Arc<Service>) -> Result<Serving, ServeError> {
    let wanted = service.configuration.listen;
    let listen = |source| ServeError::Listen {
        address: wanted,
        source,
    };
    let listener = std::net::TcpListener::bind(wanted).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    // Connections take this over: one whose other side takes nothing any more is given up, which
    // nothing above it would notice.
    let unread_ms = service
        .configuration
        .events
        .slow_reader_ms
        .saturating_mul(2);
    let unread_ms = u32::try_from(unread_ms).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(&listener, unread_ms).map_err(|error| listen(error.into()))?;
    let address = listener.local_addr().map_err(listen)?;
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)
        .map_err(listen)?
        .handle(handle.clone());
    let limits = &service.configuration.limits;
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.header_ms))
        .max_buf_size(64 * 1024);
    let routes = router(&service).into_make_service_with_connect_info::<SocketAddr>();
    let answering = tokio::spawn(server.serve(routes));
    clock::catch_up(&service).await?;
    let clock = tokio::spawn(clock::run(Arc::clone(&service)));
    let webhooks = tokio::spawn(webhooks::run(Arc::clone(&service)));
    Ok(Serving {
        address,
        handle,
        service,
        answering,
        clock,
        webhooks,
    })
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
        Ok(answered?)
    }
}
