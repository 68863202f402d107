//! From domain values to the plain fields of rows and back.
//!
//! A name out of a closed set is kept as its place in the set's list. A set whose order changes
//! needs a new `SCHEMA` of the projections that keep its names.

use redress_domain::clock::ClockKind;

use crate::fault::Fault;

/// A row that points at nothing: for tables that only say that a key is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(crate) struct Present;

/// The place of a name in its set.
pub(crate) fn code<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter()
        .position(|known| known == one)
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(u8::MAX)
}

/// The name at a place in its set.
pub(crate) fn named<T: Copy>(all: &[T], code: u8, place: Place<'_>) -> Result<T, Fault> {
    all.get(usize::from(code))
        .copied()
        .ok_or_else(|| place.undecodable("a name out of its set"))
}

/// The clocks in the order in which rows number them.
pub(crate) const CLOCKS: [ClockKind; 5] = ClockKind::OF_ROUND;

/// A row's place, for faults.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub table: &'static str,
    pub key: &'a str,
}

impl Place<'_> {
    /// The fault that a row's content is not what this release wrote.
    pub fn undecodable(self, what: &str) -> Fault {
        Fault::Undecodable {
            table: self.table,
            key: self.key.as_bytes().to_vec(),
            what: what.to_owned(),
        }
    }

    /// Turns an identifier kept as text into a name of the domain.
    pub fn identifier<T, E>(
        self,
        read: impl FnOnce(&str) -> Result<T, E>,
        text: &str,
    ) -> Result<T, Fault> {
        read(text).map_err(|_| self.undecodable("a name that cannot be one"))
    }
}
