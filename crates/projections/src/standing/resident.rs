//! Merchants' histories and courses in memory. The rows of rounds are made from them only when they
//! are handed on: a history already has all that such a row says.

use std::cell::RefCell;
use std::sync::Arc;

use redress_domain::identity::{ComplaintId, MerchantId};
use redress_domain::instant::{Instant, Span};
use redress_domain::rulebook::{Edition, EntryLine, Rulebook};
use redress_domain::standing::{self, Course, History, RoundFact, Tier};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fault::Fault;
use crate::key::Key;
use crate::projection::{HandOn, RowTable};
use crate::table::{Backing, EncodedRow, Table, decode, encode};

use super::ROUNDS;
use super::rows::RoundRow;

/// Merchants whose history has been read. A history in memory is whole: it has every round that
/// the backing has.
pub(super) struct Histories {
    backing: Option<Arc<dyn Backing>>,
    residents: FxHashMap<MerchantId, Box<Resident>>,
    /// Merchants with rounds that changed since changes were taken last.
    dirty: FxHashSet<MerchantId>,
    generation: u64,
}

/// How a round is found in a history: when it opened, whose it is, and its number.
type RoundPlace = (Instant, ComplaintId, u32);

/// A merchant's history and course.
#[derive(Clone, Debug, Default)]
pub(super) struct Resident {
    pub history: History,
    /// `None` before the first fact.
    pub course: Option<Course>,
    /// The course as far as it was asked for since the last fact: advancing in steps is advancing
    /// at once, and many nights are not evaluated again for each one that follows.
    ahead: RefCell<Option<Course>>,
    /// When the last round opened that was a repeat, late or liable at some time.
    last_fault_opened_at: Option<Instant>,
    /// Rounds that changed since changes were taken last; one may be named more than once.
    dirty_rounds: Vec<RoundPlace>,
    /// The generation in which a round changed last.
    changed_in: u64,
}

impl Histories {
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            backing: backing.cloned(),
            residents: FxHashMap::default(),
            dirty: FxHashSet::default(),
            generation: 0,
        }
    }

    /// A history that is in memory.
    pub fn get(&self, merchant_id: &MerchantId) -> Option<&Resident> {
        self.residents.get(merchant_id).map(Box::as_ref)
    }

    /// Changes a history that is in memory; `None` where it is not.
    pub fn change<T>(
        &mut self,
        merchant_id: &MerchantId,
        change: impl FnOnce(&mut Resident) -> T,
    ) -> Option<T> {
        let resident = self.residents.get_mut(merchant_id)?;
        let was_dirty = !resident.dirty_rounds.is_empty();
        let answer = change(resident);
        resident.ahead = RefCell::new(None);
        if !resident.dirty_rounds.is_empty() {
            resident.changed_in = self.generation;
            if !was_dirty {
                self.dirty.insert(merchant_id.clone());
            }
        }
        Some(answer)
    }

    /// Keeps a history in memory that was read just now.
    pub fn keep(&mut self, merchant_id: &MerchantId, resident: Resident) {
        self.residents
            .insert(merchant_id.clone(), Box::new(resident));
    }

    /// Reads the rounds of a merchant that is not in memory.
    pub fn read_rounds(
        &self,
        merchant_id: &MerchantId,
        resident: &mut Resident,
    ) -> Result<(), Fault> {
        let rows = Table::<RoundRow>::new(ROUNDS, self.backing.clone());
        rows.visit(&Key::of(merchant_id.as_str()).bytes(), |_, row| {
            resident.record_round(row.fact()?);
            Ok(())
        })
    }
}

impl RowTable for Histories {
    fn name(&self) -> &'static str {
        ROUNDS
    }

    fn hand_on(&mut self, see: &mut HandOn<'_>) -> Result<(), Fault> {
        for merchant_id in std::mem::take(&mut self.dirty) {
            let Some(resident) = self.residents.get_mut(&merchant_id) else {
                continue;
            };
            let mut places = std::mem::take(&mut resident.dirty_rounds);
            places.sort_unstable();
            places.dedup();
            for (opened_at, complaint_id, number) in &places {
                if let Some(fact) = resident.history.round(*opened_at, complaint_id, *number) {
                    let (key, row) = encoded(&merchant_id, fact)?;
                    see(&key, Some(&row))?;
                }
            }
        }
        self.generation += 1;
        Ok(())
    }

    fn set_backing(&mut self, backing: &Arc<dyn Backing>, generation: u64) {
        self.backing = Some(Arc::clone(backing));
        self.generation = generation;
    }

    fn describe(&self, key: &[u8], row: &[u8]) -> Result<String, Fault> {
        let row: RoundRow = decode(ROUNDS, key, row)?;
        Ok(format!("{row:#?}"))
    }

    fn rows_for_comparison(&self) -> Result<Vec<EncodedRow>, Fault> {
        let mut rows = Vec::new();
        for (merchant_id, resident) in &self.residents {
            for fact in resident.history.rounds() {
                rows.push(encoded(merchant_id, fact)?);
            }
        }
        let behind = Table::<RoundRow>::new(ROUNDS, self.backing.clone());
        rows.extend(
            behind
                .rows_for_comparison()?
                .into_iter()
                .filter(|(key, _)| !self.has_merchant_of(key)),
        );
        rows.sort_unstable();
        Ok(rows)
    }

    fn release(&mut self, generation: u64) {
        if self.backing.is_some() {
            self.residents.retain(|_, resident| {
                !resident.dirty_rounds.is_empty() || resident.changed_in >= generation
            });
        }
    }

    fn rows_in_memory(&self) -> usize {
        let histories = self.residents.values();
        histories.map(|one| one.history.rounds().len()).sum()
    }
}

