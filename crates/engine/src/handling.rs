//! The life of one command, in five visible steps: known id, time, authority, decision, record.

use std::sync::Arc;

use redress_domain::aggregate::Aggregate;
use redress_domain::authority;
use redress_domain::circumstances::Circumstances;
use redress_domain::command::Request;
use redress_domain::event::Event;
use redress_domain::identity::{Actor, MerchantId, StreamId, Trust, UserRef};
use redress_domain::instant::Instant;
use redress_domain::refusal::{Code, Refusal};
use redress_domain::{agreement, complaint, intermediary, merchant, rulebook, user};
use redress_store::step::{self, Safeguard};

use crate::error::EngineError;
use crate::session::{Origin, Outcome, Session};
use crate::submission::{Accepted, Answer, Refused, Submission, Submitter};

/// A decision: events, the first answer again, or a refusal.
enum Decision {
    Events(Vec<Event>),
    Repeat(Box<Accepted>),
    Refused(Box<Refused>),
}

impl From<Refusal> for Decision {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal.into()))
    }
}

impl Session<'_> {
    /// Answers a command. What was recorded still waits for the sync.
    pub fn handle(&mut self, submission: Submission, now: Instant) -> Result<Answer, EngineError> {
        // 1. A known id has its answer, whatever else the command says.
        if let Some(known) = self.known(submission.command_id)?
            && !step::is_without(Safeguard::CommandsKnown)
        {
            if self.same_body(&known, &submission.body)? {
                return Ok(Answer::Accepted(known.accepted));
            }
            return Ok(refused(Refusal::new(
                Code::CommandIdReused,
                "this command id was used before, with another body",
            )));
        }

        // 2. Time passes up to the instant of recording.
        let recorded_at = match submission.recorded_at {
            Some(at) if at < self.world.last_recorded_at => {
                return Ok(refused(Refusal::new(
                    Code::FieldInvalid,
                    "recorded_at may not go back behind what was recorded before",
                )));
            }
            Some(at) => at,
            None if step::is_without(Safeguard::NeverBack) => now,
            None => now.max(self.world.last_recorded_at),
        };
        self.pass_time(recorded_at)?;

        // 3. Who, when, and whether this is theirs.
        let circumstances = match Circumstances::new(
            submission.command_id,
            recorded_at,
            submission.occurred_at,
            submission.by.clone(),
            submission.trust,
            Arc::clone(&self.world.rulebook),
        ) {
            Ok(circumstances) => circumstances,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let authorised = authority::check_role(&submission.by, &submission.request)
            .and_then(|()| check_trust(&submission));
        if let Err(refusal) = authorised {
            return Ok(refused(refusal));
        }
        let stream = submission.request.stream();

        // 4. The rules decide.
        let decision = self.decide(&submission, &circumstances, &stream)?;

        // 5. What they decided is recorded, and what follows of it is done.
        let events = match decision {
            Decision::Events(events) => events,
            Decision::Repeat(accepted) => return Ok(Answer::Accepted(*accepted)),
            Decision::Refused(refusal) => return Ok(Answer::Refused(*refusal)),
        };
        let correlation_id = match submission.history {
            Some(history) => Some(history.correlation_id()),
            None => submission.correlation_id,
        };
        let origin = Origin {
            submitted_by: match &submission.submitter {
                Submitter::Identity { actor, .. } if *actor != submission.by => Some(actor.clone()),
                Submitter::Identity { .. } | Submitter::Operator => None,
            },
            correlation_id,
            causation_id: None,
            body: submission.body,
        };
        let recorded = match self.record(&stream, &circumstances, events, &origin)? {
            Outcome::Recorded(recorded) => recorded,
            Outcome::Refused(refusal) => return Ok(refused(refusal)),
        };
        // A command that found everything done already has no event of its own: then these are
        // the stream's last.
        let known = self.world.stream(&stream)?;
        let (version, position) = (known.next_version.saturating_sub(1), known.last_position);
        let accepted = Accepted {
            stream,
            version,
            position,
            events: recorded
                .iter()
                .map(|one| one.event.name().to_owned())
                .collect(),
            replayed: false,
        };
        self.react(recorded, correlation_id)?;
        Ok(Answer::Accepted(accepted))
    }

    fn decide(
        &mut self,
        submission: &Submission,
        circumstances: &Circumstances,
        stream: &StreamId,
    ) -> Result<Decision, EngineError> {
        let actual_version =
            i64::try_from(self.world.stream(stream)?.next_version).unwrap_or(i64::MAX) - 1;
        let expected = |decided: Result<(), Refusal>| -> Result<(), Box<Refused>> {
            decided.map_err(|refusal| Box::new(Refused::from(refusal)))?;
            match submission.expected_version {
                Some(expected) if expected != actual_version => Err(Box::new(Refused {
                    refusal: Refusal::new(
                        Code::VersionConflict,
                        format!("{stream} is at version {actual_version}, not {expected}"),
                    ),
                    actual_version: Some(actual_version),
                })),
                Some(_) | None => Ok(()),
            }
        };
        let by = &circumstances.by;
        match &submission.request {
            Request::Complaint(id, act) => {
                let command = self.complaint_command(circumstances, id, act)?;
                let of_agreement = self.parties_of_named_agreement(act)?;
                let state = self.world.complaint_state(id)?;
                let known = match (state, act) {
                    (None, complaint::Act::File(_)) | (Some(_), _) => Ok(()),
                    (None, _) => Err(unknown(Code::ComplaintUnknown, stream)),
                };
                let own = known.and_then(|()| {
                    authority::check_complaint(by, state.as_ref(), command.merchant.as_ref(), act)
                });
                let own = own.and_then(|()| match &of_agreement {
                    Some((user_ref, merchant_id)) => {
                        authority::check_agreement(by, user_ref, merchant_id)
                    }
                    None => Ok(()),
                });
                if let Err(refused) = expected(own) {
                    return Ok(Decision::Refused(refused));
                }
                match complaint::decide(state, &command) {
                    Ok(events) if events.is_empty() => {
                        let first = complaint::first_answer(state, &command);
                        self.repeat(first)
                    }
                    Ok(events) => Ok(Decision::Events(wrapped(events, Event::Complaint))),
                    Err(refusal) => Ok(refusal.into()),
                }
            }
            Request::Merchant(id, act) => {
                let command = self.merchant_command(circumstances, id, act)?;
                let facts = self.world.merchant_facts(id)?;
                let state = self.world.merchant_state(id)?;
                let known = match (state, act) {
                    (None, merchant::Act::Register(_)) | (Some(_), _) => Ok(()),
                    (None, _) => Err(unknown(Code::MerchantUnknown, stream)),
                };
                let own = known.and_then(|()| authority::check_merchant(by, id, facts.as_ref()));
                if let Err(refused) = expected(own) {
                    return Ok(Decision::Refused(refused));
                }
                Ok(match merchant::decide(state, &command) {
                    Ok(events) => Decision::Events(wrapped(events, Event::Merchant)),
                    Err(refusal) => refusal.into(),
                })
            }
            Request::Agreement(id, act) => {
                let command = self.agreement_command(circumstances, id, act)?;
                let state = self.world.agreement_state(id)?;
                let own = match (state, act) {
                    (None, agreement::Act::Sign(signing)) => {
                        authority::check_agreement(by, &signing.user_ref, &signing.merchant_id)
                    }
                    (Some(known), _) => {
                        authority::check_agreement(by, &known.user_ref, &known.merchant_id)
                    }
                    (None, _) => Err(unknown(Code::AgreementUnknown, stream)),
                };
                if let Err(refused) = expected(own) {
                    return Ok(Decision::Refused(refused));
                }
                match agreement::decide(state, &command) {
                    Ok(events) if events.is_empty() => {
                        let first = agreement::first_answer(state, &command);
                        self.repeat(first)
                    }
                    Ok(events) => Ok(Decision::Events(wrapped(events, Event::Agreement))),
                    Err(refusal) => Ok(refusal.into()),
                }
            }
            Request::Intermediary(id, act) => {
                let command = self.intermediary_command(circumstances, id, act)?;
                let state = self.world.intermediary_state(id)?;
                let known = match (state, act) {
                    (None, intermediary::Act::Register { .. }) | (Some(_), _) => Ok(()),
                    (None, _) => Err(unknown(Code::IntermediaryUnknown, stream)),
                };
                let own = known.and_then(|()| authority::check_intermediary(by, id));
                if let Err(refused) = expected(own) {
                    return Ok(Decision::Refused(refused));
                }
                Ok(match intermediary::decide(state, &command) {
                    Ok(events) => Decision::Events(wrapped(events, Event::Intermediary)),
                    Err(refusal) => refusal.into(),
                })
            }
            Request::User(id, act) => {
                let act = match act {
                    user::Act::Erase {
                        user_ref, reason, ..
                    } => user::Act::Erase {
                        user_ref: user_ref.clone(),
                        reason: Arc::clone(reason),
                        key_numbers: self.world.models.keys.of_user(id)?,
                    },
                    user::Act::RecordReading { .. } => act.clone(),
                };
                let known = match &act {
                    user::Act::RecordReading {
                        stream, version, ..
                    } => self.check_reading(id, stream, *version)?,
                    user::Act::Erase { .. } => Ok(()),
                };
                if let Err(refused) = expected(known) {
                    return Ok(Decision::Refused(refused));
                }
                let command = user::Command {
                    circumstances: circumstances.clone(),
                    act,
                };
                let state = match &self.world.stream(stream)?.state {
                    Aggregate::User(state) => state.clone(),
                    _ => user::State::default(),
                };
                Ok(match user::decide(&state, &command) {
                    Ok(events) => Decision::Events(wrapped(events, Event::User)),
                    Err(refusal) => refusal.into(),
                })
            }
            Request::Rulebook(announce) => {
                if let Err(refused) = expected(Ok(())) {
                    return Ok(Decision::Refused(refused));
                }
                let command = rulebook::Command {
                    circumstances: circumstances.clone(),
                    announce: announce.clone(),
                };
                Ok(match rulebook::decide(&self.world.rulebook, &command) {
                    Ok(events) => Decision::Events(wrapped(events, Event::Rulebook)),
                    Err(refusal) => refusal.into(),
                })
            }
        }
    }

    /// Why a command would be refused, were it handed in under these circumstances by somebody whose
    /// role may issue it; nothing is recorded.
    pub fn refusal(
        &mut self,
        submission: &Submission,
        circumstances: &Circumstances,
    ) -> Result<Option<Refusal>, EngineError> {
        let stream = submission.request.stream();
        Ok(match self.decide(submission, circumstances, &stream)? {
            Decision::Events(_) | Decision::Repeat(_) => None,
            Decision::Refused(refused) => Some(refused.refusal),
        })
    }

    /// Whose the agreement is that a filing names, where there is one of that id: a user files on its
    /// own (rulebook 1.5). What services say of others' agreements is taken as they say it.
    fn parties_of_named_agreement(
        &mut self,
        act: &complaint::Act,
    ) -> Result<Option<(UserRef, MerchantId)>, EngineError> {
        let complaint::Act::File(filing) = act else {
            return Ok(None);
        };
        let Some(id) = &filing.agreement_id else {
            return Ok(None);
        };
        let agreement = self.world.agreement(id)?;
        Ok(agreement.map(|known| (known.user_ref.clone(), known.merchant_id.clone())))
    }

    /// Whether there is such an event, and it is about the user: a record of reading what is not
    /// there, or is somebody else's, would tell nothing.
    fn check_reading(
        &mut self,
        user_ref: &UserRef,
        stream: &StreamId,
        version: u64,
    ) -> Result<Result<(), Refusal>, EngineError> {
        let is_theirs = self.world.user_of(stream)?.as_ref() == Some(user_ref)
            && version < self.world.stream(stream)?.next_version;
        Ok(match is_theirs {
            true => Ok(()),
            false => Err(Refusal::new(
                Code::FieldInvalid,
                format!("there is no version {version} of {stream} with texts of that user"),
            )),
        })
    }

    /// The first answer again, where the rules say that a command repeats another one.
    fn repeat(&self, first: Option<uuid::Uuid>) -> Result<Decision, EngineError> {
        let known = match first {
            Some(command_id) => self.known(command_id)?,
            None => None,
        };
        Ok(known.map_or_else(
            || Decision::Events(Vec::new()),
            |known| Decision::Repeat(Box::new(known.accepted)),
        ))
    }
}

