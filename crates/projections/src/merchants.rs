//! `merchants`: merchants by entity and by intermediary, with their recorded tiers, and
//! intermediaries with what counts against them (rulebook 1.1, 1.3, 1.4, 4.3).

use std::sync::Arc;

use bincode::{Decode, Encode};
use redress_domain::event::Event;
use redress_domain::identity::{EntityId, IntermediaryId, MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::merchant::{self, Industry, MerchantKind};
use redress_domain::standing::Tier;

use crate::change::Change;
use crate::fault::Fault;
use crate::key::Key;
use crate::projection::{Projection, RowTable};
use crate::row::{Place, Present, code, named};
use crate::table::{Backing, Table};

mod paging;
#[cfg(test)]
mod tests;

pub use paging::{IntermediaryFilter, MerchantFilter};

const MERCHANTS: &str = "merchants";
const BY_ENTITY: &str = "merchants.by_entity";
const BY_INTERMEDIARY: &str = "merchants.by_intermediary";
const INTERMEDIARIES: &str = "merchants.intermediaries";
const FAILURES: &str = "merchants.failures";

/// Merchants and intermediaries as registered, with their recorded tiers.
pub struct Merchants {
    rows: Table<MerchantRow>,
    /// Entity and merchant.
    by_entity: Table<Present>,
    /// Intermediary and merchant.
    by_intermediary: Table<Present>,
    intermediaries: Table<IntermediaryRow>,
    /// Intermediary and position: when it failed to coordinate, in milliseconds since the epoch.
    failures: Table<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct MerchantRow {
    merchant_id: String,
    kind: u8,
    industry: u8,
    name: String,
    entity_id: String,
    institution_id: Option<String>,
    service_provider_id: Option<String>,
    tier: u8,
    last_position: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct IntermediaryRow {
    intermediary_id: String,
    kind: u8,
    name: String,
    tier: u8,
    last_position: u64,
}

/// A merchant as registered and updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantItem {
    /// The merchant number.
    pub merchant_id: MerchantId,
    /// rulebook 1.1
    pub kind: MerchantKind,
    /// rulebook 3(1).1.3
    pub industry: Industry,
    /// A business name.
    pub name: String,
    /// The legal entity.
    pub entity_id: EntityId,
    /// rulebook 1.3
    pub institution_id: Option<IntermediaryId>,
    /// rulebook 1.4
    pub service_provider_id: Option<IntermediaryId>,
    /// The tier recorded last.
    pub tier: Tier,
    /// The position of the last event of its stream.
    pub last_position: u64,
}

/// An intermediary as registered and updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntermediaryItem {
    /// Its id.
    pub intermediary_id: IntermediaryId,
    /// Institution or service provider.
    pub kind: IntermediaryKind,
    /// A business name.
    pub name: String,
    /// The tier recorded last.
    pub tier: Tier,
    /// The position of the last event of its stream.
    pub last_position: u64,
}

/// What an intermediary's standing is computed from (rulebook 4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// Its merchants.
    pub merchants: u64,
    /// Those at t2 or above.
    pub merchants_at_t2: u64,
    /// Failures to coordinate.
    pub coordination_failures: u64,
}

