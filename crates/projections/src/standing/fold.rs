//! How events change what standing is computed from.

use redress_domain::complaint::{
    self, CloseReason, Complaint, DeterminationId, DeterminationStatus, FindingStatus, Ground,
};
use redress_domain::event::Event;
use redress_domain::identity::{MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::merchant;
use redress_domain::rulebook::Rulebook;
use redress_domain::standing::{self, RoundFact, Tier, Volume};

use crate::change::Change;
use crate::fault::Fault;
use crate::key::Key;
use crate::projection::{Projection, RowTable};

use super::Standings;
use super::judgement::{Judgement, changes_rounds, judgement};
use super::resident::Resident;
use super::rows::{CourseRow, DeterminedRow, OverdueRow, VolumeRow};

/// What the facts of an event do to standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Effect {
    /// A metric changed.
    changed: bool,
    /// It may have changed for the worse, so that a tier may be entered.
    worsened: bool,
    /// A finding out of time counts no more.
    late_taken_back: bool,
    /// A determination, or the time of an overdue rectification, counts no more.
    liable_taken_back: bool,
}

impl Projection for Standings {
    const NAME: &'static str = "standing";
    const SCHEMA: u32 = 1;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        self.fold_basis(change)?;
        let header = &change.recorded.header;
        match (&header.stream, &change.recorded.event) {
            (StreamId::Complaint(_), Event::Complaint(event)) => {
                if let Some(complaint) = change.complaint_after()?
                    && (changes_rounds(event) || judgement(event).is_some())
                {
                    self.fold_determinations(complaint, event, header.position)?;
                    self.take_in(&complaint.merchant_id, change, |resident| {
                        record_rounds(resident, complaint, header.recorded_at)
                    })?;
                }
                Ok(())
            }
            (StreamId::Merchant(merchant_id), Event::Merchant(event)) => {
                self.fold_merchant(merchant_id, event, change)
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
            &self.courses,
            &self.histories,
            &self.volumes,
            &self.overdue,
            &self.determinations,
            &self.numbers,
            &self.bases,
        ]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![
            &mut self.courses,
            &mut self.histories,
            &mut self.volumes,
            &mut self.overdue,
            &mut self.determinations,
            &mut self.numbers,
            &mut self.bases,
        ]
    }
}

impl Standings {
    fn fold_merchant(
        &mut self,
        merchant_id: &MerchantId,
        event: &merchant::Event,
        change: &Change<'_>,
    ) -> Result<(), Fault> {
        let recorded_at = change.recorded.header.recorded_at;
        match event {
            merchant::Event::VolumeReported { day, debits, users } => {
                let volume = Volume {
                    debits: *debits,
                    users: *users,
                    reported_at: recorded_at,
                };
                let key = Key::of(merchant_id.as_str())
                    .signed(i64::from(day.days()))
                    .number(change.recorded.header.position)
                    .bytes();
                self.load(merchant_id)?;
                self.volumes.put(&key, VolumeRow::of(*day, &volume));
                self.take_in(merchant_id, change, |resident| {
                    resident.history.record_volume(*day, volume);
                    // More debits make a rate smaller, a correction may make it greater.
                    Effect {
                        changed: true,
                        worsened: true,
                        ..Effect::default()
                    }
                })
            }
            merchant::Event::Measure(_) => {
                let merchant = change.merchant.ok_or_else(|| change.state_missing())?;
                let intervals = merchant.overdue_intervals();
                let known = self.overdue.load(&merchant_key(merchant_id))?;
                let known = known.map(OverdueRow::intervals).unwrap_or_default();
                if intervals == known {
                    return Ok(());
                }
                self.load(merchant_id)?;
                self.overdue
                    .put(&merchant_key(merchant_id), OverdueRow::of(&intervals));
                self.take_in(merchant_id, change, |resident| {
                    // An interval that had counted and went under review counts no more: standing
                    // is what history without it gives.
                    let taken_back = resident.history.set_overdue(intervals);
                    Effect {
                        changed: true,
                        worsened: true,
                        liable_taken_back: taken_back,
                        ..Effect::default()
                    }
                })
            }
            merchant::Event::MerchantRegistered { .. }
            | merchant::Event::MerchantUpdated { .. }
            | merchant::Event::StandingChanged { .. }
            | merchant::Event::RulebookAccepted { .. }
            | merchant::Event::RulebookDeclined { .. } => Ok(()),
        }
    }

