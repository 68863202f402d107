//! Making, looking at and changing subscriptions.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use redress_domain::identity::Role;
use redress_domain::instant::{CivilOffset, Instant};
use redress_domain::refusal::Code;
use redress_protocol::instant::format_instant;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::address::place;
use super::kept::{Kept, KeptSecret};
use super::signature::new_secret;
use super::subscription::Subscription;
use super::{NotMade, Places};
use crate::authorization::expect_role;
use crate::caller::Caller;
use crate::commands::Whole;
use crate::events::Filter;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// What is said when a subscription is made or changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    url: String,
    #[serde(default)]
    types: Vec<String>,
    stream: Option<String>,
    merchant: Option<String>,
    /// Begin behind this position; by default with what comes.
    after: Option<u64>,
    /// Whether it stands still.
    #[serde(default)]
    paused: bool,
}

/// What is said when deliveries begin anew.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskedAgain {
    /// Only these positions.
    positions: Option<Vec<u64>>,
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            types: self.types.clone(),
            stream: self.stream.clone(),
            merchant: self.merchant.clone(),
        }
    }

    /// Checks what is asked for.
    fn check(&self, service: &Service) -> Result<(), Problem> {
        self.filter().checked()?;
        place(&self.url, service.webhooks.courier.allowed())
            .map(|_| ())
            .map_err(|error| invalid(format!("url: {error}")))
    }
}

fn invalid(detail: String) -> Problem {
    Problem::of_code(Code::FieldInvalid, detail)
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))
}

/// How the maker of a subscription is kept.
fn name_of(caller: &Caller) -> String {
    format!(
        "{} {}",
        caller.actor.role.as_str(),
        caller.actor.id.as_str()
    )
}

/// Goes on only for those who may change subscriptions: admins all, services their own.
fn expect_may_change(caller: &Caller) -> Result<(), Problem> {
    expect_role(caller, &[Role::Admin, Role::Service])
}

/// Whether somebody sees a subscription.
fn sees(caller: &Caller, kept: &Kept) -> bool {
    match caller.actor.role {
        Role::Admin | Role::Auditor => true,
        Role::Service => kept.made_by == name_of(caller),
        Role::User
        | Role::Merchant
        | Role::Intermediary
        | Role::Reviewer
        | Role::Risk
        | Role::Engine => false,
    }
}

fn find(
    service: &Service,
    caller: &Caller,
    webhook_id: &str,
) -> Result<Arc<Subscription>, Problem> {
    service
        .webhooks
        .get(webhook_id)
        .filter(|subscription| subscription.look(|kept| sees(caller, kept)))
        .ok_or_else(|| {
            Problem::of(&codes::NOT_FOUND).because(format!("there is no webhook `{webhook_id}`"))
        })
}

/// Does what waits for the disk.
async fn on_disk(
    change: impl FnOnce() -> Result<(), NotMade> + Send + 'static,
) -> Result<(), Problem> {
    let done = tokio::task::spawn_blocking(change).await;
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refused @ NotMade::TooMany)) => {
            Err(Problem::of(&codes::FORBIDDEN).because(refused.to_string()))
        }
        Ok(Err(NotMade::Kept(error))) => {
            tracing::error!(%error, "a webhook cannot be kept");
            Err(Problem::of(&codes::INTERNAL).unknown())
        }
        Err(_) => Err(Problem::of(&codes::INTERNAL).unknown()),
    }
}

/// Changes a subscription; the change is in its file when this returns.
async fn change<T>(
    subscription: &Arc<Subscription>,
    change: impl FnOnce(&mut Kept) -> T,
) -> Result<T, Problem> {
    let changed = subscription.change(change);
    let written = Arc::clone(subscription);
    on_disk(move || Ok(written.write()?)).await?;
    subscription.changed.notify_one();
    Ok(changed)
}

