//! Intermediary: an institution or a service provider (rulebook 1.3, 1.4) that may be measured for
//! its merchants (rulebook 4.3).

mod command;
mod decide;
mod event;
mod evolve;
mod observe;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Act, Command};
pub use decide::decide;
pub use event::Event;
pub use evolve::evolve;
pub use observe::{next_deadline, standing_of_portfolio};
pub use state::{CoordinationFailure, Intermediary, State};

use crate::naming::named;

named! {
    /// What an intermediary is.
    IntermediaryKind {
        /// rulebook 1.3
        Institution => "institution",
        /// rulebook 1.4
        ServiceProvider => "service_provider",
    }
}
