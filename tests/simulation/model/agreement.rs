//! An agreement: its plan, its reminders and its debits (domain.md section 8).

use serde_json::Value;

use super::calendar::{civil_day, period_start};
use super::fact::Fact;
use super::terms::{DAY, HOUR};

/// A reminder before a debit.
#[derive(Clone, Debug)]
pub struct Reminder {
    pub recorded: i64,
    pub debit_at: i64,
    pub amount_fen: u64,
    pub used: bool,
}

/// An agreement.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub merchant_id: String,
    pub user_ref: String,
    pub template_id: String,
    pub kind: String,
    pub signed: i64,
    pub plan: Value,
    pub state: &'static str,
    /// Order, amount and instant.
    pub debits: Vec<(String, u64, i64)>,
    pub refunded_fen: u64,
    pub reminders: Vec<Reminder>,
}

impl Agreement {
    pub fn signed(fact: &Fact) -> Self {
        Self {
            merchant_id: fact.text("merchant_id").to_owned(),
            user_ref: fact.text("user_ref").to_owned(),
            template_id: fact.text("template_id").to_owned(),
            kind: fact.text("kind").to_owned(),
            signed: fact.counted,
            plan: fact.data["plan"].clone(),
            state: "active",
            debits: Vec::new(),
            refunded_fen: 0,
            reminders: Vec::new(),
        }
    }

    pub fn act(&mut self, fact: &Fact) {
        match fact.kind.as_str() {
            "PlanChanged" => self.plan = fact.data["plan"].clone(),
            "ReminderRecorded" => self.reminders.push(Reminder {
                recorded: fact.recorded,
                debit_at: fact.instant("debit_at").unwrap(),
                amount_fen: fact.fen("amount_fen"),
                used: false,
            }),
            "Debited" => {
                if let Some(index) = fact.data["reminder"].as_u64() {
                    self.reminders[usize::try_from(index).unwrap()].used = true;
                }
                let order_id = fact.text("order_id").to_owned();
                self.debits
                    .push((order_id, fact.fen("amount_fen"), fact.counted));
            }
            "AgreementRefunded" => self.refunded_fen += fact.fen("amount_fen"),
            "AgreementSuspended" => self.state = "suspended",
            "AgreementResumed" => self.state = "active",
            "AgreementCancelled" => self.state = "cancelled",
            _ => {}
        }
    }

    pub fn is_live(&self) -> bool {
        self.state != "cancelled"
    }

    pub fn paid_fen(&self) -> u64 {
        self.debits.iter().map(|(_, amount, _)| amount).sum()
    }

    /// What the plan itself says against a debit.
    pub fn against_debit(&self, amount_fen: u64, at: i64) -> Option<&'static str> {
        if self.state != "active" {
            return Some("agreement_not_active");
        }
        if amount_fen > self.plan["amount_fen"].as_u64().unwrap() {
            return Some("amount_above_plan");
        }
        let allowed = self.plan["debits_per_period"].as_u64();
        if let (Some(period), Some(allowed)) = (self.plan["period"].as_str(), allowed) {
            let start = period_start(self.signed, period, at);
            let made = self.debits.iter().filter(|(_, _, then)| {
                *then >= self.signed && period_start(self.signed, period, *then) == start
            });
            if made.count() as u64 >= allowed {
                return Some("debits_per_period_reached");
            }
        }
        None
    }

    /// Debits of the civil day of an instant: how many, and how much.
    pub fn debits_of_day(&self, at: i64) -> (u64, u64) {
        let of_day = |then: i64| civil_day(then) == civil_day(at);
        self.debits
            .iter()
            .filter(|(_, _, then)| of_day(*then))
            .fold((0, 0), |(count, sum), (_, amount, _)| {
                (count + 1, sum + amount)
            })
    }

    /// Whether its kind asks for a reminder before a debit (policy reminder).
    pub fn needs_reminder(&self, at: i64) -> bool {
        self.kind == "periodic" && at - self.signed > 12 * HOUR
    }

    pub fn has_reminder(&self, amount_fen: u64, at: i64) -> bool {
        self.reminders.iter().any(|reminder| {
            !reminder.used
                && at - reminder.recorded >= DAY
                && reminder.debit_at <= at
                && at - reminder.debit_at <= 7 * DAY
                && reminder.amount_fen >= amount_fen
        })
    }
}
