//! Every event of a merchant.

use redress_domain::identity::{
    EditionName, EntityId, IdentifierError, IntermediaryId, MerchantId,
};
use redress_domain::merchant::{Event, Industry, MerchantKind, Update};
use redress_domain::standing::{Metrics, Part, PartKind, Reason, StandingChange, Tier};

use super::material::Material;
use super::measure;

pub(super) fn events(material: &Material) -> Result<Vec<Event>, IdentifierError> {
    let mut events = vec![
        Event::MerchantRegistered {
            merchant_id: material.id(MerchantId::new, "1900012181")?,
            kind: material.one_of(MerchantKind::ALL, MerchantKind::SubMerchant),
            industry: material.one_of(Industry::ALL, Industry::Unattended),
            name: material.prose("Example"),
            institution_id: material.some(material.id(IntermediaryId::new, "I1")?),
            service_provider_id: material.some(material.id(IntermediaryId::new, "S1")?),
            entity_id: material.id(EntityId::new, "E1")?,
        },
        Event::MerchantUpdated {
            update: Update {
                industry: material.some(material.one_of(Industry::ALL, Industry::OpticalModem)),
                name: material.some(material.prose("Example, renamed")),
                institution_id: material.some(material.id(IntermediaryId::new, "I2")?),
                service_provider_id: material.some(material.id(IntermediaryId::new, "S2")?),
                entity_id: material.some(material.id(EntityId::new, "E2")?),
            },
        },
        Event::VolumeReported {
            day: material.day(20_532),
            debits: material.number(12_000),
            users: material.number(9_000),
        },
        Event::StandingChanged {
            change: standing_change(material),
        },
        Event::RulebookAccepted {
            edition: material.id(EditionName::new, "2026-02-18")?,
            by_use: material.flag(),
        },
        Event::RulebookDeclined {
            edition: material.id(EditionName::new, "2026-07-01")?,
            written_notice: material.prose("we end our cooperation"),
        },
    ];
    events.extend(measure::events(material)?.into_iter().map(Event::Measure));
    Ok(events)
}

pub(super) fn metrics(material: &Material) -> Metrics {
    Metrics {
        liable_rounds: material.number(3),
        liable_users: material.number(2),
        rounds: material.number(5),
        late_rounds: material.number(4),
        repeat_rounds: material.number(1),
        closed_rounds: material.number(6),
        debits: material.number(12_000),
        volume_reported: material.flag(),
        merchants: material.number(20),
        merchants_at_t2: material.number(7),
    }
}

pub(super) fn standing_change(material: &Material) -> StandingChange {
    let part = |kind, actual, asked| Part {
        kind: material.one_of(PartKind::ALL, kind),
        actual: material.number(actual),
        of: material.some(material.number(12_000)),
        asked: material.number(asked),
    };
    StandingChange {
        from: material.one_of(Tier::ALL, Tier::Watch),
        to: material.one_of(Tier::ALL, Tier::T1),
        metrics: metrics(material),
        reasons: material.list(vec![
            Reason {
                tier: material.one_of(Tier::ALL, Tier::Watch),
                line: material.count(0),
                parts: material.list(vec![part(PartKind::LiableRounds, 3, 1)]),
            },
            Reason {
                tier: material.one_of(Tier::ALL, Tier::T1),
                line: material.count(0),
                parts: material.list(vec![
                    part(PartKind::LiableRounds, 3, 3),
                    part(PartKind::LiableUsers, 2, 2),
                    part(PartKind::LiableBps, 3, 1),
                ]),
            },
        ]),
        computed_at_position: material.number(4_710),
        corrected: material.flag(),
    }
}
