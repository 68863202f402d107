//! What the engine stands on in a run: a clock that is set, a journal that fails when it is told
//! to, and everything that the engine shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use redress_domain::event::Recorded;
use redress_domain::instant::Instant;
use redress_engine::{Clock, Engine, EventRange, Look, Seen};
use redress_projections::agreements::AgreementFilter;
use redress_projections::cases::{CaseFilter, QueueView, SlaQuery};
use redress_projections::repeats::RepeatsQuery;
use redress_protocol::view::{
    IntermediaryBundle, MerchantBundle, Moment, agreement_view, complaint_view, intermediary_view,
    merchant_view, queue_view, repeats_view, sla_view,
};
use redress_store::journal::{Commit, Journal, JournalError, JournalReader, MemoryJournal};
use serde_json::Value;

/// A clock that stands where it is set.
#[derive(Default)]
pub struct SetClock(AtomicI64);

impl SetClock {
    pub fn set(&self, at: i64) {
        self.0.store(at, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// How much of a group is kept when the machine dies under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Nothing,
    /// Its first commits, up to half of them.
    TheFirstHalf,
    /// Everything; only the acknowledgement is lost.
    Everything,
}

/// A journal on a disk in memory that fails at the next append when it is told to.
pub struct Unreliable {
    inner: MemoryJournal,
    next: Arc<Mutex<Option<Fault>>>,
}

impl Unreliable {
    pub fn new(inner: MemoryJournal, next: &Arc<Mutex<Option<Fault>>>) -> Self {
        Self {
            inner,
            next: Arc::clone(next),
        }
    }
}

#[async_trait::async_trait]
impl Journal for Unreliable {
    async fn append(&mut self, group: &[Commit]) -> Result<(), JournalError> {
        let fault = self.next.lock().unwrap().take();
        let kept = match fault {
            None | Some(Fault::Everything) => group,
            Some(Fault::TheFirstHalf) => &group[..group.len() / 2],
            Some(Fault::Nothing) => &[],
        };
        self.inner.append(kept).await?;
        fault.map_or(Ok(()), |_| Err(JournalError::Poisoned))
    }

    fn last_position(&self) -> u64 {
        self.inner.last_position()
    }

    fn reader(&self, from_position: u64) -> Result<JournalReader, JournalError> {
        self.inner.reader(from_position)
    }
}

/// The log from a position on.
pub fn events(engine: &Engine, from: u64) -> Vec<Recorded> {
    let mut events = Vec::new();
    let range = EventRange {
        from: Some(from),
        ..EventRange::default()
    };
    engine
        .events(&range, |recorded| {
            events.push(recorded);
            true
        })
        .unwrap();
    events
}

pub fn look_at(at: i64) -> Look {
    Look {
        at: Some(Instant::from_unix_ms(at)),
        as_of: None,
    }
}

fn moment<T>(seen: &Seen<T>) -> Moment {
    Moment {
        at: seen.at,
        as_of_position: seen.as_of_position,
        offset: seen.rulebook.in_force(seen.at).civil_offset,
    }
}

/// Everything that the engine shows from one point of view, by name.
pub fn views(engine: &Engine, look: Look) -> BTreeMap<String, Value> {
    let glance = engine.glance(look).unwrap();
    let look = glance.look();
    let mut views = BTreeMap::new();
    let complaints = engine.complaints(&CaseFilter::default(), look).unwrap();
    for id in complaints.value {
        let seen = engine.complaint(&id, look).unwrap();
        let view = complaint_view(seen.value.as_ref().unwrap(), &moment(&seen));
        views.insert(format!("complaint/{id}"), view);
    }
    for id in engine.merchants(look).unwrap().value {
        let seen = engine.merchant(&id, look).unwrap();
        let one = seen.value.as_ref().unwrap();
        let bundle = MerchantBundle {
            merchant: &one.merchant,
            metrics: &one.metrics,
            gate: &one.gate,
            rulebook: &seen.rulebook,
        };
        let view = merchant_view(&bundle, &moment(&seen));
        views.insert(format!("merchant/{id}"), view);
        let query = RepeatsQuery {
            merchant_id: Some(id.clone()),
            ..RepeatsQuery::default()
        };
        let seen = engine.repeats(&query, look).unwrap();
        let view = repeats_view(&seen.value, &moment(&seen));
        views.insert(format!("repeats/{id}"), view);
    }
    let agreements = engine.agreements(&AgreementFilter::default(), look);
    for id in agreements.unwrap().value {
        let seen = engine.agreement(&id, look).unwrap();
        let view = agreement_view(seen.value.as_ref().unwrap(), &moment(&seen));
        views.insert(format!("agreement/{id}"), view);
    }
    for id in engine.intermediaries(look).unwrap().value {
        let seen = engine.intermediary(&id, look).unwrap();
        let one = seen.value.as_ref().unwrap();
        let bundle = IntermediaryBundle {
            intermediary: &one.intermediary,
            merchants: one.portfolio.merchants,
            merchants_at_t2: one.portfolio.merchants_at_t2,
            coordination_failures: one.portfolio.coordination_failures,
        };
        let view = intermediary_view(&bundle, &moment(&seen));
        views.insert(format!("intermediary/{id}"), view);
    }
    let seen = engine.queue(None, QueueView::All, None, look).unwrap();
    views.insert("queue".to_owned(), queue_view(&seen.value, &moment(&seen)));
    let query = SlaQuery {
        merchant_id: None,
        from: None,
        to: None,
        at: Instant::from_unix_ms(0),
    };
    let seen = engine.sla(query, look).unwrap();
    views.insert("sla".to_owned(), sla_view(&seen.value, &moment(&seen)));
    views
}
