//! rulebook 5: a new edition is announced ahead.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::circumstances::{Circumstances, Stamp};
use crate::identity::EditionName;
use crate::instant::Span;
use crate::refusal::{Code, Refusal};

use super::{Edition, Rulebook};

/// What the `rulebook` stream has announced.
pub type State = Rulebook;

/// An edition as given: whole, or as changes laid over one announced before.
pub trait EditionDraft: fmt::Debug + Send + Sync {
    /// The whole edition that this draft makes of what has been announced so far.
    ///
    /// # Errors
    /// A sentence that names the wrong value and its place.
    fn laid_over(&self, rulebook: &Rulebook) -> Result<Edition, String>;
}

/// `rulebook.announce`
#[derive(Clone, Debug)]
pub struct Announce {
    /// The new edition's name.
    pub name: EditionName,
    /// What it says.
    pub draft: Arc<dyn EditionDraft>,
}

/// A command to the rulebook.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// What is asked.
    pub announce: Announce,
}

/// What happened to the rulebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An edition was announced.
    EditionAnnounced {
        /// The whole edition, so that the log needs no file to be replayed.
        edition: Box<Edition>,
    },
}

/// Decides on an announcement.
///
/// # Errors
/// `edition_exists`, `edition_invalid`, `announced_in_past`, `notice_too_short` (rulebook 5).
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    let name = &command.announce.name;
    if state.edition(name.as_str()).is_some() {
        return Err(Refusal::new(
            Code::EditionExists,
            format!("an edition named {name} has been announced already"),
        )
        .citing("5"));
    }
    let edition = command
        .announce
        .draft
        .laid_over(state)
        .map_err(|wrong| Refusal::new(Code::EditionInvalid, wrong).citing("5"))?;
    let recorded_at = command.circumstances.recorded_at;
    let in_force = state.in_force(recorded_at);
    // policy skew
    if edition.announced_at < recorded_at.minus(in_force.clocks.future_skew) {
        return Err(Refusal::new(
            Code::AnnouncedInPast,
            "the announcement is dated before it was made",
        )
        .citing("5"));
    }
    // rulebook 5, policy notice
    let notice = Span::from_days(i64::from(in_force.notice_minimum_days));
    if edition.effective_at < edition.announced_at.plus(notice) {
        return Err(Refusal::new(
            Code::NoticeTooShort,
            format!(
                "the edition in force asks for {} days between announcement and effect",
                in_force.notice_minimum_days
            ),
        )
        .citing("5"));
    }
    Ok(vec![Event::EditionAnnounced {
        edition: Box::new(edition),
    }])
}

/// Applies an event.
#[must_use]
pub fn evolve(state: State, _stamp: &Stamp, event: &Event) -> State {
    match event {
        Event::EditionAnnounced { edition } => state.with((**edition).clone()),
    }
}
