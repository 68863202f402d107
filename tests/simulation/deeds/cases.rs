//! What is done on complaints.

use serde_json::{Value, json};

use super::{COMPLAINTS, Deeds, document};
use crate::model::case::Case;

impl Deeds<'_> {
    /// A complaint that is there, mostly one that is open.
    fn case(&mut self) -> Option<Case> {
        let cases: Vec<&Case> = self.model.cases.values().collect();
        if cases.is_empty() {
            return None;
        }
        let open: Vec<&Case> = cases
            .iter()
            .copied()
            .filter(|case| case.is_open())
            .collect();
        let of = if open.is_empty() || self.chance.once_in(3) {
            cases
        } else {
            open
        };
        Some(self.chance.of(&of).clone())
    }

    fn evidence(&mut self) -> Value {
        let piece = json!({ "kind": "usage", "media_id": self.chance.named("file-", 99) });
        match self.chance.below(8) {
            0 => json!([]),
            1 => {
                let mut wrong = piece;
                wrong["sha256"] = json!("not a digest");
                json!([wrong])
            }
            2 => json!([piece, { "kind": "log", "media_id": "file-0", "sha256": "0".repeat(64) }]),
            _ => json!([piece]),
        }
    }

    fn amount(&mut self, case: &Case) -> u64 {
        let asked = case.matter.requested_fen.unwrap_or(0).max(1);
        let owed = case.owed_fen().max(1);
        let paid = case.matter.paid_fen;
        self.chance
            .of(&[asked, asked, owed, owed, paid.max(1), 1_000, paid + 1])
    }

    pub(super) fn merchant_on_case(&mut self) -> Value {
        let Some(case) = self.case() else {
            return self.file();
        };
        let amount = self.amount(&case);
        let (kind, mut data) = match self.chance.below(14) {
            0..=2 => ("respond", self.response()),
            3 => ("submit_evidence", json!({ "evidence": self.evidence() })),
            4 => ("explain_billing", json!({ "text": "by the month" })),
            5 => (
                "reconfirm_plan",
                json!({ "user_confirms": self.chance.once_in(2) }),
            ),
            6 | 7 => (
                "approve_refund",
                json!({ "amount_fen": amount, "launch_days": self.chance.below(5) }),
            ),
            8 | 9 => (
                "reject_refund",
                json!({ "reason": "it was used", "evidence": self.evidence() }),
            ),
            10 => ("record_usage", self.usage(&case)),
            11 => ("record_billing_error", self.billing_error(&case)),
            12 => ("record_settlement", self.settlement(amount)),
            _ => ("complete", json!({ "resolution": "done" })),
        };
        data["complaint_id"] = json!(case.complaint_id);
        let kind = format!("complaint.{kind}");
        if self.chance.once_in(4) {
            let by = self.chance.of(&["I1", "P1"]);
            return document("intermediary", by, &kind, data);
        }
        document("merchant", &case.merchant_id, &kind, data)
    }

    fn response(&mut self) -> Value {
        match self.chance.below(10) {
            0 => json!({ "text": "long ".repeat(101) }),
            1 => {
                let media: Vec<Value> = (0..5)
                    .map(|n| json!({ "media_id": format!("p{n}") }))
                    .collect();
                json!({ "text": "see", "media": media })
            }
            2..=4 => json!({ "text": "see", "media": [{ "media_id": "p0" }] }),
            _ => json!({ "text": "we look into it" }),
        }
    }

    fn usage(&mut self, case: &Case) -> Value {
        let paid = case.matter.paid_fen;
        let mut data = json!({ "kind": self.chance.of(&["unused", "partly", "fully"]),
            "consumed_fen": self.chance.of(&[0, paid / 2, paid, paid + 1]) });
        if self.chance.once_in(2) {
            data["proof"] = json!(self.chance.named("e", 3));
        }
        data
    }

    fn billing_error(&mut self, case: &Case) -> Value {
        let paid = case.matter.paid_fen;
        let mut data = json!({ "error_fen": self.chance.of(&[0, paid / 3, paid, paid + 1]) });
        if self.chance.once_in(2) {
            data["proof"] = json!(self.chance.named("e", 3));
        }
        data
    }

    fn settlement(&mut self, amount: u64) -> Value {
        json!({ "amount_fen": amount, "user_agreed": !self.chance.once_in(5) })
    }

    pub(super) fn user_on_case(&mut self) -> Value {
        let Some(case) = self.case() else {
            return self.file();
        };
        let amount = self.amount(&case);
        let (kind, mut data) = match self.chance.below(12) {
            0 | 1 => ("request_refund", json!({ "amount_fen": amount })),
            2 | 3 => ("message", json!({ "text": "still waiting" })),
            4..=8 => ("continue", json!({ "text": "not solved" })),
            9 | 10 => ("confirm", json!({})),
            _ => ("withdraw", json!({})),
        };
        data["complaint_id"] = json!(case.complaint_id);
        document("user", &case.user_ref, &format!("complaint.{kind}"), data)
    }

    pub(super) fn service_on_case(&mut self) -> Value {
        let Some(case) = self.case() else {
            return self.file();
        };
        let amount = self.amount(&case);
        let (kind, mut data) = match self.chance.below(10) {
            0 => ("record_defective_rejection", json!({ "reason": "no" })),
            1..=6 => {
                let due = if case.approved_fen > case.refunded_fen {
                    case.approved_fen - case.refunded_fen
                } else {
                    amount
                };
                let data = json!({ "refund_id": self.chance.named("R", 9),
                    "amount_fen": self.chance.of(&[due, due, amount]),
                    "by_platform": self.chance.once_in(4) });
                ("record_refund", data)
            }
            7 => ("record_settlement", self.settlement(amount)),
            8 => ("confirm", json!({})),
            _ => (
                "keep_note",
                json!({ "raw_type": "SOMETHING", "because": "not known", "text": "a note" }),
            ),
        };
        data["complaint_id"] = json!(case.complaint_id);
        document("service", "payments", &format!("complaint.{kind}"), data)
    }

    /// What waits for a reviewer who knows the case: a late fact, or a link that is not right.
    fn waiting_for_a_reviewer(&mut self) -> Option<Value> {
        let mut waiting = Vec::new();
        for case in self.model.cases.values() {
            waiting.extend(case.waiting_facts.iter().map(|fact_id| {
                json!({ "complaint_id": case.complaint_id, "fact_id": fact_id,
                    "rationale": "seen" })
            }));
        }
        waiting.extend(self.model.links.iter().map(|link| {
            json!({ "complaint_id": link.complaint_id, "other": link.other, "kind": link.kind })
        }));
        if waiting.is_empty() {
            return None;
        }
        let data = self.chance.of(&waiting);
        let kind = if data["other"].is_string() && self.chance.once_in(3) {
            "complaint.link"
        } else if data["fact_id"].is_string() {
            self.chance
                .of(&["complaint.accept_late_fact", "complaint.refuse_late_fact"])
        } else {
            "complaint.unlink"
        };
        Some(document("reviewer", "R1", kind, data))
    }

    pub(super) fn reviewer_on_case(&mut self) -> Value {
        if self.chance.once_in(6)
            && let Some(document) = self.waiting_for_a_reviewer()
        {
            return document;
        }
        let Some(case) = self.case() else {
            return self.file();
        };
        let known = &self.model.judgements[&case.complaint_id];
        let findings: Vec<String> = known.findings.keys().cloned().collect();
        let finding = if findings.is_empty() || self.chance.once_in(6) {
            self.chance.named("f", 4)
        } else {
            self.chance.of(&findings)
        };
        let unassessed = case
            .evidence
            .iter()
            .position(|piece| piece.accepted.is_none());
        let evidence = match unassessed {
            Some(place) if !self.chance.once_in(4) => format!("e{}", place + 1),
            _ => self.chance.named("e", 3),
        };
        let reason = self
            .chance
            .of(&["platform_outage", "platform_assistance", "legal_hold"]);
        let (kind, mut data) = match self.chance.below(16) {
            0 | 1 => {
                let ground = self
                    .chance
                    .of(&["4.1(2)", "4.1(4)", "4.1(5)", "4.1(6)", "4.1(7)"]);
                let data = json!({ "ground": ground, "clauses": [], "rationale": "seen" });
                ("find_ground", data)
            }
            2..=5 => (
                "determine",
                json!({ "finding_ids": [finding], "rationale": "seen" }),
            ),
            6 => (
                "dismiss",
                json!({ "finding_ids": [finding], "rationale": "seen" }),
            ),
            7 => {
                let id = self.chance.named("d", 2);
                (
                    "overturn",
                    json!({ "determination_id": id, "rationale": "seen" }),
                )
            }
            8..=10 => {
                let accepted = self.chance.once_in(2);
                let data =
                    json!({ "evidence_id": evidence, "accepted": accepted, "reason": "seen" });
                ("assess_evidence", data)
            }
            11 => ("link", self.link()),
            12 => ("unlink", self.link()),
            13 => ("pause", json!({ "reason": reason })),
            14 => ("resume", json!({ "reason": reason })),
            _ => {
                let kind = self.chance.of(&["accept_late_fact", "refuse_late_fact"]);
                let data = json!({ "fact_id": self.chance.named("l", 2), "rationale": "seen" });
                (kind, data)
            }
        };
        data["complaint_id"] = json!(case.complaint_id);
        let reviewer = self.chance.named("R", 3);
        if self.chance.once_in(4) && kind == "find_ground" {
            return document("admin", "root", &format!("complaint.{kind}"), data);
        }
        document("reviewer", &reviewer, &format!("complaint.{kind}"), data)
    }

    fn link(&mut self) -> Value {
        json!({ "other": self.chance.named("C", COMPLAINTS + 1),
            "kind": self.chance.of(&["related", "concurrent"]) })
    }
}
