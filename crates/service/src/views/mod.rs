//! Views: any view of the contract as JSON, and the places where they are asked for.

mod answering;
mod asking;
mod explain;
mod explanations;
mod listing;
mod lists;
pub(crate) mod places;
mod unsealed;
mod view;

pub(crate) use answering::{POSITION, take};
pub use explain::{explain_complaint, explain_merchant};
pub use listing::{Listing, listing};
pub use unsealed::unsealed;
pub use view::{Viewed, as_of, look, moment, nothing_there, view, view_of_rows};