/// `POST /v1/webhooks`
///
/// # Errors
/// `field_*` for what is asked, `forbidden`, `not_found` for a position that is not there.
pub async fn make(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Whole(body): Whole,
) -> Result<(StatusCode, Json<Value>), Problem> {
    expect_may_change(&caller)?;
    let asked: Asked = read(&body)?;
    asked.check(&service)?;
    let last = service.engine.last_position();
    let after = asked.after.unwrap_or(last);
    if after > last {
        return Err(invalid(format!("after: the log ends at position {last}")));
    }
    let settings = &service.configuration.webhooks;
    let places = Places {
        of_all: settings.subscriptions,
        of_maker: (caller.actor.role == Role::Service).then_some(settings.subscriptions_each),
    };
    let secret = secret()?;
    let kept = Kept {
        webhook_id: Uuid::new_v4().to_string(),
        filter: asked.filter(),
        url: asked.url,
        secrets: vec![KeptSecret {
            secret: secret.clone(),
            until_ms: None,
        }],
        made_at_ms: service.engine.now().unix_ms(),
        made_by: name_of(&caller),
        paused_because: asked.paused.then(|| PAUSED.to_owned()),
        read_until: after,
        waiting: std::collections::BTreeMap::new(),
        dead: std::collections::BTreeMap::new(),
    };
    let mut shown = shown(&service, &kept);
    let webhooks = Arc::clone(&service);
    on_disk(move || webhooks.webhooks.add(kept, places)).await?;
    if let Some(map) = shown.as_object_mut() {
        map.insert("secret".to_owned(), secret.into());
    }
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Why a subscription stands still that somebody told to.
const PAUSED: &str = "it was told to stand still";

fn secret() -> Result<String, Problem> {
    new_secret().map_err(|error| {
        tracing::error!(%error, "no secret can be made");
        Problem::of(&codes::INTERNAL)
    })
}

/// `GET /v1/webhooks`
pub async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    if caller.actor.role != Role::Auditor {
        expect_may_change(&caller)?;
    }
    let all: Vec<Value> = service
        .webhooks
        .all()
        .iter()
        .filter_map(|subscription| {
            subscription.look(|kept| sees(&caller, kept).then(|| shown(&service, kept)))
        })
        .collect();
    Ok(Json(Value::Array(all)))
}

/// `GET /v1/webhooks/{id}`
///
/// # Errors
/// `not_found`
pub async fn one(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let subscription = find(&service, &caller, &webhook_id)?;
    Ok(Json(subscription.look(|kept| shown(&service, kept))))
}

/// `PUT /v1/webhooks/{id}`
///
/// # Errors
/// `field_*`, `forbidden`, `not_found`
pub async fn put(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
    Whole(body): Whole,
) -> Result<Json<Value>, Problem> {
    expect_may_change(&caller)?;
    let subscription = find(&service, &caller, &webhook_id)?;
    let asked: Asked = read(&body)?;
    asked.check(&service)?;
    if asked.after.is_some() {
        return Err(invalid("after: is said when a webhook is made".to_owned()));
    }
    let now_ms = service.engine.now().unix_ms();
    change(&subscription, |kept| {
        kept.filter = asked.filter();
        kept.paused_because = asked.paused.then(|| PAUSED.to_owned());
        // What failed at one place need not wait at another.
        if kept.url != asked.url {
            kept.url = asked.url;
            for waiting in kept.waiting.values_mut() {
                waiting.due_at_ms = now_ms;
            }
        }
    })
    .await?;
    Ok(Json(subscription.look(|kept| shown(&service, kept))))
}

