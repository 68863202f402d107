//! What fuzzing does with bytes: each target reads them as one of the formats that come from
//! outside, and checks what must hold of whatever was read. A panic is a finding.

mod bytes;
mod documents;

pub use bytes::{frame, wire};
pub use documents::{command, complaints, edition, feed, scenario};
