//! Merchants and intermediaries a page at a time.

use redress_domain::identity::{IntermediaryId, MerchantId};
use redress_domain::intermediary::IntermediaryKind;
use redress_domain::merchant::MerchantKind;
use redress_domain::standing::Tier;

use super::{IntermediaryItem, MerchantItem, Merchants};
use crate::fault::Fault;
use crate::page::{Filling, Page, Turn};

/// Which merchants are listed; every part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerchantFilter {
    /// This one alone.
    pub merchant_id: Option<MerchantId>,
    /// At this tier.
    pub tier: Option<Tier>,
    /// Of this kind.
    pub kind: Option<MerchantKind>,
    /// With this institution or service provider.
    pub intermediary_id: Option<IntermediaryId>,
}

/// Which intermediaries are listed; every part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntermediaryFilter {
    /// This one alone.
    pub intermediary_id: Option<IntermediaryId>,
    /// At this tier.
    pub tier: Option<Tier>,
    /// Of this kind.
    pub kind: Option<IntermediaryKind>,
}

impl Merchants {
    /// The next ids of merchants in byte order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn page(
        &self,
        filter: &MerchantFilter,
        turn: &Turn<MerchantId>,
    ) -> Result<Page<MerchantId>, Fault> {
        let mut page = Filling::of(turn);
        let after = turn.after.as_ref().map_or("", MerchantId::as_str);
        let mut see = |item: MerchantItem| {
            let holds = filter.tier.is_none_or(|tier| tier == item.tier)
                && filter.kind.is_none_or(|kind| kind == item.kind)
                && filter.intermediary_id.as_ref().is_none_or(|id| {
                    item.institution_id.as_ref() == Some(id)
                        || item.service_provider_id.as_ref() == Some(id)
                });
            page.see(item.merchant_id, holds)
        };
        match &filter.merchant_id {
            None => self
                .rows
                .visit_after(&[], after.as_bytes(), |_, row| see(row.item()?))?,
            // One row is found without a look at the others.
            Some(id) if after < id.as_str() => {
                if let Some(item) = self.merchant(id)? {
                    let _ = see(item)?;
                }
            }
            Some(_) => {}
        }
        Ok(page.finish())
    }

    /// The next ids of intermediaries in byte order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn page_of_intermediaries(
        &self,
        filter: &IntermediaryFilter,
        turn: &Turn<IntermediaryId>,
    ) -> Result<Page<IntermediaryId>, Fault> {
        let mut page = Filling::of(turn);
        let after = turn.after.as_ref().map_or("", IntermediaryId::as_str);
        let rows = &self.intermediaries;
        let mut see = |item: IntermediaryItem| {
            let holds = filter.tier.is_none_or(|tier| tier == item.tier)
                && filter.kind.is_none_or(|kind| kind == item.kind);
            page.see(item.intermediary_id, holds)
        };
        match &filter.intermediary_id {
            None => rows.visit_after(&[], after.as_bytes(), |_, row| see(row.item()?))?,
            Some(id) if after < id.as_str() => {
                if let Some(row) = rows.get(id.as_str().as_bytes())? {
                    let _ = see(row.item()?)?;
                }
            }
            Some(_) => {}
        }
        Ok(page.finish())
    }
}
