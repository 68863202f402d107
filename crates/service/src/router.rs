//! The interface: which place is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::caller::Caller;
use crate::problem::{Problem, codes};
use crate::service::Service;
use crate::{commands, operations, views};

/// Everything that is answered.
pub fn router(service: &Arc<Service>) -> Router {
    let behind_identity = Router::new()
        .route("/v1/commands", post(commands::post))
        .route("/v1/complaints/{id}", get(views::complaint))
        .route("/v1/merchants/{id}", get(views::merchant))
        .route("/v1/agreements/{id}", get(views::agreement))
        .route("/v1/intermediaries/{id}", get(views::intermediary))
        .route("/v1/queue", get(views::queue))
        .route("/v1/repeats", get(views::repeats))
        .route("/v1/sla", get(views::sla))
        .route("/metrics", get(operations::metrics::metrics))
        .route("/v1/gate", get(views::gate))
        .layer(middleware::from_fn_with_state(
            Arc::clone(service),
            identify,
        ));
    Router::new()
        .route("/healthz", get(operations::health::healthz))
        .route("/readyz", get(operations::health::readyz))
        .merge(behind_identity)
        .fallback(|| async { Problem::of(&codes::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { Problem::of(&codes::METHOD_NOT_ALLOWED) })
        .layer(middleware::from_fn_with_state(
            Arc::clone(service),
            operations::requests::around,
        ))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::of(&codes::INTERNAL).into_response()
        }))
        .with_state(Arc::clone(service))
}

/// Finds out who calls; nobody gets further without that.
async fn identify(
    State(_service): State<Arc<Service>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let Some(caller) = Caller::development_admin() else {
        return Problem::of(&codes::UNAUTHENTICATED).into_response();
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}
