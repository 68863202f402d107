//! Lists a page at a time, so that a page of a million complaints reads a page of rows.

use redress_domain::identity::{AgreementId, ComplaintId, IntermediaryId, MerchantId};
use redress_projections::Projection;
use redress_projections::agreements::{AgreementFilter, Agreements};
use redress_projections::cases::{CaseFilter, Cases};
use redress_projections::merchants::{IntermediaryFilter, MerchantFilter, Merchants};
use redress_projections::page::{Page, Turn};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::looking::RestsOn;
use crate::query::{Look, Seen};

impl Engine {
    /// A page of the ids of complaints that a filter selects.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn page_of_complaints(
        &self,
        filter: &CaseFilter,
        turn: &Turn<ComplaintId>,
        look: Look,
    ) -> Result<Seen<Page<ComplaintId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Cases::NAME])?;
            Ok(world.models.cases.page(filter, turn)?)
        })
    }

    /// A page of the ids of merchants that a filter selects.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn page_of_merchants(
        &self,
        filter: &MerchantFilter,
        turn: &Turn<MerchantId>,
        look: Look,
    ) -> Result<Seen<Page<MerchantId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Merchants::NAME])?;
            Ok(world.models.merchants.page(filter, turn)?)
        })
    }

    /// A page of the ids of agreements that a filter selects.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn page_of_agreements(
        &self,
        filter: &AgreementFilter,
        turn: &Turn<AgreementId>,
        look: Look,
    ) -> Result<Seen<Page<AgreementId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Agreements::NAME])?;
            Ok(world.models.agreements.page(filter, turn)?)
        })
    }

    /// A page of the ids of intermediaries that a filter selects.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn page_of_intermediaries(
        &self,
        filter: &IntermediaryFilter,
        turn: &Turn<IntermediaryId>,
        look: Look,
    ) -> Result<Seen<Page<IntermediaryId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Merchants::NAME])?;
            let merchants = &world.models.merchants;
            Ok(merchants.page_of_intermediaries(filter, turn)?)
        })
    }
}
