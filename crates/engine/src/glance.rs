//! One look at the log for many queries: the log is folded once and kept while the glance lives.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use redress_domain::instant::Instant;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::query::{AsOf, Look};
use crate::world::World;

/// Answers many queries from one point of the log and one instant.
///
/// While it lives, a query with its [`Glance::look`] finds the world as of its position ready
/// instead of folding the log anew.
pub struct Glance {
    look: Look,
    at: Instant,
    as_of_position: u64,
    _world: Option<Arc<Mutex<World>>>,
}

impl Glance {
    /// The look that every query of this glance uses.
    #[must_use]
    pub const fn look(&self) -> Look {
        self.look
    }

    /// The instant to judge clocks by.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The last position that is looked at; of a look at everything, the last one when the glance
    /// began.
    #[must_use]
    pub const fn as_of_position(&self) -> u64 {
        self.as_of_position
    }
}

/// The worlds that glances keep, by the position that each has come to.
#[derive(Default)]
pub(crate) struct Glances(Mutex<Vec<(u64, Weak<Mutex<World>>)>>);

impl Glances {
    /// The world as of a position, if a glance keeps it.
    pub fn world(&self, position: u64) -> Option<Arc<Mutex<World>>> {
        let known = self.0.lock();
        known
            .iter()
            .filter(|(kept, _)| *kept == position)
            .find_map(|(_, world)| world.upgrade())
    }

    fn keep(&self, world: World) -> Arc<Mutex<World>> {
        let position = world.last_position;
        let world = Arc::new(Mutex::new(world));
        let mut known = self.0.lock();
        known.retain(|(_, world)| world.strong_count() > 0);
        known.push((position, Arc::downgrade(&world)));
        world
    }
}

impl Engine {
    /// Fixes a look for many queries. An `as_of` is folded once; without one, queries are answered
    /// from the live state, all at the same instant.
    ///
    /// # Errors
    /// When what is stored cannot be read, or the log does not reach that far.
    pub fn glance(&self, look: Look) -> Result<Glance, EngineError> {
        let Some(as_of) = look.as_of else {
            let at = look.at.unwrap_or_else(|| self.now());
            return Ok(Glance {
                look: Look {
                    at: Some(at),
                    as_of: None,
                },
                at,
                as_of_position: self.last_position(),
                _world: None,
            });
        };
        let world = self.look_back(as_of)?;
        let as_of_position = world.last_position;
        let at = look.at.unwrap_or(match as_of {
            AsOf::Position(_) => world.last_recorded_at,
            AsOf::Recorded(instant) => instant,
        });
        Ok(Glance {
            look: Look {
                at: Some(at),
                as_of: Some(AsOf::Position(as_of_position)),
            },
            at,
            as_of_position,
            _world: Some(self.glances.keep(world)),
        })
    }
}
