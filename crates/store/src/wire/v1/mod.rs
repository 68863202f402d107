//! The first generation of stored structs.

pub mod agreement;
pub mod complaint;
mod edition;
pub mod intermediary;
pub mod measure;
pub mod merchant;
pub mod rulebook;
mod standing;
mod text;
pub mod user;
