//! What is done on agreements.

use serde_json::{Value, json};

use super::{AGREEMENTS, Deeds, MERCHANTS, USERS, document, written};
use crate::model::agreement::Agreement;
use crate::model::terms::{DAY, HOUR};

impl Deeds<'_> {
    pub(super) fn on_agreement(&mut self) -> Value {
        let id = self.chance.named("A", AGREEMENTS);
        let known = self.model.agreements.get(&id).cloned();
        match known {
            Some(agreement) if !self.chance.once_in(8) => self.act_on(&id, &agreement),
            _ => self.sign(&id),
        }
    }

    fn plan(&mut self) -> Value {
        match self.chance.below(4) {
            0 => json!({ "amount_fen": 3_000 }),
            1 => json!({ "amount_fen": 3_000, "period": "P1M", "debits_per_period": 1 }),
            2 => json!({ "amount_fen": 3_000, "period": "P1Y", "debits_per_period": 3 }),
            _ => json!({ "amount_fen": 3_000, "period": "P1W", "debits_per_period": 2 }),
        }
    }

    fn sign(&mut self, id: &str) -> Value {
        let user = self.chance.named("U", USERS);
        let kinds = ["periodic", "periodic", "postpaid", "scheduled", "pay_score"];
        let data = json!({ "agreement_id": id, "merchant_id": self.chance.named("M", MERCHANTS),
            "user_ref": user, "template_id": self.chance.named("T", 2),
            "kind": self.chance.of(&kinds), "plan": self.plan(), "disclosed": true });
        if self.chance.once_in(2) {
            return document("user", &user, "agreement.sign", data);
        }
        document("service", "gateway", "agreement.sign", data)
    }

    fn act_on(&mut self, id: &str, agreement: &Agreement) -> Value {
        let order = self.chance.named("O", 9);
        let debited = agreement.debits.last().map(|(order, _, _)| order.clone());
        let (role, by, act, mut data) = match self.chance.below(14) {
            0..=5 => {
                let data = json!({ "order_id": order,
                    "amount_fen": self.chance.of(&[900, 1_900, 3_000, 3_001]) });
                ("service", "gateway", "debit", data)
            }
            6 | 7 => {
                let ahead = self.chance.of(&[0, 25 * HOUR, 2 * DAY]);
                let data = json!({ "debit_at": written(self.now + ahead), "amount_fen": 3_000 });
                ("service", "gateway", "remind", data)
            }
            8 => {
                let data = json!({ "order_id": debited.unwrap_or(order),
                    "amount_fen": self.chance.of(&[500, 900, 4_000]) });
                ("service", "gateway", "refund", data)
            }
            9 => {
                let data = json!({ "summary": "a month", "consumed_fen": 100 });
                ("service", "gateway", "record_usage", data)
            }
            10 => {
                let data = json!({ "plan": self.plan(), "disclosed": true });
                (
                    "merchant",
                    agreement.merchant_id.as_str(),
                    "change_plan",
                    data,
                )
            }
            11 => ("service", "gateway", "suspend", json!({ "reason": "risk" })),
            12 => (
                "service",
                "gateway",
                "resume",
                json!({ "reason": "cleared" }),
            ),
            _ => {
                let (role, by) = self.chance.of(&[
                    ("user", agreement.user_ref.as_str()),
                    ("merchant", agreement.merchant_id.as_str()),
                    ("service", "gateway"),
                ]);
                (role, by, "cancel", json!({ "reason": "enough" }))
            }
        };
        data["agreement_id"] = json!(id);
        document(role, by, &format!("agreement.{act}"), data)
    }
}
