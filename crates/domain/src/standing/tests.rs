//! Standing, tested.
