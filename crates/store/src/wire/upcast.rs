//! What payloads of older schema versions mean today.
//!
//! One function for each older version. It says what stands for the fields that were not there,
//! and why that is true of everything stored before. These functions stay for ever.

use super::v1::complaint::{RefundReceived, RefundReceivedSchema1};

/// Schema 1 knew only refunds by merchants: the platform did not pay out of settlements yet
/// (rulebook 4.2(2)).
pub(super) fn refund_received_1(older: RefundReceivedSchema1<'_>) -> RefundReceived<'_> {
    let RefundReceivedSchema1 {
        refund_id,
        amount_fen,
        full,
    } = older;
    RefundReceived {
        refund_id,
        amount_fen,
        by_platform: false,
        full,
    }
}
