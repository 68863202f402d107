//! Which of the events somebody wants are also theirs to see.

use std::collections::HashMap;
use std::sync::Arc;

use redress_domain::event::Event;
use redress_domain::identity::StreamId;
use redress_domain::merchant;
use redress_engine::{Engine, EngineError};

use super::filter::Wanted;
use super::told::Told;
use crate::authorization::{Sight, may_see_stream};
use crate::caller::Caller;
use crate::engine_calls::ask;
use crate::problem::Problem;
use crate::service::Service;

/// Streams of which it is remembered whether they are seen.
const STREAMS_REMEMBERED: usize = 16_384;

/// What somebody is told: what they want and may see.
pub struct Admission {
    wanted: Wanted,
    /// Who is told; `None` is the service itself, which may see everything.
    caller: Option<Caller>,
    /// Whether a stream's events are told, as far as that was looked up.
    streams: HashMap<StreamId, bool>,
}

impl Admission {
    /// What a caller who wants something is told.
    #[must_use]
    pub fn of(wanted: Wanted, caller: Caller) -> Self {
        let sees_everything = Sight::of(&caller) == Sight::Everything;
        Self {
            wanted,
            caller: (!sees_everything).then_some(caller),
            streams: HashMap::new(),
        }
    }

    /// What is told of everything.
    #[must_use]
    pub fn of_everything(wanted: Wanted) -> Self {
        Self {
            wanted,
            caller: None,
            streams: HashMap::new(),
        }
    }

    /// Those of some events that are told, in order.
    ///
    /// # Errors
    /// When it cannot be looked up whose they are.
    pub async fn admit(
        &mut self,
        service: &Arc<Service>,
        mut events: Vec<Arc<Told>>,
    ) -> Result<Vec<Arc<Told>>, Problem> {
        if events
            .iter()
            .any(|told| moves_merchant(&told.recorded.event))
            || self.streams.len() > STREAMS_REMEMBERED
        {
            self.streams.clear();
        }
        events.retain(|told| self.wanted.matches(&told.recorded));
        if self.caller.is_none() && self.wanted.merchant.is_none() {
            return Ok(events);
        }
        let mut unknown: Vec<StreamId> = events
            .iter()
            .map(|told| &told.recorded.header.stream)
            .filter(|stream| !self.streams.contains_key(stream))
            .cloned()
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let (wanted, caller) = (self.wanted.clone(), self.caller.clone());
            let looked_up = ask(service, move |engine| {
                unknown
                    .into_iter()
                    .map(|stream| {
                        let is_told = is_told(engine, &wanted, caller.as_ref(), &stream)?;
                        Ok((stream, is_told))
                    })
                    .collect::<Result<Vec<_>, EngineError>>()
            })
            .await?;
            self.streams.extend(looked_up);
        }
        events.retain(|told| self.streams.get(&told.recorded.header.stream) == Some(&true));
        Ok(events)
    }
}

/// Whether events of a stream are told.
fn is_told(
    engine: &Engine,
    wanted: &Wanted,
    caller: Option<&Caller>,
    stream: &StreamId,
) -> Result<bool, EngineError> {
    if let Some(merchant) = &wanted.merchant {
        let belonging = engine.belonging(stream)?;
        if belonging.and_then(|known| known.merchant_id).as_ref() != Some(merchant) {
            return Ok(false);
        }
    }
    match caller {
        Some(caller) => may_see_stream(caller, engine, stream),
        None => Ok(true),
    }
}

/// Whether an event can change which intermediaries see a merchant's streams.
fn moves_merchant(event: &Event) -> bool {
    matches!(
        event,
        Event::Merchant(
            merchant::Event::MerchantRegistered { .. } | merchant::Event::MerchantUpdated { .. }
        )
    )
}
