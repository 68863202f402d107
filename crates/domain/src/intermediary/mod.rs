//! Intermediary: an institution or a service provider (rulebook 1.3, 1.4) that may be measured for
//! its merchants (rulebook 4.3).

mod command;
mod event;

pub use command::{Act, Command};
pub use event::Event;

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
