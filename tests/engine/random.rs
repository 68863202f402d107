//! Random runs that follow from a seed: commands of every role, most of them sensible, time that
//! passes in steps from a millisecond to days.

use redress_domain::instant::Instant;
use redress_protocol::edition::{built_in, parse_edition};
use redress_tests::chance::Chance;
use redress_tests::workspace;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::story::{Act, Story, command, instant};

/// The seeds of a test, `REDRESS_SEEDS` of them where that is set.
pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let count = std::env::var("REDRESS_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual);
    0..count
}

const EDITIONS: [&str; 4] = [
    "low-ladder.toml",
    "with-pauses.toml",
    "quick-standing.toml",
    "small-portfolio.toml",
];

/// A run of so many random acts, after merchants and intermediaries were registered.
pub fn random_story(seed: u64, acts: usize) -> Story {
    let mut chance = Chance::new(seed);
    let file = EDITIONS[usize::try_from(seed).unwrap() % EDITIONS.len()];
    let text =
        std::fs::read_to_string(workspace().join("tests/scenarios/editions").join(file)).unwrap();
    let base = built_in().unwrap();
    let edition = parse_edition(&text, &|_| Some(base.clone())).unwrap();
    let mut run = Run {
        seed,
        now: instant("2026-05-01T09:00:00+08:00"),
        acts: Vec::new(),
    };
    run.register();
    while run.acts.len() < acts {
        run.pass(&mut chance);
        run.act(&mut chance);
    }
    Story {
        name: format!("seed {seed} under {file}"),
        edition,
        acts: run.acts,
    }
}

struct Run {
    seed: u64,
    now: Instant,
    acts: Vec<Act>,
}

impl Run {
    fn register(&mut self) {
        for id in ["I1", "P1"] {
            let kind = if id == "I1" {
                "institution"
            } else {
                "service_provider"
            };
            let data = json!({ "intermediary_id": id, "kind": kind, "name": id });
            self.ask("service", "onboarding", "intermediary.register", data);
        }
        for number in 1..=4 {
            let mut data = json!({ "merchant_id": format!("M{number}"), "kind": "direct",
                "industry": "general", "name": "Example", "entity_id": format!("E{}", number % 2) });
            if number > 2 {
                data["kind"] = json!("sub_merchant");
                data["institution_id"] = json!("I1");
                data["service_provider_id"] = json!("P1");
            }
            self.ask("service", "onboarding", "merchant.register", data);
        }
    }

    fn pass(&mut self, chance: &mut Chance) {
        let ms = match chance.below(10) {
            0..=2 => 0,
            3 => 1,
            4..=6 => chance.below(6 * HOUR_MS),
            7 | 8 => chance.below(30 * HOUR_MS),
            _ => chance.below(5 * 24 * HOUR_MS),
        };
        self.now = Instant::from_unix_ms(self.now.unix_ms() + i64::try_from(ms).unwrap());
        if chance.below(12) == 0 {
            self.acts.push(Act::Advance(self.now));
        }
    }

