//! The rulebook as pure functions over values.
//!
//! Every rule of the platform's rulebook on password-free debits lives here: `decide` says which
//! events a command brings about or which rule refuses it, `evolve` applies an event. Both are
//! total and see only values: no I/O, no clock, no randomness, no serialisation, no async. Time,
//! actor, trust and rulebook arrive inside the command. The compiler enforces it with `no_std`.
//!
//! Clauses are cited as in `rulebook 4.1(3)`, `guide first-reply`, `policy related-window`.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod aggregate;
pub mod agreement;
pub mod authority;
pub mod circumstances;
pub mod clock;
pub mod command;
pub mod complaint;
pub mod event;
pub mod gate;
pub mod identity;
pub mod instant;
pub mod intermediary;
pub mod measure;
pub mod merchant;
mod naming;
pub mod possible;
pub mod reaction;
pub mod refusal;
pub mod remedy;
pub mod rulebook;
pub mod standing;
pub mod text;
pub mod user;
