//! The rulebook as pure functions over values: no I/O, clock, randomness, serialisation or async.
