//! The disk as a program sees it: a layer between the two that writes down what the program does to
//! its files, and makes calls fail. It is a small library in C, since it has to stand where the
//! system's own is, and needs nothing but the C compiler that linking needs anyway.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What the layer does for one run.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// Where what happens is written down.
    pub trace: Option<PathBuf>,
    /// What fails.
    pub fault: Option<Fault>,
}

/// Calls that fail.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which calls.
    pub call: Call,
    /// On paths that hold this.
    pub part: String,
    /// The first of these calls that fails, from 1.
    pub first: usize,
    /// The last one; 0 for all that follow.
    pub last: usize,
    /// What the program is told.
    pub error: Refusal,
    /// Calls fail, and are counted, only while this file is there.
    pub only_while: Option<PathBuf>,
}

/// A kind of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Write,
    Sync,
    Read,
}

/// What a call that fails says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The medium failed (EIO).
    Medium,
    /// There is no space left (ENOSPC).
    Full,
    /// That all is well, though nothing was done.
    Lie,
}

impl Call {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Read => "read",
        }
    }
}

impl Refusal {
    fn number(self) -> u32 {
        match self {
            Self::Medium => 5,
            Self::Full => 28,
            Self::Lie => 0,
        }
    }

    /// What the system calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Medium => "Input/output error",
            Self::Full => "No space left on device",
            Self::Lie => "",
        }
    }
}

impl Layer {
    /// Puts the layer between a program and the files below `root`. False where it cannot be made;
    /// then the test has been told to say that it was skipped.
    pub fn under(&self, command: &mut Command, root: &Path) -> bool {
        let Some(library) = library() else {
            return false;
        };
        command.env("LD_PRELOAD", library).env("DISK_ROOT", root);
        if let Some(trace) = &self.trace {
            command.env("DISK_TRACE", trace);
        }
        if let Some(fault) = &self.fault {
            let Fault {
                call,
                part,
                first,
                last,
                error,
                only_while,
            } = fault;
            let words = format!("{}:{part}:{first}:{last}:{}", call.as_str(), error.number());
            command.env("DISK_FAIL", words);
            if let Some(file) = only_while {
                command.env("DISK_FAIL_WHILE", file);
            }
        }
        true
    }

    /// Whether the layer can be made here; says so where it cannot.
    pub fn is_there() -> bool {
        if library().is_some() {
            return true;
        }
        redress_tests::skipped("there is no C compiler to make the layer over the disk with");
        false
    }
}

/// Not only where everything is printed: a run without a compiler must not look like one with it.
#[test]
fn what_is_skipped_is_said_though_the_test_passes() {
    let test = "io_errors::a_sync_that_fails_without_a_word_is_what_loses";
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("PATH", "")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let errors = String::from_utf8_lossy(&ran.stderr);
    let line = format!("skipped: {test}: there is no C compiler");
    assert!(errors.lines().any(|one| one.starts_with(&line)), "{ran:?}");
}

/// The library, compiled once.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(compile).as_deref()
}

fn compile() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults/disk/layer.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join(format!("disk-layer-{}.so", std::process::id()));
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"])
        .arg("-o")
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .output()
        .ok()?;
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    Some(library)
}
