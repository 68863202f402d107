//! The peers are a workspace of their own, which nothing else here builds: that it compiles.

use std::process::Command;

use redress_tests::workspace;

#[test]
fn the_comparison_with_peers_compiles() {
    let peers = workspace().join("tests/peers/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--locked", "--manifest-path"])
        .arg(&peers)
        .arg("--target-dir")
        .arg(workspace().join("target/peers"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "tests/peers does not compile; `tests/peers/run` says why in full: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
