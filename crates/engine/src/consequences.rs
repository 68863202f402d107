//! What follows of commands and of time: reactions run under derived command ids, deadlines in
//! their order, each with all its consequences before the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use redress_domain::clock::ClockKind;
use redress_domain::complaint::{self, LinkKind};
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::{ComplaintId, IntermediaryId, MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::measure::{MeasureEvent, MeasureKind};
use redress_domain::merchant::{self, MerchantKind, Observation};
use redress_domain::reaction::{After, MerchantConcern, Reaction, reactions};
use redress_domain::rulebook::Transition;
use redress_domain::{agreement, intermediary};
use redress_projections::Projection;
use redress_projections::cases::{CaseFilter, Cases};
use redress_projections::deadlines::{DueStream, Purpose};
use redress_projections::repeats::{Filed, links_for};
use uuid::Uuid;

use crate::error::EngineError;
use crate::session::{Origin, Outcome, Session, derived};
use crate::submission::History;

/// Reactions to one command settle long before this; more of them are a fault of the program.
const REACTIONS_MAX: usize = 100_000;

/// An event that brings a reaction about.
#[derive(Clone, Debug)]
struct Cause {
    event_id: Uuid,
    position: u64,
    recorded_at: Instant,
    correlation_id: Option<Uuid>,
}

impl Session<'_> {
    /// Lets every deadline up to an instant happen, in order, each with what follows of it. An
    /// edition comes into force before everything else at its instant.
    pub fn pass_time(&mut self, to: Instant) -> Result<(), EngineError> {
        loop {
            let transition = self.world.next_transition.filter(|at| *at <= to);
            let due = self.world.models.deadlines.due(to).cloned();
            match (transition, due) {
                (Some(at), due) if due.as_ref().is_none_or(|due| at <= due.fires_at) => {
                    self.wake_rulebook(at, self.recorded_at(at, to))?;
                }
                (_, Some(due)) => {
                    let now = self.recorded_at(due.fires_at, to);
                    if !self.manner.virtual_time {
                        let late_ms = now.since(due.fires_at).ms();
                        let late_ms = u64::try_from(late_ms).unwrap_or(0);
                        self.world.deadline_late_ms.note(late_ms);
                    }
                    self.wake_stream(&due, now)?;
                }
                (_, None) => return Ok(()),
            }
        }
    }

    /// Looks at a stream whose instant has come. When nothing comes of it, it is put off: until
    /// the next civil midnight for standing, else until the stream changes.
    fn wake_stream(&mut self, due: &DueStream, now: Instant) -> Result<(), EngineError> {
        let recorded = match (&due.stream, due.purpose) {
            (StreamId::Complaint(id), Purpose::Observe) => {
                let command_id = self.wake_id(&due.stream, due.fires_at)?;
                self.observe_complaint(id, command_id, due.fires_at, now, None)?
            }
            // rulebook 4.2(2)
            (StreamId::Complaint(id), Purpose::SettlementRefund | Purpose::Standing) => {
                let command_id = derived(self.wake_id(&due.stream, due.fires_at)?, "settlement");
                self.wake_settlement(id, command_id, due.fires_at, now)?
            }
            (StreamId::Merchant(id), _) => {
                let command_id = self.wake_id(&due.stream, due.fires_at)?;
                let concern = MerchantConcern {
                    merchant_id: id.clone(),
                    complaint_id: None,
                    fallen: None,
                    used_service_at: None,
                };
                self.observe_merchant(&concern, command_id, due.fires_at, now, None)?
            }
            (StreamId::Intermediary(id), _) => {
                let command_id = self.wake_id(&due.stream, due.fires_at)?;
                self.observe_intermediary(id, command_id, due.fires_at, now, None)?
            }
            (StreamId::Agreement(_) | StreamId::User(_) | StreamId::Rulebook, _) => Vec::new(),
        };
        // Another clock of the same complaint may be due at the same instant: then it comes next.
        let is_quiet = recorded.is_empty();
        self.react(recorded, self.correlation_of_time())?;
        if !is_quiet || self.world.models.deadlines.next() != Some(due) {
            return Ok(());
        }
        let until = self.world.looked_at_again(due)?;
        self.world
            .models
            .deadlines
            .put_off(&due.stream, due.purpose, until);
        Ok(())
    }

    fn wake_settlement(
        &mut self,
        id: &ComplaintId,
        command_id: Uuid,
        fires_at: Instant,
        now: Instant,
    ) -> Result<Vec<Recorded>, EngineError> {
        let Some(merchant_id) = self
            .world
            .complaint(id)?
            .map(|complaint| complaint.merchant_id.clone())
        else {
            return Ok(Vec::new());
        };
        let concern = MerchantConcern {
            merchant_id,
            complaint_id: Some(id.clone()),
            fallen: None,
            used_service_at: None,
        };
        self.observe_merchant(&concern, command_id, fires_at, now, None)
    }

    /// An id for what a stream does when an instant is reached.
    fn wake_id(&mut self, stream: &StreamId, fires_at: Instant) -> Result<Uuid, EngineError> {
        let version = self.world.stream(stream)?.next_version;
        let name = format!("wake {stream} {version} {}", fires_at.unix_ms());
        Ok(derived(Uuid::nil(), &name))
    }

    /// rulebook 5: an edition comes into force; where it touches clocks that run already, every
    /// open complaint is looked at.
    fn wake_rulebook(&mut self, fires_at: Instant, now: Instant) -> Result<(), EngineError> {
        let touches_running_clocks =
            self.world.rulebook.in_force(fires_at).transition != Transition::Keep;
        if touches_running_clocks {
            self.world.expect(&[Cases::NAME])?;
            let waiting = CaseFilter {
                waiting: Some(true),
                ..CaseFilter::default()
            };
            for id in self.world.models.cases.list(&waiting)? {
                let stream = StreamId::Complaint(id.clone());
                let command_id = derived(self.wake_id(&stream, fires_at)?, "transition");
                let recorded = self.observe_complaint(&id, command_id, fires_at, now, None)?;
                self.react(recorded, self.correlation_of_time())?;
            }
        }
        self.world.schedule_transition(fires_at);
        Ok(())
    }

    /// Runs what follows of recorded events, and of what follows of them, until nothing does; then
    /// what time has brought about meanwhile.
    pub fn react(
        &mut self,
        recorded: Vec<Recorded>,
        correlation_id: Option<Uuid>,
    ) -> Result<(), EngineError> {
        self.react_to_each(&[&recorded], correlation_id)
    }

    /// What follows of several commands of one stretch of work, in the order in which it follows
    /// when nothing comes in between.
    pub fn react_to_each(
        &mut self,
        commands: &[&[Recorded]],
        correlation_id: Option<Uuid>,
    ) -> Result<(), EngineError> {
        let mut queue = VecDeque::new();
        for recorded in commands {
            self.enqueue(&mut queue, recorded, correlation_id)?;
        }
        let mut runs = 0_usize;
        while let Some((cause, reaction)) = queue.pop_front() {
            runs += 1;
            if runs > REACTIONS_MAX {
                return Err(EngineError::Broken {
                    position: self.world.last_position,
                    what: "what follows of this event does not come to an end".to_owned(),
                });
            }
            let more = self.run(&cause, &reaction)?;
            self.enqueue(&mut queue, &more, cause.correlation_id)?;
        }
        Ok(())
    }

    /// Puts the reactions to one command's events in their order: first what concerns the
    /// complaint itself, then merchants, then intermediaries.
    fn enqueue(
        &mut self,
        queue: &mut VecDeque<(Cause, Reaction)>,
        recorded: &[Recorded],
        correlation_id: Option<Uuid>,
    ) -> Result<(), EngineError> {
        let mut found: Vec<(Cause, Reaction)> = Vec::new();
        for one in recorded {
            let cause = Cause {
                event_id: one.header.event_id,
                position: one.header.position,
                recorded_at: one.header.recorded_at,
                correlation_id,
            };
            for reaction in self.reactions_to(one)? {
                found.retain(|(_, known)| *known != reaction);
                found.push((cause.clone(), reaction));
            }
        }
        found.sort_by_key(|(_, reaction)| match reaction {
            Reaction::LinkComplaint(_) => 0_u8,
            Reaction::ObserveComplaint(_) => 1,
            Reaction::RecordCoordinationFailure { .. } => 2,
            Reaction::ObserveMerchant(_) => 3,
            Reaction::CancelAgreements(_) => 4,
            Reaction::ObserveIntermediary(_) => 5,
        });
        queue.extend(found);
        Ok(())
    }

    fn reactions_to(&mut self, recorded: &Recorded) -> Result<Vec<Reaction>, EngineError> {
        Ok(match &recorded.header.stream {
            StreamId::Complaint(id) => match self.world.complaint(id)? {
                Some(complaint) => reactions(recorded, After::Complaint(complaint)),
                None => Vec::new(),
            },
            StreamId::Merchant(id) => {
                let Some(merchant) = self.world.merchant(id)? else {
                    return Ok(Vec::new());
                };
                let mut intermediaries = merchant.intermediaries();
                if let Event::Merchant(merchant::Event::MerchantUpdated { .. }) = &recorded.event {
                    intermediaries.extend(merchant.left_intermediaries.iter().cloned());
                }
                let ends_service = match &recorded.event {
                    Event::Merchant(merchant::Event::Measure(MeasureEvent::Imposed {
                        measure_id,
                        ..
                    })) => merchant
                        .measures
                        .get(*measure_id)
                        .is_some_and(|measure| measure.kind == MeasureKind::ServiceTermination),
                    _ => false,
                };
                reactions(
                    recorded,
                    After::Merchant {
                        intermediaries: &intermediaries,
                        ends_service,
                    },
                )
            }
            StreamId::Agreement(id) => match self.world.agreement(id)? {
                Some(agreement) => reactions(recorded, After::Agreement(&agreement.merchant_id)),
                None => Vec::new(),
            },
            StreamId::Intermediary(_) | StreamId::User(_) | StreamId::Rulebook => {
                reactions(recorded, After::Other)
            }
        })
    }

    fn run(&mut self, cause: &Cause, reaction: &Reaction) -> Result<Vec<Recorded>, EngineError> {
        let command_id = derived(cause.event_id, &reaction.name());
        let at = cause.recorded_at;
        let now = at.max(self.world.last_recorded_at);
        match reaction {
            Reaction::LinkComplaint(id) => self.link(id, cause, now),
            Reaction::ObserveComplaint(id) => {
                self.observe_complaint(id, command_id, at, now, Some(cause))
            }
            Reaction::ObserveMerchant(concern) => {
                self.observe_merchant(concern, command_id, at, now, Some(cause))
            }
            Reaction::ObserveIntermediary(id) => {
                self.observe_intermediary(id, command_id, at, now, Some(cause))
            }
            Reaction::RecordCoordinationFailure {
                merchant_id,
                complaint_id,
                round,
            } => self.record_coordination_failure(merchant_id, complaint_id, *round, cause, now),
            Reaction::CancelAgreements(merchant_id) => {
                self.cancel_agreements(merchant_id, cause, now)
            }
        }
    }

    /// What ties together that which time brings about.
    fn correlation_of_time(&self) -> Option<Uuid> {
        self.manner.history.map(History::correlation_id)
    }

    /// Records what one of the engine's own commands decided. A refusal of it is no failure: what
    /// it reacted to has been overtaken.
    fn record_own(
        &mut self,
        stream: &StreamId,
        circumstances: &redress_domain::circumstances::Circumstances,
        events: Vec<Event>,
        cause: Option<&Cause>,
    ) -> Result<Vec<Recorded>, EngineError> {
        let origin = Origin {
            submitted_by: None,
            correlation_id: match cause {
                Some(cause) => cause.correlation_id,
                None => self.correlation_of_time(),
            },
            causation_id: cause.map(|cause| cause.event_id),
            body: Vec::new(),
        };
        match self.record(stream, circumstances, events, &origin)? {
            Outcome::Recorded(recorded) => Ok(recorded),
            Outcome::Refused(refusal) => Err(EngineError::Broken {
                position: self.world.last_position,
                what: refusal.message,
            }),
        }
    }

    fn observe_complaint(
        &mut self,
        id: &ComplaintId,
        command_id: Uuid,
        through: Instant,
        now: Instant,
        cause: Option<&Cause>,
    ) -> Result<Vec<Recorded>, EngineError> {
        if self.is_done(command_id)? {
            return Ok(Vec::new());
        }
        let circumstances = self.own_circumstances(command_id, now, through);
        let command =
            self.complaint_command(&circumstances, id, &complaint::Act::Observe { through })?;
        let state = self.world.complaint_state(id)?;
        let events = complaint::decide(state, &command).unwrap_or_default();
        let events = events.into_iter().map(Event::Complaint).collect();
        self.record_own(
            &StreamId::Complaint(id.clone()),
            &circumstances,
            events,
            cause,
        )
    }

    fn observe_merchant(
        &mut self,
        concern: &MerchantConcern,
        command_id: Uuid,
        through: Instant,
        now: Instant,
        cause: Option<&Cause>,
    ) -> Result<Vec<Recorded>, EngineError> {
        let id = &concern.merchant_id;
        if self.is_done(command_id)? {
            return Ok(Vec::new());
        }
        let Some(merchant) = self.world.merchant(id)? else {
            return Ok(Vec::new());
        };
        // Where deadlines are noticed late, what one of them brought about was evaluated as of its
        // recording: a midnight before that is not gone back to.
        let evaluated_at = merchant
            .standing
            .since
            .map_or(through, |since| since.max(through));
        let rulebook = Arc::clone(&self.world.rulebook);
        let standing = &mut self.world.models.standing;
        standing.load(id)?;
        let evaluation = standing.evaluate(id, &rulebook, evaluated_at)?;
        let settlement_refunds = match &concern.complaint_id {
            Some(complaint_id) => self
                .world
                .complaint(complaint_id)?
                .map(|one| complaint::settlement_refund(one, &rulebook, through))
                .into_iter()
                .collect(),
            None => Vec::new(),
        };
        let observation = Observation {
            through,
            evaluation: Some(evaluation),
            computed_at_position: self.world.last_position,
            fallen_determinations: concern.fallen.iter().cloned().collect(),
            settlement_refunds,
            used_service_at: concern.used_service_at,
            enact: self.enacts(),
        };
        let circumstances = self.own_circumstances(command_id, now, through);
        let command =
            self.merchant_command(&circumstances, id, &merchant::Act::Observe(observation))?;
        let state = self.world.merchant_state(id)?;
        let events = merchant::decide(state, &command).unwrap_or_default();
        let events = events.into_iter().map(Event::Merchant).collect();
        self.record_own(
            &StreamId::Merchant(id.clone()),
            &circumstances,
            events,
            cause,
        )
    }

    /// rulebook 4.3
    fn observe_intermediary(
        &mut self,
        id: &IntermediaryId,
        command_id: Uuid,
        through: Instant,
        now: Instant,
        cause: Option<&Cause>,
    ) -> Result<Vec<Recorded>, EngineError> {
        if self.is_done(command_id)? || self.world.intermediary(id)?.is_none() {
            return Ok(Vec::new());
        }
        let edition = self.world.rulebook.in_force(through).clone();
        let portfolio = self
            .world
            .models
            .merchants
            .portfolio(id, through.minus(edition.standing.window))?;
        let evaluation = intermediary::standing_of_portfolio(
            &edition,
            through,
            portfolio.merchants,
            portfolio.merchants_at_t2 + portfolio.coordination_failures,
        );
        let observation = Observation {
            through,
            evaluation: Some(evaluation),
            computed_at_position: self.world.last_position,
            fallen_determinations: Vec::new(),
            settlement_refunds: Vec::new(),
            used_service_at: None,
            enact: self.enacts(),
        };
        let circumstances = self.own_circumstances(command_id, now, through);
        let command = self.intermediary_command(
            &circumstances,
            id,
            &intermediary::Act::Observe(observation),
        )?;
        let state = self.world.intermediary_state(id)?;
        let events = intermediary::decide(state, &command).unwrap_or_default();
        let events = events.into_iter().map(Event::Intermediary).collect();
        self.record_own(
            &StreamId::Intermediary(id.clone()),
            &circumstances,
            events,
            cause,
        )
    }

    /// policy related-window: links a new complaint to earlier ones.
    fn link(
        &mut self,
        id: &ComplaintId,
        cause: &Cause,
        now: Instant,
    ) -> Result<Vec<Recorded>, EngineError> {
        let Some(complaint) = self.world.complaint(id)?.cloned() else {
            return Ok(Vec::new());
        };
        let window = self
            .world
            .rulebook
            .in_force(complaint.filed_at)
            .related_window;
        let candidates = self
            .world
            .models
            .repeats
            .link_candidates(&complaint.user_ref, &complaint.merchant_id)?;
        let filed = Filed {
            complaint_id: complaint.complaint_id,
            order_ids: complaint
                .orders
                .into_iter()
                .map(|order| order.order_id)
                .collect(),
            agreement_id: complaint.agreement_id,
            filed_at: complaint.filed_at,
            filed_position: cause.position,
        };
        let links: Vec<(ComplaintId, LinkKind)> = links_for(&filed, &candidates, window);
        let mut recorded = Vec::new();
        for (other, kind) in links {
            let command_id = derived(cause.event_id, &format!("link {other}"));
            if self.is_done(command_id)? {
                continue;
            }
            let circumstances = self.own_circumstances(command_id, now, now);
            let command =
                self.complaint_command(&circumstances, id, &complaint::Act::Link { other, kind })?;
            let state = self.world.complaint_state(id)?;
            let events = complaint::decide(state, &command).unwrap_or_default();
            let events = events.into_iter().map(Event::Complaint).collect();
            recorded.extend(self.record_own(
                &StreamId::Complaint(id.clone()),
                &circumstances,
                events,
                Some(cause),
            )?);
        }
        Ok(recorded)
    }

    /// rulebook 4.3: nobody acted on a complaint of a sub-merchant before clock `resolution` ran
    /// out.
    fn record_coordination_failure(
        &mut self,
        merchant_id: &MerchantId,
        complaint_id: &ComplaintId,
        round: u32,
        cause: &Cause,
        now: Instant,
    ) -> Result<Vec<Recorded>, EngineError> {
        let Some(merchant) = self.world.merchant(merchant_id)? else {
            return Ok(Vec::new());
        };
        if merchant.kind != MerchantKind::SubMerchant {
            return Ok(Vec::new());
        }
        let mut recorded = Vec::new();
        for id in merchant.intermediaries() {
            let name = format!("{} {id}", ClockKind::Resolution.as_str());
            let command_id = derived(cause.event_id, &name);
            if self.is_done(command_id)? || self.world.intermediary(&id)?.is_none() {
                continue;
            }
            let circumstances = self.own_circumstances(command_id, now, now);
            let command = self.intermediary_command(
                &circumstances,
                &id,
                &intermediary::Act::RecordCoordinationFailure {
                    complaint_id: complaint_id.clone(),
                    round,
                },
            )?;
            let state = self.world.intermediary_state(&id)?;
            let events = intermediary::decide(state, &command).unwrap_or_default();
            let events = events.into_iter().map(Event::Intermediary).collect();
            recorded.extend(self.record_own(
                &StreamId::Intermediary(id),
                &circumstances,
                events,
                Some(cause),
            )?);
        }
        Ok(recorded)
    }

    /// rulebook 4.2(8): a termination cancels live agreements by the platform.
    fn cancel_agreements(
        &mut self,
        merchant_id: &MerchantId,
        cause: &Cause,
        now: Instant,
    ) -> Result<Vec<Recorded>, EngineError> {
        let mut recorded = Vec::new();
        for id in self.world.models.agreements.live_of_merchant(merchant_id)? {
            let command_id = derived(cause.event_id, &format!("cancel {id}"));
            if self.is_done(command_id)? {
                continue;
            }
            let circumstances = self.own_circumstances(command_id, now, now);
            let act = agreement::Act::Cancel { reason: None };
            let command = self.agreement_command(&circumstances, &id, &act)?;
            let state = self.world.agreement_state(&id)?;
            let events = agreement::decide(state, &command).unwrap_or_default();
            let events = events.into_iter().map(Event::Agreement).collect();
            recorded.extend(self.record_own(
                &StreamId::Agreement(id),
                &circumstances,
                events,
                Some(cause),
            )?);
        }
        Ok(recorded)
    }

    /// Whether a derived command was recorded before a crash.
    fn is_done(&self, command_id: Uuid) -> Result<bool, EngineError> {
        Ok(self.resuming && self.known(command_id)?.is_some())
    }
}
