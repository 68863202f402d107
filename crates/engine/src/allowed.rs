//! Which commands somebody may issue on a case now, and what is missing for the others: found by
//! deciding on acts that fit how it stands, without recording anything.

use std::sync::Arc;

use redress_domain::aggregate::Aggregate;
use redress_domain::authority;
use redress_domain::circumstances::Circumstances;
use redress_domain::complaint::Complaint;
use redress_domain::identity::{Actor, ComplaintId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::possible::{self, Possible};
use redress_domain::refusal::Refusal;
use redress_projections::Projection;
use redress_projections::cases::{CaseFilter, Cases};
use redress_projections::page::Turn;
use redress_projections::standing::Standings;
use redress_store::vault::Vault;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::looking::RestsOn;
use crate::query::{Look, Seen};
use crate::session::{Manner, Session};
use crate::submission::{Submission, Submitter};
use crate::world::World;

/// Whether a command may be issued on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The command's name.
    pub command: &'static str,
    /// Whether an act of that command that fits how the case stands would be accepted.
    pub is_allowed: bool,
    /// The parts of the case on which it would be accepted: pieces of evidence, findings, measures,
    /// orders; empty for a command that names none.
    pub parts: Vec<String>,
    /// Why it would not be accepted, each code once; empty where it is allowed.
    pub missing: Vec<Refusal>,
}

impl Engine {
    /// The commands that somebody's role may issue on a case, in a stable order, each with whether
    /// it would be accepted now; `None` when there is no such case.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn allowed(
        &self,
        stream: &StreamId,
        by: &Actor,
        look: Look,
    ) -> Result<Seen<Option<Vec<Allowed>>>, EngineError> {
        let rests_on = match stream {
            StreamId::Complaint(_) | StreamId::Agreement(_) => RestsOn::ItsStreams,
            // Decisions on measures look at figures over many complaints.
            StreamId::Merchant(_)
            | StreamId::Intermediary(_)
            | StreamId::User(_)
            | StreamId::Rulebook => RestsOn::Everything,
        };
        let vault = Arc::clone(&self.shared.vault);
        self.look(rests_on, look, |world, at| {
            let Some(possible) = possible(world, stream, at)? else {
                return Ok(None);
            };
            decide_on(world, &vault, by, possible, at).map(Some)
        })
    }
}

fn possible(
    world: &mut World,
    stream: &StreamId,
    at: Instant,
) -> Result<Option<Vec<Possible>>, EngineError> {
    let state = world.stream(stream)?.state.clone();
    let rulebook = Arc::clone(&world.rulebook);
    Ok(match &state {
        Aggregate::Complaint(Some(complaint)) => {
            world.expect(&[Cases::NAME])?;
            let other = other_complaint(world, complaint)?;
            Some(possible::of_complaint(complaint, other.as_ref()))
        }
        Aggregate::Merchant(Some(merchant)) => {
            world.expect(&[Standings::NAME])?;
            let edition = rulebook.in_force(at);
            Some(possible::of_merchant(merchant, edition, at))
        }
        Aggregate::Agreement(Some(agreement)) => Some(possible::of_agreement(agreement, at)),
        Aggregate::Intermediary(Some(intermediary)) => {
            world.expect(&[Standings::NAME])?;
            Some(possible::of_intermediary(intermediary))
        }
        _ => None,
    })
}

/// A complaint against the same merchant that this one is not linked to.
fn other_complaint(
    world: &World,
    complaint: &Complaint,
) -> Result<Option<ComplaintId>, EngineError> {
    let filter = CaseFilter {
        merchant_id: Some(complaint.merchant_id.clone()),
        ..CaseFilter::default()
    };
    let turn = Turn {
        after: None,
        limit: complaint.links.len() + 2,
    };
    let page = world.models.cases.page(&filter, &turn)?;
    Ok(page.ids.into_iter().find(|id| {
        *id != complaint.complaint_id && complaint.links.iter().all(|link| link.to != *id)
    }))
}

fn decide_on(
    world: &mut World,
    vault: &Vault,
    by: &Actor,
    possible: Vec<Possible>,
    at: Instant,
) -> Result<Vec<Allowed>, EngineError> {
    let circumstances = Circumstances {
        command_id: Uuid::nil(),
        recorded_at: at.max(world.last_recorded_at),
        occurred_at: at.max(world.last_recorded_at),
        adjusted: false,
        by: by.clone(),
        trust: by.role.default_trust(),
        rulebook: Arc::clone(&world.rulebook),
    };
    let mut session = Session {
        world,
        vault,
        commits: &mut Vec::new(),
        destroyed_keys: &mut Vec::new(),
        manner: Manner {
            virtual_time: false,
            history: None,
        },
        resuming: false,
    };
    let mut found: Vec<Allowed> = Vec::new();
    for Possible { part, request } in possible {
        let command = request.name();
        if !authority::may_issue(by.role, command) {
            continue;
        }
        let submission = Submission {
            submitter: Submitter::Operator,
            ..Submission::of_operator(Uuid::nil(), request, by.clone(), Vec::new())
        };
        let refusal = session.refusal(&submission, &circumstances)?;
        let known = found.iter().position(|one| one.command == command);
        let index = known.unwrap_or(found.len());
        if known.is_none() {
            found.push(Allowed {
                command,
                is_allowed: false,
                parts: Vec::new(),
                missing: Vec::new(),
            });
        }
        let Some(one) = found.get_mut(index) else {
            continue;
        };
        match refusal {
            None => {
                one.is_allowed = true;
                one.parts.extend(part);
            }
            Some(refusal) => {
                if one.missing.iter().all(|known| known.code != refusal.code) {
                    one.missing.push(refusal);
                }
            }
        }
    }
    for one in found.iter_mut().filter(|one| one.is_allowed) {
        one.missing.clear();
    }
    Ok(found)
}
