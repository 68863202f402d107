//! Findings and determinations, and the figures of a merchant's standing (domain.md sections 6
//! and 7).

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::calendar::{civil_day, midnight, written};
use super::fact::Fact;
use super::terms::DAY;

/// A finding.
#[derive(Clone, Debug)]
pub struct Finding {
    pub ground: String,
    pub round: u64,
    pub cause: String,
    pub clock: Option<String>,
    pub status: &'static str,
    pub automatic: bool,
}

/// A determination.
#[derive(Clone, Debug)]
pub struct Determination {
    pub finding_ids: Vec<String>,
    /// The reviewer, or nobody where the edition determined.
    pub reviewer: Option<String>,
    pub overturned: bool,
}

/// What was found and determined on one complaint.
#[derive(Clone, Debug, Default)]
pub struct Judgements {
    pub findings: BTreeMap<String, Finding>,
    pub determinations: BTreeMap<String, Determination>,
}

impl Judgements {
    pub fn take(&mut self, fact: &Fact) {
        match fact.kind.as_str() {
            "GroundFound" => {
                let finding = Finding {
                    ground: fact.text("ground").to_owned(),
                    round: fact.fen("round"),
                    cause: fact.text("cause").to_owned(),
                    clock: fact.data["clock"].as_str().map(str::to_owned),
                    status: "open",
                    automatic: fact.is_of_engine(),
                };
                self.findings
                    .insert(fact.text("finding_id").to_owned(), finding);
            }
            "FindingWithdrawn" => self.settle(&[fact.text("finding_id").to_owned()], "withdrawn"),
            "FindingDismissed" => self.settle(&listed(fact), "dismissed"),
            "LiabilityDetermined" => {
                self.settle(&listed(fact), "determined");
                let determination = Determination {
                    finding_ids: listed(fact),
                    reviewer: fact.data["determined_by"]["person"]
                        .as_str()
                        .map(str::to_owned),
                    overturned: false,
                };
                self.determinations
                    .insert(fact.text("determination_id").to_owned(), determination);
            }
            "DeterminationOverturned" => {
                let id = fact.text("determination_id");
                let determination = self.determinations.get_mut(id).unwrap();
                determination.overturned = true;
                let fallen = determination.finding_ids.clone();
                for id in fallen {
                    let finding = self.findings.get_mut(&id).unwrap();
                    if finding.status == "determined" {
                        finding.status = "overturned";
                    }
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self, finding_ids: &[String], status: &'static str) {
        for id in finding_ids {
            self.findings.get_mut(id).unwrap().status = status;
        }
    }

    /// Whether a determination that was not overturned rests on this round.
    fn liable(&self, round: u64) -> bool {
        self.determinations.values().any(|determination| {
            !determination.overturned
                && determination
                    .finding_ids
                    .iter()
                    .any(|id| self.findings[id].round == round)
        })
    }

    fn late(&self, round: u64) -> bool {
        self.findings.values().any(|finding| {
            finding.round == round
                && finding.ground == "4.1(1)"
                && matches!(finding.status, "open" | "determined")
        })
    }
}

fn listed(fact: &Fact) -> Vec<String> {
    let ids = fact.data["finding_ids"].as_array().unwrap();
    ids.iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

/// The figures of one merchant.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub liable_rounds: u64,
    pub liable_users: u64,
    pub rounds: u64,
    pub late_rounds: u64,
    pub repeat_rounds: u64,
    pub closed_rounds: u64,
    pub debits: u64,
}

impl Model {
    /// The figures of a merchant over the window that ends at an instant.
    pub fn figures(&self, merchant_id: &str, at: i64) -> Figures {
        let from = at - self.terms(at).window;
        let mut figures = Figures::default();
        let mut liable_of_user: BTreeMap<&str, u64> = BTreeMap::new();
        let none = Judgements::default();
        for case in self.cases.values() {
            if case.merchant_id != merchant_id {
                continue;
            }
            let judgements = self.judgements.get(&case.complaint_id).unwrap_or(&none);
            for round in &case.rounds {
                if round.opened < from || round.opened >= at {
                    continue;
                }
                figures.rounds += 1;
                figures.repeat_rounds += u64::from(round.repeat);
                let closed = round.closed.is_some_and(|(_, how)| how != "withdrawn");
                figures.closed_rounds += u64::from(closed);
                figures.late_rounds += u64::from(judgements.late(round.number));
                if judgements.liable(round.number) {
                    *liable_of_user.entry(&case.user_ref).or_default() += 1;
                }
            }
        }
        figures.liable_rounds = liable_of_user.values().map(|rounds| (*rounds).min(3)).sum();
        figures.liable_users = liable_of_user.len() as u64;
        let mut day = civil_day(from) - 1;
        while midnight(day) < at {
            if midnight(day) >= from {
                let reported = self.merchants[merchant_id].debits_of_day.get(&written(day));
                figures.debits += reported.copied().unwrap_or(0);
            }
            day += 1;
        }
        figures
    }

    /// The least tier that a merchant must stand at, by the number of liable rounds alone; counted
    /// from 1, 0 is none.
    pub fn least_tier(&self, merchant_id: &str, at: i64) -> usize {
        let figures = self.figures(merchant_id, at);
        let lines = &self.terms(at).entered_at_liable_rounds;
        lines
            .iter()
            .enumerate()
            .filter(|(_, least)| least.is_some_and(|least| figures.liable_rounds >= least))
            .map(|(place, _)| place + 1)
            .max()
            .unwrap_or(0)
    }

    /// What the engine must have found by itself on a complaint, from its misses: ground, round and
    /// clock, and whether a late fact took it back.
    pub fn findings_of_misses(&self, complaint_id: &str) -> BTreeSet<(&str, u64, &str, bool)> {
        let case = &self.cases[complaint_id];
        let mut expected = BTreeSet::new();
        for round in &case.rounds {
            for clock in &round.clocks {
                // A payment that was missed for an approval of an earlier round was found there.
                if !clock.found && (!clock.missed || clock.missed_before) {
                    continue;
                }
                let ground = match clock.kind {
                    "refund_payment" => "4.1(5)",
                    "evidence" => "4.1(3)",
                    _ => "4.1(1)",
                };
                expected.insert((ground, round.number, clock.kind, clock.superseded));
            }
        }
        expected
    }
}

/// Days in milliseconds, for the window of related complaints.
pub const RELATED_WINDOW: i64 = 30 * DAY;
