//! Intermediaries, tested.
