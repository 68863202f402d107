//! What a merchant may do: a fold over the measures in force on it and on its entity, in the order
//! of domain.md section 8.

use super::Model;
use super::agreement::Agreement;
use super::merchant::Measure;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    Sign { template_id: Option<&'a str> },
    Debit { amount_fen: u64 },
    PayScoreComplete,
    MultiAccountSign,
}

impl Question<'_> {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign { .. } => "sign",
            Self::Debit { .. } => "debit",
            Self::PayScoreComplete => "pay_score_complete",
            Self::MultiAccountSign => "multi_account_sign",
        }
    }
}

impl Model {
    /// The measures that reach a merchant at an instant.
    pub fn measures_on(&self, merchant_id: &str, at: i64) -> Vec<&Measure> {
        let Some(merchant) = self.merchants.get(merchant_id) else {
            return Vec::new();
        };
        let mut reached = Vec::new();
        for (id, other) in &self.merchants {
            for measure in other.measures.iter().filter(|measure| measure.in_force(at)) {
                let level = measure.terms["scope"]["level"].as_str();
                // 4.2(5) is of the entity by its own words; any other only where it says so.
                let of_entity = level == Some("entity")
                    || (measure.kind == "debit_capability" && level != Some("merchant"));
                if id == merchant_id || (of_entity && other.entity_id == merchant.entity_id) {
                    reached.push(measure);
                }
            }
        }
        reached
    }

    /// The first thing that stands against it, by its code.
    pub fn closed(
        &self,
        merchant_id: &str,
        question: Question<'_>,
        at: i64,
    ) -> Option<&'static str> {
        let measures = self.measures_on(merchant_id, at);
        let any = |kind: &str| measures.iter().any(|measure| measure.kind == kind);
        if any("service_termination") || self.merchants[merchant_id].declined {
            return Some("service_ended");
        }
        if any("service_suspension") {
            return Some("service_suspended");
        }
        let action = question.name();
        let sign_up = matches!(action, "sign" | "multi_account_sign");
        let payment_closed = measures
            .iter()
            .filter(|measure| measure.kind == "payment_permission")
            .any(|measure| {
                let named = named(measure, "permissions");
                let all = named.is_empty() || named.contains(&"payment");
                all || named.contains(&action)
            });
        if payment_closed {
            return Some("payment_closed");
        }
        let taken = measures.iter().any(|measure| {
            let capabilities = named(measure, "capabilities");
            measure.kind == "debit_capability"
                && if capabilities.is_empty() {
                    action != "sign"
                } else {
                    capabilities.contains(&action)
                }
        });
        let template_closed = measures.iter().any(|measure| {
            let template = measure.terms["scope"]["template_id"].as_str();
            measure.kind == "template_signing"
                && match question {
                    Question::Sign { template_id } => template.is_none() || template == template_id,
                    _ => false,
                }
        });
        if taken || template_closed {
            return Some(if sign_up && action == "sign" {
                "signing_suspended"
            } else {
                "debit_suspended"
            });
        }
        if let Question::Debit { amount_fen } = question {
            let most = strictest(&measures, "debit_fen");
            if most.is_some_and(|most| amount_fen > most) {
                return Some("limit_exceeded");
            }
        }
        None
    }

    /// What stands against a debit of an agreement.
    pub fn against_debit(
        &self,
        agreement: &Agreement,
        amount_fen: u64,
        at: i64,
    ) -> Option<&'static str> {
        if let Some(code) = agreement.against_debit(amount_fen, at) {
            return Some(code);
        }
        let question = Question::Debit { amount_fen };
        if let Some(code) = self.closed(&agreement.merchant_id, question, at) {
            return Some(code);
        }
        let measures = self.measures_on(&agreement.merchant_id, at);
        let (count, sum) = agreement.debits_of_day(at);
        let above =
            |key: &str, value: u64| strictest(&measures, key).is_some_and(|most| value > most);
        if above("day_fen", sum + amount_fen) || above("debits_per_day", count + 1) {
            return Some("limit_exceeded");
        }
        let asked = agreement.needs_reminder(at)
            || measures
                .iter()
                .any(|measure| measure.kind == "pre_debit_reminder");
        (asked && !agreement.has_reminder(amount_fen, at)).then_some("reminder_missing")
    }
}

fn named<'a>(measure: &'a Measure, list: &str) -> Vec<&'a str> {
    measure.terms["scope"][list]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str())
        .collect()
}

fn strictest(measures: &[&Measure], limit: &str) -> Option<u64> {
    measures
        .iter()
        .filter(|measure| measure.kind == "limits")
        .filter_map(|measure| measure.terms["parameters"][limit].as_u64())
        .min()
}
