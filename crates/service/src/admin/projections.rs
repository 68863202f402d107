//! Read models: where they stand, and having them built anew.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use redress_domain::identity::Role;
use redress_domain::refusal::Code;
use serde::Deserialize;

use super::documents::{
    comparison_document, projections_document, rebuild_document, rollback_document,
};
use super::work::{self, read};
use crate::authorization::expect_role;
use crate::caller::Caller;
use crate::commands::Whole;
use crate::engine_calls::ask;
use crate::problem::Problem;
use crate::service::Service;

/// Which projections.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chosen {
    /// Their names; none are all of them.
    names: Vec<String>,
}

impl Chosen {
    /// What a request says; one without a body chooses all.
    fn read(body: &[u8]) -> Result<Self, Problem> {
        match body.is_empty() {
            true => Ok(Self::default()),
            false => read(body),
        }
    }

    /// Goes on only with names that there are.
    fn checked(self, service: &Service) -> Result<Vec<String>, Problem> {
        let known = service.engine.projection_names();
        match self
            .names
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(name) => Err(Problem::of_code(
                Code::FieldInvalid,
                format!(
                    "there is no projection named `{name}`; there are {}",
                    known.join(", ")
                ),
            )),
            None => Ok(self.names),
        }
    }
}

/// `GET /v1/admin/projections`
pub async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    expect_role(&caller, &[Role::Admin])?;
    let states = ask(&service, redress_engine::Engine::projections).await?;
    Ok(Json(projections_document(&states)).into_response())
}

/// `POST /v1/admin/projections/rebuild`
pub async fn rebuild(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    expect_role(&caller, &[Role::Admin])?;
    let names = Chosen::read(&body)?.checked(&service)?;
    work::answer(&service, move |engine, told| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let report = engine.rebuild_some(&names, &mut |progress| {
            told.tell(progress.position, progress.of);
        })?;
        Ok(rebuild_document(&report))
    })
}

/// `POST /v1/admin/projections/rollback`
pub async fn roll_back(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    expect_role(&caller, &[Role::Admin])?;
    let names = Chosen::read(&body)?.checked(&service)?;
    work::answer(&service, move |engine, _| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(rollback_document(&engine.roll_back(&names)?))
    })
}

/// `POST /v1/admin/projections/verify`
pub async fn verify(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    expect_role(&caller, &[Role::Admin])?;
    work::answer(&service, |engine, _| {
        let comparisons = engine.verify_projections()?;
        Ok(comparison_document(&comparisons, engine.last_position()))
    })
}
