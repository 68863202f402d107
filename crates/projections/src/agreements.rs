//! `agreements`: which agreements are live, and what went back on their orders.

use std::sync::Arc;

use bincode::{Decode, Encode};
use redress_domain::agreement::{self, Agreement, AgreementState};
use redress_domain::event::Event;
use redress_domain::identity::{AgreementId, MerchantId, OrderId, StreamId, TemplateId, UserRef};

use crate::change::Change;
use crate::fault::Fault;
use crate::key::Key;
use crate::page::{Filling, Page, Turn};
use crate::projection::{Projection, RowTable};
use crate::row::{Place, code};
use crate::table::{Backing, Table};

#[cfg(test)]
mod tests;

const AGREEMENTS: &str = "agreements";
const LIVE: &str = "agreements.live";
const REFUNDS: &str = "agreements.refunds";

/// Agreements, the live ones by merchant, and refunds by order.
pub struct Agreements {
    rows: Table<AgreementRow>,
    /// Merchant, template and user: the id of the live agreement.
    live: Table<String>,
    /// Agreement and order: refunded so far, in fen.
    refunds: Table<u64>,
}

/// An agreement after its last event.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct AgreementRow {
    agreement_id: String,
    merchant_id: String,
    user_ref: String,
    template_id: String,
    /// Place in `AgreementState::ALL`.
    state: u8,
}

/// Which agreements are listed; every part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreementFilter {
    /// With this merchant.
    pub merchant_id: Option<MerchantId>,
    /// Of this user.
    pub user_ref: Option<UserRef>,
    /// Under this template.
    pub template_id: Option<TemplateId>,
    /// In this state.
    pub state: Option<AgreementState>,
}

impl AgreementFilter {
    fn admits(&self, row: &AgreementRow) -> bool {
        let state = self.state.map(|state| code(AgreementState::ALL, &state));
        self.merchant_id
            .as_ref()
            .is_none_or(|id| id.as_str() == row.merchant_id)
            && self
                .user_ref
                .as_ref()
                .is_none_or(|user| user.as_str() == row.user_ref)
            && self
                .template_id
                .as_ref()
                .is_none_or(|id| id.as_str() == row.template_id)
            && state.is_none_or(|state| state == row.state)
    }
}

impl Agreements {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            rows: Table::new(AGREEMENTS, backing.cloned()),
            live: Table::new(LIVE, backing.cloned()),
            refunds: Table::new(REFUNDS, backing.cloned()),
        }
    }

    /// The live agreement of a merchant, template and user: at most one, active or suspended.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn live(
        &self,
        merchant_id: &MerchantId,
        template_id: &TemplateId,
        user_ref: &UserRef,
    ) -> Result<Option<AgreementId>, Fault> {
        let key = live_key(merchant_id, template_id, user_ref);
        let id = self.live.get(&key)?;
        id.map(|id| agreement_id(&id)).transpose()
    }

    /// The live agreements of a merchant, by template and user.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn live_of_merchant(&self, merchant_id: &MerchantId) -> Result<Vec<AgreementId>, Fault> {
        self.live
            .scan(&Key::of(merchant_id.as_str()).bytes())?
            .iter()
            .map(|id| agreement_id(id))
            .collect()
    }

    /// What went back so far on these orders of an agreement, in fen. An order named twice counts
    /// once.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn refunded_before_fen<'a>(
        &self,
        agreement_id: &AgreementId,
        order_ids: impl IntoIterator<Item = &'a OrderId>,
    ) -> Result<u64, Fault> {
        let mut order_ids: Vec<&OrderId> = order_ids.into_iter().collect();
        order_ids.sort_unstable();
        order_ids.dedup();
        let mut sum_fen: u64 = 0;
        for order_id in order_ids {
            let refunded = self.refunds.get(&refund_key(agreement_id, order_id))?;
            sum_fen = sum_fen.saturating_add(refunded.map_or(0, |fen| *fen));
        }
        Ok(sum_fen)
    }

    /// The ids of agreements, in byte order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn list(&self, filter: &AgreementFilter) -> Result<Vec<AgreementId>, Fault> {
        let mut ids = Vec::new();
        self.rows.visit(&[], |_, row| {
            if filter.admits(&row) {
                ids.push(agreement_id(&row.agreement_id)?);
            }
            Ok(())
        })?;
        Ok(ids)
    }

    /// The next ids of agreements in byte order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn page(
        &self,
        filter: &AgreementFilter,
        turn: &Turn<AgreementId>,
    ) -> Result<Page<AgreementId>, Fault> {
        let mut page = Filling::of(turn);
        let after = turn.after.as_ref().map_or("", AgreementId::as_str);
        self.rows.visit_after(&[], after.as_bytes(), |_, row| {
            page.see(agreement_id(&row.agreement_id)?, filter.admits(&row))
        })?;
        Ok(page.finish())
    }

    fn update(&mut self, agreement: &Agreement) {
        let key = live_key(
            &agreement.merchant_id,
            &agreement.template_id,
            &agreement.user_ref,
        );
        let id = agreement.agreement_id.as_str();
        if agreement.is_live() {
            self.live.put(&key, id.to_owned());
        } else {
            self.live.remove(&key);
        }
        self.rows.put(
            id.as_bytes(),
            AgreementRow {
                agreement_id: id.to_owned(),
                merchant_id: agreement.merchant_id.as_str().to_owned(),
                user_ref: agreement.user_ref.as_str().to_owned(),
                template_id: agreement.template_id.as_str().to_owned(),
                state: code(AgreementState::ALL, &agreement.state),
            },
        );
    }
}

impl Projection for Agreements {
    const NAME: &'static str = "agreements";
    const SCHEMA: u32 = 1;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        use agreement::Event as Happened;
        let (Event::Agreement(event), StreamId::Agreement(agreement_id)) =
            (&change.recorded.event, &change.recorded.header.stream)
        else {
            return Ok(());
        };
        match event {
            Happened::AgreementSigned { .. }
            | Happened::AgreementSuspended { .. }
            | Happened::AgreementResumed { .. }
            | Happened::AgreementCancelled { .. } => {
                self.update(change.agreement.ok_or_else(|| change.state_missing())?);
                Ok(())
            }
            Happened::AgreementRefunded {
                order_id,
                amount_fen,
            } => self
                .refunds
                .change(&refund_key(agreement_id, order_id), |slot| {
                    let refunded_fen = slot.get_or_insert_default();
                    *refunded_fen = refunded_fen.saturating_add(*amount_fen);
                }),
            Happened::PlanChanged { .. }
            | Happened::ReminderRecorded { .. }
            | Happened::Debited { .. }
            | Happened::UsageRecorded { .. } => Ok(()),
        }
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![&self.rows, &self.live, &self.refunds]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![&mut self.rows, &mut self.live, &mut self.refunds]
    }
}

fn live_key(merchant_id: &MerchantId, template_id: &TemplateId, user_ref: &UserRef) -> Vec<u8> {
    Key::of(merchant_id.as_str())
        .text(template_id.as_str())
        .text(user_ref.as_str())
        .bytes()
}

fn refund_key(agreement_id: &AgreementId, order_id: &OrderId) -> Vec<u8> {
    Key::of(agreement_id.as_str())
        .text(order_id.as_str())
        .bytes()
}

fn agreement_id(text: &str) -> Result<AgreementId, Fault> {
    let place = Place {
        table: AGREEMENTS,
        key: text,
    };
    place.identifier(AgreementId::new, text)
}
