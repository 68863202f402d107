//! Tells the figures.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Format;
use super::append::Appended;
use super::reads::Read;
use super::rebuild::{Opened, Rebuilt};
use crate::table::table;

/// Everything that was measured.
pub struct Figures {
    pub append: Vec<Appended>,
    pub rebuild: Rebuilt,
    pub open: Opened,
    pub reads: Vec<Read>,
}

impl Figures {
    /// Writes the figures to standard output.
    pub fn tell(&self, format: Format) -> io::Result<()> {
        let mut output = io::stdout().lock();
        match format {
            Format::Json => writeln!(output, "{:#}", self.document()),
            Format::Table => self.tables(&mut output),
        }
    }

    fn document(&self) -> Value {
        let milliseconds = |one: std::time::Duration| one.as_secs_f64() * 1e3;
        let microseconds = |one: std::time::Duration| one.as_secs_f64() * 1e6;
        json!({
            "append": self.append.iter().map(|one| json!({
                "clients": one.clients,
                "per_second": one.per_second,
                "p50_ms": milliseconds(one.p50),
                "p99_ms": milliseconds(one.p99),
                "raw_per_second": one.raw_per_second,
                "ratio": one.per_second / one.raw_per_second,
                "bytes_per_command": one.bytes_per_command,
            })).collect::<Vec<_>>(),
            "rebuild": {
                "events": self.rebuild.events,
                "per_second": self.rebuild.per_second,
                "scan_per_second": self.rebuild.scan_per_second,
                "ratio": self.rebuild.per_second / self.rebuild.scan_per_second,
                "peak_rss_bytes": self.rebuild.peak_rss_bytes,
                "bytes_per_event": self.rebuild.bytes_per_event,
            },
            "open": { "events": self.open.events, "seconds": self.open.took.as_secs_f64() },
            "reads": self.reads.iter().map(|one| json!({
                "query": one.query,
                "median_us": microseconds(one.median),
                "p99_us": microseconds(one.p99),
            })).collect::<Vec<_>>(),
        })
    }

    fn tables(&self, output: &mut impl Write) -> io::Result<()> {
        let mut append = table(&[
            "clients",
            "commands/s",
            "p50 ms",
            "p99 ms",
            "plain loop/s",
            "ratio",
        ]);
        for one in &self.append {
            append.add_row([
                one.clients.to_string(),
                format!("{:.0}", one.per_second),
                format!("{:.2}", one.p50.as_secs_f64() * 1e3),
                format!("{:.2}", one.p99.as_secs_f64() * 1e3),
                format!("{:.0}", one.raw_per_second),
                format!("{:.2}", one.per_second / one.raw_per_second),
            ]);
        }
        writeln!(
            output,
            "Acknowledged commands, beside a plain append and fdatasync of the same bytes\n{append}\n"
        )?;
        let rebuild = &self.rebuild;
        let ratio = rebuild.per_second / rebuild.scan_per_second;
        writeln!(
            output,
            "Rebuild of all read models: {} events",
            rebuild.events
        )?;
        writeln!(
            output,
            "  {:.0} per second, scanning and decoding alone {:.0} per second: ratio {ratio:.2}",
            rebuild.per_second, rebuild.scan_per_second
        )?;
        writeln!(
            output,
            "  {:.0} bytes of journal per event, {} MiB of memory at the most",
            rebuild.bytes_per_event,
            rebuild.peak_rss_bytes >> 20
        )?;
        let seconds = self.open.took.as_secs_f64();
        writeln!(
            output,
            "Open: {} events in {seconds:.3} s\n",
            self.open.events
        )?;
        let mut reads = table(&["query", "median µs", "p99 µs"]);
        for one in &self.reads {
            reads.add_row([
                one.query.to_owned(),
                format!("{:.1}", one.median.as_secs_f64() * 1e6),
                format!("{:.1}", one.p99.as_secs_f64() * 1e6),
            ]);
        }
        writeln!(output, "{reads}")
    }
}
