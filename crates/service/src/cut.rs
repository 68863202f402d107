//! Breaking off what goes to one caller: of HTTP/2 one stream, of HTTP/1 the connection.
//!
//! A body that nobody takes is not asked for more, so that it cannot end itself; and no stream of
//! HTTP/2 is given up while its connection lives. Each is answered beside a watch that sees how long
//! a piece has been left untaken: what it held is let go, and the caller is told with a reset.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

/// The most that is handed out at once: whoever takes a long body slowly shows with each piece that
/// they are still there. What streams gather is less, so that none of it is torn.
const PIECE_BYTES: usize = 128 * 1024;

tokio::task_local! {
    /// What whoever is answered by the task has been handed.
    static HANDED: Arc<Handed>;
}

/// A piece of a body on its way: when it was handed out, if it has not been taken yet.
#[derive(Debug, Default)]
struct Handed(Mutex<Option<Instant>>);

/// Answers somebody until that has come to its end, or until they have taken nothing of it for as
/// long as `patience`.
pub async fn cuttable<F: Future>(answering: F, patience: Duration) {
    let handed = Arc::new(Handed::default());
    let watched = Arc::clone(&handed);
    let until_cut = async move {
        tokio::select! {
            biased;
            _ = answering => {}
            () = stood_still(|| *watched.0.lock(), patience) => {
                tracing::info!("a caller who takes nothing any more is cut off");
            }
        }
    };
    HANDED.scope(handed, until_cut).await;
}

/// Waits until something has stood still for as long as `patience`; `since` says from when on it
/// does, if it does.
pub async fn stood_still(since: impl Fn() -> Option<Instant>, patience: Duration) {
    loop {
        let since = since();
        if since.is_some_and(|since| since.elapsed() >= patience) {
            return;
        }
        sleep_until(since.unwrap_or_else(Instant::now) + patience).await;
    }
}

/// Has it seen whether the caller takes an answer. Without a socket there is nobody to cut off.
pub async fn watch(response: Response) -> Response {
    let Ok(handed) = HANDED.try_with(Arc::clone) else {
        return response;
    };
    response.map(|body| match body.is_end_stream() {
        true => body,
        false => Body::new(WatchedBody::of(body, handed)),
    })
}

/// A body that notes when a piece of it is handed out. Whoever is ready for the next piece has taken
/// the one before.
struct WatchedBody {
    body: Body,
    /// What the body has given that is not handed out yet.
    rest: Bytes,
    handed: Arc<Handed>,
}

impl WatchedBody {
    fn of(body: Body, handed: Arc<Handed>) -> Self {
        *handed.0.lock() = Some(Instant::now());
        Self {
            body,
            rest: Bytes::new(),
            handed,
        }
    }

    /// The next piece of what the body has given.
    fn piece(&mut self) -> Bytes {
        let whole = self.rest.len();
        let is_last = whole <= PIECE_BYTES && self.body.is_end_stream();
        // Nobody waits for the last piece to be taken. Its last byte waits for the others.
        let count = match is_last && whole > 1 {
            true => whole - 1,
            false => whole.min(PIECE_BYTES),
        };
        self.rest.split_to(count)
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let polled = match this.rest.is_empty() {
            true => Pin::new(&mut this.body).poll_frame(context),
            false => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.rest))))),
        };
        let polled = polled.map_ok(|frame| match frame.into_data() {
            Ok(data) => {
                this.rest = data;
                Frame::data(this.piece())
            }
            Err(other) => other,
        });
        *this.handed.0.lock() = matches!(polled, Poll::Ready(Some(_))).then(Instant::now);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(of_body.lower().saturating_add(rest));
        hint
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        *self.handed.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn a_body_is_handed_out_in_pieces_whose_last_is_one_byte() {
        for (bytes, expected) in [
            (1, vec![1]),
            (2, vec![1, 1]),
            (PIECE_BYTES, vec![PIECE_BYTES - 1, 1]),
            (PIECE_BYTES + 1, vec![PIECE_BYTES, 1]),
            (2 * PIECE_BYTES + 7, vec![PIECE_BYTES, PIECE_BYTES, 6, 1]),
        ] {
            let whole: Vec<u8> = (0..=u8::MAX).cycle().take(bytes).collect();
            let watched = || WatchedBody::of(Body::from(whole.clone()), Arc::default());
            let length = u64::try_from(bytes).unwrap();
            assert_eq!(watched().size_hint().exact(), Some(length));
            let pieces: Vec<usize> = Body::new(watched())
                .into_data_stream()
                .map(|piece| piece.unwrap().len())
                .collect()
                .await;
            assert_eq!(pieces, expected);
            let again = to_bytes(Body::new(watched()), usize::MAX).await.unwrap();
            assert_eq!(again, whole);
        }
    }

    #[tokio::test]
    async fn what_is_left_untaken_is_seen_until_the_body_is_gone() {
        let handed = Arc::new(Handed::default());
        let body = WatchedBody::of(Body::from("abc"), Arc::clone(&handed));
        assert!(handed.0.lock().is_some());
        let mut pieces = Body::new(body).into_data_stream();
        pieces.next().await.unwrap().unwrap();
        assert!(handed.0.lock().is_some());
        drop(pieces);
        assert_eq!(*handed.0.lock(), None);
    }
}
