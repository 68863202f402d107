//! What is done on merchants, intermediaries and their measures.

use serde_json::{Value, json};

use super::{Deeds, MERCHANTS, document, written};
use crate::model::calendar::{civil_day, written as day_written};
use crate::model::merchant::{Measure, Party};
use crate::model::terms::DAY;

fn waits(measure: &Measure) -> bool {
    measure.status == "proposed"
}

fn runs(measure: &Measure) -> bool {
    measure.status == "in_force"
}

fn rectifies(measure: &Measure) -> bool {
    runs(measure) && measure.kind == "rectification"
}

impl Deeds<'_> {
    pub(super) fn on_measure(&mut self) -> Value {
        if self.chance.once_in(3) {
            let id = self.chance.of(&["I1", "I1", "I1", "P1"]);
            let party = self.model.intermediaries.get(id).cloned();
            return self.measure_of("intermediary", id, &party.unwrap_or_default());
        }
        let with_measures: Vec<String> = self
            .model
            .merchants
            .iter()
            .filter(|(_, party)| !party.measures.is_empty())
            .map(|(id, _)| id.clone())
            .collect();
        let id = if with_measures.is_empty() || self.chance.once_in(4) {
            self.chance.named("M", MERCHANTS)
        } else {
            self.chance.of(&with_measures)
        };
        let party = self.model.merchants.get(&id).cloned();
        self.measure_of("merchant", &id, &party.unwrap_or_default())
    }

    /// A measure that fits what is to be done, if there is one; mostly.
    fn measure_id(&mut self, party: &Party, fits: impl Fn(&Measure) -> bool) -> String {
        let fitting: Vec<&String> = party
            .measures
            .iter()
            .filter(|measure| fits(measure))
            .map(|measure| &measure.measure_id)
            .collect();
        if fitting.is_empty() || self.chance.once_in(10) {
            return self.chance.named("m", 5);
        }
        self.chance.of(&fitting).clone()
    }

    /// What is done next with the measures of a party, as a number that [`Self::measure_of`]
    /// knows: mostly what their states ask for.
    fn next_step(&mut self, party: &Party) -> u64 {
        let any = |fits: fn(&Measure) -> bool| party.measures.iter().any(fits);
        if any(|measure| measure.submitted) && !self.chance.once_in(3) {
            return 14;
        }
        if any(|measure| measure.appealed) && !self.chance.once_in(3) {
            return 18;
        }
        if any(|measure| rectifies(measure) && !measure.submitted) && self.chance.once_in(3) {
            return 12;
        }
        if any(waits) && !self.chance.once_in(3) {
            return 5 + self.chance.below(4);
        }
        if any(runs) && self.chance.once_in(2) {
            return 10 + self.chance.below(10);
        }
        self.chance.below(20)
    }

    fn measure_of(&mut self, sort: &str, id: &str, party: &Party) -> Value {
        let key = format!("{sort}_id");
        let person = self.chance.named("K", 4);
        let (role, by, act, mut data) = match self.next_step(party) {
            0..=2 => ("risk", person, "propose_measure", self.proposal(sort)),
            3 | 4 => ("risk", person, "impose_measure", self.proposal(sort)),
            5..=8 => {
                let measure_id = self.measure_id(party, waits);
                let mut data = json!({ "measure_id": measure_id });
                if self.chance.once_in(6) {
                    data["seen_position"] = json!(self.chance.below(40));
                }
                ("risk", person, "approve_measure", data)
            }
            9 => {
                let measure_id = self.measure_id(party, waits);
                let data = json!({ "measure_id": measure_id, "rationale": "seen" });
                ("risk", person, "refuse_measure", data)
            }
            10 => {
                let measure_id = self.measure_id(party, runs);
                let data = json!({ "measure_id": measure_id, "rationale": "seen" });
                ("risk", person, "lift_measure", data)
            }
            11 => {
                let measure_id = self.measure_id(party, runs);
                let data = json!({ "measure_id": measure_id, "channel": "email",
                    "delivery_ref": "sent" });
                let role = self.chance.of(&["risk", "service"]);
                (role, "notices".to_owned(), "record_notice", data)
            }
            12 | 13 => {
                let measure_id = self.measure_id(party, rectifies);
                let data = json!({ "measure_id": measure_id, "summary": "two more people" });
                let (role, by) = self.answering(sort, id, party);
                (role, by, "submit_rectification", data)
            }
            14 | 15 => {
                let measure_id = self.measure_id(party, |measure| measure.submitted);
                let act = self
                    .chance
                    .of(&["accept_rectification", "refuse_rectification"]);
                let data = json!({ "measure_id": measure_id, "rationale": "seen" });
                ("risk", person, act, data)
            }
            16 | 17 => {
                let measure_id = self.measure_id(party, runs);
                let data = json!({ "measure_id": measure_id, "statement": "not ours" });
                let (role, by) = self.answering(sort, id, party);
                (role, by, "appeal", data)
            }
            _ => {
                let measure_id = self.measure_id(party, |measure| measure.appealed);
                let outcome = self.chance.of(&["uphold", "vary", "revoke"]);
                let mut data = json!({ "measure_id": measure_id, "outcome": outcome,
                    "rationale": "seen" });
                if outcome == "vary" {
                    data["until"] = json!(written(self.now + 3 * DAY));
                }
                ("risk", person, "decide_appeal", data)
            }
        };
        data[key.as_str()] = json!(id);
        document(role, &by, &format!("{sort}.{act}"), data)
    }

    /// Who answers for a merchant or an intermediary.
    fn answering(&mut self, sort: &str, id: &str, party: &Party) -> (&'static str, String) {
        if sort == "intermediary" {
            return ("intermediary", id.to_owned());
        }
        if party.is_sub_merchant && self.chance.once_in(3) {
            return ("intermediary", self.chance.of(&["I1", "P1"]).to_owned());
        }
        ("merchant", id.to_owned())
    }

    fn proposal(&mut self, sort: &str) -> Value {
        let grounds = match self.chance.below(8) {
            0 => json!([]),
            1..=4 => json!(["C1/d1"]),
            _ => json!(["seen by hand"]),
        };
        let kinds: &[&str] = if sort == "intermediary" {
            &[
                "rectification",
                "rectification",
                "rectification",
                "warning",
                "limit_onboarding",
                "hold_service_fee",
            ]
        } else {
            &[
                "rectification",
                "rectification",
                "risk_warning",
                "pre_debit_reminder",
                "template_signing",
                "debit_capability",
                "limits",
                "settlement_cycle",
                "service_suspension",
                "service_termination",
                "payment_permission",
                "end_service_orders",
                "other",
            ]
        };
        let kind = self.chance.of(kinds);
        let mut data = json!({ "kind": kind, "grounds": grounds, "rationale": "seen" });
        match kind {
            "template_signing" => {
                data["scope"] = self
                    .chance
                    .of(&[json!("all"), json!({ "template_id": "T1" })]);
                data["for"] = json!("5d");
            }
            "debit_capability" => {
                data["scope"] = self.chance.of(&[
                    json!({ "capabilities": ["template_create", "multi_account_sign"] }),
                    json!({ "capabilities": ["debit"] }),
                ]);
                data["until"] = json!(written(self.now + 4 * DAY));
            }
            "limits" => {
                data["debit_fen"] = json!(2_000);
                data["debits_per_day"] = json!(1);
                if self.chance.once_in(2) {
                    data["day_fen"] = json!(2_500);
                }
            }
            "settlement_cycle" => data["days"] = json!(self.chance.of(&[7, 14])),
            "service_termination" => data["permanent"] = json!(true),
            "payment_permission" => {
                data["permanent"] = json!(true);
                data["scope"] = self.chance.of(&[
                    json!("all"),
                    json!({ "level": "entity" }),
                    json!({ "permissions": ["debit"] }),
                ]);
            }
            "other" if !self.chance.once_in(3) => data["description"] = json!("a talk"),
            _ => {}
        }
        if self.chance.once_in(4) {
            data["authority"] = json!(self.chance.of(&["automatic", "one", "two"]));
        }
        data
    }

    pub(super) fn on_merchant(&mut self) -> Value {
        let id = self.chance.named("M", MERCHANTS);
        let day = civil_day(self.now) - i64::try_from(self.chance.below(5)).unwrap();
        let edition = self.chance.of(&["2026-02-18", "low-ladder", "edition-1"]);
        match self.chance.below(9) {
            0..=4 => {
                let data = json!({ "merchant_id": id, "day": day_written(day),
                    "debits": self.chance.below(30_000), "users": 9 });
                document("service", "volumes", "merchant.report_volume", data)
            }
            5 => {
                let data = json!({ "merchant_id": id, "name": self.chance.named("Name", 4) });
                document("service", "onboarding", "merchant.update", data)
            }
            6 => {
                let id = self.chance.named("M", MERCHANTS + 1);
                let data = json!({ "merchant_id": id, "kind": "sub_merchant",
                    "industry": "general", "name": "Example" });
                document("service", "onboarding", "merchant.register", data)
            }
            7 => {
                let data = json!({ "merchant_id": id, "edition": edition });
                document("merchant", &id, "merchant.accept_rulebook", data)
            }
            _ => {
                let data = json!({ "merchant_id": id, "edition": edition,
                    "written_notice": "we leave" });
                document("merchant", &id, "merchant.decline_rulebook", data)
            }
        }
    }

    pub(super) fn on_intermediary(&mut self) -> Value {
        let id = self.chance.of(&["I1", "P1"]);
        let data = json!({ "intermediary_id": id, "name": self.chance.named("Name", 4) });
        if self.chance.once_in(4) {
            let mut data = data;
            data["kind"] = json!("institution");
            return document("service", "onboarding", "intermediary.register", data);
        }
        document("service", "onboarding", "intermediary.update", data)
    }
}
