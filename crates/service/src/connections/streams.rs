//! The streams of one HTTP/2 connection: each can be cut off, and a connection that has had none for
//! long is idle.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::cut::{cuttable, stood_still};

/// The streams that are under way on a connection.
#[derive(Debug, Default)]
pub struct Streams(Mutex<UnderWay>);

#[derive(Debug, Default)]
struct UnderWay {
    count: usize,
    /// When the last one ended; `None` while there are some, before the first, and so for HTTP/1,
    /// whose connections are idle while they wait for a head.
    idle_since: Option<Instant>,
}

impl Streams {
    /// Waits until there has been none for as long as `patience`.
    pub async fn idle(&self, patience: Duration) {
        stood_still(|| self.0.lock().idle_since, patience).await;
    }
}

/// A stream that is under way, until it is dropped.
struct Stream(Arc<Streams>);

impl Stream {
    fn begin(streams: &Arc<Streams>) -> Self {
        let mut under_way = streams.0.lock();
        under_way.count += 1;
        under_way.idle_since = None;
        Self(Arc::clone(streams))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut under_way = self.0.0.lock();
        under_way.count = under_way.count.saturating_sub(1);
        if under_way.count == 0 {
            under_way.idle_since = Some(Instant::now());
        }
    }
}

/// Runs each stream of a connection so that it is counted and can be cut off.
#[derive(Clone, Debug)]
pub struct StreamExecutor {
    /// Where they are counted.
    pub streams: Arc<Streams>,
    /// How long a caller may take nothing.
    pub patience: Duration,
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, answering: F) {
        let stream = Stream::begin(&self.streams);
        let patience = self.patience;
        tokio::spawn(async move {
            let _stream = stream;
            cuttable(answering, patience).await;
        });
    }
}
