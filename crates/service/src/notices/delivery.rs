//! One attempt to deliver a notice, and the record of it.

use std::sync::Arc;
use std::time::Duration;

use redress_domain::identity::{Actor, ActorId, Role, StreamId};
use redress_domain::instant::CivilOffset;
use redress_domain::measure::{Measure, MeasureId, Owner};
use redress_domain::rulebook::Channel;
use redress_engine::{Answer, Engine, EngineError, Look, Submission, Submitter};
use redress_protocol::command;
use redress_protocol::instant::format_instant;
use serde_json::{Value, json};
use uuid::Uuid;

use super::contacts;
use super::email;
use super::letter::{Facts, Language};
use super::outbox::Notice;
use crate::engine_calls::ask;
use crate::service::Service;
use crate::webhooks::{Attempt, Parcel};

/// As whom the service records deliveries.
const RECORDER: &str = "redress-notices";

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was delivered; what proves it.
    Delivered(String),
    /// The log says already that it was delivered, or there is no such measure.
    Settled,
    /// It was not delivered, and may be another time.
    Failed(String),
}

/// What the log says of a measure and of whom it is imposed on.
struct Known {
    owner: Owner,
    owner_id: String,
    owner_name: String,
    measure: Measure,
    offset: CivilOffset,
}

impl Known {
    fn facts(&self) -> Facts<'_> {
        Facts {
            owner: self.owner,
            owner_id: &self.owner_id,
            owner_name: &self.owner_name,
            measure: &self.measure,
            offset: self.offset,
        }
    }
}

/// Tries once.
pub async fn deliver(service: &Arc<Service>, id: Uuid, notice: &Notice) -> Outcome {
    match try_once(service, id, notice).await {
        Ok(outcome) => outcome,
        Err(because) => Outcome::Failed(because),
    }
}

async fn try_once(service: &Arc<Service>, id: Uuid, notice: &Notice) -> Result<Outcome, String> {
    let (Some(stream), Some(measure_id), Some(channel)) = (
        StreamId::parse(&notice.stream),
        MeasureId::parse(&notice.measure_id),
        channel(&notice.channel),
    ) else {
        return Ok(Outcome::Settled);
    };
    let asked = stream.clone();
    let known = ask(service, move |engine| known(engine, &asked, measure_id))
        .await
        .map_err(|problem| format!("the measure cannot be read: {}", problem.code()))?;
    let Some(known) = known else {
        return Ok(Outcome::Settled);
    };
    let is_recorded = known
        .measure
        .notices
        .iter()
        .any(|one| one.channel == channel && one.delivered_at.is_some());
    if is_recorded {
        return Ok(Outcome::Settled);
    }
    let settings = &service.configuration.notices;
    let contact = contacts::look_up(settings.contacts.as_deref(), &stream)?;
    let timeout = Duration::from_millis(settings.timeout_ms);
    if channel == Channel::Email {
        let server = settings
            .email
            .as_ref()
            .ok_or("no server for email is configured")?;
        if contact.email.is_empty() {
            return Err("there is no address for email in the book of contacts".to_owned());
        }
        let letter = known.facts().letter(contact.language);
        email::send(server, &contact.email, &id.to_string(), &letter, timeout).await?;
        return Ok(Outcome::Delivered(format!("<{id}@redress>")));
    }
    let target = settings
        .channels
        .get(channel.as_str())
        .ok_or_else(|| format!("nothing is configured for {}", channel.as_str()))?;
    let now = service.engine.now();
    let attempt = service
        .notices
        .courier
        .deliver(Parcel {
            url: &target.url,
            id: &id.to_string(),
            timestamp_s: now.unix_ms().div_euclid(1_000),
            secrets: &[target.secret.as_str()],
            body: json!({
                "type": "notice",
                "timestamp": format_instant(now, CivilOffset::from_seconds(0)),
                "data": document(&known, id, channel, contact.language),
            })
            .to_string()
            .into_bytes(),
        })
        .await;
    match attempt {
        Attempt::Taken => Ok(Outcome::Delivered(format!("{}:{id}", channel.as_str()))),
        Attempt::NotWanted => Err("answered 410 Gone".to_owned()),
        Attempt::Failed { because, .. } => Err(because),
    }
}

