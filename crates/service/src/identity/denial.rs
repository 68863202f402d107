//! Denials: each is counted and logged, with who was denied what, and why.

use axum::response::Response;
use redress_domain::identity::Actor;

use crate::problem::ProblemMark;
use crate::service::Service;

/// Notes that somebody was denied something.
pub fn note(service: &Service, code: &'static str, who: Option<&Actor>, what: &str, why: &str) {
    service.metrics.denied(code);
    let (role, id) = who.map_or(("nobody", ""), |actor| {
        (actor.role.as_str(), actor.id.as_str())
    });
    tracing::warn!(code, role, id = ?id, what = ?what, why = ?why, "denied");
}

/// Notes an answer that denies something, unless that was noted where it was decided.
pub fn note_answer(service: &Service, response: &Response, who: Option<&Actor>, what: &str) {
    let mark = response.extensions().get::<ProblemMark>();
    let Some(mark) = mark.filter(|mark| !mark.is_noted) else {
        return;
    };
    match (mark.hidden_denial, response.status().as_u16()) {
        (Some(code), _) => note(service, code, who, what, "answered as if it were not there"),
        (None, 401 | 403 | 429) => note(service, mark.code, who, what, &mark.detail),
        (None, _) => {}
    }
}
