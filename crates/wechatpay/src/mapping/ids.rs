//! Ids of planned commands, derived from the complaint and the act alone.

use redress_domain::identity::{ComplaintId, MerchantId, Reference};
use uuid::Uuid;

/// The namespace of every id made here; another one would import everything again.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d0b_7f0e_52a1_5c3e_9d3a_41c1_7e0c_20e5);

/// Of an act. Names have no control character, so a line feed keeps the parts apart.
pub(super) fn act(complaint_id: &ComplaintId, log_id: &Reference) -> Uuid {
    derived(&format!("act\n{complaint_id}\n{log_id}"))
}

/// Of an act that is only kept as a note.
pub(super) fn note(complaint_id: &ComplaintId, log_id: &Reference) -> Uuid {
    derived(&format!("note\n{complaint_id}\n{log_id}"))
}

/// Of a complaint's filing. It has no `log_id`: the detail alone files the complaint, and the
/// history that comes later must not file it again.
pub(super) fn filing(complaint_id: &ComplaintId) -> Uuid {
    derived(&format!("filing\n{complaint_id}"))
}

/// Of the note on a requested amount that is more than was paid.
pub(super) fn requested_amount(complaint_id: &ComplaintId) -> Uuid {
    derived(&format!("requested_amount\n{complaint_id}"))
}

/// Of a merchant's registration.
pub(super) fn registration(merchant_id: &MerchantId) -> Uuid {
    derived(&format!("registration\n{merchant_id}"))
}

fn derived(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}
