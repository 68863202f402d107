//! The naive model: written from the specification alone, knows no code of the domain, and works
//! everything out from the first event on each time it is asked.

pub mod agreement;
pub mod calendar;
pub mod case;
pub mod clock;
pub mod expectation;
pub mod fact;
pub mod gate;
pub mod judgement;
pub mod merchant;
pub mod remedy;
pub mod repeats;
pub mod terms;

use std::collections::{BTreeMap, BTreeSet};

use agreement::Agreement;
use case::Case;
use clock::KINDS;
use fact::{Fact, milliseconds};
use judgement::Judgements;
use merchant::Party;
use serde_json::Value;
use terms::{Terms, span_of};

/// A clock that ran past its due instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Miss {
    pub due: i64,
    pub complaint_id: String,
    pub round: u64,
    /// The clock's place in [`KINDS`].
    pub kind: usize,
}

/// A link of the later complaint to the earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub complaint_id: String,
    pub other: String,
    pub kind: String,
}

/// Everything that the log says, as the model understands it.
#[derive(Default)]
pub struct Model {
    pub cases: BTreeMap<String, Case>,
    pub merchants: BTreeMap<String, Party>,
    pub intermediaries: BTreeMap<String, Party>,
    pub agreements: BTreeMap<String, Agreement>,
    pub judgements: BTreeMap<String, Judgements>,
    /// The last version of each stream.
    pub versions: BTreeMap<String, u64>,
    /// The misses that time brought about, in their order.
    pub misses: Vec<Miss>,
    /// Links that follow from filings alone, and those that stand.
    pub links_by_filing: Vec<Link>,
    pub links: BTreeSet<Link>,
    /// For each user, the position at which their keys were last destroyed.
    pub erased: BTreeMap<String, u64>,
    editions: Vec<Terms>,
}

impl Model {
    /// Works everything out. Time has passed up to `now`, whatever was recorded last.
    pub fn of(facts: &[Fact], first: &Terms, now: i64) -> Self {
        let mut model = Self {
            editions: vec![first.clone()],
            ..Self::default()
        };
        for fact in facts {
            model.pass_time(fact.recorded);
            model.take(fact);
        }
        model.pass_time(now);
        model
    }

    /// The edition in force at an instant.
    pub fn terms(&self, at: i64) -> &Terms {
        let in_force = self.editions.iter().filter(|one| one.effective_at <= at);
        in_force.max_by_key(|one| one.effective_at).unwrap()
    }

    fn pass_time(&mut self, now: i64) {
        let mut misses = Vec::new();
        for case in self.cases.values() {
            for round in &case.rounds {
                for clock in &round.clocks {
                    let due = clock.due(&case.pauses).filter(|due| *due < now);
                    if let (Some(due), true, false) = (due, clock.is_open(), clock.missed) {
                        misses.push(Miss {
                            due,
                            complaint_id: case.complaint_id.clone(),
                            round: round.number,
                            kind: KINDS.iter().position(|kind| *kind == clock.kind).unwrap(),
                        });
                    }
                }
            }
        }
        misses.sort();
        for miss in &misses {
            let case = self.cases.get_mut(&miss.complaint_id).unwrap();
            let round = usize::try_from(miss.round).unwrap() - 1;
            for clock in &mut case.rounds[round].clocks {
                if clock.kind == KINDS[miss.kind] && clock.is_open() {
                    clock.missed = true;
                }
            }
        }
        self.misses.extend(misses);
    }

    fn take(&mut self, fact: &Fact) {
        self.versions.insert(fact.stream.clone(), fact.version);
        if let Some(id) = fact.id_of("complaint") {
            self.take_complaint(id, fact);
        } else if let Some(id) = fact.id_of("merchant") {
            take_party(&mut self.merchants, id, fact);
        } else if let Some(id) = fact.id_of("intermediary") {
            take_party(&mut self.intermediaries, id, fact);
        } else if let Some(id) = fact.id_of("agreement") {
            match self.agreements.get_mut(id) {
                Some(agreement) => agreement.act(fact),
                None => {
                    let signed = Agreement::signed(fact);
                    self.agreements.insert(id.to_owned(), signed);
                }
            }
        } else if let Some(user) = fact.id_of("user") {
            self.erased.insert(user.to_owned(), fact.position);
        } else {
            self.announce(&fact.data);
        }
    }

    fn take_complaint(&mut self, id: &str, fact: &Fact) {
        if fact.kind == "ComplaintFiled" {
            let case = Case::filed(fact);
            self.links_by_filing.extend(self.links_of_filing(&case));
            self.cases.insert(id.to_owned(), case);
        }
        let judgements = self.judgements.entry(id.to_owned()).or_default();
        judgements.take(fact);
        let link = || Link {
            complaint_id: id.to_owned(),
            other: fact.text("other").to_owned(),
            kind: fact.text("kind").to_owned(),
        };
        match fact.kind.as_str() {
            "ComplaintLinked" => drop(self.links.insert(link())),
            "ComplaintUnlinked" => drop(self.links.remove(&link())),
            _ => {}
        }
        let terms = self.terms(fact.counted).clone();
        if let Some(case) = self.cases.get_mut(id) {
            case.act(fact, &terms);
        }
    }

    /// Editions of a run lie over the first one and change one clock.
    fn announce(&mut self, data: &Value) {
        let mut terms = self.editions[0].clone();
        terms.effective_at = milliseconds(&data["effective_at"]).unwrap();
        terms.first_reply = span_of(data["file"]["clocks"]["first_reply"].as_str().unwrap());
        self.editions.push(terms);
    }
}

fn take_party(parties: &mut BTreeMap<String, Party>, id: &str, fact: &Fact) {
    match parties.get_mut(id) {
        Some(party) => party.act(fact),
        None => drop(parties.insert(id.to_owned(), Party::registered(fact))),
    }
}
