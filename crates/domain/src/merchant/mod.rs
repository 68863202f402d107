//! Merchant: whom complaints are about, and what the platform may do about it
//! (rulebook 1.1, 4.2, 5).

mod command;
mod decide;
mod event;
mod evolve;
mod observe;
mod state;
#[cfg(test)]
mod tests;

pub use command::{
    Act, Command, Facts, MeasureAct, Observation, Proposal, Registration, SettlementRefundFacts,
    Update,
};
pub use decide::decide;
pub use event::Event;
pub use evolve::evolve;
pub use observe::next_deadline;
pub(crate) use observe::standing_change;
pub use state::{Acceptance, Merchant, Standing, State};

use crate::naming::named;

named! {
    /// How a merchant is managed (rulebook 1.1).
    MerchantKind {
        /// By the platform.
        Direct => "direct",
        /// By an institution.
        SubMerchant => "sub_merchant",
    }
    /// The industries of rulebook 3(2), and everything else.
    Industry {
        /// No particular one.
        General => "general",
        /// rulebook 3(2)(1)
        PowerBank => "power_bank",
        /// rulebook 3(2)(2)
        Insurance => "insurance",
        /// rulebook 3(2)(3)
        Unattended => "unattended",
        /// rulebook 3(2)(4)
        OpticalModem => "optical_modem",
    }
}
