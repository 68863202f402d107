//! Decides on commands to a merchant (rulebook 1.1, 4.2, 5).

use alloc::format;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::identity::{EditionName, EntityId};
use crate::measure::{self, Setting};
use crate::refusal::{Code, Refusal};

use super::observe::observe;
use super::{Act, Command, Event, Merchant, MerchantKind, Registration, State, Update};

/// Decides.
///
/// # Errors
/// `merchant_exists`, `institution_missing`, `name_missing`, `merchant_unknown`,
/// `field_missing` (an update of nothing), `edition_unknown`, `written_notice_missing`, and what
/// [`measure::decide`] refuses.
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    let known = || {
        state
            .as_ref()
            .ok_or_else(|| Refusal::new(Code::MerchantUnknown, "this merchant is not registered"))
    };
    match &command.act {
        Act::Register(registration) => register(state.as_ref(), registration),
        Act::Update(update) => known().and_then(|_| change(update)),
        Act::ReportVolume { day, debits, users } => known().map(|_| {
            vec![Event::VolumeReported {
                day: *day,
                debits: *debits,
                users: *users,
            }]
        }),
        Act::Measure(act) => {
            let merchant = known()?;
            let setting = Setting {
                circumstances: &command.circumstances,
                facts: &command.facts,
                industry: merchant.industry,
            };
            let events = measure::decide(&merchant.measures, setting, act)?;
            Ok(events.into_iter().map(Event::Measure).collect())
        }
        Act::AcceptRulebook { edition } => accept(known()?, command, edition),
        Act::DeclineRulebook {
            edition,
            written_notice,
        } => decline(known()?, command, edition, written_notice),
        Act::Observe(observation) => Ok(observe(known()?, command, observation)),
    }
}

fn register(known: Option<&Merchant>, registration: &Registration) -> Result<Vec<Event>, Refusal> {
    if known.is_some() {
        return Err(Refusal::new(
            Code::MerchantExists,
            "this merchant is registered already",
        ));
    }
    // rulebook 1.1
    if registration.kind == MerchantKind::SubMerchant && registration.institution_id.is_none() {
        return Err(Refusal::new(
            Code::InstitutionMissing,
            "a sub-merchant names the institution that manages it",
        )
        .citing("1.1"));
    }
    check_name(&registration.name)?;
    let entity_id = match &registration.entity_id {
        Some(entity_id) => entity_id.clone(),
        None => EntityId::new(registration.merchant_id.as_str()).map_err(|_| {
            Refusal::new(
                Code::FieldInvalid,
                "merchant_id: cannot name a legal entity as well",
            )
        })?,
    };
    Ok(vec![Event::MerchantRegistered {
        merchant_id: registration.merchant_id.clone(),
        kind: registration.kind,
        industry: registration.industry,
        name: registration.name.clone(),
        institution_id: registration.institution_id.clone(),
        service_provider_id: registration.service_provider_id.clone(),
        entity_id,
    }])
}

fn change(update: &Update) -> Result<Vec<Event>, Refusal> {
    if *update == Update::default() {
        return Err(Refusal::new(
            Code::FieldMissing,
            "an update names what changes",
        ));
    }
    if let Some(name) = &update.name {
        check_name(name)?;
    }
    Ok(vec![Event::MerchantUpdated {
        update: update.clone(),
    }])
}

/// rulebook 5: agreeing twice says nothing new, unless it was by use alone or declined since; nor
/// does agreeing to an edition before the one that was declined: the service has ended over that.
fn accept(
    merchant: &Merchant,
    command: &Command,
    edition: &Arc<str>,
) -> Result<Vec<Event>, Refusal> {
    let edition = announced(command, edition)?;
    let agreed = merchant
        .acceptances
        .iter()
        .any(|one| one.edition == edition && !one.by_use);
    let says_nothing_new = match &merchant.declined {
        None => agreed,
        Some(declined) => comes_before(command, &edition, declined),
    };
    if says_nothing_new {
        return Ok(Vec::new());
    }
    Ok(vec![Event::RulebookAccepted {
        edition,
        by_use: false,
    }])
}

/// rulebook 5: who disagrees ends the cooperation in writing.
fn decline(
    merchant: &Merchant,
    command: &Command,
    edition: &Arc<str>,
    written_notice: &Arc<str>,
) -> Result<Vec<Event>, Refusal> {
    let edition = announced(command, edition)?;
    if written_notice.trim().is_empty() {
        return Err(Refusal::new(
            Code::WrittenNoticeMissing,
            "a merchant who disagrees says so in writing",
        )
        .citing("5"));
    }
    if merchant.declined.as_ref() == Some(&edition) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::RulebookDeclined {
        edition,
        written_notice: written_notice.clone(),
    }])
}

fn comes_before(command: &Command, one: &EditionName, other: &EditionName) -> bool {
    let effective_at = |name: &EditionName| {
        let edition = command.circumstances.rulebook.edition(name.as_str());
        edition.map(|edition| edition.effective_at)
    };
    effective_at(one) < effective_at(other)
}

fn announced(command: &Command, name: &str) -> Result<EditionName, Refusal> {
    command
        .circumstances
        .rulebook
        .edition(name)
        .map(|edition| edition.name.clone())
        .ok_or_else(|| {
            Refusal::new(
                Code::EditionUnknown,
                format!("no edition named {name} has been announced"),
            )
            .citing("5")
        })
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::new(Code::NameMissing, "a merchant has a name"));
    }
    Ok(())
}
