//! Breaking off what goes to one caller: of HTTP/2 one stream, of HTTP/1 the connection.
//!
//! A body that nobody takes is not asked for more, so that it cannot end itself; and no stream of
//! HTTP/2 is given up while its connection lives. Each runs in a task of its own, which can be ended
//! from outside: what it held is let go, and the caller is told with a reset.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use hyper::rt::Executor;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// Cuts off whoever is answered by the task.
    static CUT: CancellationToken;
}

/// Answers somebody until that has come to its end, or they are cut off.
pub async fn cuttable<F: Future>(answering: F) {
    let cut = CancellationToken::new();
    let is_cut = cut.clone();
    let until_cut = async move {
        tokio::select! {
            biased;
            () = is_cut.cancelled() => {}
            _ = answering => {}
        }
    };
    CUT.scope(cut, until_cut).await;
}

/// Runs each stream of HTTP/2 so that it can be cut off.
#[derive(Clone, Copy, Debug)]
pub struct StreamExecutor;

impl<F> Executor<F> for StreamExecutor
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        tokio::spawn(cuttable(stream));
    }
}

/// A body of pieces. A caller who takes nothing of it for as long as `patience` is cut off.
pub fn body_of<S>(pieces: S, patience: Duration) -> Body
where
    S: Stream<Item = Bytes> + Send + 'static,
{
    let handed_out_at: Arc<Mutex<Option<Instant>>> = Arc::default();
    let ended = CancellationToken::new();
    // Without a socket there is nobody to cut off.
    if let Ok(cut) = CUT.try_with(Clone::clone) {
        tokio::spawn(watch(
            Arc::clone(&handed_out_at),
            patience,
            cut,
            ended.clone(),
        ));
    }
    let ended = ended.drop_guard();
    let mut pieces = Box::pin(pieces);
    Body::from_stream(stream::poll_fn(move |context| {
        // Whoever is ready for the next piece has taken the one before.
        let _guard = &ended;
        let piece = pieces.poll_next_unpin(context);
        *handed_out_at.lock() = piece.is_ready().then(Instant::now);
        piece.map(|piece| piece.map(Ok::<Bytes, std::convert::Infallible>))
    }))
}

/// Cuts off whoever leaves a piece untaken for too long, unless the body ends before.
async fn watch(
    handed_out_at: Arc<Mutex<Option<Instant>>>,
    patience: Duration,
    cut: CancellationToken,
    ended: CancellationToken,
) {
    loop {
        let since = (*handed_out_at.lock()).unwrap_or_else(Instant::now);
        if since.elapsed() >= patience {
            tracing::info!("a caller who takes nothing any more is cut off");
            cut.cancel();
            return;
        }
        tokio::select! {
            () = ended.cancelled() => return,
            () = sleep_until(since + patience) => {}
        }
    }
}