    /// Reads a merchant's history unless it is in memory: for what an event adds, and for questions
    /// that come again and again.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn load(&mut self, merchant_id: &MerchantId) -> Result<(), Fault> {
        if self.histories.get(merchant_id).is_none() {
            let resident = self.read(merchant_id)?;
            self.histories.keep(merchant_id, resident);
        }
        Ok(())
    }

    /// Advances a merchant's course to the event, takes the event in, and evaluates again.
    fn take_in(
        &mut self,
        merchant_id: &MerchantId,
        change: &Change<'_>,
        take: impl FnOnce(&mut Resident) -> Effect,
    ) -> Result<(), Fault> {
        let recorded_at = change.recorded.header.recorded_at;
        self.load(merchant_id)?;
        let moved = self.histories.change(merchant_id, |resident| {
            let terms = &change.rulebook.in_force(recorded_at).standing;
            resident.history.keep_tally(terms);
            let course = resident.course_at(change.rulebook, recorded_at);
            let effect = take(resident);
            if !effect.changed {
                return None;
            }
            let course = after(course, effect, resident, change.rulebook, recorded_at);
            let row = CourseRow::of(&course);
            resident.course = Some(course);
            Some(row)
        });
        if let Some(row) = moved.flatten() {
            self.courses.put(&merchant_key(merchant_id), row);
            self.moved = Some(merchant_id.clone());
        }
        Ok(())
    }

    /// Keeps the list of determinations that stand.
    fn fold_determinations(
        &mut self,
        complaint: &Complaint,
        event: &complaint::Event,
        position: u64,
    ) -> Result<(), Fault> {
        match judgement(event) {
            Some(Judgement::Determined(determination_id, finding_ids)) => {
                let opened_at = complaint
                    .findings
                    .iter()
                    .filter(|finding| finding_ids.contains(&finding.finding_id))
                    .filter_map(|finding| complaint.round(finding.round))
                    .map(|round| round.opened_at)
                    .max()
                    .unwrap_or(complaint.filed_at);
                let row = DeterminedRow {
                    complaint_id: complaint.complaint_id.as_str().to_owned(),
                    number: determination_id.0,
                    opened_at_ms: opened_at.unix_ms(),
                };
                self.determinations
                    .put(&determined_key(&complaint.merchant_id, position), row);
                self.numbers
                    .change(complaint.complaint_id.as_str().as_bytes(), |slot| {
                        slot.get_or_insert_default()
                            .positions
                            .push((determination_id.0, position));
                    })
            }
            Some(Judgement::Fell(determination_id)) => self.fell(complaint, determination_id),
            Some(Judgement::Finding) | None => Ok(()),
        }
    }

    fn fell(
        &mut self,
        complaint: &Complaint,
        determination_id: DeterminationId,
    ) -> Result<(), Fault> {
        let key = complaint.complaint_id.as_str().as_bytes();
        let position = self.numbers.change(key, |slot| {
            let row = slot.as_mut()?;
            let place = row
                .positions
                .iter()
                .position(|(number, _)| *number == determination_id.0)?;
            let (_, position) = row.positions.remove(place);
            if row.positions.is_empty() {
                *slot = None;
            }
            Some(position)
        })?;
        if let Some(position) = position {
            self.determinations
                .remove(&determined_key(&complaint.merchant_id, position));
        }
        Ok(())
    }
}

