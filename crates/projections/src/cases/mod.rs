//! `cases`: one row per complaint, and what queries over many complaints need of it: the queue of
//! what is due, and how clocks were kept.

mod queue;
mod row;
mod sla;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use redress_domain::complaint::{Complaint, ComplaintState};
use redress_domain::identity::{AgreementId, ComplaintId, MerchantId, UserRef};
use redress_domain::instant::Instant;

pub use queue::{QueueClock, QueueItem, QueueView};
pub use row::{CaseRow, ClockRow, DeterminationRow, PauseRow, RoundRow};
pub use sla::{ClockSla, SlaQuery, SlaReport};

use crate::change::{Change, Latest};
use crate::fault::Fault;
use crate::key::Key;
use crate::page::{Filling, Page, Turn};
use crate::projection::{Projection, RowTable};
use crate::row::{Place, Present, code};
use crate::table::{Backing, Table};

const CASES: &str = "cases";
const BY_MERCHANT: &str = "cases.by_merchant";
const WAITING: &str = "cases.waiting";
const LATEST: &str = "cases.latest";

/// Complaints by id, by merchant, and those that somebody waits for.
pub struct Cases {
    rows: Table<CaseRow>,
    /// Merchant and complaint, for every complaint.
    by_merchant: Table<Present>,
    /// Merchant and complaint, while the complaint is in some queue.
    waiting: Table<Present>,
    /// The latest `recorded_at` folded, in its one row.
    latest: Table<i64>,
}

/// Which complaints are listed; every part that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Against this merchant.
    pub merchant_id: Option<MerchantId>,
    /// Of this user.
    pub user_ref: Option<UserRef>,
    /// Under this agreement.
    pub agreement_id: Option<AgreementId>,
    /// In this state.
    pub state: Option<ComplaintState>,
    /// Whether a person must look at it.
    pub under_review: Option<bool>,
    /// Whether somebody waits for it: a clock is open, or evidence is not assessed.
    pub waiting: Option<bool>,
}

impl CaseFilter {
    fn admits(&self, row: &CaseRow) -> bool {
        let state = self.state.map(|state| code(ComplaintState::ALL, &state));
        self.user_ref
            .as_ref()
            .is_none_or(|user| user.as_str() == row.user_ref)
            && self
                .agreement_id
                .as_ref()
                .is_none_or(|id| Some(id.as_str()) == row.agreement_id.as_deref())
            && state.is_none_or(|state| state == row.state)
            && self
                .under_review
                .is_none_or(|asked| asked == row.under_review)
            && self.waiting.is_none_or(|asked| asked == row.waiting)
    }
}

