//! `redress generate`: a synthetic feed, for trials and benchmarks. The same numbers give the same
//! feed, byte for byte.

mod agreements;
mod chance;
mod complaints;
mod feed;
mod market;
mod measures;
mod words;

use std::process::ExitCode;

use clap::Args;
use redress_domain::instant::{CivilDay, Instant, Span};

use self::chance::Chance;
use self::feed::{Feed, OFFSET};
use self::market::Market;
use crate::failure::Failure;
use crate::terminal::Lines;

/// Days that merchants go on reporting volumes after the last customer came: what came late still
/// has to be judged.
const DAYS_AFTER: i32 = 35;

/// How much to generate.
#[derive(Args)]
#[command(after_help = "\
The feed goes to standard output, in one order of time, for `redress append -`. The edition that \
it is made for is the built-in one. A few commands in a thousand are meant to be refused: a \
rejection without evidence, a message after a withdrawal.")]
pub struct Arguments {
    /// Complaints.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    complaints: u64,
    /// Merchants.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    merchants: u64,
    /// What every choice follows from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Days over which customers come.
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(i32).range(1..=3_650))]
    days: i32,
}

/// Writes the feed.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut output = Lines::begin();
    write(arguments, &mut |line| output.line(line))?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the feed of so many complaints, line by line: for measuring.
pub fn feed(
    complaints: u64,
    merchants: u64,
    see: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let arguments = Arguments {
        complaints,
        merchants,
        seed: 1,
        days: 120,
    };
    write(&arguments, see)
}

/// Time goes forward here: what is due is written before anything new begins, so that only what is
/// under way is held in memory.
fn write(
    arguments: &Arguments,
    see: &mut dyn FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut chance = Chance::new(arguments.seed);
    let mut feed = Feed::default();
    let first_day = CivilDay::from_ymd(2026, 3, 1).unwrap_or(CivilDay::from_days(0));
    let market = Market::open(
        arguments.merchants,
        OFFSET.midnight(first_day),
        &mut chance,
        &mut feed,
    );
    measures::plan(&market, arguments.days, &mut chance, &mut feed);

    let from = OFFSET.midnight(first_day.plus(1));
    let mut day = first_day;
    let mut customers = agreements::Customers::default();
    for number in 0..arguments.complaints {
        let comes_at = arrival(from, arguments, number, &mut chance);
        while OFFSET.midnight(day.plus(1)) <= comes_at {
            market.report_volumes(day, &mut chance, &mut feed);
            day = day.plus(1);
        }
        feed.write_until(comes_at, see)?;
        customers.come(number, comes_at, &market, &mut chance, &mut feed);
    }
    while day < first_day.plus(arguments.days + DAYS_AFTER) {
        market.report_volumes(day, &mut chance, &mut feed);
        day = day.plus(1);
        feed.write_until(OFFSET.midnight(day), see)?;
    }
    feed.write_all(see)
}

/// Customers come evenly, each somewhere in a stretch of their own.
fn arrival(from: Instant, arguments: &Arguments, number: u64, chance: &mut Chance) -> Instant {
    let all_ms = u64::try_from(Span::from_days(i64::from(arguments.days)).ms()).unwrap_or(0);
    let stretch_ms = all_ms / arguments.complaints.max(1);
    let ms = number.saturating_mul(stretch_ms) + chance.below(stretch_ms.max(1));
    from.plus(Span::from_ms(i64::try_from(ms).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use redress_domain::instant::Instant;
    use redress_protocol::command::parse_bytes;

    use super::{Arguments, write};

    fn lines(complaints: u64, merchants: u64, seed: u64) -> Vec<String> {
        let arguments = Arguments {
            complaints,
            merchants,
            seed,
            days: 60,
        };
        let mut lines = Vec::new();
        write(&arguments, &mut |line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn a_seed_gives_one_feed_and_another_seed_another() {
        assert_eq!(lines(40, 4, 7), lines(40, 4, 7));
        assert_ne!(lines(40, 4, 7), lines(40, 4, 8));
    }

    #[test]
    fn every_line_is_a_command_and_time_never_goes_back() {
        let mut names = BTreeSet::new();
        let mut last: Option<Instant> = None;
        let mut filed = 0;
        for line in lines(600, 20, 3) {
            let command = parse_bytes(line.as_bytes()).unwrap();
            assert!(command.recorded_at >= last, "{line}");
            last = command.recorded_at;
            filed += u64::from(command.request.name() == "complaint.file");
            names.insert(command.request.name());
        }
        assert_eq!(filed, 600);
        for name in [
            "agreement.cancel",
            "agreement.debit",
            "agreement.remind",
            "complaint.assess_evidence",
            "complaint.complete",
            "complaint.confirm",
            "complaint.continue",
            "complaint.determine",
            "complaint.dismiss",
            "complaint.find_ground",
            "complaint.overturn",
            "complaint.record_refund",
            "complaint.record_settlement",
            "complaint.record_usage",
            "complaint.reject_refund",
            "complaint.withdraw",
            "intermediary.register",
            "merchant.appeal",
            "merchant.approve_measure",
            "merchant.impose_measure",
            "merchant.report_volume",
        ] {
            assert!(names.contains(name), "{name} is missing");
        }
    }
}
