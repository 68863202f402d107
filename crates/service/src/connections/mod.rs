//! The connections that the service holds: only so many at a time, of one address and of all, each
//! with a time to begin and a time to be idle, and each ended with what is under way on it when the
//! service stops.

mod streams;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
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
use parking_lot::Mutex;
use prometheus::IntGauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Layer, ServiceExt};

use crate::configuration::Configuration;
use crate::cut::cuttable;
use crate::operations::metrics::Metrics;
use crate::shares::{Share, Shares};
use streams::{StreamExecutor, Streams};

/// The least buffer that the connection can read into.
const HEADER_BYTES_MIN: usize = 8 * 1024;
/// How often a silent HTTP/2 connection is asked whether it is still there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);
/// How long it may take to answer that.
const KEEP_ALIVE_WAIT: Duration = Duration::from_secs(20);
/// How long it is waited after a connection could not be taken: nothing gets better sooner.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(50);
/// How often it is told at the most that no more connections are taken.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// What of an IPv6 address is one holder's: whoever has one has the 2⁶⁴ beside it.
const NETWORK_OF_ONE: u128 = u128::MAX << 64;

/// The connections.
pub struct Connections {
    /// Connections that may still be taken.
    places: Arc<Semaphore>,
    is_full: Seldom,
    /// Those that each address holds.
    shares: Shares<IpAddr>,
    is_share_used: Seldom,
    /// The longest head of a request, in bytes.
    header_bytes: usize,
    /// Streams of one connection that may be under way at a time.
    streams_max: u32,
    /// How long the head of a first request may take.
    header_wait: Duration,
    /// How long a connection of HTTP/2 may have nothing under way.
    idle_wait: Duration,
    /// How long whoever is answered may take nothing.
    patience: Duration,
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
        configuration: &Configuration,
        metrics: &Metrics,
        stopping: CancellationToken,
    ) -> Result<Self, prometheus::Error> {
        let open = IntGauge::new("connections", "Connections that are open")?;
        let limits = &configuration.limits;
        let each = match limits.connections_per_address {
            0 => usize::MAX,
            each => each,
        };
        let connections = limits.connections.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            places: Arc::new(Semaphore::new(connections)),
            is_full: Seldom::default(),
            shares: Shares::new(each),
            is_share_used: Seldom::default(),
            header_bytes: limits.header_bytes,
            streams_max: limits.requests_per_connection,
            header_wait: Duration::from_millis(limits.header_ms),
            idle_wait: Duration::from_millis(limits.idle_ms),
            patience: configuration.events.patience(),
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
    /// One of an address that holds as many as it may is closed at once.
    pub async fn answer<A>(self: Arc<Self>, listener: TcpListener, acceptor: A, routes: Router)
    where
        A: Accept<TcpStream, Router> + Clone + Send + Sync + 'static,
        A::Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        A::Service: SendService<Request<Incoming>> + Send,
        A::Future: Send,
    {
        while let Some((stream, address, open)) = self.next(&listener).await {
            let (all, acceptor) = (Arc::clone(&self), acceptor.clone());
            let routes = routes.clone();
            self.tasks.spawn(async move {
                let _open = open;
                all.hold(stream, address, acceptor, routes).await;
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
    async fn next(&self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, Open)> {
        let taken = async {
            loop {
                if self.places.available_permits() == 0 && self.is_full.is_due() {
                    tracing::warn!("as many connections are open as may be; others wait");
                }
                let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
                let (stream, address) = accepted(listener).await;
                match self.shares.take(holder(address.ip())) {
                    Some(share) => {
                        return Some((stream, address, Open::of(place, share, &self.open)));
                    }
                    None if self.is_share_used.is_due() => tracing::warn!(
                        %address,
                        "an address holds as many connections as it may; its others are closed"
                    ),
                    None => {}
                }
            }
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
        let serving = self.serve(TokioIo::new(stream), service, begun);
        cuttable(serving, self.patience).await;
    }

    /// Answers requests until the connection ends, or no first one or no further one comes in time.
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
        let streams = Arc::new(Streams::default());
        let builder = self.builder(&streams);
        let mut connection = pin!(builder.serve_connection(stream, service));
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
            () = streams.idle(self.idle_wait) => {}
        }
        connection.as_mut().graceful_shutdown();
        // Whoever does not answer that goodbye is not waited for either.
        let idle_again = async {
            sleep(self.idle_wait).await;
            streams.idle(self.idle_wait).await;
        };
        tokio::select! {
            biased;
            () = self.over.cancelled() => {}
            _ = &mut connection => {}
            () = idle_again => {}
        }
    }

    /// What one connection may ask for.
    fn builder(&self, streams: &Arc<Streams>) -> Builder<StreamExecutor> {
        let mut builder = Builder::new(StreamExecutor {
            streams: Arc::clone(streams),
            patience: self.patience,
        });
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_wait)
            .max_buf_size(self.header_bytes.max(HEADER_BYTES_MIN));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(self.streams_max)
            .max_header_list_size(u32::try_from(self.header_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(KEEP_ALIVE_EVERY)
            .keep_alive_timeout(KEEP_ALIVE_WAIT);
        builder
    }
}

/// An open connection: its places, and its share of the figure, until it is dropped.
struct Open {
    figure: IntGauge,
    _places: (OwnedSemaphorePermit, Share<IpAddr>),
}

impl Open {
    fn of(place: OwnedSemaphorePermit, share: Share<IpAddr>, figure: &IntGauge) -> Self {
        figure.inc();
        Self {
            figure: figure.clone(),
            _places: (place, share),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.figure.dec();
    }
}

/// Something that is told once, and again at the most every [`TOLD_EVERY`].
#[derive(Debug, Default)]
struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Whether it is told now.
    fn is_due(&self) -> bool {
        let mut told_at = self.0.lock();
        let is_due = told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY);
        if is_due {
            *told_at = Some(Instant::now());
        }
        is_due
    }
}

/// Whose share a connection from an address is.
fn holder(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK_OF_ONE).into(),
        address @ IpAddr::V4(_) => address,
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Open, Seldom, holder};
    use crate::shares::Shares;

    #[test]
    fn whoever_has_a_network_has_one_share() {
        for (address, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(holder(address).to_string(), expected);
        }
    }

    #[tokio::test]
    async fn a_connection_whose_task_breaks_off_is_counted_no_more() {
        let figure = prometheus::IntGauge::new("connections", "open").unwrap();
        let places = std::sync::Arc::new(tokio::sync::Semaphore::new(1));
        let place = places.clone().acquire_owned().await.unwrap();
        let share = Shares::new(1).take(holder([127, 0, 0, 1].into())).unwrap();
        let open = Open::of(place, share, &figure);
        assert_eq!(figure.get(), 1);
        let broken = tokio::spawn(async move {
            let _open = open;
            panic!("broken off");
        });
        assert!(broken.await.is_err());
        assert_eq!(figure.get(), 0);
        assert_eq!(places.available_permits(), 1);
    }

    #[test]
    fn what_goes_on_is_told_once() {
        let full = Seldom::default();
        assert_eq!([(); 3].map(|()| full.is_due()), [true, false, false]);
    }
}