impl Cases {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            rows: Table::new(CASES, backing.cloned()),
            by_merchant: Table::new(BY_MERCHANT, backing.cloned()),
            waiting: Table::new(WAITING, backing.cloned()),
            latest: Table::new(LATEST, backing.cloned()),
        }
    }

    /// The row of one complaint.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn case(&self, complaint_id: &ComplaintId) -> Result<Option<Cow<'_, CaseRow>>, Fault> {
        self.rows.get(complaint_id.as_str().as_bytes())
    }

    /// The ids of complaints, in byte order.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn list(&self, filter: &CaseFilter) -> Result<Vec<ComplaintId>, Fault> {
        let mut ids = Vec::new();
        self.visit(
            filter.merchant_id.as_ref(),
            filter.waiting == Some(true),
            |row| {
                if filter.admits(row) {
                    ids.push(complaint_id(row)?);
                }
                Ok(())
            },
        )?;
        Ok(ids)
    }

    /// The next ids of complaints in byte order. Where the filter names no merchant, rows are
    /// looked at in the order of all complaints, whoever waits for them.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn page(
        &self,
        filter: &CaseFilter,
        turn: &Turn<ComplaintId>,
    ) -> Result<Page<ComplaintId>, Fault> {
        let mut page = Filling::of(turn);
        let after = turn.after.as_ref().map_or("", ComplaintId::as_str);
        let Some(merchant_id) = &filter.merchant_id else {
            self.rows.visit_after(&[], after.as_bytes(), |_, row| {
                page.see(complaint_id(&row)?, filter.admits(&row))
            })?;
            return Ok(page.finish());
        };
        let index = match filter.waiting {
            Some(true) => &self.waiting,
            Some(false) | None => &self.by_merchant,
        };
        let prefix = Key::of(merchant_id.as_str()).bytes();
        let behind = [prefix.as_slice(), after.as_bytes()].concat();
        index.visit_after(&prefix, &behind, |key, _| {
            let row = self.row_of_index(key)?;
            page.see(complaint_id(&row)?, filter.admits(&row))
        })?;
        Ok(page.finish())
    }

    /// Shows rows in key order: of one merchant or of all, only those in some queue or all.
    fn visit(
        &self,
        merchant_id: Option<&MerchantId>,
        only_waiting: bool,
        mut see: impl FnMut(&CaseRow) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let index = match (merchant_id, only_waiting) {
            (None, false) => return self.rows.visit(&[], |_, row| see(&row)),
            (_, true) => &self.waiting,
            (Some(_), false) => &self.by_merchant,
        };
        let prefix = merchant_id.map_or_else(Vec::new, |id| Key::of(id.as_str()).bytes());
        index.visit(&prefix, |key, _| see(&*self.row_of_index(key)?))
    }

    /// The row that a key of an index names.
    fn row_of_index(&self, key: &[u8]) -> Result<Cow<'_, CaseRow>, Fault> {
        let complaint = complaint_part(key);
        self.rows.get(complaint)?.ok_or_else(|| Fault::Undecodable {
            table: CASES,
            key: complaint.to_vec(),
            what: "an index names a complaint without a row".to_owned(),
        })
    }

    /// Whether what is read now is also right for `at`: nothing was recorded later.
    fn covers(&self, at: Instant) -> Result<bool, Fault> {
        let latest = self.latest.get(&[])?;
        Ok(latest.is_none_or(|latest| *latest <= at.unix_ms()))
    }
}

impl Projection for Cases {
    const NAME: &'static str = "cases";
    const SCHEMA: u32 = 1;
    const FROM_LATEST: bool = true;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        self.fold_latest(&change.latest())
    }

    fn fold_latest(&mut self, latest: &Latest<'_>) -> Result<(), Fault> {
        let Some(complaint) = latest.complaint_after()? else {
            return Ok(());
        };
        let recorded_at_ms = latest.recorded_at.unix_ms();
        self.latest.change(&[], |slot| {
            *slot = Some(slot.map_or(recorded_at_ms, |known: i64| known.max(recorded_at_ms)));
        })?;
        let key = complaint.complaint_id.as_str().as_bytes();
        let (was_known, was_waiting, is_waiting) = self.rows.change(key, |slot| {
            let was_known = slot.is_some();
            let was_waiting = slot.as_ref().is_some_and(|row| row.waiting);
            let filed_position = latest.first_position.unwrap_or(latest.position);
            let row = slot.get_or_insert_with(|| CaseRow::filed(complaint, filed_position));
            row.update(complaint, latest.position);
            (was_known, was_waiting, row.waiting)
        })?;
        if !was_known {
            self.by_merchant.put(&index_key(complaint), Present);
        }
        if is_waiting && !was_waiting {
            self.waiting.put(&index_key(complaint), Present);
        } else if was_waiting && !is_waiting {
            self.waiting.remove(&index_key(complaint));
        }
        Ok(())
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![&self.rows, &self.by_merchant, &self.waiting, &self.latest]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![
            &mut self.rows,
            &mut self.by_merchant,
            &mut self.waiting,
            &mut self.latest,
        ]
    }
}

fn index_key(complaint: &Complaint) -> Vec<u8> {
    let mut key = Key::of(complaint.merchant_id.as_str()).bytes();
    key.extend_from_slice(complaint.complaint_id.as_str().as_bytes());
    key
}

/// What stands after the merchant in an index key.
fn complaint_part(key: &[u8]) -> &[u8] {
    let separator = key.iter().position(|byte| *byte == 0);
    separator.map_or(&[], |place| key.get(place + 1..).unwrap_or(&[]))
}

fn complaint_id(row: &CaseRow) -> Result<ComplaintId, Fault> {
    place(row).identifier(ComplaintId::new, &row.complaint_id)
}

fn place(row: &CaseRow) -> Place<'_> {
    Place {
        table: CASES,
        key: &row.complaint_id,
    }
}
