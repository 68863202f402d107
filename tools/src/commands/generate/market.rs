//! Merchants, the institutions and service providers behind them, and what merchants debit.

use redress_domain::instant::{CivilDay, Instant, Span};
use redress_protocol::instant::format_day;
use serde_json::json;

use super::chance::Chance;
use super::feed::{By, Feed, OFFSET, ONBOARDING};

/// How a merchant handles complaints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Always in time.
    Prompt,
    /// Often late.
    Slow,
    /// Mostly late, sometimes not at all.
    Careless,
    /// Hardly ever.
    Silent,
}

/// A merchant.
#[derive(Debug)]
pub struct Merchant {
    pub id: String,
    pub manner: Manner,
    /// The institution of a sub-merchant.
    pub institution: Option<String>,
    debits_a_day: u64,
}

/// Everybody who sells.
pub struct Market {
    pub merchants: Vec<Merchant>,
    pub institutions: Vec<String>,
}

impl Market {
    /// Registers everybody at an instant.
    pub fn open(merchants: u64, at: Instant, chance: &mut Chance, feed: &mut Feed) -> Self {
        let mut market = Self {
            merchants: Vec::new(),
            institutions: Vec::new(),
        };
        let of_a_kind = merchants / 20 + 1;
        let mut providers = Vec::new();
        for number in 1..=of_a_kind {
            let institution = format!("INST{number:04}");
            let provider = format!("SP{number:04}");
            for (id, kind) in [
                (&institution, "institution"),
                (&provider, "service_provider"),
            ] {
                let data = json!({ "intermediary_id": id, "kind": kind, "name": id });
                feed.put(at, "intermediary.register", ONBOARDING, data);
            }
            market.institutions.push(institution);
            providers.push(provider);
        }
        for number in 0..merchants {
            let merchant = Merchant {
                id: format!("{}", 1_900_000_000 + number),
                manner: chance.weighted(
                    &[
                        (60, Manner::Prompt),
                        (28, Manner::Slow),
                        (9, Manner::Careless),
                        (3, Manner::Silent),
                    ],
                    Manner::Prompt,
                ),
                institution: chance
                    .percent(35)
                    .then(|| market.institutions[index(chance, of_a_kind)].clone()),
                debits_a_day: 1 << chance.between(6, 14),
            };
            let industry = chance.weighted(
                &[
                    (55, "general"),
                    (20, "power_bank"),
                    (8, "insurance"),
                    (12, "unattended"),
                    (5, "optical_modem"),
                ],
                "general",
            );
            let mut data = json!({
                "merchant_id": merchant.id,
                "kind": if merchant.institution.is_some() { "sub_merchant" } else { "direct" },
                "industry": industry,
                "name": format!("Example {}", number + 1),
            });
            if let Some(institution) = &merchant.institution {
                data["institution_id"] = institution.as_str().into();
            }
            if chance.percent(25) {
                data["service_provider_id"] = providers[index(chance, of_a_kind)].as_str().into();
            }
            // Some legal entities have several merchant numbers.
            if chance.percent(10)
                && let Some(sibling) = market.merchants.last()
            {
                data["entity_id"] = sibling.id.as_str().into();
            }
            feed.put(at, "merchant.register", ONBOARDING, data);
            if chance.percent(10) {
                let data = json!({ "merchant_id": merchant.id, "edition": "2026-02-18" });
                let accepted_at = chance.hours_after(at, 1, 20);
                let by = By("merchant", &merchant.id);
                feed.put(accepted_at, "merchant.accept_rulebook", by, data);
            }
            market.merchants.push(merchant);
        }
        market
    }

    /// The place of one of the merchants.
    pub fn any(&self, chance: &mut Chance) -> usize {
        index(chance, self.merchants.len() as u64)
    }

    /// What everybody debited on a day, reported after it.
    pub fn report_volumes(&self, day: CivilDay, chance: &mut Chance, feed: &mut Feed) {
        let reported_at = OFFSET
            .midnight(day.plus(1))
            .plus(Span::from_ms(30 * 60_000));
        for merchant in &self.merchants {
            let usual = merchant.debits_a_day;
            let debits = chance.between(usual - usual / 4, usual + usual / 4);
            let data = |debits: u64| {
                json!({
                    "merchant_id": merchant.id,
                    "day": format_day(day),
                    "debits": debits,
                    "users": debits - debits / 5,
                })
            };
            feed.put(
                reported_at,
                "merchant.report_volume",
                ONBOARDING,
                data(debits),
            );
            if chance.per_mille(5) {
                let corrected_at = chance.hours_after(reported_at, 10, 60);
                let data = data(debits + debits / 50);
                feed.put(corrected_at, "merchant.report_volume", ONBOARDING, data);
            }
        }
    }
}

fn index(chance: &mut Chance, length: u64) -> usize {
    usize::try_from(chance.below(length)).unwrap_or(0)
}
