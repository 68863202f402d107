//! `standing`: what a merchant's standing is computed from, and how far it has been computed
//! (rulebook 4.1, 4.2, policy window). How it is computed is the domain's alone.
//!
//! The kept course depends on events only: before an event is taken in, the course is advanced to
//! the instant at which it was recorded, so that a rebuild gives the same rows. Time that passed
//! since the last event is looked at by [`Standings::evaluate`], which changes nothing.

mod basis;
mod fold;
mod judgement;
mod resident;
mod rows;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use redress_domain::identity::{MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::measure::MeasureId;
use redress_domain::rulebook::Rulebook;
use redress_domain::standing::{self, Course, Evaluation, History, Metrics, Tier};

use crate::fault::Fault;
use crate::key::Key;
use crate::table::{Backing, Table};

use basis::BasisRow;
use resident::{Histories, Resident};
use rows::{CourseRow, DeterminedRow, NumbersRow, OverdueRow, VolumeRow};

const ROUNDS: &str = "standing.rounds";
const VOLUMES: &str = "standing.volumes";
const OVERDUE: &str = "standing.overdue";
const COURSES: &str = "standing";
const DETERMINATIONS: &str = "standing.determinations";
const NUMBERS: &str = "standing.numbers";
const BASES: &str = "standing.bases";

/// Histories and courses of merchants.
pub struct Standings {
    /// Rounds by merchant, instant of opening, complaint and number, with everything else that a
    /// history is made of.
    histories: Histories,
    /// Merchant, civil day and instant of the report.
    volumes: Table<VolumeRow>,
    /// By merchant.
    overdue: Table<OverdueRow>,
    /// By merchant.
    courses: Table<CourseRow>,
    /// Merchant and position, for determinations that stand.
    determinations: Table<DeterminedRow>,
    /// By complaint: where its standing determinations are in the table above.
    numbers: Table<NumbersRow>,
    /// By stream.
    bases: Table<BasisRow>,
    /// The merchant whose course the last event changed.
    moved: Option<MerchantId>,
}

impl Standings {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            histories: Histories::new(backing),
            volumes: Table::new(VOLUMES, backing.cloned()),
            overdue: Table::new(OVERDUE, backing.cloned()),
            courses: Table::new(COURSES, backing.cloned()),
            determinations: Table::new(DETERMINATIONS, backing.cloned()),
            numbers: Table::new(NUMBERS, backing.cloned()),
            bases: Table::new(BASES, backing.cloned()),
            moved: None,
        }
    }

    /// Everything that a merchant's standing is computed from; empty for an unknown merchant.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn history(&self, merchant_id: &MerchantId) -> Result<Cow<'_, History>, Fault> {
        match self.histories.get(merchant_id) {
            Some(resident) => Ok(Cow::Borrowed(&resident.history)),
            None => Ok(Cow::Owned(self.read(merchant_id)?.history)),
        }
    }

    /// How far a merchant's standing has been computed; `None` before anything happened that it
    /// looks at.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn course(&self, merchant_id: &MerchantId) -> Result<Option<Course>, Fault> {
        Ok(self.resident(merchant_id)?.course.clone())
    }

    /// Standing as it should be at an instant, with everything folded so far and the time since.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn evaluate(
        &self,
        merchant_id: &MerchantId,
        rulebook: &Rulebook,
        now: Instant,
    ) -> Result<Evaluation, Fault> {
        let resident = self.resident(merchant_id)?;
        let course = resident.course_at(rulebook, now);
        Ok(standing::evaluate(&course, &resident.history, rulebook, now).1)
    }

    /// The figures over the window that ends at an instant (policy window).
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn metrics(
        &self,
        merchant_id: &MerchantId,
        rulebook: &Rulebook,
        at: Instant,
    ) -> Result<Metrics, Fault> {
        let resident = self.resident(merchant_id)?;
        Ok(standing::metrics(&resident.history, rulebook, at))
    }

    /// The next civil midnight after an instant at which standing may change by time alone;
    /// `None` while the merchant is at no tier and nothing in the window or still to come could
    /// bring it there (policy window).
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn next_evaluation(
        &self,
        merchant_id: &MerchantId,
        rulebook: &Rulebook,
        after: Instant,
    ) -> Result<Option<Instant>, Fault> {
        let resident = self.resident(merchant_id)?;
        let tier = resident.course_at(rulebook, after).tier;
        if tier == Tier::None && resident.is_faultless(rulebook, after) {
            return Ok(None);
        }
        let offset = rulebook.in_force(after).civil_offset;
        Ok(Some(offset.midnight(offset.day_of(after).plus(1))))
    }

    /// The determinations of a merchant's complaints that stand, as `C1/d1`, in the order of their
    /// positions. With `opened_from`, only those on a round opened at that instant or later.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn standing_determinations(
        &self,
        merchant_id: &MerchantId,
        opened_from: Option<Instant>,
    ) -> Result<Vec<Arc<str>>, Fault> {
        let mut named = Vec::new();
        let prefix = Key::of(merchant_id.as_str()).bytes();
        self.determinations.visit(&prefix, |_, row| {
            if opened_from.is_none_or(|from| row.opened_at_ms >= from.unix_ms()) {
                named.push(Arc::from(format!("{}/d{}", row.complaint_id, row.number)));
            }
            Ok(())
        })?;
        Ok(named)
    }

    /// The last position at which findings, determinations, standing or measures of a merchant, or
    /// standing, failures or measures of an intermediary changed; 0 when nothing ever did. What
    /// happened to the measure that is `approved` itself does not count, nor do notices
    /// (policy four-eyes).
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn basis_position(
        &self,
        stream: &StreamId,
        approved: Option<MeasureId>,
    ) -> Result<u64, Fault> {
        let row = self.bases.get(stream.to_string().as_bytes())?;
        Ok(row.map_or(0, |row| row.position(approved)))
    }

    /// The merchant whose course changed since this was called last.
    pub(crate) const fn take_moved(&mut self) -> Option<MerchantId> {
        self.moved.take()
    }

    fn resident(&self, merchant_id: &MerchantId) -> Result<Cow<'_, Resident>, Fault> {
        match self.histories.get(merchant_id) {
            Some(resident) => Ok(Cow::Borrowed(resident)),
            None => Ok(Cow::Owned(self.read(merchant_id)?)),
        }
    }

    fn read(&self, merchant_id: &MerchantId) -> Result<Resident, Fault> {
        let prefix = Key::of(merchant_id.as_str()).bytes();
        let mut resident = Resident::default();
        self.histories.read_rounds(merchant_id, &mut resident)?;
        self.volumes.visit(&prefix, |_, row| {
            resident.history.record_volume(row.day(), row.volume());
            Ok(())
        })?;
        if let Some(row) = self.overdue.get(&prefix)? {
            resident.history.set_overdue(row.intervals());
        }
        resident.course = match self.courses.get(&prefix)? {
            Some(row) => Some(row.course(merchant_id)?),
            None => None,
        };
        Ok(resident)
    }
}
