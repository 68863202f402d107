//! Customers: most sign an agreement and are debited before they complain.

use redress_domain::instant::{Instant, Span};
use redress_protocol::instant::format_instant;
use serde_json::{Value, json};

use super::chance::Chance;
use super::complaints::{self, Matter};
use super::feed::{By, Feed, OFFSET, PAYMENTS};
use super::market::{Market, Merchant};

/// Earlier matters that somebody may complain about again.
const REMEMBERED: usize = 64;

/// Everybody who buys.
#[derive(Default)]
pub struct Customers {
    /// Matters that ended without the money, and when; the newest last.
    unhappy: Vec<(Instant, Matter)>,
}

impl Customers {
    /// The next customer comes, and will complain once.
    pub fn come(
        &mut self,
        number: u64,
        at: Instant,
        market: &Market,
        chance: &mut Chance,
        feed: &mut Feed,
    ) {
        let complaint_id = format!("{}", 2_000_000_000_000_000_000 + number);
        if let Some(matter) = self.again(at, chance) {
            let filed_at = chance.minutes_after(at, 1, 90);
            let merchant = &market.merchants[matter.merchant];
            complaints::story(&complaint_id, &matter, merchant, filed_at, chance, feed);
            return;
        }
        let place = market.any(chance);
        let merchant = &market.merchants[place];
        let user = format!("oSyn{:020}", 7_000_000_000_u64 + number);
        let (matter, filed_at) = if chance.percent(55) {
            let (agreement, orders, filed_at) = signed(number, &user, merchant, at, chance, feed);
            let matter = Matter {
                user,
                merchant: place,
                agreement: Some(agreement),
                orders,
            };
            (matter, filed_at)
        } else {
            let orders = (0..chance.weighted(&[(80, 1), (15, 2), (5, 3)], 1_u64))
                .map(|order| (format!("4200{number:010}{order:04}"), amount(chance)))
                .collect();
            let matter = Matter {
                user,
                merchant: place,
                agreement: None,
                orders,
            };
            (matter, chance.minutes_after(at, 1, 90))
        };
        let over = complaints::story(&complaint_id, &matter, merchant, filed_at, chance, feed);
        if let Some(over_at) = over {
            if self.unhappy.len() == REMEMBERED {
                self.unhappy.remove(0);
            }
            self.unhappy.push((over_at, matter));
        }
    }

    /// policy related-window: sometimes it is somebody who complained of the same orders before,
    /// and whose case is over, or not yet.
    fn again(&mut self, at: Instant, chance: &mut Chance) -> Option<Matter> {
        if !chance.percent(4) {
            return None;
        }
        let also_open = chance.percent(30);
        let known = self
            .unhappy
            .iter()
            .position(|(over_at, _)| also_open || *over_at < at)?;
        Some(self.unhappy.remove(known).1)
    }
}

/// An agreement and its debits; the complaint is about the last of them.
fn signed(
    number: u64,
    user: &str,
    merchant: &Merchant,
    at: Instant,
    chance: &mut Chance,
    feed: &mut Feed,
) -> (String, Vec<(String, u64)>, Instant) {
    let agreement = format!("A{number:012}");
    let amount_fen = amount(chance);
    let kind = chance.weighted(
        &[
            (60, "periodic"),
            (20, "postpaid"),
            (10, "scheduled"),
            (10, "pay_score"),
        ],
        "periodic",
    );
    let plan = if kind == "periodic" {
        json!({ "amount_fen": amount_fen, "period": "P1M", "debits_per_period": 1 })
    } else {
        json!({ "amount_fen": amount_fen })
    };
    let data = json!({
        "agreement_id": agreement,
        "merchant_id": merchant.id,
        "user_ref": user,
        "template_id": format!("T{}", merchant.id),
        "kind": kind,
        "plan": plan,
        "disclosed": chance.percent(97),
    });
    feed.put(at, "agreement.sign", By("user", user), data);

    let debit = |debited_at: Instant, turn: u64, feed: &mut Feed| -> (String, u64) {
        let order = format!("4200{number:010}{turn:04}");
        let data = json!({
            "agreement_id": agreement, "order_id": order, "amount_fen": amount_fen,
        });
        feed.put(debited_at, "agreement.debit", PAYMENTS, data);
        (order, amount_fen)
    };
    let mut debited_at = chance.minutes_after(at, 1, 11 * 60);
    let mut orders = vec![debit(debited_at, 0, feed)];
    // policy reminder: a later debit is announced a day before.
    if chance.percent(35) {
        debited_at = chance.hours_after(at.plus(Span::from_days(31)), 2, 40);
        let reminded_at = debited_at.minus(Span::from_hours(
            i64::try_from(chance.between(25, 90)).unwrap_or(25),
        ));
        let data = json!({
            "agreement_id": agreement,
            "debit_at": format_instant(debited_at, OFFSET),
            "amount_fen": amount_fen,
        });
        feed.put(reminded_at, "agreement.remind", PAYMENTS, data);
        orders = vec![debit(debited_at, 1, feed)];
    }
    if chance.percent(10) {
        let used_at = chance.minutes_after(debited_at, 1, 20);
        let data: Value = json!({
            "agreement_id": agreement,
            "summary": "used once",
            "order_id": orders.first().map(|(order, _)| order),
            "consumed_fen": amount_fen / 3,
        });
        feed.put(used_at, "agreement.record_usage", PAYMENTS, data);
    }
    let filed_at = chance.hours_after(debited_at, 1, 120);
    if chance.percent(30) {
        let cancelled_at = chance.hours_after(filed_at, 0, 100);
        let data = json!({ "agreement_id": agreement });
        feed.put(cancelled_at, "agreement.cancel", By("user", user), data);
    }
    (agreement, orders, filed_at)
}

/// Most amounts are small.
fn amount(chance: &mut Chance) -> u64 {
    let (least, most) = chance.weighted(
        &[
            (50, (100, 3_000)),
            (40, (3_000, 20_000)),
            (10, (20_000, 60_000)),
        ],
        (100, 3_000),
    );
    chance.between(least, most)
}
