//! How a round ends: refunds paid in time, late or never, rejections, explanations, settlements.

use redress_domain::instant::{Instant, Span};
use serde_json::json;

use super::{Case, End, REVIEWERS};
use crate::commands::generate::chance::Chance;
use crate::commands::generate::feed::{By, Feed, ONBOARDING, PAYMENTS};
use crate::commands::generate::market::Manner;
use crate::commands::generate::words;

impl Case<'_> {
    pub(super) fn close(
        &mut self,
        round: u64,
        at: Instant,
        end: End,
        chance: &mut Chance,
        feed: &mut Feed,
    ) -> Instant {
        let asked_fen = self.requested_fen.unwrap_or(self.paid_fen);
        match end {
            End::Refund => self.refund(at, asked_fen, chance, feed),
            End::Reject => {
                if chance.percent(8) {
                    // Refused (rulebook 3(1).1.1): a rejection shows evidence.
                    let data = json!({ "reason": chance.one_of(words::REASONS), "evidence": [] });
                    let earlier = at.minus(Span::from_ms(120_000));
                    self.merchant(earlier, "complaint.reject_refund", data, chance, feed);
                }
                let evidence = self.new_evidence(chance);
                let data = json!({
                    "reason": chance.one_of(words::REASONS), "evidence": evidence,
                });
                self.merchant(at, "complaint.reject_refund", data, chance, feed);
                self.assess(at, chance, feed);
                at
            }
            End::Complete => self.complete(round, at, chance, feed),
            End::Settle => {
                let settled_fen = chance.between(1, self.paid_fen);
                let data = json!({ "amount_fen": settled_fen, "user_agreed": true });
                self.merchant(at, "complaint.record_settlement", data, chance, feed);
                let approved_at = chance.minutes_after(at, 1, 60);
                self.refund(approved_at, settled_fen, chance, feed)
            }
            End::ByUse => {
                let evidence = self.evidence + 1;
                let submitted_at = at.minus(Span::from_ms(600_000));
                self.submit_evidence(submitted_at, chance, feed);
                let consumed_fen = self.paid_fen / 2;
                let data = json!({
                    "kind": "partly", "consumed_fen": consumed_fen, "proof": format!("e{evidence}"),
                });
                let stated_at = at.minus(Span::from_ms(300_000));
                self.merchant(stated_at, "complaint.record_usage", data, chance, feed);
                let data = json!({
                    "complaint_id": self.id, "evidence_id": format!("e{evidence}"),
                    "accepted": true, "reason": chance.one_of(words::RATIONALES),
                });
                feed.put(at, "complaint.assess_evidence", REVIEWERS[2], data);
                self.reconfirm(at, chance, feed);
                let rest_fen = (self.paid_fen - consumed_fen).min(asked_fen);
                let approved_at = chance.minutes_after(at, 10, 90);
                self.refund(approved_at, rest_fen, chance, feed)
            }
            End::BillingError => {
                let error_fen = chance.between(1, self.paid_fen);
                let data = json!({ "error_fen": error_fen });
                self.merchant(at, "complaint.record_billing_error", data, chance, feed);
                self.explain(at, chance, feed);
                let approved_at = chance.minutes_after(at, 1, 60);
                self.refund(approved_at, error_fen, chance, feed)
            }
            End::Defective => {
                self.blameless = false;
                let data = json!({ "complaint_id": self.id, "reason": "no" });
                feed.put(at, "complaint.record_defective_rejection", ONBOARDING, data);
                let completed_at = chance.hours_after(at, 1, 40);
                self.complete(round, completed_at, chance, feed)
            }
            End::Confirm | End::Withdraw | End::Never => {
                let data = json!({ "complaint_id": self.id });
                let by = if chance.percent(80) {
                    By("user", &self.matter.user)
                } else {
                    ONBOARDING
                };
                feed.put(at, "complaint.confirm", by, data);
                at
            }
        }
    }

    /// rulebook 4.2(2), policy settlement-refund: a day after nobody decided, the platform pays
    /// small amounts out of the merchant's settlement.
    pub(super) fn refund_by_platform(
        &self,
        opened_at: Instant,
        chance: &mut Chance,
        feed: &mut Feed,
    ) {
        let asked_fen = self.requested_fen.unwrap_or(self.paid_fen);
        if !self.asks_for_money() || asked_fen > 20_000 || !chance.percent(80) {
            return;
        }
        let data = json!({
            "complaint_id": self.id,
            "refund_id": format!("s{}", self.id),
            "amount_fen": asked_fen,
            "by_platform": true,
        });
        let paid_at = chance.hours_after(opened_at, 97, 120);
        feed.put(paid_at, "complaint.record_refund", PAYMENTS, data);
    }

    /// An approval, and the money in time, late or never. A few approvals reach the platform's
    /// books hours after its gateway has seen them.
    pub(super) fn refund(
        &mut self,
        at: Instant,
        amount_fen: u64,
        chance: &mut Chance,
        feed: &mut Feed,
    ) -> Instant {
        let launch_days = chance.between(0, 3);
        let mut data = json!({
            "complaint_id": self.id, "amount_fen": amount_fen, "launch_days": launch_days,
        });
        let mut recorded_at = at;
        let by = By("merchant", &self.merchant.id);
        if chance.percent(3) {
            recorded_at = chance.hours_after(at, 1, 20);
            let trust = if chance.percent(60) {
                "platform"
            } else {
                "partner"
            };
            feed.put_late(recorded_at, at, trust, "complaint.approve_refund", by, data);
        } else {
            if chance.per_mille(5) {
                // Refused: nobody can give back more than was paid.
                data["amount_fen"] = (self.paid_fen + 100).into();
                let earlier = at.minus(Span::from_ms(60_000));
                feed.put(earlier, "complaint.approve_refund", by, data.clone());
                data["amount_fen"] = amount_fen.into();
            }
            feed.put(at, "complaint.approve_refund", by, data);
        }
        if amount_fen < self.requested_fen.unwrap_or(amount_fen) {
            self.blameless = false;
        }
        let prompt = self.merchant.manner == Manner::Prompt;
        if !prompt && chance.percent(8) {
            self.blameless = false;
            // The promise is not kept: the user has the case and no money.
            return recorded_at;
        }
        let paid_at = if !prompt && chance.percent(15) {
            self.blameless = false;
            chance.hours_after(recorded_at, 120, 240)
        } else {
            chance.minutes_after(recorded_at, 2, if launch_days > 0 { 12 * 60 } else { 30 })
        };
        let refund_id = format!("r{}-{}", self.id, paid_at.unix_ms());
        let record = |at: Instant, amount_fen: u64, part: u64, feed: &mut Feed| {
            let data = json!({
                "complaint_id": self.id,
                "refund_id": format!("{refund_id}-{part}"),
                "amount_fen": amount_fen,
            });
            feed.put(at, "complaint.record_refund", PAYMENTS, data);
        };
        if amount_fen > 1 && chance.percent(6) {
            record(paid_at, amount_fen / 2, 1, feed);
            record(paid_at, amount_fen - amount_fen / 2, 2, feed);
        } else {
            record(paid_at, amount_fen, 1, feed);
            // The payment service says some things twice.
            if chance.percent(2) {
                let again_at = chance.minutes_after(paid_at, 1, 9);
                record(again_at, amount_fen, 1, feed);
            }
        }
        self.refunded = true;
        paid_at
    }

    /// rulebook 2.2: what must be explained and reconfirmed mostly is.
    pub(super) fn complete(
        &mut self,
        round: u64,
        at: Instant,
        chance: &mut Chance,
        feed: &mut Feed,
    ) -> Instant {
        if round == 1 && self.problem == "amount_not_recognised" && chance.percent(85) {
            self.explain(at.minus(Span::from_ms(300_000)), chance, feed);
        }
        if self.problem == "agreement_not_recognised" && chance.percent(85) {
            self.reconfirm(at.minus(Span::from_ms(300_000)), chance, feed);
        }
        let data = json!({ "resolution": chance.one_of(words::RESOLUTIONS) });
        self.merchant(at, "complaint.complete", data, chance, feed);
        if self.problem != "other" && self.problem != "service_not_working" {
            self.blameless = false;
        }
        at
    }

    pub(super) fn explain(&self, at: Instant, chance: &mut Chance, feed: &mut Feed) {
        let data = json!({ "text": chance.one_of(words::EXPLANATIONS) });
        self.merchant(at, "complaint.explain_billing", data, chance, feed);
        self.reconfirm(at, chance, feed);
    }

    pub(super) fn reconfirm(&self, at: Instant, chance: &mut Chance, feed: &mut Feed) {
        let data = json!({ "user_confirms": chance.percent(60) });
        self.merchant(at, "complaint.reconfirm_plan", data, chance, feed);
    }
}
