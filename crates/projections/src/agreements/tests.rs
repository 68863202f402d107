use redress_domain::agreement::{self, AgreementState};
use redress_domain::identity::TemplateId;

use super::AgreementFilter;
use crate::fixture::{Log, agreement_id, hours, merchant_id, order, user};

fn template(text: &str) -> TemplateId {
    TemplateId::new(text).unwrap()
}

fn live(log: &Log, by: &str) -> Option<String> {
    let models = log.models();
    let id = models
        .agreements
        .live(&merchant_id("M1"), &template("T1"), &user(by))
        .unwrap();
    id.map(|id| id.to_string())
}

#[test]
fn an_agreement_is_live_until_it_is_cancelled() {
    let mut log = Log::new();
    log.sign("G1", "M1", "T1", "U1", hours(0));
    log.sign("G2", "M1", "T1", "U2", hours(0));
    log.sign("G3", "M2", "T1", "U1", hours(0));
    assert_eq!(live(&log, "U1").as_deref(), Some("G1"));
    log.agreement(
        "G1",
        hours(1),
        agreement::Event::AgreementSuspended { reason: None },
    );
    assert_eq!(live(&log, "U1").as_deref(), Some("G1"));
    let ids = log
        .models()
        .agreements
        .live_of_merchant(&merchant_id("M1"))
        .unwrap();
    assert_eq!(ids, [agreement_id("G1"), agreement_id("G2")]);
    log.cancel("G1", hours(2));
    assert_eq!(live(&log, "U1"), None);
    log.sign("G4", "M1", "T1", "U1", hours(3));
    assert_eq!(live(&log, "U1").as_deref(), Some("G4"));

    let cancelled = AgreementFilter {
        state: Some(AgreementState::Cancelled),
        ..AgreementFilter::default()
    };
    let models = log.models();
    assert_eq!(
        models.agreements.list(&cancelled).unwrap(),
        [agreement_id("G1")]
    );
    let of_user = AgreementFilter {
        user_ref: Some(user("U1")),
        merchant_id: Some(merchant_id("M1")),
        template_id: Some(template("T1")),
        ..AgreementFilter::default()
    };
    assert_eq!(
        models.agreements.list(&of_user).unwrap(),
        [agreement_id("G1"), agreement_id("G4")]
    );
}

#[test]
fn refunds_add_up_by_order() {
    let mut log = Log::new();
    log.sign("G1", "M1", "T1", "U1", hours(0));
    for (order_id, amount_fen) in [("O1", 100), ("O2", 40), ("O1", 5)] {
        log.agreement(
            "G1",
            hours(1),
            agreement::Event::AgreementRefunded {
                order_id: order(order_id),
                amount_fen,
            },
        );
    }
    let models = log.models();
    let refunded = |id: &str, orders: &[&str]| {
        let orders: Vec<_> = orders.iter().map(|one| order(one)).collect();
        models
            .agreements
            .refunded_before_fen(&agreement_id(id), &orders)
            .unwrap()
    };
    assert_eq!(refunded("G1", &["O1"]), 105);
    assert_eq!(refunded("G1", &["O1", "O2", "O1"]), 145);
    assert_eq!(refunded("G1", &["O9"]), 0);
    assert_eq!(refunded("G2", &["O1"]), 0);
}
