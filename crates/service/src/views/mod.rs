//! Views: any view of the contract as JSON, and the places where they are asked for.

mod asking;
mod view;

pub use view::{look, moment, view, view_of_rows};

pub(crate) use asking::{
    POSITION, agreement, complaint, gate, intermediary, merchant, queue, repeats, sla, take,
};
