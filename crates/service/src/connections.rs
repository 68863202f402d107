//! The connections that the service holds: only so many at a time, each with a time to begin, and
//! each ended with what is under way on it when the service stops.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Extension};
use axum::http::{Request, Response};
use axum_server::accept::Accept;
use axum_server::service::SendService;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use prometheus::IntGauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Layer, ServiceExt};

use crate::configuration::Limits;
use crate::cut::{StreamExecutor, cuttable};
use crate::operations::metrics::Metrics;

/// The least buffer that the connection can read into.
const HEADER_BYTES_MIN: usize = 8 * 1024;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);
/// How long it may take to answer that.
const KEEP_ALIVE_WAIT: Duration = Duration::from_secs(20);
/// How long it is waited after a connection could not be taken: nothing gets better sooner.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// The connections.
pub struct Connections {
    builder: Builder<StreamExecutor>,
    /// Connections that may still be taken.
    places: Arc<Semaphore>,
    /// How long the head of a first request may take.
    header_wait: Duration,
    /// How long what is under way may go on after a stop.
    stop_wait: Duration,
    open: IntGauge,
    /// Told when nothing new is taken.
    stopping: CancellationToken,
    /// Told when what is still under way is broken off.
    over: CancellationToken,
    tasks: TaskTracker,
}

impl Connections {
    /// None yet; `stopping` tells when no more are taken.
    ///
    /// # Errors
    /// When there is a figure of the same name.
    pub fn new(
        limits: &Limits,
        metrics: &Metrics,
        stopping: CancellationToken,
    ) -> Result<Self, prometheus::Error> {
        let open = IntGauge::new("connections", "Connections that are open")?;
        let connections = limits.connections.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            builder: builder(limits),
            places: Arc::new(Semaphore::new(connections)),
            header_wait: Duration::from_millis(limits.header_ms),
            stop_wait: Duration::from_millis(limits.stop_ms),
            open: metrics.add(open)?,
            stopping,
            over: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Answers those who connect, until the service stops and what was under way is answered.
    ///
    /// Where as many are there as may be, the next waits in the queue of the socket until one goes.
    pub async fn answer<A>(self: Arc<Self>, listener: TcpListener, acceptor: A, routes: Router)
    where
        A: Accept<TcpStream, Router> + Clone + Send + Sync + 'static,
        A::Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A::Service: SendService<Request<Incoming>> + Send,
        A::Future: Send,
    {
        while let Some((stream, address, place)) = self.next(&listener).await {
            let (all, acceptor) = (Arc::clone(&self), acceptor.clone());
            let routes = routes.clone();
            self.tasks.spawn(async move {
                all.open.inc();
                all.hold(stream, address, acceptor, routes).await;
                all.open.dec();
                drop(place);
            });
        }
        // Whoever comes now is refused at once.
        drop(listener);
        self.tasks.close();
        let answered = timeout(self.stop_wait, self.tasks.wait()).await;
        if answered.is_err() {
            self.over.cancel();
            self.tasks.wait().await;
        }
    }

    /// The next connection, when there is room for one; `None` when the service stops.
    async fn next(
        &self,
        listener: &TcpListener,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        if self.places.available_permits() == 0 {
            tracing::warn!("as many connections are open as may be; others wait");
        }
        let taken = async {
            let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
            let (stream, address) = accepted(listener).await;
            Some((stream, address, place))
        };
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => None,
            taken = taken => taken,
        }
    }

    /// Holds a connection until it ends.
    async fn hold<A>(&self, stream: TcpStream, address: SocketAddr, acceptor: A, routes: Router)
    where
        A: Accept<TcpStream, Router>,
        A::Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A::Service: SendService<Request<Incoming>>,
    {
        let accepted = tokio::select! {
            biased;
            () = self.stopping.cancelled() => return,
            accepted = acceptor.accept(stream, routes) => accepted,
        };
        // Whoever cannot agree on TLS is told so by TLS itself.
        let Ok((stream, service)) = accepted else {
            return;
        };
        let begun = CancellationToken::new();
        let notice = begun.clone();
        let service = service.into_service().map_request(move |request| {
            notice.cancel();
            request
        });
        let service = Extension(ConnectInfo(address)).layer(service);
        let service = TowerToHyperService::new(service);
        cuttable(self.serve(TokioIo::new(stream), service, begun)).await;
    }

    /// Answers requests until the connection ends, or no first one comes in time.
    async fn serve<I, S, B>(&self, stream: I, service: S, begun: CancellationToken)
    where
        I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
        S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        B: hyper::body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut connection = pin!(self.builder.serve_connection(stream, service));
        let in_time = timeout(self.header_wait, begun.cancelled());
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => {}
            begun = in_time => if begun.is_err() {
                return;
            },
            _ = &mut connection => return,
        }
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => {}
            _ = &mut connection => return,
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            () = self.over.cancelled() => {}
            _ = &mut connection => {}
        }
    }
}

/// The next connection; what fails does so for the one who connects, or until something is freed.
async fn accepted(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }
}

/// What one connection may ask for.
fn builder(limits: &Limits) -> Builder<StreamExecutor> {
    let mut builder = Builder::new(StreamExecutor);
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
    builder
}
