//! Views as people read them. Every page is made of the document that the contract names and the
//! instant that it was judged by, so that it says nothing that other programs cannot see.

mod agreement;
mod clock;
mod complaint;
mod document;
mod intermediary;
mod measure;
mod merchant;
mod queue;
mod report;
mod standing;

pub use agreement::{agreement_page, agreements_table};
pub use clock::time_in_words;
pub use complaint::{complaint_page, complaints_table};
pub use document::{flag, is_there, joined, list, number, seen_from, text, when};
pub use intermediary::{intermediaries_table, intermediary_page};
pub use measure::foremost;
pub use merchant::{merchant_page, merchants_table};
pub use queue::queue_page;
pub use report::{gate_page, repeats_page, sla_page};
pub use standing::{metrics_in_words, next_tier_in_words, reason_in_words};
