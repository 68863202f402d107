//! Stores of growing size: rebuilding their read models, and opening them after the process that
//! wrote them was killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::load::Folder;
use super::rebuild::{self, Rebuilt};
use crate::commands::generate;
use crate::failure::Failure;
use crate::store::StoreArguments;

/// Events that ten complaints of a generated feed come to, roughly; and the volumes that each
/// merchant reports.
const EVENTS_PER_TEN_COMPLAINTS: u64 = 104;
const REPORTS_PER_MERCHANT: u64 = 155;
const MERCHANTS: u64 = 100;

/// Figures of one size.
pub struct Sized {
    /// The rebuild.
    pub rebuilt: Rebuilt,
    /// How long it took to open the store after its writer was killed.
    pub opened_after_kill: Duration,
    /// Events that the read store did not have then.
    pub caught_up: u64,
}

/// Measures a store of about so many events.
pub fn measure(folder: &Folder, events: u64) -> Result<Sized, Failure> {
    let store = folder.store(&format!("size-{events}"))?;
    write_until_killed(&store, events)?;
    let begun = Instant::now();
    let (engine, report) = store.open_reporting()?;
    let opened_after_kill = begun.elapsed();
    drop(engine);
    let rebuilt = rebuild::measure(&store)?;
    std::fs::remove_dir_all(&store.data)
        .map_err(Failure::file(store.data.display().to_string()))?;
    Ok(Sized {
        rebuilt,
        opened_after_kill,
        caught_up: report.caught_up,
    })
}

/// A process of its own feeds the store and is killed when it has answered everything.
fn write_until_killed(store: &StoreArguments, events: u64) -> Result<(), Failure> {
    let failed = |what: &str| Failure::Failed(format!("the feeding process {what}"));
    let program = std::env::current_exe().map_err(Failure::file("this program".to_owned()))?;
    let mut command = Command::new(program);
    command.arg("--data").arg(&store.data);
    if let Some(key) = &store.vault_key {
        command.arg("--vault-key").arg(key);
    }
    let mut child = command
        .args(["append", "-", "--answers", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Failure::file("this program".to_owned()))?;
    let mut input = child.stdin.take().ok_or_else(|| failed("has no input"))?;
    let answers = child.stdout.take().ok_or_else(|| failed("has no output"))?;
    let reader = std::thread::spawn(move || BufReader::new(answers).lines().count());
    let complaints =
        10 * events.saturating_sub(MERCHANTS * REPORTS_PER_MERCHANT) / EVENTS_PER_TEN_COMPLAINTS;
    generate::feed(complaints, MERCHANTS, &mut |line| {
        writeln!(input, "{line}").map_err(Failure::file("the feeding process".to_owned()))
    })?;
    child
        .kill()
        .and_then(|()| child.wait())
        .map_err(Failure::file("the feeding process".to_owned()))?;
    drop(input);
    let answered = reader.join().map_err(|_| failed("could not be read"))?;
    if answered == 0 {
        return Err(failed("answered nothing"));
    }
    Ok(())
}
