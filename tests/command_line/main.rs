//! The command line, run as people run it.

mod append;
mod backup;
mod clock;
mod demo;
mod erase;
mod explain;
mod generate;
mod history;
mod import;
mod list;
mod log;
mod projection;
mod readme;
mod rulebook;
mod store;
mod story;
mod views;
