//! What people do in a run: commands of every role, most of them sensible, some not. Few ids, so
//! that they meet often.

mod cases;
mod merchants;
mod others;

use redress_domain::instant::{CivilOffset, Instant};
use redress_protocol::instant::format_instant;
use redress_tests::chance::Chance;
use serde_json::{Value, json};

use crate::model::Model;
use crate::model::terms::{DAY, HOUR};

pub const USERS: u64 = 4;
pub const MERCHANTS: u64 = 3;
pub const COMPLAINTS: u64 = 5;
pub const AGREEMENTS: u64 = 3;

/// Whoever comes up with the next command, knowing how things stand.
pub struct Deeds<'a> {
    pub chance: &'a mut Chance,
    pub model: &'a Model,
    /// The instant of the run, in milliseconds.
    pub now: i64,
    /// Whether the run is mostly about measures, whose lives take many steps.
    pub about_measures: bool,
}

/// The registrations with which a run begins.
pub fn registrations() -> Vec<Value> {
    let mut documents = Vec::new();
    for (id, kind) in [("I1", "institution"), ("P1", "service_provider")] {
        let data = json!({ "intermediary_id": id, "kind": kind, "name": id });
        documents.push(document(
            "service",
            "onboarding",
            "intermediary.register",
            data,
        ));
    }
    let merchants = [
        ("M1", "direct", "E1"),
        ("M2", "sub_merchant", "E1"),
        ("M3", "direct", "M3"),
    ];
    for (id, kind, entity) in merchants {
        let mut data = json!({ "merchant_id": id, "kind": kind, "industry": "general",
            "name": "Example", "entity_id": entity });
        if kind == "sub_merchant" {
            data["institution_id"] = json!("I1");
            data["service_provider_id"] = json!("P1");
        }
        documents.push(document("service", "onboarding", "merchant.register", data));
    }
    documents
}

pub fn document(role: &str, by: &str, kind: &str, data: Value) -> Value {
    json!({ "type": kind, "by": { "role": role, "id": by }, "data": data })
}

/// An instant as documents write it.
pub fn written(at: i64) -> String {
    format_instant(
        Instant::from_unix_ms(at),
        CivilOffset::from_seconds(8 * 3600),
    )
}

