use std::sync::Arc;

use redress_domain::identity::EntityId;
use redress_domain::instant::Instant;
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::merchant::{self, Industry, Update};
use redress_domain::standing::{Metrics, StandingChange, Tier};

use super::Portfolio;
use crate::fixture::{Log, complaint_id, hours, intermediary_id, merchant_id};

fn changed(from: Tier, to: Tier) -> StandingChange {
    StandingChange {
        from,
        to,
        metrics: Metrics::default(),
        reasons: Vec::new(),
        computed_at_position: 0,
        corrected: false,
    }
}

fn portfolio(log: &Log, from: Instant) -> Portfolio {
    let models = log.models();
    models
        .merchants
        .portfolio(&intermediary_id("I1"), from)
        .unwrap()
}

#[test]
fn a_merchant_is_known_by_id_entity_and_intermediary() {
    let mut log = Log::new();
    log.register("M2", Some("I1"), "E1", hours(0));
    log.register("M1", Some("I1"), "E1", hours(0));
    log.register("M3", None, "M3", hours(0));
    let models = log.models();
    let listed = models.merchants.list().unwrap();
    let ids: Vec<&str> = listed
        .iter()
        .map(|item| item.merchant_id.as_str())
        .collect();
    assert_eq!(ids, ["M1", "M2", "M3"]);
    let entity = EntityId::new("E1").unwrap();
    assert_eq!(
        models.merchants.of_entity(&entity).unwrap(),
        [merchant_id("M1"), merchant_id("M2")]
    );
    assert!(
        models
            .merchants
            .merchant(&merchant_id("M9"))
            .unwrap()
            .is_none()
    );

    log.merchant(
        "M1",
        hours(1),
        merchant::Event::MerchantUpdated {
            update: Update {
                industry: Some(Industry::PowerBank),
                institution_id: Some(intermediary_id("I2")),
                entity_id: Some(EntityId::new("E2").unwrap()),
                ..Update::default()
            },
        },
    );
    let models = log.models();
    let item = models
        .merchants
        .merchant(&merchant_id("M1"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (item.industry, item.name.as_str()),
        (Industry::PowerBank, "M1")
    );
    assert_eq!(item.last_position, 4);
    assert_eq!(
        models.merchants.of_entity(&entity).unwrap(),
        [merchant_id("M2")]
    );
    let of = |id| {
        models
            .merchants
            .of_intermediary(&intermediary_id(id))
            .unwrap()
    };
    assert_eq!(of("I1"), [merchant_id("M2")]);
    assert_eq!(of("I2"), [merchant_id("M1")]);
}

/// rulebook 4.3
#[test]
fn a_portfolio_counts_merchants_at_t2_and_failures_in_the_window() {
    let mut log = Log::new();
    for id in ["M1", "M2", "M3"] {
        log.register(id, Some("I1"), id, hours(0));
    }
    let raise = |log: &mut Log, id: &str, tier| {
        let change = changed(Tier::None, tier);
        log.merchant(id, hours(1), merchant::Event::StandingChanged { change });
    };
    raise(&mut log, "M1", Tier::T1);
    raise(&mut log, "M2", Tier::T2);
    raise(&mut log, "M3", Tier::T5);
    log.intermediary(
        "I1",
        hours(2),
        intermediary::Event::IntermediaryRegistered {
            intermediary_id: intermediary_id("I1"),
            kind: IntermediaryKind::Institution,
            name: Arc::from("one"),
        },
    );
    for at in [3, 5] {
        log.intermediary(
            "I1",
            hours(at),
            intermediary::Event::CoordinationFailed {
                complaint_id: complaint_id("C1"),
                round: 1,
            },
        );
    }
    let expected = Portfolio {
        merchants: 3,
        merchants_at_t2: 2,
        coordination_failures: 2,
    };
    assert_eq!(portfolio(&log, hours(3)), expected);
    assert_eq!(portfolio(&log, hours(4)).coordination_failures, 1);

    log.intermediary(
        "I1",
        hours(6),
        intermediary::Event::StandingChanged {
            change: changed(Tier::None, Tier::T1),
        },
    );
    log.intermediary(
        "I1",
        hours(7),
        intermediary::Event::IntermediaryUpdated {
            name: Arc::from("two"),
        },
    );
    let models = log.models();
    let items = models.merchants.intermediaries().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].tier, items[0].name.as_str()), (Tier::T1, "two"));
    let known = models
        .merchants
        .intermediary(&intermediary_id("I1"))
        .unwrap();
    assert_eq!(known.as_ref(), items.first());
}
