//! The command line, run as people run it.

mod demo;
mod erase;
mod log;
mod projection;
mod rulebook;
