//! Who is let in, as whom, and what each may do and see: through the whole interface, in memory.

mod access;
mod acting;
mod api_keys;
mod limits;
mod seeing;
mod signing;
mod stand;
mod tokens;
mod unsealing;
