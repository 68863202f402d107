//! Which world a query looks at, and what it waits for: the live one, one folded up to a point of
//! the log, or, once the writer has stopped, one folded up to what is durable.

use std::sync::Arc;

use redress_domain::instant::Instant;
use redress_domain::rulebook::Rulebook;
use redress_projections::ReadModels;
use redress_store::entry;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::query::{AsOf, Look, Seen};
use crate::shelf::Shelf;
use crate::world::World;

/// What the answer to a query rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestsOn {
    /// Any event may change it.
    Everything,
    /// The streams that it looks at, the rulebook, and which merchants belong together. Where none
    /// of these has an event that is not durable yet, the answer is the same at the last durable
    /// position, and nothing is waited for.
    ItsStreams,
}

impl Engine {
    /// Runs a query on the world that a look asks for.
    pub(crate) fn look<T>(
        &self,
        rests_on: RestsOn,
        look: Look,
        query: impl FnOnce(&mut World, Instant) -> Result<T, EngineError>,
    ) -> Result<Seen<T>, EngineError> {
        if let Some(as_of) = look.as_of {
            return self.look_at_the_past(look, as_of, query);
        }
        let seen = {
            let mut world = self.shared.world();
            if self.shared.stopped_because().is_some() {
                drop(world);
                return self.look_after_stop(look, query);
            }
            let durable = self.shared.durable();
            world.rests_on = 0;
            let at = look.at.unwrap_or_else(|| self.clock.now());
            // Rows that cannot be read stop their projection, whoever finds them.
            let mut seen = match answer(&mut world, at, query) {
                Ok(seen) => seen,
                Err(error) => return Err(world.stopped_by(error).unwrap_or_else(|e| e)),
            };
            let is_durable = world.rests_on.max(world.frame_changed_at) <= durable;
            if rests_on == RestsOn::ItsStreams && is_durable {
                seen.as_of_position = durable;
            }
            seen
        };
        self.shared.wait_durable(seen.as_of_position)?;
        Ok(seen)
    }

    fn look_at_the_past<T>(
        &self,
        look: Look,
        as_of: AsOf,
        query: impl FnOnce(&mut World, Instant) -> Result<T, EngineError>,
    ) -> Result<Seen<T>, EngineError> {
        if let AsOf::Position(position) = as_of
            && let Some(world) = self.glances.world(position)
        {
            let mut world = world.lock();
            let at = look.at.unwrap_or(world.last_recorded_at);
            return answer(&mut world, at, query);
        }
        let mut world = self.look_back(as_of)?;
        let at = look.at.unwrap_or(match as_of {
            AsOf::Position(_) => world.last_recorded_at,
            AsOf::Recorded(instant) => instant,
        });
        answer(&mut world, at, query)
    }

    /// After a failure the live world may be ahead of what is durable, so reads go on from the log:
    /// it is folded once, by the first who asks, and kept for all others.
    fn look_after_stop<T>(
        &self,
        look: Look,
        query: impl FnOnce(&mut World, Instant) -> Result<T, EngineError>,
    ) -> Result<Seen<T>, EngineError> {
        let mut after_stop = self.after_stop.lock();
        let last = self.last_position();
        let mut world = match after_stop.take() {
            Some(world) if world.last_position == last => world,
            Some(_) | None => Box::new(self.look_back(AsOf::Position(last))?),
        };
        let at = look.at.unwrap_or_else(|| self.clock.now());
        let seen = answer(&mut world, at, query);
        *after_stop = Some(world);
        seen
    }

    /// The world as it was known at a point of the log: folded anew from the journal.
    pub(crate) fn look_back(&self, as_of: AsOf) -> Result<World, EngineError> {
        let last = self.last_position();
        if let AsOf::Position(asked) = as_of
            && asked > last
        {
            return Err(EngineError::PositionUnknown { asked, last });
        }
        let mut world = World::new(
            Rulebook::new(self.first_edition.clone()),
            ReadModels::new(None)?,
            Shelf::new(None),
        );
        let mut reader = self.source.reader(1)?;
        while let Some(commit) = reader.next_commit()? {
            for bytes in commit.entries() {
                let recorded = entry::decode(bytes)?.recorded;
                let beyond = match as_of {
                    AsOf::Position(position) => recorded.header.position > position,
                    AsOf::Recorded(instant) => recorded.header.recorded_at > instant,
                };
                if beyond || recorded.header.position > last {
                    return Ok(world);
                }
                world.apply(bytes.into(), &recorded)?;
            }
        }
        Ok(world)
    }
}

fn answer<T>(
    world: &mut World,
    at: Instant,
    query: impl FnOnce(&mut World, Instant) -> Result<T, EngineError>,
) -> Result<Seen<T>, EngineError> {
    Ok(Seen {
        value: query(world, at)?,
        at,
        as_of_position: world.last_position,
        rulebook: Arc::clone(&world.rulebook),
    })
}
