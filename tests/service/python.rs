//! Python with packages of its own, for counterparts that others wrote. They are installed under
//! `target`; where that cannot be done, the test says so and is skipped.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;

use redress_tests::workspace;

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

/// The interpreter of an environment that has these packages, each as `name==version`. Where there
/// is none, prints why and returns `None`: the test that asks is skipped.
pub fn with(packages: &[&str]) -> Option<PathBuf> {
    let _turn = INSTALLING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let environment = workspace().join("target/python");
    let interpreter = environment.join("bin/python");
    if !interpreter.is_file() {
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment)
            .output();
        if let Err(reason) = succeeded(made) {
            // What was begun would be taken for whole next time.
            let _ = fs::remove_dir_all(&environment);
            println!("skipped: no Python environment can be made: {reason}");
            return None;
        }
    }
    for package in packages {
        let mark = environment.join(format!("{package}.installed"));
        if mark.is_file() {
            continue;
        }
        let installed = Command::new(&interpreter)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--retries", "1", "--timeout", "15", package])
            .output();
        if let Err(reason) = succeeded(installed) {
            println!("skipped: {package} cannot be installed: {reason}");
            return None;
        }
        fs::write(&mark, "").unwrap();
    }
    Some(interpreter)
}

/// A script that runs beside a test, as a counterpart of the service; it ends with the test.
pub struct Counterpart {
    printed: Lines<BufReader<ChildStdout>>,
    /// What it reads.
    pub input: ChildStdin,
    process: Child,
}

impl Drop for Counterpart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Counterpart {
    /// Starts a script.
    pub fn start(interpreter: &PathBuf, script: &str) -> Self {
        let mut process = Command::new(interpreter)
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            printed: BufReader::new(process.stdout.take().unwrap()).lines(),
            input: process.stdin.take().unwrap(),
            process,
        }
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        self.printed.next().unwrap().unwrap()
    }
}

/// Runs a script with arguments; what it printed.
#[track_caller]
pub fn run(interpreter: &PathBuf, script: &str, arguments: &[&str]) -> String {
    let output = Command::new(interpreter)
        .args(["-c", script])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn succeeded(output: std::io::Result<Output>) -> Result<(), String> {
    match output {
        Err(error) => Err(error.to_string()),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(said.lines().last().unwrap_or("it failed").to_owned())
        }
    }
}
