//! One event of every kind, made without chance, for golden files and for tests of everything
//! that shows or reads events.

mod agreement;
mod complaint;
mod edition;
mod material;
mod measure;
mod merchant;

pub use material::Fill;

use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::{
    Actor, ActorId, AgreementId, ComplaintId, EditionName, IdentifierError, IntermediaryId,
    MerchantId, Role, StreamId, UserRef,
};
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::{rulebook, user};
use uuid::Uuid;

use material::Material;

/// One event of every kind on every kind of stream, with a header.
///
/// # Errors
/// None in practice: the texts that become identifiers are constants, or made to fit.
pub fn sample_events(fill: Fill) -> Result<Vec<Recorded>, IdentifierError> {
    let material = Material::new(fill);
    let mut events = Vec::new();
    events.extend(
        complaint::events(&material)?
            .into_iter()
            .map(Event::Complaint),
    );
    events.extend(
        merchant::events(&material)?
            .into_iter()
            .map(Event::Merchant),
    );
    events.extend(
        agreement::events(&material)?
            .into_iter()
            .map(Event::Agreement),
    );
    events.extend(
        intermediary_events(&material)?
            .into_iter()
            .map(Event::Intermediary),
    );
    events.push(Event::User(user::Event::PersonalDataErased {
        user_ref: material.id(UserRef::new, "U1")?,
        reason: material.prose("asked for by the user"),
        key_numbers: material.numbers(&[3, 70_000]),
    }));
    events.push(Event::User(user::Event::PersonalDataRead {
        user_ref: material.id(UserRef::new, "U1")?,
        stream: StreamId::Complaint(material.id(ComplaintId::new, "C1")?),
        version: material.number(3),
        purpose: material.prose("to call the user back"),
    }));
    events.push(Event::Rulebook(rulebook::Event::EditionAnnounced {
        edition: Box::new(edition::edition(&material)?),
    }));
    events
        .into_iter()
        .map(|event| {
            let header = header(&material, stream_of(&material, &event)?)?;
            Ok(Recorded { header, event })
        })
        .collect()
}

fn intermediary_events(material: &Material) -> Result<Vec<intermediary::Event>, IdentifierError> {
    use intermediary::Event;
    let mut events = vec![
        Event::IntermediaryRegistered {
            intermediary_id: material.id(IntermediaryId::new, "I1")?,
            kind: material.one_of(IntermediaryKind::ALL, IntermediaryKind::ServiceProvider),
            name: material.prose("Example Institution"),
        },
        Event::IntermediaryUpdated {
            name: material.prose("Example Institution, renamed"),
        },
        Event::CoordinationFailed {
            complaint_id: material.id(ComplaintId::new, "200000020260305140012345001")?,
            round: material.count(2),
        },
        Event::StandingChanged {
            change: merchant::standing_change(material),
        },
    ];
    events.extend(measure::events(material)?.into_iter().map(Event::Measure));
    Ok(events)
}

fn stream_of(material: &Material, event: &Event) -> Result<StreamId, IdentifierError> {
    Ok(match event {
        Event::Complaint(_) => {
            StreamId::Complaint(material.id(ComplaintId::new, "200000020260305140012345001")?)
        }
        Event::Merchant(_) => StreamId::Merchant(material.id(MerchantId::new, "1900012181")?),
        Event::Agreement(_) => StreamId::Agreement(material.id(AgreementId::new, "A1")?),
        Event::Intermediary(_) => StreamId::Intermediary(material.id(IntermediaryId::new, "I1")?),
        Event::User(_) => StreamId::User(material.id(UserRef::new, "U1")?),
        Event::Rulebook(_) => StreamId::Rulebook,
    })
}

/// Place and version do not depend on the other samples, so that a new one changes no golden file.
fn header(material: &Material, stream: StreamId) -> Result<Header, IdentifierError> {
    Ok(Header {
        position: material.number(4711),
        stream,
        version: material.number(7),
        event_id: uuid(material, 0xE1),
        occurred_at: material.instant(1_774_144_798_120),
        counted_at: material.instant(1_774_144_798_120),
        recorded_at: material.instant(1_774_144_800_000),
        adjusted: material.flag(),
        by: Actor {
            role: material.one_of(&Role::ALL, Role::Merchant),
            id: material.id(ActorId::new, "1900012181")?,
        },
        submitted_by: material.some(Actor {
            role: material.one_of(&Role::ALL, Role::Service),
            id: material.id(ActorId::new, "gateway")?,
        }),
        edition: material.id(EditionName::new, "2026-02-18")?,
        command_id: uuid(material, 0xC0),
        correlation_id: material.some(uuid(material, 0xC1)),
        causation_id: material.some(uuid(material, 0xC2)),
    })
}

fn uuid(material: &Material, usual: u64) -> Uuid {
    Uuid::from_u64_pair(
        material.number(usual),
        material.number(0x8000_0000_0000_0001),
    )
}
