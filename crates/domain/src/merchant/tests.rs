//! Merchants, tested.
