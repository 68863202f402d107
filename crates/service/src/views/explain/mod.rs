//! Explanations: why a clock is late, why a finding was made, why a merchant stands where it stands,
//! down to the events.

mod clocks;
mod complaint;
mod events;
mod merchant;

pub use complaint::explain_complaint;
pub use merchant::explain_merchant;
