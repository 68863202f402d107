//! Decides on commands to an intermediary (rulebook 1.3, 1.4, 4.3).

use alloc::vec;
use alloc::vec::Vec;

use crate::measure::{self, Setting};
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};

use super::observe::observe;
use super::{Act, Command, Event, State};

/// Decides.
///
/// # Errors
/// `intermediary_exists`, `name_missing`, `intermediary_unknown`, and what [`measure::decide`]
/// refuses.
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    let known = || {
        state.as_ref().ok_or_else(|| {
            Refusal::new(
                Code::IntermediaryUnknown,
                "this intermediary is not registered",
            )
        })
    };
    match &command.act {
        Act::Register { .. } if state.is_some() => Err(Refusal::new(
            Code::IntermediaryExists,
            "this intermediary is registered already",
        )),
        Act::Register {
            intermediary_id,
            kind,
            name,
        } => {
            check_name(name)?;
            Ok(vec![Event::IntermediaryRegistered {
                intermediary_id: intermediary_id.clone(),
                kind: *kind,
                name: name.clone(),
            }])
        }
        Act::Update { name } => {
            known()?;
            check_name(name)?;
            Ok(vec![Event::IntermediaryUpdated { name: name.clone() }])
        }
        Act::Measure(act) => {
            let setting = Setting {
                circumstances: &command.circumstances,
                facts: &command.facts,
                // rulebook 3(1).1.3 speaks of merchants' industries alone.
                industry: Industry::General,
            };
            let events = measure::decide(&known()?.measures, setting, act)?;
            Ok(events.into_iter().map(Event::Measure).collect())
        }
        Act::RecordCoordinationFailure {
            complaint_id,
            round,
        } => {
            let recorded = known()?
                .failures
                .iter()
                .any(|failure| failure.complaint_id == *complaint_id && failure.round == *round);
            if recorded {
                return Ok(Vec::new());
            }
            // rulebook 4.3
            Ok(vec![Event::CoordinationFailed {
                complaint_id: complaint_id.clone(),
                round: *round,
            }])
        }
        Act::Observe(observation) => Ok(observe(known()?, command, observation)),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::new(
            Code::NameMissing,
            "an intermediary has a name",
        ));
    }
    Ok(())
}
