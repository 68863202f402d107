//! The engine and its store, end to end and in process: what is acknowledged stays, happens once,
//! and is seen the same from everywhere.
//!
//! `REDRESS_SEEDS` sets how many random runs are made, `REDRESS_ALL_STORIES=1` takes every scenario
//! where a few stand for them.

mod authority;
mod command_ids;
mod crash_points;
mod durability;
mod erasure;
mod history;
mod looking_back;
mod opening;
mod random;
mod rebuilding;
mod same_everywhere;
mod stand;
mod story;
mod time;
