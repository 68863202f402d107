//! Starting the child, listening to it, and killing it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use redress_store::step::{Safeguard, Step};

use super::child::{self, Told};
use super::reference::Reference;

/// How long a child may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// When the child is killed.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// So long after it was started.
    AfterStart(Duration),
    /// So long after it has opened the store.
    AfterOpening(Duration),
    /// By itself, when it reaches a step for the n-th time.
    At(Step, u64),
    /// Not at all.
    Never,
}

/// What a child is to do.
pub struct Run<'a> {
    pub reference: &'a Reference,
    pub store: &'a Path,
    /// The act to begin with.
    pub from: usize,
    pub end: End,
    /// A safeguard that is left out.
    pub without: Option<Safeguard>,
    /// Bytes of a frame at the most; one byte puts every command into a frame of its own, so that
    /// a kill can come between a command and what follows of it.
    pub frame_bytes: usize,
    pub rebuild_every: Option<usize>,
    /// Where the store is backed up to while it works.
    pub backup: Option<&'a Path>,
    /// How long other threads go on after one has reached the step.
    pub later_ms: u64,
}

/// Segments are sealed after so many bytes.
const SEGMENT_BYTES: &str = "6000";
/// So few that rows become files, and files are merged, within a story.
const ROWS_IN_SLED: &str = "6";

/// What became of a child.
#[derive(Debug, Default)]
pub struct Ended {
    /// Whether it said that the store is open.
    pub opened: bool,
    /// The answers that it told.
    pub told: Vec<Told>,
    /// The position that it said there is a backup up to; 0 when it said nothing of the kind.
    pub backed_up: u64,
    /// Whether it was killed, before it had played everything.
    pub killed: bool,
    /// Everything else that it said.
    pub said: String,
}

impl<'a> Run<'a> {
    pub fn of(reference: &'a Reference, store: &'a Path, end: End) -> Self {
        Self {
            reference,
            store,
            from: 0,
            end,
            without: None,
            frame_bytes: 1,
            rebuild_every: None,
            backup: None,
            later_ms: 0,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", child::TEST, "--nocapture", "--test-threads=1"])
            .env(child::STORE, self.store)
            .env(child::STORY, &self.reference.name)
            .env(child::ACTS, &self.reference.kinds)
            .env(child::FROM, self.from.to_string())
            .env("REDRESS_SEGMENT_BYTES", SEGMENT_BYTES)
            .env("REDRESS_FRAME_BYTES", self.frame_bytes.to_string())
            .env("REDRESS_ROWS_IN_SLED", ROWS_IN_SLED)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let End::At(step, nth) = self.end {
            let at = format!("{}:{nth}:{}", step.name(), self.later_ms);
            command.env("REDRESS_DIE_AT", at);
        }
        if let Some(safeguard) = self.without {
            command.env("REDRESS_WITHOUT", safeguard.name());
        }
        if let Some(backup) = self.backup {
            command.env(child::BACKUP, backup);
        }
        if let Some(every) = self.rebuild_every {
            command.env(child::REBUILD_EVERY, every.to_string());
        }
        command
    }

    /// Starts the child, listens until it ends, and kills it when its time has come.
    ///
    /// # Panics
    /// When it ends in another way than by the kill or after having played everything.
    #[track_caller]
    pub fn watch(&self) -> Ended {
        let started = Instant::now();
        let mut process = self.command().spawn().unwrap();
        let (sender, lines) = channel();
        let output = process.stdout.take().unwrap();
        let listening = std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut line = Vec::new();
                if output.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                    break;
                }
                let line = String::from_utf8_lossy(&line).into_owned();
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut ended = Ended::default();
        let mut kill_at = match self.end {
            End::AfterStart(delay) => started + delay,
            End::AfterOpening(_) | End::At(..) | End::Never => started + PATIENCE,
        };
        let mut is_late = false;
        loop {
            match lines.recv_timeout(kill_at.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    ended.take(&line);
                    if let (true, End::AfterOpening(delay)) = (line == "opened\n", self.end) {
                        kill_at = Instant::now() + delay;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    is_late = kill_at >= started + PATIENCE;
                    process.kill().unwrap();
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let output = process.wait_with_output().unwrap();
        listening.join().unwrap();
        for line in lines {
            ended.take(&line);
        }
        ended.killed = output.status.signal() == Some(9);
        let is_expected = match self.end {
            End::At(..) | End::Never => !is_late,
            End::AfterStart(_) | End::AfterOpening(_) => true,
        };
        assert!(
            is_expected && (ended.killed || output.status.success()),
            "{:?}: {:?}: {}\n{}",
            self.end,
            output.status,
            ended.said,
            String::from_utf8_lossy(&output.stderr)
        );
        ended
    }
}

impl Ended {
    fn take(&mut self, line: &str) {
        let backed_up = line.strip_prefix(child::BACKED_UP);
        if let Some(position) = backed_up.and_then(|text| text.strip_suffix('\n')) {
            self.backed_up = position.parse().unwrap();
        }
        match Told::parse(line) {
            Some(told) => self.told.push(told),
            None => {
                self.opened |= line.trim_end() == child::OPENED;
                self.said.push_str(line);
            }
        }
    }
}
