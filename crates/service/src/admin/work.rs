//! Work that takes long: it runs on a thread of its own, one piece at a time, and is told line by
//! line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use redress_domain::refusal::Code;
use redress_engine::{Engine, EngineError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::commands::FEED;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// Lines that may wait for a caller who reads slowly; what is too much is left out.
const LINES_WAITING: usize = 16;

/// Reads the body of a request.
///
/// # Errors
/// `field_invalid`, with what is wrong.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::of_code(Code::FieldInvalid, error.to_string()))
}

/// Tells how far something has come.
pub struct Progress {
    lines: mpsc::Sender<Value>,
    told_at: Option<Instant>,
}

impl Progress {
    /// So much of so much; told only now and then.
    pub fn tell(&mut self, done: u64, of: u64) {
        if self.told_at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            return;
        }
        self.told_at = Some(Instant::now());
        // Whoever does not listen misses nothing that the end does not say.
        let _ = self
            .lines
            .try_send(json!({ "progress": { "done": done, "of": of } }));
    }
}

/// Does something, and answers with what comes of it. It is finished whether the caller waits for
/// it or not; only one such thing runs at a time.
pub fn answer(
    service: &Arc<Service>,
    work: impl FnOnce(&Engine, &mut Progress) -> Result<Value, EngineError> + Send + 'static,
) -> Result<Response, Problem> {
    let turn = Arc::clone(&service.admin_work)
        .try_acquire_owned()
        .map_err(|_| {
            Problem::of(&codes::OVERLOADED).because("other work of an admin is under way")
        })?;
    let (lines, told) = mpsc::channel(LINES_WAITING);
    // The last line has its place from the start: the turn of the next waits for no reader.
    let place_of_last = lines
        .clone()
        .try_reserve_owned()
        .map_err(|_| Problem::of(&codes::INTERNAL))?;
    let engine = Arc::clone(&service.engine);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut progress = Progress {
            lines,
            told_at: None,
        };
        let last = match work(&engine, &mut progress) {
            Ok(document) => json!({ "done": document }),
            Err(error) => json!({ "failed": Problem::of_admin_work(&error).document() }),
        };
        place_of_last.send(last);
    });
    // While there is no progress to tell, an empty line shows that somebody is there.
    let lines = stream::unfold(told, |mut told| async {
        let line = match tokio::time::timeout(10 * PROGRESS_EVERY, told.recv()).await {
            Ok(Some(line)) => format!("{line}\n"),
            Ok(None) => return None,
            Err(_) => "\n".to_owned(),
        };
        Some((
            Ok::<Bytes, std::convert::Infallible>(Bytes::from(line)),
            told,
        ))
    });
    let mut response = Response::new(Body::from_stream(lines));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(FEED));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Configuration;
    use crate::fixture::{service, text};

    #[tokio::test]
    async fn whoever_does_not_read_holds_up_no_other_work() {
        let service = service(Configuration::default());
        let tell_much = |_: &Engine, told: &mut Progress| {
            for done in 0..100 {
                told.told_at = None;
                told.tell(done, 100);
            }
            Ok(json!({ "position": 1 }))
        };
        let unread = answer(&service, tell_much).unwrap();
        let is_free = async {
            while service.admin_work.available_permits() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let freed = tokio::time::timeout(Duration::from_secs(10), is_free).await;
        assert!(
            freed.is_ok(),
            "the turn is held for somebody who does not read"
        );
        // The end is told however much was told before.
        let told = text(unread).await;
        let last = told.lines().last().unwrap();
        assert_eq!(last, json!({ "done": { "position": 1 } }).to_string());
        assert!(told.lines().count() <= LINES_WAITING, "{told}");
    }
}
