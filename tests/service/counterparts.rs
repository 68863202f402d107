//! Programs that others wrote look at the service: a tester that reads the OpenAPI document, and
//! Prometheus' own checker of figures.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use redress_tests::{skipped, workspace};

use crate::python;
use crate::stand::{Server, file, register};

/// Requests made up for each place; more of them where there is time.
fn examples() -> String {
    std::env::var("REDRESS_EXAMPLES").unwrap_or_else(|_| "8".to_owned())
}

#[test]
fn no_request_that_the_document_allows_makes_the_service_fail() {
    let Some(interpreter) = python::with(&["schemathesis==4.32.5"]) else {
        skipped("schemathesis cannot be installed here");
        return;
    };
    let server = Server::start();
    server.command(&register("M1"));
    server.command(&file("C1", "M1"));
    let examples = examples();
    let output = Command::new(interpreter.with_file_name("schemathesis"))
        .arg("run")
        .arg(format!("{}/openapi.json", server.url))
        .args(["--checks", "not_a_server_error,response_schema_conformance"])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", &examples, "--seed", "1"])
        // Streams do not end, and backups ask for a folder.
        .args(["--exclude-path-regex", "stream|/admin/"])
        .args(["--request-timeout", "20", "--no-color"])
        .current_dir(tempfile::tempdir().unwrap().path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("POST") || said.contains("Tested"), "{said}");
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn the_figures_are_as_prometheus_wants_them() {
    let Some(promtool) = promtool() else {
        skipped("promtool is not here and cannot be fetched");
        return;
    };
    let server = Server::start();
    server.command(&register("M1"));
    server.command(&file("C1", "M1"));
    let shown = server.get("/metrics").text;
    let mut checking = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    checking
        .stdin
        .take()
        .unwrap()
        .write_all(shown.as_bytes())
        .unwrap();
    let output = checking.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

/// The checker of the machine, else the one of Debian's package, unpacked under `target`.
fn promtool() -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        let ran = Command::new(path).arg("--version").output();
        ran.is_ok_and(|output| output.status.success())
    };
    let installed = PathBuf::from("promtool");
    if runs(&installed) {
        return Some(installed);
    }
    let folder = workspace().join("target/promtool");
    let unpacked = folder.join("usr/bin/promtool");
    if !runs(&unpacked) {
        std::fs::create_dir_all(&folder).ok()?;
        Command::new("apt-get")
            .args(["download", "prometheus"])
            .current_dir(&folder)
            .output()
            .ok()?;
        let package = std::fs::read_dir(&folder)
            .ok()?
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| path.extension().is_some_and(|kind| kind == "deb"))?;
        Command::new("dpkg-deb")
            .arg("--extract")
            .arg(&package)
            .arg(&folder)
            .output()
            .ok()?;
    }
    runs(&unpacked).then_some(unpacked)
}
