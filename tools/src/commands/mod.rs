//! The commands, one file each.

mod agreement;
mod append;
mod backup;
mod bench;
mod complaint;
mod demo;
mod erase;
mod explain;
mod gate;
mod generate;
mod history;
mod import;
mod intermediary;
mod key;
mod list;
mod log;
pub mod look;
mod merchant;
mod projection;
mod queue;
mod repeats;
mod restore;
mod rulebook;
mod scenario;
mod serve;
mod sla;

use std::process::ExitCode;

use clap::Subcommand;
use redress_service::TelemetrySettings;

use crate::failure::Failure;
use crate::place::Place;
use crate::telemetry;

/// What the program can do.
#[derive(Subcommand)]
pub enum Command {
    /// Take commands from a feed, one a line.
    Append(append::Arguments),
    /// Write a synthetic feed, for trials and benchmarks.
    Generate(generate::Arguments),
    /// Take over the past of another system.
    Import(import::Arguments),
    /// One complaint: its clocks, what is owed, and what was judged.
    Complaint(complaint::Arguments),
    /// One merchant: its standing and why, its measures, and what it may do.
    Merchant(merchant::Arguments),
    /// One agreement: its plan, its debits and its reminders.
    Agreement(agreement::Arguments),
    /// One institution or service provider: its standing and its measures.
    Intermediary(intermediary::Arguments),
    /// What waits for somebody, the most urgent first.
    Queue(queue::Arguments),
    /// The three counts of repeat complaints, kept apart.
    Repeats(repeats::Arguments),
    /// How clocks were kept: in time, late, running; median and 95th of 100 of the time taken.
    Sla(sla::Arguments),
    /// Whether a merchant may sign, debit or something else now, and if not, why.
    Gate(gate::Arguments),
    /// Every view of a kind.
    List(list::Arguments),
    /// Why a clock is late, a finding was made, a merchant is at its tier: down to the events.
    Explain(explain::Arguments),
    /// Events in order.
    History(history::Arguments),
    /// A guided story on a fresh store, from the first complaint to a successful appeal.
    ///
    /// The store is the directory given with --data, which must be empty or not there yet; without
    /// it a new one, `redress-demo` in the system's folder for temporary files. It is left there to
    /// be looked at.
    Demo(demo::Arguments),
    /// Destroy the keys of a user's texts and record it.
    Erase(erase::Arguments),
    /// Copy the log of a store, in use or not, to a directory of its own; check such a copy.
    Backup(backup::Arguments),
    /// Make a store from a backup, up to any point of its log, and prove it in a drill.
    Restore(restore::Arguments),
    /// Check the log, measure it, or cut a damaged one.
    Log(log::Arguments),
    /// The read models: what they reflect, build them anew, prove that they are what the log says.
    Projection(projection::Arguments),
    /// Check and show editions; where each clause is in the code and in the tests.
    Rulebook(rulebook::Arguments),
    /// Measure, each figure beside a limit measured in the same run.
    Bench(bench::Arguments),
    /// Make, list and revoke the API keys of a service.
    Key(key::Arguments),
    /// Answer other programs over HTTP: commands, views and events.
    Serve(serve::Arguments),
    /// Play stories on an empty store in memory, and check what must come out.
    Scenario(scenario::Arguments),
}

/// Runs a command.
pub fn run(command: Command, place: &Place) -> Result<ExitCode, Failure> {
    // The service is told how to tell things by its configuration.
    let _telling = match &command {
        Command::Serve(_) => None,
        _ => Some(telemetry::begin(&TelemetrySettings::default(), "warn")?),
    };
    match command {
        Command::Append(arguments) => append::run(&arguments, place),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Import(arguments) => import::run(&arguments, place.store_only("import")?),
        Command::Complaint(arguments) => complaint::run(&arguments, place),
        Command::Merchant(arguments) => merchant::run(&arguments, place),
        Command::Agreement(arguments) => agreement::run(&arguments, place),
        Command::Intermediary(arguments) => intermediary::run(&arguments, place),
        Command::Queue(arguments) => queue::run(&arguments, place),
        Command::Repeats(arguments) => repeats::run(&arguments, place),
        Command::Sla(arguments) => sla::run(&arguments, place),
        Command::Gate(arguments) => gate::run(&arguments, place),
        Command::List(arguments) => list::run(&arguments, place),
        Command::Explain(arguments) => explain::run(&arguments, place),
        Command::History(arguments) => history::run(&arguments, place),
        Command::Demo(arguments) => demo::run(&arguments, place.store_only("demo")?),
        Command::Erase(arguments) => erase::run(&arguments, place),
        Command::Backup(arguments) => backup::run(&arguments, place),
        Command::Restore(arguments) => restore::run(&arguments, place.store_only("restore")?),
        Command::Log(arguments) => log::run(&arguments, place.store_only("log")?),
        Command::Projection(arguments) => projection::run(&arguments, place),
        Command::Rulebook(arguments) => rulebook::run(&arguments, place.store_only("rulebook")?),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Key(arguments) => key::run(&arguments, place.store_only("key")?),
        Command::Serve(arguments) => serve::run(&arguments, place.store_only("serve")?),
        Command::Scenario(arguments) => scenario::run(&arguments),
    }
}
