//! Evidence, and what reviewers make of a case (rulebook 3(1).1.2, 4.1).

use redress_domain::instant::Instant;
use serde_json::{Value, json};

use super::{Case, End, REVIEWERS};
use crate::commands::generate::chance::Chance;
use crate::commands::generate::feed::Feed;
use crate::commands::generate::words;

impl Case<'_> {
    /// rulebook 4.1: reviewers find what no clock shows, determine or dismiss it, and overturn
    /// what was determined wrongly.
    pub(super) fn review(
        &self,
        closed_at: Instant,
        end: End,
        chance: &mut Chance,
        feed: &mut Feed,
    ) {
        let rationale = |chance: &mut Chance| chance.one_of(words::RATIONALES);
        let found_at = chance.hours_after(closed_at, 5, 70);
        if self.determined && chance.percent(6) {
            let data = json!({
                "complaint_id": self.id, "determination_id": "d1", "rationale": rationale(chance),
            });
            feed.put(found_at, "complaint.overturn", REVIEWERS[1], data);
            return;
        }
        if !self.blameless || end == End::Withdraw || !chance.percent(5) {
            return;
        }
        let (ground, clause) = chance.weighted(
            &[
                (40, ("4.1(2)", "2.2(2)")),
                (30, ("4.1(4)", "2.1")),
                (30, ("4.1(6)", "3(1).bad-1")),
            ],
            ("4.1(6)", "3(1).bad-1"),
        );
        let data = json!({
            "complaint_id": self.id, "ground": ground, "clauses": [clause],
            "rationale": rationale(chance),
        });
        feed.put(found_at, "complaint.find_ground", REVIEWERS[0], data);
        let decided_at = chance.hours_after(found_at, 1, 60);
        let data = json!({
            "complaint_id": self.id, "finding_ids": ["f1"], "rationale": rationale(chance),
        });
        if chance.percent(35) {
            feed.put(decided_at, "complaint.dismiss", REVIEWERS[1], data);
            return;
        }
        feed.put(decided_at, "complaint.determine", REVIEWERS[0], data);
        if chance.percent(20) {
            let overturned_at = chance.hours_after(decided_at, 20, 200);
            let data = json!({
                "complaint_id": self.id, "determination_id": "d1", "rationale": rationale(chance),
            });
            feed.put(overturned_at, "complaint.overturn", REVIEWERS[1], data);
        }
    }

    pub(super) fn new_evidence(&mut self, chance: &mut Chance) -> Value {
        self.evidence += 1;
        let mut piece = json!({
            "kind": "usage_record", "media_id": format!("{}-e{}", self.id, self.evidence),
        });
        if chance.percent(70) {
            let digest: String = (0..4)
                .map(|_| format!("{:016x}", chance.below(u64::MAX)))
                .collect();
            piece["sha256"] = digest.into();
        }
        json!([piece])
    }

    pub(super) fn submit_evidence(&mut self, at: Instant, chance: &mut Chance, feed: &mut Feed) {
        let data = json!({ "evidence": self.new_evidence(chance) });
        self.merchant(at, "complaint.submit_evidence", data, chance, feed);
    }

    /// Most evidence is assessed, some of it refused.
    pub(super) fn assess(&mut self, submitted_at: Instant, chance: &mut Chance, feed: &mut Feed) {
        if chance.percent(20) {
            return;
        }
        let accepted = chance.percent(70);
        self.blameless &= accepted;
        let data = json!({
            "complaint_id": self.id,
            "evidence_id": format!("e{}", self.evidence),
            "accepted": accepted,
            "reason": chance.one_of(words::RATIONALES),
        });
        let at = chance.hours_after(submitted_at, 2, 60);
        feed.put(at, "complaint.assess_evidence", REVIEWERS[2], data);
    }
}