/// Takes in what differs from what is known of a complaint's rounds.
fn record_rounds(resident: &mut Resident, complaint: &Complaint, recorded_at: Instant) -> Effect {
    let mut effect = Effect::default();
    for round in &complaint.rounds {
        let known = resident
            .history
            .round(round.opened_at, &complaint.complaint_id, round.number);
        let known_late = known.and_then(|fact| fact.late_from);
        let known_liable = known.and_then(|fact| fact.liable_from);
        // What holds on something later alone holds from later on: history without what fell.
        let since = |first: Option<Instant>, known: Option<Instant>| {
            first.map(|first| known.map_or(recorded_at, |known| known.max(first)))
        };
        let fact = RoundFact {
            complaint_id: complaint.complaint_id.clone(),
            round: round.number,
            user_ref: complaint.user_ref.clone(),
            opened_at: round.opened_at,
            closed_at: round
                .closed
                .as_ref()
                .filter(|close| close.how != CloseReason::Withdrawn)
                .map(|close| close.at),
            repeat: round.repeat,
            late_from: since(late_since(complaint, round.number), known_late),
            liable_from: since(liable_since(complaint, round.number), known_liable),
        };
        if known == Some(&fact) {
            continue;
        }
        effect.changed = true;
        effect.worsened |= (fact.repeat && known.is_none())
            || (fact.late_from.is_some() && known_late.is_none())
            || (fact.liable_from.is_some() && known_liable.is_none());
        effect.late_taken_back |= known_late.is_some() && fact.late_from != known_late;
        effect.liable_taken_back |= known_liable.is_some() && fact.liable_from != known_liable;
        resident.change_round(fact);
    }
    effect
}

/// The course after an event was taken in.
fn after(
    course: standing::Course,
    effect: Effect,
    resident: &mut Resident,
    rulebook: &Rulebook,
    now: Instant,
) -> standing::Course {
    if course.tier == Tier::None && !effect.worsened {
        // Below every tier there is nothing to fall from, and nothing that rises.
        return course;
    }
    // Living a history again is dear: a finding without a determination is only asked for by lines
    // on the share of late rounds.
    let is_corrected =
        effect.liable_taken_back || (effect.late_taken_back && asks_for_late_rounds(rulebook));
    if is_corrected {
        // rulebook 4.1: an overturned determination leaves the tier that history without it gives.
        return resident.history.retrace(rulebook, now);
    }
    standing::reevaluate(&course, &resident.history, rulebook, now)
}

/// Whether any edition has an entry line on the share of late rounds.
fn asks_for_late_rounds(rulebook: &Rulebook) -> bool {
    rulebook
        .editions()
        .flat_map(|edition| &edition.tiers)
        .flat_map(|terms| &terms.enter)
        .any(|line| line.late_percent.is_some())
}

/// rulebook 4.1(1): from when a finding out of time holds that is open or determined.
fn late_since(complaint: &Complaint, round: u32) -> Option<Instant> {
    complaint
        .findings
        .iter()
        .filter(|finding| {
            finding.round == round
                && finding.ground == Ground::OutOfTime
                && matches!(
                    finding.status,
                    FindingStatus::Open | FindingStatus::Determined
                )
        })
        .map(|finding| finding.effective_at)
        .min()
}

/// rulebook 4.1: since when a determination stands that rests on a finding of the round.
fn liable_since(complaint: &Complaint, round: u32) -> Option<Instant> {
    complaint
        .determinations
        .iter()
        .filter(|one| one.status == DeterminationStatus::Standing)
        .filter(|one| {
            complaint.findings.iter().any(|finding| {
                finding.round == round && one.finding_ids.contains(&finding.finding_id)
            })
        })
        .map(|one| one.determined_at)
        .min()
}

fn merchant_key(merchant_id: &MerchantId) -> Vec<u8> {
    Key::of(merchant_id.as_str()).bytes()
}

fn determined_key(merchant_id: &MerchantId, position: u64) -> Vec<u8> {
    Key::of(merchant_id.as_str()).number(position).bytes()
}
