//! Views: what queries return, as JSON. Every function takes the typed state or report that the
//! program keeps and reads nothing else; what follows from the instant, the domain's functions say.

mod agreement;
mod complaint;
mod intermediary;
mod measure;
mod merchant;
mod report;
#[cfg(test)]
mod tests;

pub use agreement::agreement_view;
pub use complaint::complaint_view;
pub use intermediary::{IntermediaryBundle, intermediary_view};
pub use merchant::{MerchantBundle, merchant_view};
pub use report::{gate_view, queue_view, repeats_view, sla_view};

use redress_domain::instant::{CivilOffset, Instant};
use serde_json::Value;

use crate::instant::format_instant;

/// From where a view is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant to judge clocks by.
    pub at: Instant,
    /// The log position that the answer reflects.
    pub as_of_position: u64,
    /// The offset of instants (policy civil-offset).
    pub offset: CivilOffset,
}

impl Moment {
    fn instant(&self, instant: Instant) -> Value {
        format_instant(instant, self.offset).into()
    }

    fn optional_instant(&self, instant: Option<Instant>) -> Value {
        instant.map_or(Value::Null, |instant| self.instant(instant))
    }
}

/// A stream's last version, from the version of its next event.
const fn last_version(next_version: u64) -> u64 {
    next_version.saturating_sub(1)
}