impl Merchants {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            rows: Table::new(MERCHANTS, backing.cloned()),
            by_entity: Table::new(BY_ENTITY, backing.cloned()),
            by_intermediary: Table::new(BY_INTERMEDIARY, backing.cloned()),
            intermediaries: Table::new(INTERMEDIARIES, backing.cloned()),
            failures: Table::new(FAILURES, backing.cloned()),
        }
    }

    /// One merchant; `None` when it is not registered.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn merchant(&self, merchant_id: &MerchantId) -> Result<Option<MerchantItem>, Fault> {
        let row = self.rows.get(merchant_id.as_str().as_bytes())?;
        row.map(|row| row.item()).transpose()
    }

    /// Every merchant, by id.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn list(&self) -> Result<Vec<MerchantItem>, Fault> {
        let mut items = Vec::new();
        self.rows.visit(&[], |_, row| {
            items.push(row.item()?);
            Ok(())
        })?;
        Ok(items)
    }

    /// The merchant numbers of a legal entity, by id (rulebook 4.2(5), 4.2(9)).
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn of_entity(&self, entity_id: &EntityId) -> Result<Vec<MerchantId>, Fault> {
        Self::merchants_below(&self.by_entity, entity_id.as_str())
    }

    /// The merchants of an institution or service provider, by id (rulebook 1.3, 1.4).
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn of_intermediary(
        &self,
        intermediary_id: &IntermediaryId,
    ) -> Result<Vec<MerchantId>, Fault> {
        Self::merchants_below(&self.by_intermediary, intermediary_id.as_str())
    }

    /// What counts for and against an intermediary (rulebook 4.3): its merchants as they are now,
    /// and failures to coordinate recorded at `failures_from` or later.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn portfolio(
        &self,
        intermediary_id: &IntermediaryId,
        failures_from: Instant,
    ) -> Result<Portfolio, Fault> {
        let mut portfolio = Portfolio::default();
        let t2 = code(Tier::ALL, &Tier::T2);
        for merchant_id in self.of_intermediary(intermediary_id)? {
            let row = self.rows.get(merchant_id.as_str().as_bytes())?;
            portfolio.merchants += 1;
            portfolio.merchants_at_t2 += u64::from(row.is_some_and(|row| row.tier >= t2));
        }
        self.failures
            .visit(&Key::of(intermediary_id.as_str()).bytes(), |_, at_ms| {
                portfolio.coordination_failures += u64::from(*at_ms >= failures_from.unix_ms());
                Ok(())
            })?;
        Ok(portfolio)
    }

    /// One intermediary; `None` when it is not registered.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn intermediary(
        &self,
        intermediary_id: &IntermediaryId,
    ) -> Result<Option<IntermediaryItem>, Fault> {
        let row = self
            .intermediaries
            .get(intermediary_id.as_str().as_bytes())?;
        row.map(|row| row.item()).transpose()
    }

    /// Every intermediary, by id.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn intermediaries(&self) -> Result<Vec<IntermediaryItem>, Fault> {
        let mut items = Vec::new();
        self.intermediaries.visit(&[], |_, row| {
            items.push(row.item()?);
            Ok(())
        })?;
        Ok(items)
    }

    fn merchants_below(index: &Table<Present>, above: &str) -> Result<Vec<MerchantId>, Fault> {
        let prefix = Key::of(above).bytes();
        let mut ids = Vec::new();
        index.visit(&prefix, |key, _| {
            let rest = key.get(prefix.len()..).unwrap_or(&[]);
            let id = std::str::from_utf8(rest)
                .ok()
                .and_then(|text| MerchantId::new(text).ok())
                .ok_or_else(|| Fault::Undecodable {
                    table: MERCHANTS,
                    key: key.to_vec(),
                    what: "an index key does not name a merchant".to_owned(),
                })?;
            ids.push(id);
            Ok(())
        })?;
        Ok(ids)
    }

    fn fold_merchant(
        &mut self,
        merchant_id: &MerchantId,
        event: &merchant::Event,
        position: u64,
    ) -> Result<(), Fault> {
        use merchant::Event as Happened;
        let key = merchant_id.as_str().as_bytes();
        let before = self.rows.load(key)?.cloned();
        let after = match event {
            Happened::MerchantRegistered {
                merchant_id,
                kind,
                industry,
                name,
                institution_id,
                service_provider_id,
                entity_id,
            } => Some(MerchantRow {
                merchant_id: merchant_id.as_str().to_owned(),
                kind: code(MerchantKind::ALL, kind),
                industry: code(Industry::ALL, industry),
                name: name.as_ref().to_owned(),
                entity_id: entity_id.as_str().to_owned(),
                institution_id: institution_id.as_ref().map(|id| id.as_str().to_owned()),
                service_provider_id: service_provider_id
                    .as_ref()
                    .map(|id| id.as_str().to_owned()),
                tier: code(Tier::ALL, &Tier::None),
                last_position: position,
            }),
            Happened::MerchantUpdated { update } => before.clone().map(|row| row.updated(update)),
            Happened::StandingChanged { change } => before.clone().map(|row| MerchantRow {
                tier: code(Tier::ALL, &change.to),
                ..row
            }),
            Happened::VolumeReported { .. }
            | Happened::Measure(_)
            | Happened::RulebookAccepted { .. }
            | Happened::RulebookDeclined { .. } => before.clone(),
        };
        let Some(after) = after else {
            return Ok(());
        };
        self.index(before.as_ref(), &after);
        self.rows.put(
            key,
            MerchantRow {
                last_position: position,
                ..after
            },
        );
        Ok(())
    }

    /// Moves a merchant from the entity and intermediaries it had to those it has.
    fn index(&mut self, before: Option<&MerchantRow>, after: &MerchantRow) {
        let old_entity = before.map(|row| row.entity_id.as_str());
        if old_entity != Some(&after.entity_id) {
            if let Some(old) = old_entity {
                self.by_entity.remove(&index_key(old, &after.merchant_id));
            }
            let key = index_key(&after.entity_id, &after.merchant_id);
            self.by_entity.put(&key, Present);
        }
        let old: Vec<&str> = before.map_or_else(Vec::new, MerchantRow::intermediaries);
        let new = after.intermediaries();
        for gone in old.iter().filter(|id| !new.contains(id)) {
            self.by_intermediary
                .remove(&index_key(gone, &after.merchant_id));
        }
        for come in new.iter().filter(|id| !old.contains(id)) {
            self.by_intermediary
                .put(&index_key(come, &after.merchant_id), Present);
        }
    }

    fn fold_intermediary(
        &mut self,
        intermediary_id: &IntermediaryId,
        event: &intermediary::Event,
        position: u64,
        recorded_at: Instant,
    ) -> Result<(), Fault> {
        use intermediary::Event as Happened;
        if let Happened::CoordinationFailed { .. } = event {
            let key = Key::of(intermediary_id.as_str()).number(position).bytes();
            self.failures.put(&key, recorded_at.unix_ms());
        }
        self.intermediaries
            .change(intermediary_id.as_str().as_bytes(), |slot| {
                match (event, slot.as_mut()) {
                    (
                        Happened::IntermediaryRegistered {
                            intermediary_id,
                            kind,
                            name,
                        },
                        _,
                    ) => {
                        *slot = Some(IntermediaryRow {
                            intermediary_id: intermediary_id.as_str().to_owned(),
                            kind: code(IntermediaryKind::ALL, kind),
                            name: name.as_ref().to_owned(),
                            tier: code(Tier::ALL, &Tier::None),
                            last_position: position,
                        });
                    }
                    (Happened::IntermediaryUpdated { name }, Some(row)) => {
                        row.name = name.as_ref().to_owned();
                    }
                    (Happened::StandingChanged { change }, Some(row)) => {
                        row.tier = code(Tier::ALL, &change.to);
                    }
                    (Happened::CoordinationFailed { .. } | Happened::Measure(_), Some(_))
                    | (
                        Happened::IntermediaryUpdated { .. }
                        | Happened::StandingChanged { .. }
                        | Happened::CoordinationFailed { .. }
                        | Happened::Measure(_),
                        None,
                    ) => {}
                }
                if let Some(row) = slot {
                    row.last_position = position;
                }
            })
    }
}

