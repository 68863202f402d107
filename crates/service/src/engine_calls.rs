//! Asking the engine from asynchronous tasks: its queries block while they wait for the disk, so
//! they run on threads of their own, only so many at a time.

use std::sync::Arc;

use redress_engine::{Engine, EngineError};

use crate::problem::{Problem, codes};
use crate::service::Service;

/// Runs a query of the engine.
pub async fn ask<T: Send + 'static>(
    service: &Arc<Service>,
    query: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Problem> {
    let permit = Arc::clone(&service.queries)
        .acquire_owned()
        .await
        .map_err(|_| Problem::of(&codes::OVERLOADED))?;
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