fn refused(refusal: Refusal) -> Answer {
    Answer::Refused(refusal.into())
}

fn unknown(code: Code, stream: &StreamId) -> Refusal {
    Refusal::new(code, format!("there is no {stream}"))
}

fn wrapped<E>(events: Vec<E>, wrap: impl Fn(E) -> Event) -> Vec<Event> {
    events.into_iter().map(wrap).collect()
}

/// Only a submitter entitled to it may claim `platform` or `partner`, also where the command does
/// not say so and the role of whoever acted would: nobody gains by leaving it out.
fn check_trust(submission: &Submission) -> Result<(), Refusal> {
    let Submitter::Identity { may_claim, actor } = &submission.submitter else {
        return Ok(());
    };
    let claimed = submission
        .trust
        .unwrap_or_else(|| submission.by.role.default_trust());
    let own_default = actor_default(&submission.by, actor);
    if claimed == Trust::OwnClaim || own_default == Some(claimed) || may_claim.contains(&claimed) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::TrustNotAllowed,
        format!("{} may not be claimed here", claimed.as_str()),
    ))
}

/// The trust that goes with the role of somebody who submits an act of their own.
fn actor_default(by: &Actor, submitter: &Actor) -> Option<Trust> {
    (by == submitter).then(|| by.role.default_trust())
}
