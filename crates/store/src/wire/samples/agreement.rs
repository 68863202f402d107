//! Every event of an agreement.

use redress_domain::agreement::{AgreementKind, CancelParty, Event, Period, Plan};
use redress_domain::identity::{
    AgreementId, IdentifierError, MerchantId, OrderId, TemplateId, UserRef,
};

use super::material::Material;

pub(super) fn events(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    Ok(vec![
        Event::AgreementSigned {
            agreement_id: material.id(AgreementId::new, "A1")?,
            merchant_id: material.id(MerchantId::new, "1900012181")?,
            user_ref: material.id(UserRef::new, "U1")?,
            template_id: material.id(TemplateId::new, "T1")?,
            kind: material.one_of(AgreementKind::ALL, AgreementKind::PayScore),
            plan: plan(material),
            disclosed: material.flag(),
        },
        Event::PlanChanged {
            plan: plan(material),
            disclosed: material.some(material.flag()),
        },
        Event::ReminderRecorded {
            debit_at: material.instant(1_774_260_000_000),
            amount_fen: material.number(9_900),
        },
        Event::Debited {
            order_id: material.id(OrderId::new, "O1")?,
            amount_fen: material.number(9_900),
            reminder: material.some(material.count(0)),
        },
        Event::UsageRecorded {
            summary: material.some(material.prose("three of thirty days")),
            order_id: material.some(material.id(OrderId::new, "O1")?),
            consumed_fen: material.some(material.number(990)),
        },
        Event::AgreementRefunded {
            order_id: material.id(OrderId::new, "O1")?,
            amount_fen: material.number(8_910),
        },
        Event::AgreementSuspended {
            reason: material.some(material.prose("a stolen phone")),
        },
        Event::AgreementResumed {
            reason: material.some(material.prose("found again")),
        },
        Event::AgreementCancelled {
            party: material.one_of(CancelParty::ALL, CancelParty::Platform),
            reason: material.some(material.text()),
        },
    ])
}

fn plan(material: &Material) -> Plan {
    Plan {
        amount_fen: material.number(9_900),
        period: material.some(material.one_of(Period::ALL, Period::Month)),
        debits_per_period: material.some(material.count(1)),
    }
}
