//! The `redress` command line.
fn main() {}
