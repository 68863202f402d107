//! Tells the figures.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Format;
use super::append::Appended;
use super::bulk::Bulk;
use super::reads::Read;
use super::rebuild::{Opened, Rebuilt};
use super::sizes::Sized;
use super::sustained::Interval;
use crate::table::table;

/// Everything that was measured.
#[derive(Default)]
pub struct Figures {
    pub append: Vec<Appended>,
    pub rebuild: Option<Rebuilt>,
    pub open: Option<Opened>,
    pub reads: Vec<Read>,
    pub sustained: Vec<Interval>,
    pub bulk: Option<Bulk>,
    pub sizes: Vec<Sized>,
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

    /// One object; what was not measured is not in it.
    fn document(&self) -> Value {
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| {
            document.insert(name.to_owned(), value);
        };
        let all = |values: Vec<Value>| Value::Array(values);
        if !self.append.is_empty() {
            put("append", all(self.append.iter().map(appended).collect()));
        }
        if let Some(rebuild) = &self.rebuild {
            put("rebuild", rebuilt(rebuild));
        }
        if let Some(open) = &self.open {
            put(
                "open",
                json!({ "events": open.events, "seconds": open.took.as_secs_f64() }),
            );
        }
        if !self.reads.is_empty() {
            put("reads", all(self.reads.iter().map(read).collect()));
        }
        if !self.sustained.is_empty() {
            put(
                "sustained",
                all(self.sustained.iter().map(interval).collect()),
            );
        }
        if let Some(bulk) = &self.bulk {
            put("bulk", bulk_document(bulk));
        }
        if !self.sizes.is_empty() {
            put("sizes", all(self.sizes.iter().map(sized).collect()));
        }
        Value::Object(document)
    }