impl Histories {
    fn has_merchant_of(&self, key: &[u8]) -> bool {
        let name = key.split(|byte| *byte == 0).next();
        name.and_then(|name| std::str::from_utf8(name).ok())
            .and_then(|name| MerchantId::new(name).ok())
            .is_some_and(|merchant_id| self.residents.contains_key(&merchant_id))
    }
}

fn encoded(merchant_id: &MerchantId, fact: &RoundFact) -> Result<EncodedRow, Fault> {
    let key = Key::of(merchant_id.as_str())
        .instant(fact.opened_at)
        .text(fact.complaint_id.as_str())
        .number(u64::from(fact.round))
        .bytes();
    let row = encode(ROUNDS, &key, &RoundRow::of(fact))?;
    Ok((key, row))
}

impl Resident {
    /// Takes in a round that an event changed.
    pub fn change_round(&mut self, fact: RoundFact) {
        self.dirty_rounds
            .push((fact.opened_at, fact.complaint_id.clone(), fact.round));
        self.record_round(fact);
    }

    /// Takes in a round, in place of what was known of it.
    pub fn record_round(&mut self, fact: RoundFact) {
        if is_fault(&fact) {
            self.last_fault_opened_at = self.last_fault_opened_at.max(Some(fact.opened_at));
        }
        self.history.record_round(fact);
    }

    /// The course with every midnight up to and including an instant evaluated.
    pub fn course_at(&self, rulebook: &Rulebook, at: Instant) -> Course {
        let Some(course) = &self.course else {
            return Course::starting(at);
        };
        // Nights in which nothing can bring a tier about are left out: the outcome is the same.
        if course.tier == Tier::None && self.is_faultless(rulebook, course.evaluated_at) {
            let mut course = course.clone();
            course.evaluated_at = course.evaluated_at.max(at);
            return course;
        }
        let mut ahead = self.ahead.borrow_mut();
        let from = ahead
            .as_ref()
            .filter(|known| known.evaluated_at <= at)
            .unwrap_or(course);
        let advanced = standing::advance(from, &self.history, rulebook, at);
        *ahead = Some(advanced.clone());
        advanced
    }

    /// Whether a round that counts against the merchant now lies in the window that ends at an
    /// instant, or opened later. What counted once and was taken back does not: it is the same
    /// whether the history was kept in memory or read again.
    fn has_fault_within(&self, window: Span, at: Instant) -> bool {
        let in_window = |opened_at: Instant| opened_at.plus(window) >= at;
        self.last_fault_opened_at.is_some_and(in_window)
            && self
                .history
                .rounds()
                .iter()
                .rev()
                .take_while(|fact| in_window(fact.opened_at))
                .any(is_fault)
    }

    /// Whether no tier can be entered from an instant on without another fact: nothing that counts
    /// against the merchant lies in a window, and no edition has an entry line that holds without.
    pub fn is_faultless(&self, rulebook: &Rulebook, at: Instant) -> bool {
        let window = rulebook
            .editions()
            .map(|edition| edition.standing.window)
            .max()
            .unwrap_or(Span::ZERO);
        !self.has_fault_within(window, at)
            && self
                .history
                .overdue()
                .iter()
                .all(|interval| interval.until.is_some_and(|until| until <= at))
            && rulebook.editions().all(asks_for_faults)
    }
}

/// Whether a round counts against the merchant.
fn is_fault(fact: &RoundFact) -> bool {
    fact.repeat || fact.late_from.is_some() || fact.liable_from.is_some()
}

/// Whether every way into a tier asks for something that counts against the merchant.
fn asks_for_faults(edition: &Edition) -> bool {
    let is_asked = |part: Option<u64>| part.is_some_and(|asked| asked > 0);
    edition
        .tiers
        .iter()
        .flat_map(|terms| &terms.enter)
        .all(|line: &EntryLine| {
            is_asked(line.liable_rounds)
                || is_asked(line.liable_users)
                || is_asked(line.late_percent)
                || is_asked(line.repeat_percent)
                || line.rectification_overdue
                || line.held.is_some()
        })
}
