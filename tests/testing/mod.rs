//! What `tests/TESTING.md` is made of: the promises with their tests, which people write, and what
//! the tests counted, which they record themselves.

pub mod document;
pub mod evidence;
pub mod promises;
