//! Simulation: seeded runs of the real engine on a disk and a clock in memory, with random commands
//! of all roles, repeats, conflicts, restarts, faults and rebuilds, judged by a model that was
//! written from the specification alone.
//!
//! `REDRESS_SEEDS=n` sets how many seeds are run (500 by default; give it a million for the night),
//! `REDRESS_SEED=x` runs one and prints everything that happened.

mod checks;
mod controls;
mod coverage;
mod deeds;
mod found;
mod model;
mod seeds;
mod simulator;
mod stand;