/// `DELETE /v1/webhooks/{id}`
///
/// # Errors
/// `forbidden`, `not_found`
pub async fn remove(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
) -> Result<StatusCode, Problem> {
    expect_may_change(&caller)?;
    find(&service, &caller, &webhook_id)?;
    let webhooks = Arc::clone(&service);
    on_disk(move || Ok(webhooks.webhooks.remove(&webhook_id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/webhooks/{id}/secret`
///
/// # Errors
/// `forbidden`, `not_found`
pub async fn rotate(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    expect_may_change(&caller)?;
    let subscription = find(&service, &caller, &webhook_id)?;
    let secret = secret()?;
    let now_ms = service.engine.now().unix_ms();
    let keep_ms = i64::try_from(service.configuration.webhooks.old_secret_ms).unwrap_or(i64::MAX);
    let made = secret.clone();
    change(&subscription, move |kept| {
        kept.rotate(made, now_ms, keep_ms)
    })
    .await?;
    let old_until = Instant::from_unix_ms(now_ms.saturating_add(keep_ms));
    Ok(Json(json!({
        "secret": secret,
        "old_secret_until": format_instant(old_until, offset(&service)),
    })))
}

/// `GET /v1/webhooks/{id}/dead-letters`
///
/// # Errors
/// `not_found`
pub async fn dead_letters(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let subscription = find(&service, &caller, &webhook_id)?;
    let offset = offset(&service);
    let instant = |ms| format_instant(Instant::from_unix_ms(ms), offset);
    let dead = subscription.look(|kept| {
        kept.dead
            .iter()
            .map(|(position, dead)| {
                json!({
                    "position": position,
                    "attempts": dead.attempts,
                    "first_attempt_at": dead.first_attempt_at_ms.map(instant),
                    "given_up_at": instant(dead.given_up_at_ms),
                    "last_error": dead.last_error,
                })
            })
            .collect()
    });
    Ok(Json(Value::Array(dead)))
}

/// `POST /v1/webhooks/{id}/dead-letters/replay`
///
/// # Errors
/// `field_*`, `forbidden`, `not_found`
pub async fn replay(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
    Whole(body): Whole,
) -> Result<(StatusCode, Json<Value>), Problem> {
    expect_may_change(&caller)?;
    let subscription = find(&service, &caller, &webhook_id)?;
    let asked: AskedAgain = match body.is_empty() {
        true => AskedAgain::default(),
        false => read(&body)?,
    };
    let now_ms = service.engine.now().unix_ms();
    let replayed = change(&subscription, |kept| {
        kept.replay(asked.positions.as_deref(), now_ms)
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "replayed": replayed }))))
}

/// `DELETE /v1/webhooks/{id}/dead-letters`
///
/// # Errors
/// `forbidden`, `not_found`
pub async fn drop_dead_letters(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Path(webhook_id): Path<String>,
) -> Result<StatusCode, Problem> {
    expect_may_change(&caller)?;
    let subscription = find(&service, &caller, &webhook_id)?;
    change(&subscription, |kept| kept.dead.clear()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn offset(service: &Service) -> CivilOffset {
    let engine = &service.engine;
    engine.rulebook().in_force(engine.now()).civil_offset
}

/// A subscription without its secrets.
fn shown(service: &Service, kept: &Kept) -> Value {
    let offset = offset(service);
    let instant = |ms| format_instant(Instant::from_unix_ms(ms), offset);
    let last_error = kept
        .waiting
        .values()
        .filter_map(|waiting| waiting.last_error.as_deref())
        .next_back();
    json!({
        "webhook_id": kept.webhook_id,
        "url": kept.url,
        "types": kept.filter.types,
        "stream": kept.filter.stream,
        "merchant": kept.filter.merchant,
        "made_at": instant(kept.made_at_ms),
        "made_by": kept.made_by,
        "paused_because": kept.paused_because,
        "read_until": kept.read_until,
        "behind": service.engine.last_position().saturating_sub(kept.read_until),
        "waiting": kept.waiting.len(),
        "failing_since": kept
            .waiting
            .values()
            .filter_map(|waiting| waiting.first_attempt_at_ms)
            .min()
            .map(instant),
        "last_error": last_error,
        "dead_letters": kept.dead.len(),
        "secrets": kept.secrets.len(),
    })
}
