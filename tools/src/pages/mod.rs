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
pub use complaint::{complaint_page, complaints_table};
pub use document::{flag, list, number, text};
pub use intermediary::{intermediaries_table, intermediary_page};
pub use merchant::{merchant_page, merchants_table};
pub use queue::queue_page;
pub use report::{gate_page, repeats_page, sla_page};
pub use standing::{part_in_words, reason_in_words};
