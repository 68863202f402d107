//! What people do about merchants: measures proposed by hand, approved, notified, appealed,
//! rectified. Ids of measures are known in advance where a merchant gives no cause for others.

use redress_domain::instant::{Instant, Span};
use serde_json::{Value, json};

use super::chance::Chance;
use super::feed::{By, Feed, OFFSET, ONBOARDING};
use super::market::{Manner, Market, Merchant};

const RISK: [By<'static>; 4] = [
    By("risk", "risk-1"),
    By("risk", "risk-2"),
    By("risk", "risk-3"),
    By("risk", "risk-4"),
];

/// Plans what happens to whom.
pub fn plan(market: &Market, days: i32, chance: &mut Chance, feed: &mut Feed) {
    let Some(first_day) = redress_domain::instant::CivilDay::from_ymd(2026, 3, 1) else {
        return;
    };
    let days = u64::try_from(days).unwrap_or(1);
    for (number, merchant) in market.merchants.iter().enumerate() {
        let day = i32::try_from(chance.between(3, days + 3)).unwrap_or(3);
        let at = chance.hours_after(OFFSET.midnight(first_day.plus(day)), 9, 16);
        match merchant.manner {
            // The first ones show every way that a measure can go, whatever the seed.
            Manner::Prompt if number < 8 || chance.percent(12) => {
                by_hand(merchant, number % 4, at, chance, feed);
            }
            Manner::Careless | Manner::Silent if chance.percent(60) => {
                rectified(merchant, at, chance, feed);
            }
            Manner::Prompt | Manner::Slow | Manner::Careless | Manner::Silent => {}
        }
    }
    if let Some(institution) = market.institutions.first() {
        let at = chance.hours_after(OFFSET.midnight(first_day.plus(20)), 9, 16);
        let data = json!({
            "intermediary_id": institution,
            "kind": "warning",
            "grounds": ["review-of-onboarding"],
            "rationale": "several merchants were registered without a check",
        });
        feed.put(at, "intermediary.propose_measure", RISK[0], data);
        for (hours, by) in [(2, RISK[1]), (5, RISK[2])] {
            let data = json!({ "intermediary_id": institution, "measure_id": "m1" });
            feed.put(later(at, hours), "intermediary.approve_measure", by, data);
        }
    }
}

/// One of four ways; the merchant has no other measure.
fn by_hand(merchant: &Merchant, way: usize, at: Instant, chance: &mut Chance, feed: &mut Feed) {
    let id = merchant.id.as_str();
    let own = By("merchant", id);
    let m1 = |more: Value| with(json!({ "merchant_id": id, "measure_id": "m1" }), more);
    let proposal = |more: Value| {
        with(
            json!({
                "merchant_id": id,
                "grounds": ["review-of-templates"],
                "rationale": "the price is not shown before the agreement is signed",
            }),
            more,
        )
    };
    match way {
        // rulebook 4.2(1): imposed by one person, rectified in time.
        0 => {
            let data = proposal(json!({ "kind": "rectification" }));
            feed.put(at, "merchant.impose_measure", RISK[0], data);
            let notice = m1(json!({ "channel": "in_site", "delivery_ref": format!("n-{id}") }));
            feed.put(later(at, 1), "merchant.record_notice", ONBOARDING, notice);
            let submitted_at = chance.hours_after(at, 20, 150);
            let summary = m1(json!({ "summary": "the price is now shown on the first page" }));
            feed.put(submitted_at, "merchant.submit_rectification", own, summary);
            let accepted_at = chance.hours_after(submitted_at, 3, 60);
            let rationale = m1(json!({ "rationale": "seen on the page" }));
            feed.put(
                accepted_at,
                "merchant.accept_rectification",
                RISK[1],
                rationale,
            );
        }
        // Two people approve; the merchant appeals and a fourth one decides.
        1 => {
            let data = proposal(json!({ "kind": "settlement_cycle", "days": 7, "for": "30d" }));
            feed.put(at, "merchant.propose_measure", RISK[0], data);
            feed.put(
                later(at, 2),
                "merchant.approve_measure",
                RISK[1],
                m1(json!({})),
            );
            feed.put(
                later(at, 3),
                "merchant.approve_measure",
                RISK[2],
                m1(json!({})),
            );
            let appealed_at = chance.hours_after(later(at, 3), 10, 140);
            let statement = m1(json!({ "statement": "the page has shown the price for a year" }));
            feed.put(appealed_at, "merchant.appeal", own, statement);
            let decided_at = chance.hours_after(appealed_at, 20, 300);
            let outcome = if chance.percent(50) {
                "uphold"
            } else {
                "revoke"
            };
            let decision =
                m1(json!({ "outcome": outcome, "rationale": "the page was read again" }));
            feed.put(decided_at, "merchant.decide_appeal", RISK[3], decision);
        }
        // Proposed, and refused by another person.
        2 => {
            let limits = json!({ "kind": "limits", "debit_fen": 50_000, "debits_per_day": 3 });
            feed.put(at, "merchant.propose_measure", RISK[0], proposal(limits));
            let rationale = m1(json!({ "rationale": "a warning is enough" }));
            feed.put(later(at, 6), "merchant.refuse_measure", RISK[1], rationale);
        }
        // A warning that two people lift again.
        _ => {
            let data = proposal(json!({ "kind": "risk_warning" }));
            feed.put(at, "merchant.propose_measure", RISK[0], data);
            feed.put(
                later(at, 2),
                "merchant.approve_measure",
                RISK[1],
                m1(json!({})),
            );
            feed.put(
                later(at, 3),
                "merchant.approve_measure",
                RISK[2],
                m1(json!({})),
            );
            let lifted_at = chance.hours_after(later(at, 3), 100, 400);
            let rationale = m1(json!({ "rationale": "mended" }));
            feed.put(
                lifted_at,
                "merchant.lift_measure",
                RISK[1],
                rationale.clone(),
            );
            feed.put(
                later(lifted_at, 1),
                "merchant.lift_measure",
                RISK[2],
                rationale,
            );
        }
    }
}

/// A merchant that has climbed the ladder by then rectifies; where it has not, this is refused.
fn rectified(merchant: &Merchant, at: Instant, chance: &mut Chance, feed: &mut Feed) {
    let id = merchant.id.as_str();
    let data = json!({
        "merchant_id": id,
        "measure_id": "m1",
        "summary": "two more people answer complaints",
    });
    feed.put(
        at,
        "merchant.submit_rectification",
        By("merchant", id),
        data,
    );
    let decided_at = chance.hours_after(at, 5, 70);
    let (kind, rationale) = if chance.percent(70) {
        (
            "merchant.accept_rectification",
            "the answers are in time again",
        )
    } else {
        ("merchant.refuse_rectification", "nothing has changed")
    };
    let data = json!({ "merchant_id": id, "measure_id": "m1", "rationale": rationale });
    feed.put(decided_at, kind, RISK[1], data);
}

fn later(at: Instant, hours: i64) -> Instant {
    at.plus(Span::from_hours(hours))
}

fn with(mut data: Value, more: Value) -> Value {
    if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    data
}