    fn tables(&self, output: &mut impl Write) -> io::Result<()> {
        if !self.append.is_empty() {
            append_table(&self.append, output)?;
        }
        if let Some(rebuild) = &self.rebuild {
            tell_rebuild(rebuild, output)?;
        }
        if let Some(open) = &self.open {
            let seconds = open.took.as_secs_f64();
            writeln!(output, "Open: {} events in {seconds:.3} s\n", open.events)?;
        }
        if !self.reads.is_empty() {
            reads_table(&self.reads, output)?;
        }
        if !self.sustained.is_empty() {
            sustained_table(&self.sustained, output)?;
        }
        if let Some(bulk) = &self.bulk {
            bulk_table(bulk, output)?;
        }
        if !self.sizes.is_empty() {
            sizes_table(&self.sizes, output)?;
        }
        Ok(())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn appended(one: &Appended) -> Value {
    json!({
        "clients": one.clients,
        "per_second": one.per_second,
        "p50_ms": milliseconds(one.p50),
        "p99_ms": milliseconds(one.p99),
        "raw_per_second": one.raw_per_second,
        "ratio": one.per_second / one.raw_per_second,
        "bytes_per_command": one.bytes_per_command,
    })
}

fn rebuilt(one: &Rebuilt) -> Value {
    json!({
        "events": one.events,
        "per_second": one.per_second,
        "scan_per_second": one.scan_per_second,
        "ratio": one.per_second / one.scan_per_second,
        "peak_rss_bytes": one.peak_rss_bytes,
        "bytes_per_event": one.bytes_per_event,
        "journal_bytes_per_event": one.journal_bytes_per_event,
    })
}

fn read(one: &Read) -> Value {
    json!({
        "query": one.query,
        "median_us": microseconds(one.median),
        "p99_us": microseconds(one.p99),
    })
}

fn interval(one: &Interval) -> Value {
    json!({
        "seconds": one.at.as_secs_f64(),
        "commands": one.commands,
        "per_second": one.per_second,
        "p50_ms": one.p50_ms,
        "p99_ms": one.p99_ms,
        "lag_events": one.lag,
        "rss_bytes": one.rss_bytes,
    })
}

fn bulk_document(one: &Bulk) -> Value {
    let took = one.took.as_secs_f64();
    let part = |time: Duration| json!({ "seconds": time.as_secs_f64(), "share_of_time": time.as_secs_f64() / took });
    json!({
        "commands": one.commands,
        "events": one.events,
        "seconds": took,
        "per_second": one.commands as f64 / took,
        "json": part(one.json),
        "domain": part(one.domain),
        "journal": part(one.journal),
        "sled": part(one.sled),
    })
}

fn sized(one: &Sized) -> Value {
    json!({
        "rebuild": rebuilt(&one.rebuilt),
        "opened_after_kill_seconds": one.opened_after_kill.as_secs_f64(),
        "caught_up_events": one.caught_up,
    })
}

fn append_table(append: &[Appended], output: &mut impl Write) -> io::Result<()> {
    let mut rows = table(&[
        "clients",
        "commands/s",
        "p50 ms",
        "p99 ms",
        "plain loop/s",
        "ratio",
    ]);
    for one in append {
        rows.add_row([
            one.clients.to_string(),
            format!("{:.0}", one.per_second),
            format!("{:.2}", milliseconds(one.p50)),
            format!("{:.2}", milliseconds(one.p99)),
            format!("{:.0}", one.raw_per_second),
            format!("{:.2}", one.per_second / one.raw_per_second),
        ]);
    }
    writeln!(
        output,
        "Acknowledged commands, beside a plain append and fdatasync of the same bytes\n{rows}\n"
    )
}

fn tell_rebuild(rebuild: &Rebuilt, output: &mut impl Write) -> io::Result<()> {
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
        "  {:.0} bytes on disk per event, {:.0} of them journal; {} MiB of memory at the most",
        rebuild.bytes_per_event,
        rebuild.journal_bytes_per_event,
        rebuild.peak_rss_bytes >> 20
    )
}

fn reads_table(reads: &[Read], output: &mut impl Write) -> io::Result<()> {
    let mut rows = table(&["query", "median µs", "p99 µs"]);
    for one in reads {
        rows.add_row([
            one.query.to_owned(),
            format!("{:.1}", microseconds(one.median)),
            format!("{:.1}", microseconds(one.p99)),
        ]);
    }
    writeln!(output, "{rows}")
}

fn sustained_table(intervals: &[Interval], output: &mut impl Write) -> io::Result<()> {
    let mut rows = table(&[
        "seconds",
        "commands",
        "commands/s",
        "p50 ms",
        "p99 ms",
        "lag of sled",
        "memory MiB",
    ]);
    for one in intervals {
        rows.add_row([
            format!("{:.0}", one.at.as_secs_f64()),
            one.commands.to_string(),
            format!("{:.0}", one.per_second),
            format!("{:.2}", one.p50_ms),
            format!("{:.2}", one.p99_ms),
            one.lag.to_string(),
            (one.rss_bytes >> 20).to_string(),
        ]);
    }
    writeln!(output, "Load that goes on, 64 clients\n{rows}\n")
}

fn bulk_table(bulk: &Bulk, output: &mut impl Write) -> io::Result<()> {
    let took = bulk.took.as_secs_f64();
    writeln!(
        output,
        "A feed of {} commands from a file: {} events, {took:.1} s, {:.0} commands per second",
        bulk.commands,
        bulk.events,
        bulk.commands as f64 / took
    )?;
    let mut rows = table(&["part", "seconds", "of the time"]);
    let parts = [
        ("JSON", bulk.json),
        ("domain", bulk.domain),
        ("journal", bulk.journal),
        ("sled", bulk.sled),
    ];
    for (name, time) in parts {
        let seconds = time.as_secs_f64();
        rows.add_row([
            name.to_owned(),
            format!("{seconds:.1}"),
            format!("{:.0} %", 100.0 * seconds / took),
        ]);
    }
    writeln!(output, "{rows}\n")
}

fn sizes_table(sizes: &[Sized], output: &mut impl Write) -> io::Result<()> {
    let mut rows = table(&[
        "events",
        "rebuilt/s",
        "scanned/s",
        "ratio",
        "memory MiB",
        "journal bytes/event",
        "disk bytes/event",
        "open after kill s",
        "caught up",
    ]);
    for one in sizes {
        let rebuilt = &one.rebuilt;
        rows.add_row([
            rebuilt.events.to_string(),
            format!("{:.0}", rebuilt.per_second),
            format!("{:.0}", rebuilt.scan_per_second),
            format!("{:.2}", rebuilt.per_second / rebuilt.scan_per_second),
            (rebuilt.peak_rss_bytes >> 20).to_string(),
            format!("{:.0}", rebuilt.journal_bytes_per_event),
            format!("{:.0}", rebuilt.bytes_per_event),
            format!("{:.2}", one.opened_after_kill.as_secs_f64()),
            one.caught_up.to_string(),
        ]);
    }
    writeln!(output, "Stores of growing size\n{rows}\n")
}
