//! The way in: nobody gets further without being somebody.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{CredentialError, Standing, denial, origin};
use crate::caller::Caller;
use crate::configuration::Configuration;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// Says in every answer that nobody is configured.
const DEVELOPMENT: HeaderName = HeaderName::from_static("redress-development");

/// What it says.
const DEVELOPMENT_SAYS: &str =
    "no identity is configured; every caller on this machine is an admin";

/// Finds out who calls and whether they have not asked too much; denies by default.
pub async fn identify(
    State(service): State<Arc<Service>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let what = format!("{} {}", head.method, head.uri.path());
    let is_development = !service.identities.are_configured();
    let admitted = match admit(&service, &head, is_development).await {
        Ok((caller, standing)) => service
            .rates
            .request(&caller)
            .map(|told| (caller.clone(), standing, told))
            .map_err(|problem| (Some(caller), problem)),
        Err(problem) => Err((None, problem)),
    };
    let (caller, mut response) = match admitted {
        Ok((caller, standing, told)) => {
            head.extensions.insert(caller.clone());
            head.extensions.insert(standing);
            let mut response = next.run(Request::from_parts(head, body)).await;
            response.headers_mut().extend(told);
            (Some(caller), response)
        }
        Err((caller, problem)) => (caller, problem.into_response()),
    };
    if is_development {
        let says = HeaderValue::from_static(DEVELOPMENT_SAYS);
        response.headers_mut().insert(DEVELOPMENT, says);
    }
    let who = caller.as_ref().map(|caller| &caller.actor);
    denial::note_answer(&service, &response, who, &what);
    response
}

async fn admit(
    service: &Service,
    head: &Parts,
    is_development: bool,
) -> Result<(Caller, Standing), Problem> {
    if origin::is_foreign(head) {
        return Err(Problem::of(&codes::FOREIGN_ORIGIN));
    }
    if is_development {
        let caller = development_admin(&service.configuration, head)?;
        return Ok((caller, Standing::Unconfigured));
    }
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|peer| peer.0.ip());
    match service.identities.caller(head).await {
        Ok((caller, standing)) => {
            let arrivals = &service.identities.arrivals;
            arrivals.note(&caller.actor, &standing, address);
            Ok((caller, standing))
        }
        Err(because) => {
            if because != CredentialError::Missing
                && let Some(address) = address
            {
                service.rates.failure(address)?;
            }
            Err(unauthenticated(&because))
        }
    }
}

/// Whoever is on this machine, while nobody is configured.
fn development_admin(configuration: &Configuration, head: &Parts) -> Result<Caller, Problem> {
    if head.headers.contains_key(header::AUTHORIZATION) {
        return Err(unauthenticated(&CredentialError::Unknown(
            "a credential where no identity is configured",
        )));
    }
    let is_open = configuration.dangerously_without_identities;
    let is_here = configuration.listen.ip().is_loopback() && origin::asks_for_loopback(head);
    if !is_open && !is_here {
        return Err(Problem::of(&codes::FOREIGN_ORIGIN).because(
            "while no identity is configured, only requests for the loopback address are answered",
        ));
    }
    if let Some(name) = origin::forwarded_by(head)
        && !is_open
    {
        return Err(Problem::of(&codes::FOREIGN_ORIGIN).because(format!(
            "while no identity is configured, nothing that a proxy passes on (`{name}`) is \
             answered: everybody whom the proxy lets through would be an admin; make a key with \
             `redress key create`"
        )));
    }
    Caller::development_admin().ok_or_else(|| Problem::of(&codes::INTERNAL))
}

/// The answer to whoever is nobody; it does not say whether a credential was nearly right.
fn unauthenticated(because: &CredentialError) -> Problem {
    let problem = Problem::of(&codes::UNAUTHENTICATED).logged_as(because.to_string());
    match because {
        CredentialError::Missing => problem.challenge("Bearer realm=\"redress\""),
        CredentialError::Malformed
        | CredentialError::Unknown(_)
        | CredentialError::OutOfTime(_) => {
            problem.challenge("Bearer realm=\"redress\", error=\"invalid_token\"")
        }
    }
}