impl Projection for Merchants {
    const NAME: &'static str = "merchants";
    const SCHEMA: u32 = 1;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let header = &change.recorded.header;
        match (&header.stream, &change.recorded.event) {
            (StreamId::Merchant(id), Event::Merchant(event)) => {
                self.fold_merchant(id, event, header.position)
            }
            (StreamId::Intermediary(id), Event::Intermediary(event)) => {
                self.fold_intermediary(id, event, header.position, header.recorded_at)
            }
            (
                StreamId::Complaint(_)
                | StreamId::Merchant(_)
                | StreamId::Agreement(_)
                | StreamId::Intermediary(_)
                | StreamId::User(_)
                | StreamId::Rulebook,
                _,
            ) => Ok(()),
        }
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![
            &self.rows,
            &self.by_entity,
            &self.by_intermediary,
            &self.intermediaries,
            &self.failures,
        ]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![
            &mut self.rows,
            &mut self.by_entity,
            &mut self.by_intermediary,
            &mut self.intermediaries,
            &mut self.failures,
        ]
    }
}

impl MerchantRow {
    fn updated(self, update: &merchant::Update) -> Self {
        let changed = |new: Option<&str>, old| new.map_or(old, str::to_owned);
        Self {
            industry: update
                .industry
                .map_or(self.industry, |industry| code(Industry::ALL, &industry)),
            name: changed(update.name.as_deref(), self.name),
            entity_id: changed(
                update.entity_id.as_ref().map(EntityId::as_str),
                self.entity_id,
            ),
            institution_id: update
                .institution_id
                .as_ref()
                .map(|id| id.as_str().to_owned())
                .or(self.institution_id),
            service_provider_id: update
                .service_provider_id
                .as_ref()
                .map(|id| id.as_str().to_owned())
                .or(self.service_provider_id),
            ..self
        }
    }

    /// Its institution and its service provider, one entry where they are the same.
    fn intermediaries(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = [&self.institution_id, &self.service_provider_id]
            .into_iter()
            .filter_map(|id| id.as_deref())
            .collect();
        ids.dedup();
        ids
    }

    fn item(&self) -> Result<MerchantItem, Fault> {
        let place = Place {
            table: MERCHANTS,
            key: &self.merchant_id,
        };
        let intermediary = |id: &Option<String>| {
            id.as_ref()
                .map(|id| place.identifier(IntermediaryId::new, id))
                .transpose()
        };
        Ok(MerchantItem {
            merchant_id: place.identifier(MerchantId::new, &self.merchant_id)?,
            kind: named(MerchantKind::ALL, self.kind, place)?,
            industry: named(Industry::ALL, self.industry, place)?,
            name: self.name.clone(),
            entity_id: place.identifier(EntityId::new, &self.entity_id)?,
            institution_id: intermediary(&self.institution_id)?,
            service_provider_id: intermediary(&self.service_provider_id)?,
            tier: named(Tier::ALL, self.tier, place)?,
            last_position: self.last_position,
        })
    }
}

impl IntermediaryRow {
    fn item(&self) -> Result<IntermediaryItem, Fault> {
        let place = Place {
            table: INTERMEDIARIES,
            key: &self.intermediary_id,
        };
        Ok(IntermediaryItem {
            intermediary_id: place.identifier(IntermediaryId::new, &self.intermediary_id)?,
            kind: named(IntermediaryKind::ALL, self.kind, place)?,
            name: self.name.clone(),
            tier: named(Tier::ALL, self.tier, place)?,
            last_position: self.last_position,
        })
    }
}

fn index_key(above: &str, merchant_id: &str) -> Vec<u8> {
    let mut key = Key::of(above).bytes();
    key.extend_from_slice(merchant_id.as_bytes());
    key
}
