//! The rules of the house, as tests. Each one that fails says how to mend what it found.

#[path = "../../tools/build/citations.rs"]
mod citations;
#[path = "../../tools/build/clauses.rs"]
mod clauses;

mod asvs;
mod cited;
mod peers;
mod promised;
mod sources;
mod tidy;
mod walls;
