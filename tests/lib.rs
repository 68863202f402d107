//! Shared pieces of the end-to-end tests.

pub mod chance;
pub mod files;
pub mod small_disk;
pub mod testing;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The binary `redress`, built once in each test process. It is of the same profile as the tests.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn redress() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.current_dir(workspace()).args([
            "build",
            "--package=redress-tools",
            "--bin=redress",
            "--message-format=json",
        ]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let output = build
            .output()
            .unwrap_or_else(|error| panic!("cargo: {error}"));
        let messages = String::from_utf8_lossy(&output.stdout);
        let executable = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
            .next_back();
        executable.unwrap_or_else(|| panic!("redress: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

/// Says that the test that runs is skipped, and why. It is said past what the test runner keeps back
/// of tests that pass: what was not tested must not look tested.
pub fn skipped(because: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let mut errors = std::io::stderr().lock();
    // Where nobody can be told there is nobody to tell.
    let _ = writeln!(errors, "skipped: {test}: {because}");
}

/// What a run of the binary printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1 for a run that a signal ended.
    pub code: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Ran {
    /// Runs a command that was made ready, and waits for it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command
            .output()
            .unwrap_or_else(|error| panic!("redress: {error}"));
        Self {
            code: status.code().unwrap_or(-1),
            output: String::from_utf8_lossy(&stdout).into_owned(),
            errors: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// The output as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.output)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.output, self.errors))
    }

    /// The same run, when it ended with this code.
    ///
    /// # Panics
    /// When it did not, with everything it printed.
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.output, self.errors);
        self
    }
}

/// A run of the binary on the store of a directory, with arguments.
#[must_use]
pub fn run_on<I, S>(data: &Path, arguments: I) -> Ran
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    Ran::of(
        Command::new(redress())
            .arg("--data")
            .arg(data)
            .args(arguments)
            .env_remove("REDRESS_DATA")
            .env_remove("REDRESS_VAULT_KEY"),
    )
}
