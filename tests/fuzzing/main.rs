//! Fuzzing as plain tests: every file of the corpora, and mutations of them that follow from a
//! seed, go through the same bodies as under `cargo fuzz` (see `tests/fuzz`).
//!
//! `REDRESS_FUZZ_MS` sets how long each target is fed mutations (2000 ms by default),
//! `REDRESS_FUZZ_SEED` where it begins. What breaks is written to a file whose name is printed: it
//! belongs into the corpus.

mod feeding;
mod mutation;
#[path = "../fuzz/src/lib.rs"]
mod targets;
