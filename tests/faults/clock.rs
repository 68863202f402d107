//! The machine's clock leaps by days, in both directions: time in the log never goes back, no
//! deadline fires early or twice.
