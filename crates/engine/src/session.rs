//! One stretch of work by the single writer: commands are decided one after another against the
//! current world, what follows of each is done at once, and the commits wait for one sync.

use std::sync::Arc;

use redress_domain::circumstances::Circumstances;
use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::{Actor, StreamId};
use redress_domain::instant::Instant;
use redress_domain::refusal::{Code, Refusal};
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_projections::keys::sealing_key_number;
use redress_store::entry::{self, EntryError};
use redress_store::journal::Commit;
use redress_store::vault::Vault;
use uuid::Uuid;

use crate::error::EngineError;
use crate::submission::{Accepted, History};
use crate::world::World;

/// The namespace of every id that the engine derives.
const NAMESPACE: Uuid = Uuid::from_u128(0x0f2d_5ab6_7c1e_4e0b_9d57_2c61_a3e8_f104);

/// Decides against a world and gathers what must be made durable.
pub(crate) struct Session<'a> {
    pub world: &'a mut World,
    pub vault: &'a Vault,
    pub commits: &'a mut Vec<Commit>,
    /// Keys whose destruction the commits record: destroyed when it is durable.
    pub destroyed_keys: &'a mut Vec<u64>,
    pub manner: Manner,
    /// Whether this finishes what a crash may have cut off: derived commands that are in the log
    /// are not run again.
    pub resuming: bool,
}

/// How the session treats time and history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether deadlines are recorded at the instant at which they are a fact, because the
    /// commands drive the clock; else when they are noticed.
    pub virtual_time: bool,
    /// How history is told.
    pub history: Option<History>,
}

/// Where a command came from, besides its circumstances.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub submitted_by: Option<Actor>,
    pub correlation_id: Option<Uuid>,
    pub causation_id: Option<Uuid>,
    /// The command's canonical body; empty for the engine's own.
    pub body: Vec<u8>,
}

/// What became of a decision.
pub(crate) enum Outcome {
    /// Its events are in the world and wait for the sync.
    Recorded(Vec<Recorded>),
    /// A rule stands against it.
    Refused(Refusal),
}

/// Derives an id from another one and a name.
pub(crate) fn derived(from: Uuid, name: &str) -> Uuid {
    let mut text = from.simple().to_string();
    text.push(' ');
    text.push_str(name);
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}