/// A notice for a program that passes it on.
fn document(known: &Known, id: Uuid, channel: Channel, language: Language) -> Value {
    let facts = known.facts();
    json!({
        "notice_id": id.to_string(),
        "channel": channel.as_str(),
        "to": { "role": known.owner.as_str(), "id": known.owner_id, "name": known.owner_name },
        "measure_id": known.measure.measure_id.to_string(),
        "kind": known.measure.kind.as_str(),
        "clause": known.measure.clause,
        "language": language,
        "zh": facts.letter(Language::Zh),
        "en": facts.letter(Language::En),
    })
}

fn channel(name: &str) -> Option<Channel> {
    Channel::ALL
        .into_iter()
        .find(|channel| channel.as_str() == name)
}

fn known(
    engine: &Engine,
    stream: &StreamId,
    measure_id: MeasureId,
) -> Result<Option<Known>, EngineError> {
    let offset = engine.rulebook().in_force(engine.now()).civil_offset;
    let (owner, owner_id, owner_name, measure) = match stream {
        StreamId::Merchant(id) => {
            let Some(seen) = engine.merchant(id, Look::default())?.value else {
                return Ok(None);
            };
            let merchant = seen.merchant;
            let measure = merchant.measures.get(measure_id).cloned();
            (Owner::Merchant, id.as_str(), merchant.name, measure)
        }
        StreamId::Intermediary(id) => {
            let Some(seen) = engine.intermediary(id, Look::default())?.value else {
                return Ok(None);
            };
            let intermediary = seen.intermediary;
            let measure = intermediary.measures.get(measure_id).cloned();
            (Owner::Intermediary, id.as_str(), intermediary.name, measure)
        }
        StreamId::Complaint(_)
        | StreamId::Agreement(_)
        | StreamId::User(_)
        | StreamId::Rulebook => return Ok(None),
    };
    Ok(measure.map(|measure| Known {
        owner,
        owner_id: owner_id.to_owned(),
        owner_name: owner_name.to_string(),
        measure,
        offset,
    }))
}

/// Records a delivery in the log (rulebook 4.2). The command's id is the notice's own and known to
/// nobody else: once more changes nothing.
///
/// # Errors
/// A sentence that says why it is not known to be recorded.
pub async fn record(
    service: &Service,
    command_id: Uuid,
    notice: &Notice,
    delivery_ref: &str,
) -> Result<(), String> {
    let (kind, owner_id) = notice
        .stream
        .split_once('-')
        .ok_or("is on no stream of an owner")?;
    let document = json!({
        "id": command_id.to_string(),
        "type": format!("{kind}.record_notice"),
        "by": { "role": Role::Service.as_str(), "id": RECORDER },
        "data": {
            format!("{kind}_id"): owner_id,
            "measure_id": notice.measure_id,
            "channel": notice.channel,
            "delivery_ref": delivery_ref,
        },
    });
    let command = command::parse(&document).map_err(|error| error.sentence())?;
    let actor = Actor {
        role: Role::Service,
        id: ActorId::new(RECORDER).map_err(|_| "the recorder has no name")?,
    };
    let submission = Submission {
        submitter: Submitter::Identity {
            actor,
            may_claim: Vec::new(),
        },
        ..Submission::of_operator(command_id, command.request, command.by, command.body)
    };
    match service.engine.submit(submission).ready().await {
        Ok(Answer::Accepted(_)) => Ok(()),
        Ok(Answer::Refused(refused)) => {
            let code = refused.refusal.code.as_str();
            Err(format!("the record was refused: {code}"))
        }
        Err(error) => Err(format!("the record failed: {error}")),
    }
}
