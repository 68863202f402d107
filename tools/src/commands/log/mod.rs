//! `redress log`: the journal itself, checked, measured and, where it is damaged beyond a backup,
//! cut.

mod cut;
mod stats;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::store::StoreArguments;

/// What to do with the log.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// One thing to do with the log.
#[derive(Subcommand)]
enum Task {
    /// Read every record of the log and check its checksum, position, version, place in its
    /// stream's chain and whether it can be decoded; and the digests of sealed segments. Changes
    /// nothing and needs no read store.
    Verify(verify::Arguments),
    /// How large the log is, by type of event, and what the read store takes.
    Stats(stats::Arguments),
    /// Cut a damaged log where the damage begins, when there is no backup to restore. What is cut
    /// is kept beside the log. Acknowledged events can be lost by this.
    Cut(cut::Arguments),
}

/// Does it.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    match &arguments.task {
        Task::Verify(arguments) => verify::run(arguments, store),
        Task::Stats(arguments) => stats::run(arguments, store),
        Task::Cut(arguments) => cut::run(arguments, store),
    }
}

/// Bytes as people read them: `812 bytes`, `3.4 MiB`.
pub fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return crate::wording::counted(bytes, "byte");
    }
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes_in_words;

    #[test]
    fn sizes_have_one_decimal() {
        for (bytes, words) in [
            (1, "1 byte"),
            (1_023, "1023 bytes"),
            (1_024, "1.0 KiB"),
            (1_536, "1.5 KiB"),
            (1_048_576, "1.0 MiB"),
        ] {
            assert_eq!(bytes_in_words(bytes), words);
        }
    }
}
