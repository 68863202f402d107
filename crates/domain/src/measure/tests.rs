//! Measures, tested.
