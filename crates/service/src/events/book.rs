//! The log in pages, as it is told to everybody who follows it. A page is read from the log and
//! written down once; whoever follows takes what is there. The pages that were asked for last are
//! kept, so that a thousand who follow cost little more than one.

use std::sync::Arc;

use parking_lot::Mutex;
use redress_engine::Follower;
use tokio::sync::Mutex as TurnMutex;

use super::told::Told;
use crate::engine_calls::ask;
use crate::problem::Problem;
use crate::service::Service;

/// Events of a page. Pages begin at the positions 1, 257, …
const PAGE_EVENTS: u64 = 256;
/// Pages that are kept.
const PAGES_KEPT: usize = 64;
/// Places in the log that are kept to read on from; each holds a buffer of a megabyte.
const PLACES_KEPT: usize = 8;

/// Events one after another, the first one at the beginning of a page.
#[derive(Debug)]
struct Page {
    first_position: u64,
    events: Vec<Arc<Told>>,
}

impl Page {
    fn next_position(&self) -> u64 {
        self.first_position + self.events.len() as u64
    }

    /// The events from a position on.
    fn from(&self, position: u64) -> &[Arc<Told>] {
        let passed = usize::try_from(position.saturating_sub(self.first_position));
        passed
            .ok()
            .and_then(|passed| self.events.get(passed..))
            .unwrap_or_default()
    }
}

/// The log as it is told.
#[derive(Default)]
pub struct Book {
    kept: Mutex<Kept>,
    /// Pages are read one at a time: those who wait for the same one find it there.
    turn: TurnMutex<()>,
}

#[derive(Default)]
struct Kept {
    /// The one asked for last stands last.
    pages: Vec<Arc<Page>>,
    /// The one read last stands last.
    places: Vec<Follower>,
}

impl Kept {
    fn page(&mut self, first_position: u64) -> Option<Arc<Page>> {
        let index = self
            .pages
            .iter()
            .rposition(|page| page.first_position == first_position)?;
        let page = self.pages.remove(index);
        self.pages.push(Arc::clone(&page));
        Some(page)
    }

    fn keep(&mut self, page: &Arc<Page>, place: Follower) {
        self.pages
            .retain(|known| known.first_position != page.first_position);
        self.pages.push(Arc::clone(page));
        if self.pages.len() > PAGES_KEPT {
            self.pages.remove(0);
        }
        self.places.push(place);
        if self.places.len() > PLACES_KEPT {
            self.places.remove(0);
        }
    }

    fn place(&mut self, next_position: u64) -> Option<Follower> {
        let index = self
            .places
            .iter()
            .position(|place| place.next_position() == next_position)?;
        Some(self.places.remove(index))
    }
}

impl Book {
    /// Some events from a position on, without a gap: at least one when there are any, at most a
    /// page; none at the end of the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn read(
        &self,
        service: &Arc<Service>,
        position: u64,
    ) -> Result<Vec<Arc<Told>>, Problem> {
        let position = position.max(1);
        let first_position = position - (position - 1) % PAGE_EVENTS;
        if let Some(events) = self.at_hand(first_position, position) {
            return Ok(events);
        }
        if service.engine.last_position() < position {
            return Ok(Vec::new());
        }
        let _turn = self.turn.lock().await;
        if let Some(events) = self.at_hand(first_position, position) {
            return Ok(events);
        }
        let (known, place) = {
            let mut kept = self.kept.lock();
            let known = kept.page(first_position);
            let next = known
                .as_ref()
                .map_or(first_position, |page| page.next_position());
            (known, kept.place(next))
        };
        let (page, place) = ask(service, move |engine| {
            let mut events = known.map_or_else(Vec::new, |page| page.events.clone());
            let next = first_position + events.len() as u64;
            let mut place = place.unwrap_or_else(|| engine.follower(next));
            let offset = engine.rulebook().in_force(engine.now()).civil_offset;
            let missing = usize::try_from(first_position + PAGE_EVENTS - next).unwrap_or(0);
            let read = place.read(engine, missing)?;
            events.extend(
                read.into_iter()
                    .map(|recorded| Arc::new(Told::of(recorded, offset))),
            );
            let page = Page {
                first_position,
                events,
            };
            Ok((Arc::new(page), place))
        })
        .await?;
        let events = page.from(position).to_vec();
        self.kept.lock().keep(&page, place);
        Ok(events)
    }

    /// What is kept of a page from a position on, if anything is.
    fn at_hand(&self, first_position: u64, position: u64) -> Option<Vec<Arc<Told>>> {
        let page = self.kept.lock().page(first_position)?;
        let events = page.from(position);
        (!events.is_empty()).then(|| events.to_vec())
    }
}
