//! Given measures in force, what may a merchant do, and which reason is named first.

mod answer;
mod capabilities;

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::agreement::{Period, Plan};
use crate::identity::{EditionName, TemplateId};
use crate::instant::Instant;
use crate::measure::{MeasureKind, Parameters, Scope};
use crate::refusal::Code;

use super::fixture::{gate, measure};
use super::{Action, DebitFacts, GateMeasure, MerchantGate, may};

const NOW: Instant = Instant::from_unix_ms(1_780_000_000_000);

fn template(id: &str) -> TemplateId {
    TemplateId::new(id).expect("an id")
}

fn sign(id: &str) -> Action {
    Action::Sign {
        template_id: Some(template(id)),
        live_agreement: None,
    }
}

/// A debit that nothing stands against.
fn facts() -> DebitFacts {
    DebitFacts {
        active: true,
        plan: Plan {
            amount_fen: 3_000,
            period: Some(Period::Month),
            debits_per_period: Some(2),
        },
        debits_in_period: 1,
        debits_on_day: 0,
        debited_on_day_fen: 0,
        reminder_required: false,
        reminder: None,
    }
}

fn debit(amount_fen: u64, facts: &DebitFacts) -> Action {
    Action::Debit {
        amount_fen,
        agreement: Some(facts.clone()),
    }
}

fn code(gate: &MerchantGate, action: &Action) -> Option<Code> {
    may(gate, action, NOW).refusal.map(|refusal| refusal.code)
}

fn declining(measures: Vec<GateMeasure>) -> MerchantGate {
    MerchantGate {
        declined: Some(EditionName::new("second").expect("a name")),
        ..gate(measures)
    }
}

fn named(measure: GateMeasure, names: &[&str]) -> GateMeasure {
    let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
    let scope = if measure.kind == MeasureKind::PaymentPermission {
        Scope {
            permissions: names,
            ..Scope::default()
        }
    } else {
        Scope {
            capabilities: names,
            ..Scope::default()
        }
    };
    GateMeasure { scope, ..measure }
}

fn on_template(measure: GateMeasure, id: &str) -> GateMeasure {
    GateMeasure {
        scope: Scope {
            template_id: Some(template(id)),
            ..Scope::default()
        },
        ..measure
    }
}

fn limiting(
    number: u32,
    debit_fen: Option<u64>,
    day_fen: Option<u64>,
    debits_per_day: Option<u32>,
) -> GateMeasure {
    GateMeasure {
        parameters: Parameters {
            debit_fen,
            day_fen,
            debits_per_day,
            ..Parameters::default()
        },
        ..measure(number, MeasureKind::Limits)
    }
}

fn cycle(number: u32, days: u32) -> GateMeasure {
    GateMeasure {
        parameters: Parameters {
            days: Some(days),
            ..Parameters::default()
        },
        ..measure(number, MeasureKind::SettlementCycle)
    }
}