    fn ask(&mut self, role: &str, id: &str, kind: &str, data: Value) {
        let ordinal = self.acts.len();
        let id_of_command = Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            format!("{} {ordinal}", self.seed).as_bytes(),
        );
        let mut submission = command(json!({ "id": id_of_command.to_string(), "type": kind,
            "by": { "role": role, "id": id }, "data": data }));
        submission.recorded_at = Some(self.now);
        self.acts.push(Act::Submit(Box::new(submission)));
    }

    fn act(&mut self, chance: &mut Chance) {
        match chance.below(20) {
            0..=3 => self.file(chance),
            4..=7 => self.merchant_acts(chance),
            8 | 9 => self.user_acts(chance),
            10 | 11 => self.reviewer_acts(chance),
            12..=14 => self.risk_acts(chance),
            15 => self.service_acts(chance),
            16 | 17 => self.agreement_acts(chance),
            18 => self.merchant_answers(chance),
            _ => self.admin_acts(chance),
        }
        self.twist(chance);
    }

    /// Now and then a command claims another instant, another trust, a version, or comes twice.
    fn twist(&mut self, chance: &mut Chance) {
        let now = self.now.unix_ms();
        let Some(Act::Submit(last)) = self.acts.last_mut() else {
            return;
        };
        match chance.below(16) {
            0 | 1 => {
                let before = i64::try_from(chance.below(40 * HOUR_MS)).unwrap();
                last.occurred_at = Some(Instant::from_unix_ms(now - before));
                last.trust = Some(match chance.below(3) {
                    0 => redress_domain::identity::Trust::OwnClaim,
                    1 => redress_domain::identity::Trust::Partner,
                    _ => redress_domain::identity::Trust::Platform,
                });
            }
            2 => last.expected_version = Some(i64::try_from(chance.below(6)).unwrap()),
            3 => {
                let again = Act::Submit(last.clone());
                self.acts.push(again);
            }
            _ => {}
        }
    }

    fn file(&mut self, chance: &mut Chance) {
        let user = chance.named("U", 5);
        let mut data = json!({ "complaint_id": chance.named("C", 14),
            "merchant_id": chance.named("M", 4), "user_ref": user,
            "problem": chance.of(&["agreement_not_recognised", "amount_not_recognised",
                "refund_request", "service_not_working", "other"]),
            "channel": chance.of(&["self_service", "agent"]),
            "orders": [{ "order_id": chance.named("O", 9), "amount_fen": 9900 },
                { "order_id": chance.named("X", 9), "amount_fen": 30_000 }] });
        if chance.below(2) == 0 {
            data["requested_refund_fen"] = json!(1 + chance.below(39_900));
        }
        if chance.below(2) == 0 {
            data["description"] = json!("charged twice and nobody answers");
        }
        if chance.below(3) == 0 {
            data["agreement_id"] = json!(chance.named("A", 6));
        }
        self.ask("user", &user, "complaint.file", data);
    }

    fn merchant_acts(&mut self, chance: &mut Chance) {
        let complaint_id = chance.named("C", 14);
        let evidence = json!([{ "kind": "usage", "media_id": chance.named("m", 99) }]);
        let (kind, mut data) = match chance.below(10) {
            0 | 1 => ("respond", json!({ "text": "we look into it" })),
            2 => ("submit_evidence", json!({ "evidence": evidence })),
            3 => ("explain_billing", json!({ "text": "by the month" })),
            4 => ("reconfirm_plan", json!({})),
            5 => (
                "approve_refund",
                json!({ "amount_fen": 1 + chance.below(20_000),
                "launch_days": chance.below(4) }),
            ),
            6 => (
                "reject_refund",
                json!({ "reason": "used", "evidence": evidence }),
            ),
            7 => (
                "record_usage",
                json!({ "kind": "partly", "consumed_fen": chance.below(9900),
                "proof": chance.named("e", 2) }),
            ),
            8 => (
                "record_settlement",
                json!({ "amount_fen": chance.below(9900), "user_agreed": true }),
            ),
            _ => ("complete", json!({ "resolution": "done" })),
        };
        data["complaint_id"] = json!(complaint_id);
        // The generator does not know whose complaint it is: all of them may be asked.
        for merchant in ["M1", "M2", "M3", "M4"] {
            self.ask(
                "merchant",
                merchant,
                &format!("complaint.{kind}"),
                data.clone(),
            );
        }
        if chance.below(3) == 0 {
            self.ask("intermediary", "I1", &format!("complaint.{kind}"), data);
        }
    }

    fn user_acts(&mut self, chance: &mut Chance) {
        let (kind, mut data) = match chance.below(8) {
            0 => (
                "request_refund",
                json!({ "amount_fen": 1 + chance.below(20_000) }),
            ),
            1 => ("message", json!({ "text": "still waiting" })),
            2..=5 => ("continue", json!({ "text": "not solved" })),
            6 => ("confirm", json!({})),
            _ => ("withdraw", json!({})),
        };
        data["complaint_id"] = json!(chance.named("C", 14));
        for user in ["U1", "U2", "U3", "U4", "U5"] {
            self.ask("user", user, &format!("complaint.{kind}"), data.clone());
        }
    }

    fn reviewer_acts(&mut self, chance: &mut Chance) {
        let finding = json!([chance.named("f", 4)]);
        let (kind, mut data) = match chance.below(12) {
            0 => (
                "find_ground",
                json!({ "ground": chance.of(&["4.1(2)", "4.1(4)", "4.1(6)"]),
                "clauses": [], "rationale": "seen" }),
            ),
            1 | 2 => (
                "determine",
                json!({ "finding_ids": finding, "rationale": "seen" }),
            ),
            3 => (
                "dismiss",
                json!({ "finding_ids": finding, "rationale": "seen" }),
            ),
            4 | 5 => (
                "overturn",
                json!({ "determination_id": chance.named("d", 3), "rationale": "seen" }),
            ),
            6 => (
                "assess_evidence",
                json!({ "evidence_id": chance.named("e", 3),
                "accepted": chance.below(2) == 0, "reason": "checked" }),
            ),
            7 => (
                "link",
                json!({ "other": chance.named("C", 14), "kind": "related" }),
            ),
            8 => ("pause", json!({ "reason": "platform_outage" })),
            9 => ("resume", json!({ "reason": "platform_outage" })),
            10 => (
                "accept_late_fact",
                json!({ "fact_id": chance.named("l", 2), "rationale": "seen" }),
            ),
            _ => (
                "refuse_late_fact",
                json!({ "fact_id": chance.named("l", 2), "rationale": "seen" }),
            ),
        };
        data["complaint_id"] = json!(chance.named("C", 14));
        let reviewer = chance.named("R", 3);
        self.ask("reviewer", &reviewer, &format!("complaint.{kind}"), data);
    }

    fn risk_acts(&mut self, chance: &mut Chance) {
        let measure_id = chance.named("m", 8);
        let until = "2026-06-20T00:00:00+08:00";
        let (kind, mut data) = match chance.below(10) {
            0 => (
                "propose_measure",
                json!({ "kind": "template_signing", "scope": "all", "for": "5d",
                "grounds": ["C1/d1"], "rationale": "seen" }),
            ),
            1 => (
                "impose_measure",
                json!({ "kind": chance.of(&["rectification", "risk_warning"]),
                "grounds": ["seen"], "rationale": "seen", "authority": "one" }),
            ),
            2 => (
                "propose_measure",
                json!({ "kind": "service_termination", "permanent": true,
                "grounds": ["C1/d1"], "rationale": "seen" }),
            ),
            3..=6 => ("approve_measure", json!({ "measure_id": measure_id })),
            7 => (
                "lift_measure",
                json!({ "measure_id": measure_id, "rationale": "seen" }),
            ),
            8 => (
                "decide_appeal",
                json!({ "measure_id": measure_id, "rationale": "seen",
                "outcome": chance.of(&["uphold", "revoke"]) }),
            ),
            _ => {
                let kind = chance.of(&["accept_rectification", "refuse_rectification"]);
                (
                    kind,
                    json!({ "measure_id": measure_id, "rationale": "seen" }),
                )
            }
        };
        if kind == "decide_appeal" && data["outcome"] == "vary" {
            data["until"] = json!(until);
        }
        let person = chance.named("K", 4);
        if chance.below(6) == 0
            && !matches!(
                data["kind"].as_str(),
                Some("template_signing" | "service_termination" | "risk_warning")
            )
        {
            data["intermediary_id"] = json!(chance.of(&["I1", "P1"]));
            self.ask("risk", &person, &format!("intermediary.{kind}"), data);
        } else {
            data["merchant_id"] = json!(chance.named("M", 4));
            self.ask("risk", &person, &format!("merchant.{kind}"), data);
        }
    }

    fn merchant_answers(&mut self, chance: &mut Chance) {
        let measure_id = chance.named("m", 6);
        let id = chance.named("M", 4);
        let (kind, data) = match chance.below(4) {
            0 | 1 => (
                "submit_rectification",
                json!({ "measure_id": measure_id, "summary": "two more people" }),
            ),
            2 => (
                "appeal",
                json!({ "measure_id": measure_id, "statement": "not ours" }),
            ),
            _ => ("accept_rulebook", json!({ "edition": "spring" })),
        };
        let mut data = data;
        data["merchant_id"] = json!(id);
        self.ask("merchant", &id, &format!("merchant.{kind}"), data);
    }

    fn service_acts(&mut self, chance: &mut Chance) {
        match chance.below(3) {
            0 => {
                let offset = i64::try_from(chance.below(5)).unwrap();
                let day = redress_protocol::instant::format_instant(
                    Instant::from_unix_ms(self.now.unix_ms() - offset * 24 * HOUR_MS as i64),
                    redress_domain::instant::CivilOffset::from_seconds(8 * 3600),
                );
                let data = json!({ "merchant_id": chance.named("M", 4), "day": day[..10],
                    "debits": chance.below(30_000), "users": 9 });
                self.ask("service", "volumes", "merchant.report_volume", data);
            }
            1 => {
                let data = json!({ "complaint_id": chance.named("C", 14), "refund_id": chance.named("R", 30),
                    "amount_fen": 1 + chance.below(9900), "by_platform": chance.below(4) == 0 });
                self.ask("service", "payments", "complaint.record_refund", data);
            }
            _ => {
                let data =
                    json!({ "merchant_id": chance.named("M", 4), "name": chance.named("N", 5) });
                self.ask("service", "onboarding", "merchant.update", data);
            }
        }
    }

    fn agreement_acts(&mut self, chance: &mut Chance) {
        let id = chance.named("A", 6);
        let plan = json!({ "amount_fen": 3000, "period": "P1W", "debits_per_period": 2 });
        let (kind, mut data) = match chance.below(8) {
            0..=2 => (
                "sign",
                json!({ "merchant_id": chance.named("M", 4), "user_ref": chance.named("U", 5),
                "template_id": chance.named("T", 2), "kind": chance.of(&["periodic", "pay_score"]),
                "plan": plan, "disclosed": true }),
            ),
            3 | 4 => (
                "debit",
                json!({ "order_id": chance.named("O", 9), "amount_fen": 1 + chance.below(3200) }),
            ),
            5 => (
                "refund",
                json!({ "order_id": chance.named("O", 9), "amount_fen": 1 + chance.below(3000) }),
            ),
            6 => ("suspend", json!({ "reason": "risk" })),
            _ => ("cancel", json!({})),
        };
        data["agreement_id"] = json!(id);
        self.ask("service", "gateway", &format!("agreement.{kind}"), data);
    }

    fn admin_acts(&mut self, chance: &mut Chance) {
        if chance.below(2) == 0 {
            let data = json!({ "user_ref": chance.named("U", 5), "reason": "asked for it" });
            self.ask("admin", "root", "user.erase", data);
            return;
        }
        let offset = redress_domain::instant::CivilOffset::from_seconds(8 * 3600);
        let shown = |instant| redress_protocol::instant::format_instant(instant, offset);
        let later = self.now.unix_ms() + 31 * 24 * HOUR_MS as i64;
        let data = json!({ "edition": chance.named("edition-", 3), "announced_at": shown(self.now),
            "effective_at": shown(Instant::from_unix_ms(later)),
            "changes": { "transition": chance.of(&["keep", "extend_only", "recompute_open"]),
                "clocks": { "first_reply": chance.of(&["12h", "30h"]) } } });
        self.ask("admin", "root", "rulebook.announce", data);
    }
}

const HOUR_MS: u64 = 3_600_000;