impl Deeds<'_> {
    /// The next command, without an id and an instant.
    pub fn next(&mut self) -> Value {
        let kind = match self.chance.below(4) {
            0 | 1 if self.about_measures => 13,
            2 if self.about_measures => 18,
            _ => self.chance.below(20),
        };
        let mut document = match kind {
            0..=2 => self.file(),
            3..=6 => self.merchant_on_case(),
            7 | 8 => self.user_on_case(),
            9..=11 => self.reviewer_on_case(),
            12 => self.service_on_case(),
            13..=16 => self.on_measure(),
            17 => self.on_merchant(),
            18 => self.on_agreement(),
            _ => self.on_everything(),
        };
        if self.chance.once_in(14) {
            self.spoil(&mut document);
        }
        self.twist(&mut document);
        document
    }

    /// Another role, another person or an unknown id.
    fn spoil(&mut self, document: &mut Value) {
        match self.chance.below(5) {
            0 => {
                let roles = [
                    "user",
                    "merchant",
                    "intermediary",
                    "reviewer",
                    "risk",
                    "service",
                ];
                document["by"]["role"] = json!(self.chance.of(&roles));
            }
            1 => document["by"]["role"] = json!(self.chance.of(&["auditor", "admin"])),
            2 => {
                let somebody = ["U1", "U2", "M1", "M2", "M3", "I1", "P1", "nobody"];
                document["by"]["id"] = json!(self.chance.of(&somebody));
            }
            3 => {
                for key in [
                    "complaint_id",
                    "merchant_id",
                    "agreement_id",
                    "intermediary_id",
                ] {
                    if document["data"][key].is_string() {
                        document["data"][key] = json!("unknown");
                        break;
                    }
                }
            }
            _ => {
                for key in [
                    "text",
                    "reason",
                    "rationale",
                    "resolution",
                    "statement",
                    "name",
                    "written_notice",
                    "summary",
                ] {
                    if document["data"][key].is_string() {
                        document["data"][key] = json!("");
                    }
                }
            }
        }
    }

    /// Another instant, another trust, a version.
    fn twist(&mut self, document: &mut Value) {
        let paused = matches!(
            document["type"].as_str(),
            Some("complaint.pause" | "complaint.resume" | "complaint.file")
        );
        match self.chance.below(18) {
            0 | 1 if !paused => {
                let before = self.chance.of(&[0, 1, 3, 9, 20, 25, 26, 40]) * HOUR;
                document["occurred_at"] = json!(written(self.now - before));
                document["trust"] = json!(self.chance.of(&["self", "partner", "platform"]));
            }
            2 => {
                let ahead = self.chance.of(&[1_000, 300_000, 300_001, HOUR]);
                document["occurred_at"] = json!(written(self.now + ahead));
            }
            3 => {
                let version = i64::try_from(self.chance.below(8)).unwrap() - 1;
                document["expected_version"] = json!(version);
            }
            _ => {}
        }
    }

    fn file(&mut self) -> Value {
        let user = self.chance.named("U", USERS);
        let orders = match self.chance.below(12) {
            0 => json!([]),
            1..=4 => json!([{ "order_id": self.chance.named("O", 4), "amount_fen": 9_900 },
                { "order_id": self.chance.named("X", 4), "amount_fen": 30_000 }]),
            _ => json!([{ "order_id": self.chance.named("O", 4), "amount_fen": 9_900 }]),
        };
        let problems = [
            "agreement_not_recognised",
            "amount_not_recognised",
            "refund_request",
            "service_not_working",
            "other",
        ];
        let mut data = json!({ "complaint_id": self.chance.named("C", COMPLAINTS),
            "merchant_id": self.chance.named("M", MERCHANTS), "user_ref": user,
            "problem": self.chance.of(&problems),
            "channel": self.chance.of(&["self_service", "agent"]), "orders": orders });
        // Where an id is free, mostly that one is taken.
        let free = (1..=COMPLAINTS)
            .map(|number| format!("C{number}"))
            .find(|id| !self.model.cases.contains_key(id));
        if let (Some(free), false) = (free, self.chance.once_in(6)) {
            data["complaint_id"] = json!(free);
        }
        if self.chance.once_in(2) {
            data["requested_refund_fen"] = json!(self.chance.of(&[1, 5_000, 9_900, 39_900]));
        }
        if self.chance.once_in(2) {
            data["description"] = json!("charged twice and nobody answers");
            data["contact"] = json!("by the app");
        }
        if self.chance.once_in(3) {
            data["agreement_id"] = json!(self.chance.named("A", AGREEMENTS));
        }
        if self.chance.once_in(6) {
            data["enquiry"] = json!(true);
        }
        if self.chance.once_in(3) {
            return document("service", "gateway", "complaint.file", data);
        }
        document("user", &user, "complaint.file", data)
    }

    fn on_everything(&mut self) -> Value {
        match self.chance.below(6) {
            0 => {
                let data = json!({ "user_ref": self.chance.named("U", USERS), "reason": "asked" });
                document("admin", "root", "user.erase", data)
            }
            1 => self.announce(),
            2 => self.on_intermediary(),
            _ => self.on_agreement(),
        }
    }

    fn announce(&mut self) -> Value {
        let early = self.chance.of(&[0, 0, 0, HOUR]);
        let first_reply = self.chance.of(&["12h", "30h", "12h", "30h", "-1h"]);
        let notice = self.chance.of(&[10 * DAY, 30 * DAY, 31 * DAY]);
        let data = json!({ "edition": self.chance.named("edition-", 4),
            "announced_at": written(self.now - early), "effective_at": written(self.now + notice),
            "changes": { "clocks": { "first_reply": first_reply } } });
        document("admin", "root", "rulebook.announce", data)
    }
}
