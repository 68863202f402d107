//! Applies events to a merchant.

use alloc::vec::Vec;

use crate::circumstances::Stamp;
use crate::identity::EditionName;
use crate::instant::Instant;
use crate::measure::{Measures, Owner};

use super::{Acceptance, Event, Merchant, Standing, State, Update};

/// Applies an event. Before the registration only the registration does anything.
#[must_use]
pub fn evolve(state: State, stamp: &Stamp, event: &Event) -> State {
    let mut merchant = match (state, event) {
        (
            None,
            Event::MerchantRegistered {
                merchant_id,
                kind,
                industry,
                name,
                institution_id,
                service_provider_id,
                entity_id,
            },
        ) => {
            return Some(Merchant {
                merchant_id: merchant_id.clone(),
                kind: *kind,
                industry: *industry,
                name: name.clone(),
                institution_id: institution_id.clone(),
                service_provider_id: service_provider_id.clone(),
                left_intermediaries: Vec::new(),
                entity_id: entity_id.clone(),
                standing: Standing::new(),
                measures: Measures::of(Owner::Merchant),
                acceptances: Vec::new(),
                declined: None,
                next_version: 1,
            });
        }
        (None, _) => return None,
        (Some(merchant), _) => merchant,
    };
    merchant.next_version = merchant.next_version.saturating_add(1);
    let at = stamp.counted_at;
    match event {
        // The denominators are counted by projections alone.
        Event::MerchantRegistered { .. } | Event::VolumeReported { .. } => {}
        Event::MerchantUpdated { update } => merchant.update(update),
        Event::StandingChanged { change } => merchant.standing = Standing::changed(change, at),
        Event::Measure(event) => merchant.measures.apply(stamp, event),
        Event::RulebookAccepted { edition, by_use } => merchant.accept(edition, *by_use, at),
        Event::RulebookDeclined { edition, .. } => merchant.declined = Some(edition.clone()),
    }
    Some(merchant)
}

impl Merchant {
    fn update(&mut self, update: &Update) {
        let Update {
            industry,
            name,
            institution_id,
            service_provider_id,
            entity_id,
        } = update;
        if let Some(industry) = industry {
            self.industry = *industry;
        }
        if let Some(name) = name {
            self.name = name.clone();
        }
        let before = self.intermediaries();
        if institution_id.is_some() {
            self.institution_id.clone_from(institution_id);
        }
        if service_provider_id.is_some() {
            self.service_provider_id.clone_from(service_provider_id);
        }
        let after = self.intermediaries();
        self.left_intermediaries
            .retain(|known| !after.contains(known));
        for left in before {
            if !after.contains(&left) && !self.left_intermediaries.contains(&left) {
                self.left_intermediaries.push(left);
            }
        }
        if let Some(entity_id) = entity_id {
            self.entity_id = entity_id.clone();
        }
    }

    /// rulebook 5: an explicit word for an edition takes an earlier decline back; use never does.
    fn accept(&mut self, edition: &EditionName, by_use: bool, at: Instant) {
        if !by_use {
            self.declined = None;
        }
        self.acceptances.push(Acceptance {
            edition: edition.clone(),
            by_use,
            at,
        });
    }
}
