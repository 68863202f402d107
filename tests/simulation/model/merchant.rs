//! A merchant or an intermediary: who it is, and the life of its measures (domain.md section 7).

use std::collections::BTreeMap;

use serde_json::Value;

use super::fact::Fact;

/// A measure.
#[derive(Clone, Debug)]
pub struct Measure {
    pub measure_id: String,
    pub kind: String,
    /// What it was proposed with.
    pub terms: Value,
    pub status: &'static str,
    pub until: Option<i64>,
    pub approvals: u64,
    /// Whether a rectification was submitted that nobody has judged yet.
    pub submitted: bool,
    /// Whether an appeal waits for its decision.
    pub appealed: bool,
}

impl Measure {
    /// Whether it holds at an instant: its end is exclusive.
    pub fn in_force(&self, at: i64) -> bool {
        self.status == "in_force" && self.until.is_none_or(|until| at < until)
    }
}

/// A merchant, or an intermediary.
#[derive(Clone, Debug, Default)]
pub struct Party {
    pub is_sub_merchant: bool,
    pub entity_id: String,
    /// Its institution and its service provider.
    pub intermediaries: [Option<String>; 2],
    pub declined: bool,
    /// Debits reported of each civil day, as written.
    pub debits_of_day: BTreeMap<String, u64>,
    pub measures: Vec<Measure>,
    /// The recorded tier, and when each change was recorded.
    pub tier: String,
    pub changes: Vec<(i64, String, String)>,
}

impl Party {
    pub fn registered(fact: &Fact) -> Self {
        let mut party = Self {
            is_sub_merchant: fact.text("kind") == "sub_merchant",
            tier: "none".to_owned(),
            ..Self::default()
        };
        party.update(fact);
        party
    }

    fn update(&mut self, fact: &Fact) {
        if let Some(entity_id) = fact.data["entity_id"].as_str() {
            self.entity_id = entity_id.to_owned();
        }
        for (place, key) in ["institution_id", "service_provider_id"]
            .into_iter()
            .enumerate()
        {
            if let Some(id) = fact.data[key].as_str() {
                self.intermediaries[place] = Some(id.to_owned());
            }
        }
    }

    pub fn act(&mut self, fact: &Fact) {
        match fact.kind.as_str() {
            "MerchantUpdated" => self.update(fact),
            "VolumeReported" => {
                let day = fact.text("day").to_owned();
                self.debits_of_day.insert(day, fact.fen("debits"));
            }
            "RulebookDeclined" => self.declined = true,
            "RulebookAccepted" if fact.data["by_use"] != true => self.declined = false,
            "StandingChanged" => {
                self.tier = fact.text("to").to_owned();
                let (from, to) = (fact.text("from").to_owned(), self.tier.clone());
                self.changes.push((fact.recorded, from, to));
            }
            "MeasureProposed" => self.measures.push(Measure {
                measure_id: fact.text("measure_id").to_owned(),
                kind: fact.text("kind").to_owned(),
                terms: fact.data.clone(),
                status: "proposed",
                until: None,
                approvals: 0,
                submitted: false,
                appealed: false,
            }),
            _ => self.act_on_measure(fact),
        }
    }

    fn act_on_measure(&mut self, fact: &Fact) {
        let measure = self
            .measures
            .iter_mut()
            .find(|measure| measure.measure_id == fact.text("measure_id"));
        let Some(measure) = measure else {
            return;
        };
        measure.appealed &= fact.kind != "AppealDecided";
        match fact.kind.as_str() {
            "AppealFiled" => measure.appealed = true,
            "MeasureApproved" => measure.approvals += 1,
            "MeasureImposed" => {
                measure.status = "in_force";
                measure.until = fact.instant("until");
            }
            "RectificationSubmitted" => measure.submitted = true,
            "RectificationAccepted" | "RectificationRefused" => measure.submitted = false,
            "MeasureRefused" => measure.status = "refused",
            "MeasureWithdrawn" => measure.status = "withdrawn",
            "MeasureLapsed" => measure.status = "lapsed",
            "MeasureLifted" => measure.status = "lifted",
            "MeasureSuperseded" => measure.status = "superseded",
            "AppealDecided" if fact.text("outcome") == "revoke" => measure.status = "revoked",
            "AppealDecided" if fact.text("outcome") == "vary" => {
                measure.until = fact.instant("until").or(measure.until);
            }
            _ => {}
        }
    }

    pub fn measure(&self, measure_id: &str) -> Option<&Measure> {
        self.measures
            .iter()
            .find(|measure| measure.measure_id == measure_id)
    }
}
