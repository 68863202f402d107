//! Processes with a limit of time and of memory: what hangs or eats is ended, and said so.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use redress_tests::redress;

/// Longest that a process may take, in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);
/// Memory that a process may ask for, in kilobytes.
const MEMORY_KB: u32 = 6_000_000;

/// What a process said, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub end: End,
    pub output: String,
    pub errors: String,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit code.
    Code(i32),
    /// By a signal.
    Signal,
    /// It was ended because it took too long.
    TooLong,
}

/// A program with its arguments, that may ask for so much memory.
pub fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {MEMORY_KB} && exec \"$0\" \"$@\""))
        .arg(program)
        .env_remove("REDRESS_DATA")
        .env_remove("REDRESS_VAULT_KEY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The binary on the store of a directory.
pub fn binary(data: &Path) -> Command {
    let mut command = limited(redress());
    command.arg("--data").arg(data);
    command
}

/// This very program, to play a role: see [`roles`](crate::roles).
pub fn role(role: &str, data: &Path) -> Command {
    let mut command = limited(&std::env::current_exe().unwrap());
    command
        .args(["--exact", "roles::a_role_is_played", "--nocapture"])
        .env("REDRESS_ROLE", role)
        .env("REDRESS_ROLE_DATA", OsString::from(data));
    command
}

/// Waits for the end of a process.
pub fn run(command: &mut Command) -> Ran {
    let mut child = command.spawn().unwrap();
    let output = collect(child.stdout.take().unwrap());
    let errors = collect(child.stderr.take().unwrap());
    let end = end_of(&mut child);
    Ran {
        end,
        output: output.join().unwrap(),
        errors: errors.join().unwrap(),
    }
}

fn end_of(child: &mut Child) -> End {
    let until = Instant::now() + LIMIT;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().map_or(End::Signal, End::Code);
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    End::TooLong
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Does something for each of many, several at a time, and returns what came of each in order. A
/// child waits about as long as it works.
pub fn for_each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        return;
                    };
                    let result = work(item);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A number from the environment, or the usual one; `all` is as many as there are.
pub fn count_asked(variable: &str, usual: usize) -> usize {
    match std::env::var(variable) {
        Ok(text) if text == "all" => usize::MAX,
        Ok(text) => text.parse().unwrap(),
        Err(_) => usual,
    }
}
