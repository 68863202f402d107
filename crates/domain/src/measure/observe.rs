//! What time, fallen determinations and a lower standing do to measures.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::{ClockKind, in_time};
use crate::instant::Instant;
use crate::standing::Tier;

use super::{Draft, Ending, Measure, MeasureEvent, MeasureKind, MeasureStatus, Measures};

impl Draft<'_> {
    /// What has come with time, up to and including `through`: rectifications overdue, ends,
    /// appeals not decided.
    pub fn let_time_pass(&mut self, through: Instant) {
        let overdue: Vec<MeasureEvent> = self
            .measures
            .in_force()
            .filter_map(|measure| {
                let due_at = overdue_since(measure)?;
                (!in_time(through, due_at)).then_some(MeasureEvent::RectificationOverdue {
                    measure_id: measure.measure_id,
                    due_at,
                })
            })
            .collect();
        self.push_all(overdue);
        let ended: Vec<MeasureEvent> = self
            .measures
            .in_force()
            // The end is exclusive: at that instant the measure has lapsed.
            .filter(|measure| measure.until.is_some_and(|until| until <= through))
            .map(|measure| MeasureEvent::Lapsed {
                measure_id: measure.measure_id,
                because: Arc::from("its end has come"),
            })
            .collect();
        self.push_all(ended);
        let undecided: Vec<MeasureEvent> = self
            .measures
            .in_force()
            .filter_map(|measure| {
                let due_at = decision_due_at(measure)?;
                (!in_time(through, due_at)).then_some(MeasureEvent::DeadlineMissed {
                    measure_id: measure.measure_id,
                    clock: ClockKind::AppealDecision,
                    due_at,
                })
            })
            .collect();
        self.push_all(undecided);
    }

    fn push_all(&mut self, events: Vec<MeasureEvent>) {
        for event in events {
            self.push(event);
        }
    }

    /// Determinations fell: a proposal that rests on one is withdrawn, a measure in force is put
    /// under review until a person decides (rulebook 4.1).
    pub fn let_fall(&mut self, fallen: &[Arc<str>]) {
        if fallen.is_empty() {
            return;
        }
        let open: Vec<Measure> = self.measures.open().cloned().collect();
        for measure in open {
            let newly_fallen: Vec<Arc<str>> = measure
                .grounds
                .iter()
                .filter(|ground| {
                    fallen.contains(ground) && !measure.fallen_grounds.contains(ground)
                })
                .cloned()
                .collect();
            if newly_fallen.is_empty() {
                continue;
            }
            let measure_id = measure.measure_id;
            self.push(if measure.status == MeasureStatus::Proposed {
                MeasureEvent::Withdrawn { measure_id }
            } else {
                MeasureEvent::PutUnderReview {
                    measure_id,
                    fallen: newly_fallen,
                }
            });
        }
    }

    /// Standing fell to a tier: a measure without an end lapses below the tier that brought it,
    /// unless a person has to look at it first; a proposal of such a tier is withdrawn. A
    /// rectification waits for its acceptance, and what is for good stays (policy cure).
    pub fn let_standing_fall(&mut self, to: Tier) {
        let above: Vec<Measure> = self
            .measures
            .open()
            .filter(|measure| measure.tier.is_some_and(|tier| tier > to))
            .cloned()
            .collect();
        for measure in above {
            let measure_id = measure.measure_id;
            let is_cured = measure.ending == Ending::AtCure
                && measure.kind != MeasureKind::Rectification
                && !measure.under_review();
            if measure.status == MeasureStatus::Proposed {
                self.push(MeasureEvent::Withdrawn { measure_id });
            } else if is_cured {
                self.push(MeasureEvent::Lapsed {
                    measure_id,
                    because: Arc::from(format!("standing fell to {}", to.as_str())),
                });
            }
        }
    }

    /// rulebook 4.2: a measure in force is told on each channel of the edition under which it was
    /// imposed.
    pub fn issue_notices(&mut self) {
        let missing: Vec<MeasureEvent> = self
            .measures
            .in_force()
            .flat_map(|measure| {
                let imposed_at = measure.imposed_at.unwrap_or(measure.proposed_at);
                let edition = self.setting.circumstances.rulebook.in_force(imposed_at);
                edition
                    .notice_channels
                    .iter()
                    .filter(|channel| !is_issued(measure, **channel))
                    .map(|channel| MeasureEvent::NoticeIssued {
                        measure_id: measure.measure_id,
                        channel: *channel,
                    })
            })
            .collect();
        self.push_all(missing);
    }
}

impl Measures {
    /// The earliest instant after `after` at which time alone brings something about.
    #[must_use]
    pub fn next_deadline(&self, after: Instant) -> Option<Instant> {
        self.in_force()
            .flat_map(|measure| {
                [
                    overdue_since(measure).map(Instant::just_after),
                    measure.until,
                    decision_due_at(measure).map(Instant::just_after),
                ]
            })
            .flatten()
            .filter(|instant| *instant > after)
            .min()
    }
}

/// When a rectification was due that nothing has met and that is not recorded as overdue; `None`
/// for anything else and while it is under review (rulebook 4.2(1)).
fn overdue_since(measure: &Measure) -> Option<Instant> {
    measure
        .rectification
        .as_ref()
        .filter(|rectification| {
            !measure.under_review() && !rectification.overdue && rectification.is_unmet()
        })
        .map(|rectification| rectification.due_at)
}

/// When a pending appeal is to be decided, unless it is recorded that it was not (policy appeal).
fn decision_due_at(measure: &Measure) -> Option<Instant> {
    measure
        .appeal
        .as_ref()
        .filter(|appeal| appeal.is_pending() && !appeal.decision_missed)
        .and_then(|appeal| appeal.decision_due_at)
}

fn is_issued(measure: &Measure, channel: crate::rulebook::Channel) -> bool {
    measure
        .notices
        .iter()
        .any(|notice| notice.channel == channel && notice.issued_at.is_some())
}
