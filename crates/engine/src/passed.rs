//! What time had brought about when the log was written. A deadline that was looked at and came to
//! nothing leaves no trace in the log, so the queue that is built from rows alone still has it. To
//! look at it once more, with what has become known since, would judge that instant by a later
//! state; whoever builds a world from the log leaves out what the log's writer had done with.

use std::collections::HashSet;
use std::sync::Arc;

use redress_domain::identity::{Actor, StreamId};
use redress_domain::instant::Instant;
use redress_domain::{complaint, intermediary, merchant};
use redress_projections::deadlines::{DueStream, Purpose, next_to_leave};
use redress_store::entry::{self, Entry};

use crate::error::EngineError;
use crate::world::World;

impl World {
    /// The last command that came from outside or from time, and behind it everything that
    /// followed of it; nothing for an empty log.
    pub fn last_work(&self) -> Result<Vec<Entry>, EngineError> {
        let mut work: Vec<Entry> = Vec::new();
        let mut position = self.last_position;
        while let Some(bytes) = self.shelf.entry(position)? {
            let entry = entry::decode(&bytes)?;
            let header = &entry.recorded.header;
            let is_before = work.last().is_some_and(|later| {
                let later = &later.recorded.header;
                later.causation_id.is_none() && later.command_id != header.command_id
            });
            if is_before {
                break;
            }
            position = position.saturating_sub(1);
            work.push(entry);
        }
        work.reverse();
        Ok(work)
    }

    /// Brings what waits for an instant to where the writer of the log had come with it.
    pub fn catch_up_with_time(&mut self) -> Result<(), EngineError> {
        let work = self.last_work()?;
        let Some(first) = work.first() else {
            self.schedule_transition(self.last_recorded_at);
            return Ok(());
        };
        let header = &first.recorded.header;
        let is_of_time = header.by == Actor::engine() && first.command_digest.is_none();
        // What came of an instant is recorded one by one, and the last of it need not be there
        // yet: only what lies before that instant is done with. A command comes after everything
        // up to its own instant.
        let through = if is_of_time {
            just_before(header.occurred_at)
        } else {
            header.recorded_at
        };
        self.schedule_transition(through);
        // A clock of a stream that the last work changed may have run out before it was known; all
        // other instants lie behind the change that they come of.
        let changed: HashSet<&StreamId> = work
            .iter()
            .map(|entry| &entry.recorded.header.stream)
            .collect();
        let waiting: Vec<DueStream> = self
            .models
            .deadlines
            .all_due(through)
            .filter(|due| due.purpose != Purpose::Observe || !changed.contains(&due.stream))
            .cloned()
            .collect();
        for due in waiting {
            let until = self.looked_at_after(due.clone(), through)?;
            let deadlines = &mut self.models.deadlines;
            deadlines.put_off(&due.stream, due.purpose, until);
        }
        Ok(())
    }

    /// When a stream is looked at next after nothing came of everything up to an instant.
    fn looked_at_after(
        &mut self,
        mut due: DueStream,
        through: Instant,
    ) -> Result<Option<Instant>, EngineError> {
        if let (Purpose::Standing, StreamId::Merchant(_)) = (due.purpose, &due.stream) {
            // Whether the next midnight matters is told by a merchant's whole history, and nobody
            // opens a store to wait for all of them: it is looked at then, which changes nothing
            // where it does not.
            let offset = self.rulebook.in_force(through).civil_offset;
            return Ok(Some(offset.midnight(offset.day_of(through).plus(1))));
        }
        let mut until = Some(due.fires_at);
        while let Some(fires_at) = until.filter(|fires_at| *fires_at <= through) {
            due.fires_at = fires_at;
            until = self.looked_at_again(&due)?;
        }
        Ok(until)
    }

    /// When a stream is looked at next after nothing came of it.
    pub fn looked_at_again(&mut self, due: &DueStream) -> Result<Option<Instant>, EngineError> {
        let after = due.fires_at;
        let rulebook = Arc::clone(&self.rulebook);
        match (due.purpose, &due.stream) {
            (Purpose::Standing, StreamId::Merchant(id)) => {
                let standing = &self.models.standing;
                Ok(standing.next_evaluation(id, &rulebook, after)?)
            }
            (Purpose::Standing, StreamId::Intermediary(id)) => {
                let window = rulebook.in_force(after).standing.window;
                Ok(self
                    .intermediary(id)?
                    .and_then(|one| next_to_leave(one, window, after)))
            }
            (Purpose::SettlementRefund, _) => self.next_settlement(&due.stream, after),
            (Purpose::Observe, StreamId::Merchant(id)) => Ok(self
                .merchant(id)?
                .and_then(|one| merchant::next_deadline(one, after))),
            (Purpose::Observe, StreamId::Intermediary(id)) => Ok(self
                .intermediary(id)?
                .and_then(|one| intermediary::next_deadline(one, after))),
            (Purpose::Standing | Purpose::Observe, _) => Ok(None),
        }
    }

    /// policy settlement-refund: the next waiting time of a complaint that is over later.
    fn next_settlement(
        &mut self,
        stream: &StreamId,
        after: Instant,
    ) -> Result<Option<Instant>, EngineError> {
        let rulebook = Arc::clone(&self.rulebook);
        let StreamId::Complaint(id) = stream else {
            return Ok(None);
        };
        let deadlines = &self.models.deadlines;
        if !deadlines.is_followed(stream, Purpose::SettlementRefund) {
            return Ok(None);
        }
        Ok(self
            .complaint(id)?
            .and_then(|one| complaint::next_settlement_refund(one, &rulebook, after)))
    }
}

fn just_before(instant: Instant) -> Instant {
    Instant::from_unix_ms(instant.unix_ms().saturating_sub(1))
}
