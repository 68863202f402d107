//! Asking the engine from asynchronous tasks: its queries block while they wait for the disk, so
//! they run on threads of their own, only so many at a time.

use std::sync::Arc;
use std::time::Duration;

use redress_engine::{Engine, EngineError};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::{Problem, codes};
use crate::service::Service;

/// Runs a query of the engine.
pub async fn ask<T: Send + 'static>(
    service: &Arc<Service>,
    query: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    run(service, &service.queries, query).await
}

/// Runs a query of the engine that reads much of the log, if it does: few of these run at a time,
/// so that they neither fill the memory nor keep others waiting.
pub async fn ask_deeply_if<T: Send + 'static>(
    is_deep: bool,
    service: &Arc<Service>,
    query: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    let places = match is_deep {
        true => &service.deep_queries,
        false => &service.queries,
    };
    run(service, places, query).await
}

async fn run<T: Send + 'static>(
    service: &Arc<Service>,
    places: &Arc<Semaphore>,
    query: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    let patience = Duration::from_millis(service.configuration.limits.query_wait_ms);
    // A query that is given up by its caller runs to its end all the same, and keeps its place.
    let permit = match timeout(patience, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(permit)) => permit,
        Ok(Err(_)) | Err(_) => return Err(Problem::of(&codes::OVERLOADED)),
    };
    let engine = Arc::clone(&service.engine);
    let asked = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        query(&engine)
    });
    match asked.await {
        Ok(answer) => answer.map_err(|error| Problem::of_query(&error)),
        Err(_) => Err(Problem::of(&codes::INTERNAL)),
    }
}