impl Session<'_> {
    /// Whether measures may come into force and notices go out.
    pub fn enacts(&self) -> bool {
        self.manner.history.is_none_or(|history| history.enact)
    }

    /// Numbers, seals and encodes the events of one command, and takes them up in the world.
    /// Nothing is taken up when one of them cannot be stored.
    pub fn record(
        &mut self,
        stream: &StreamId,
        circumstances: &Circumstances,
        mut events: Vec<Event>,
        origin: &Origin,
    ) -> Result<Outcome, EngineError> {
        let (mut version, mut previous) = {
            let known = self.world.stream(stream)?;
            (known.next_version, known.digest)
        };
        let key_number = self.key_for(stream, &mut events)?;
        let command_digest = (!origin.body.is_empty())
            .then(|| self.vault.command_digest(key_number, &origin.body))
            .transpose()?
            .flatten();
        let edition = circumstances
            .rulebook
            .in_force(circumstances.recorded_at)
            .name
            .clone();
        let first_position = self.world.last_position + 1;
        let mut stored = Vec::with_capacity(events.len());
        let mut recorded_events = Vec::with_capacity(events.len());
        for (index, mut event) in events.into_iter().enumerate() {
            if let Some(number) = key_number {
                seal(self.vault, number, stream, version, &mut event)?;
            }
            let recorded = Recorded {
                header: Header {
                    position: first_position + index as u64,
                    stream: stream.clone(),
                    version,
                    event_id: derived(circumstances.command_id, &format!("event {index}")),
                    occurred_at: circumstances.occurred_at,
                    counted_at: circumstances.counted_at(),
                    recorded_at: circumstances.recorded_at,
                    adjusted: circumstances.adjusted,
                    by: circumstances.by.clone(),
                    submitted_by: origin.submitted_by.clone(),
                    edition: edition.clone(),
                    command_id: circumstances.command_id,
                    correlation_id: origin.correlation_id,
                    causation_id: origin.causation_id,
                },
                event,
            };
            let bytes = match entry::encode(&recorded, &previous, command_digest) {
                Ok(bytes) => bytes,
                Err(EntryError::TooLarge { .. }) => {
                    return Ok(Outcome::Refused(Refusal::new(
                        Code::EventTooLarge,
                        format!(
                            "{} would be larger than an event may be",
                            recorded.event.name()
                        ),
                    )));
                }
                Err(error) => return Err(error.into()),
            };
            previous = entry::digest(&bytes);
            version += 1;
            stored.push(bytes);
            recorded_events.push(recorded);
        }
        if stored.is_empty() {
            return Ok(Outcome::Recorded(recorded_events));
        }
        for (bytes, recorded) in stored.iter().zip(&recorded_events) {
            self.world.apply(bytes.as_slice().into(), recorded)?;
        }
        for recorded in &recorded_events {
            if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) =
                &recorded.event
            {
                self.destroyed_keys.extend(key_numbers);
            }
        }
        self.commits.push(Commit {
            first_position,
            entries: stored,
        });
        // What follows of these events is found by looking at read models: where one of them could
        // not take them up, it is done when that one is rebuilt.
        self.world.expect_deciding()?;
        Ok(Outcome::Recorded(recorded_events))
    }

    /// The number of the key that seals the texts of these events; none where there are none. A
    /// user's first text takes the next free key.
    fn key_for(
        &mut self,
        stream: &StreamId,
        events: &mut [Event],
    ) -> Result<Option<u64>, EngineError> {
        let has_text = events.iter_mut().any(|event| !event.texts_mut().is_empty());
        if !has_text {
            return Ok(None);
        }
        let user = match self.world.user_of(stream)? {
            Some(user) => Some(user),
            None => events.iter().find_map(|event| match event {
                Event::Complaint(redress_domain::complaint::Event::ComplaintFiled {
                    user_ref,
                    ..
                }) => Some(user_ref.clone()),
                _ => None,
            }),
        };
        let Some(user) = user else {
            return Ok(None);
        };
        let keys = &self.world.models.keys;
        let known = keys.of_user(&user)?.last().copied();
        // What the log lost may still lie somewhere, sealed with the key of a number that the log
        // does not know: that number is nobody else's.
        let fresh = keys.next_free()?.max(self.vault.first_fresh());
        let mut number = known.unwrap_or(fresh);
        self.vault.ensure(number)?;
        // A log that was cut or restored may not know of an erasure; the vault still does.
        if self.vault.is_destroyed(number)? {
            number = fresh;
            self.vault.ensure(number)?;
            while self.vault.is_destroyed(number)? {
                number += 1;
                self.vault.ensure(number)?;
            }
        }
        Ok(Some(number))
    }

    /// The answer that a command id was given before.
    pub fn known(&self, command_id: Uuid) -> Result<Option<Known>, EngineError> {
        let entries = self.world.shelf.command(command_id)?;
        let Some(last) = entries.last() else {
            return Ok(None);
        };
        let header = &last.recorded.header;
        Ok(Some(Known {
            digest: last.command_digest,
            key_number: entries.iter().find_map(key_number_of),
            accepted: Accepted {
                stream: header.stream.clone(),
                version: header.version,
                position: header.position,
                events: entries
                    .iter()
                    .map(|entry| entry.recorded.event.name().to_owned())
                    .collect(),
                replayed: true,
            },
        }))
    }

    /// Whether a body is the one that a known command came with. Where the key behind the digest
    /// was destroyed, or was not restored with the log, nobody can tell, and the first answer stands.
    pub fn same_body(&self, known: &Known, body: &[u8]) -> Result<bool, EngineError> {
        let Some(digest) = known.digest else {
            return Ok(true);
        };
        if self.vault.digests_are_lost(known.accepted.position) {
            return Ok(true);
        }
        Ok(self
            .vault
            .command_digest(known.key_number, body)?
            .is_none_or(|theirs| theirs == digest))
    }

    /// The instant at which something that became a fact at `fires_at` is recorded.
    pub fn recorded_at(&self, fires_at: Instant, now: Instant) -> Instant {
        let at = if self.manner.virtual_time {
            fires_at
        } else {
            now
        };
        at.max(self.world.last_recorded_at)
    }

    /// Circumstances of the engine's own commands.
    pub fn own_circumstances(
        &self,
        command_id: Uuid,
        recorded_at: Instant,
        occurred_at: Instant,
    ) -> Circumstances {
        Circumstances {
            command_id,
            recorded_at,
            occurred_at: occurred_at.min(recorded_at),
            adjusted: false,
            by: Actor::engine(),
            trust: redress_domain::identity::Trust::Platform,
            rulebook: Arc::clone(&self.world.rulebook),
        }
    }
}

/// A command answered before.
pub(crate) struct Known {
    digest: Option<[u8; 32]>,
    /// The key behind the digest: the one that sealed the command's texts, else the store's own.
    key_number: Option<u64>,
    pub accepted: Accepted,
}

fn key_number_of(entry: &entry::Entry) -> Option<u64> {
    let mut event = entry.recorded.event.clone();
    event.texts_mut().into_iter().find_map(|text| match text {
        PersonalText::Sealed { bytes, .. } => sealing_key_number(bytes),
        PersonalText::Open(_) => None,
    })
}

fn seal(
    vault: &Vault,
    number: u64,
    stream: &StreamId,
    version: u64,
    event: &mut Event,
) -> Result<(), EngineError> {
    for (field, text) in event.texts_mut().into_iter().enumerate() {
        if let PersonalText::Open(open) = text {
            let characters = u32::try_from(open.chars().count()).unwrap_or(u32::MAX);
            let bytes = vault.seal(
                number,
                associated_data(stream, version, field).as_bytes(),
                open.as_bytes(),
            )?;
            *text = PersonalText::Sealed { characters, bytes };
        }
    }
    Ok(())
}

/// What a sealed text is bound to: stream, version and the text's place in the event.
pub(crate) fn associated_data(stream: &StreamId, version: u64, field: usize) -> String {
    format!("{stream} {version} {field}")
}
