//! `keys`: which vault keys sealed which user's texts, so that all of them can be destroyed, and
//! which number is free next.

use std::hash::BuildHasher;
use std::sync::Arc;

use bincode::{Decode, Encode};
use redress_domain::event::Event;
use redress_domain::identity::UserRef;
use redress_domain::text::PersonalText;
use redress_domain::user;
use rustc_hash::FxBuildHasher;

use crate::change::Change;
use crate::fault::Fault;
use crate::projection::{Projection, RowTable};
use crate::row::Present;
use crate::sealed::visit_texts;
use crate::table::{Backing, Table};

#[cfg(test)]
mod tests;

const BY_USER: &str = "keys";
const NEXT_FREE: &str = "keys.next_free";
const DESTROYED: &str = "keys.destroyed";
/// Numbers of which it is remembered that they are known: more would take too much memory.
const KNOWN_MAX: usize = 16 * 1024 * 1024;

/// Key numbers by user, and the next free one.
pub struct Keys {
    by_user: Table<KeysRow>,
    /// One more than the greatest number seen, in its one row.
    next_free: Table<u64>,
    /// Every key whose destruction is recorded.
    destroyed: Table<Present>,
    /// By number: a mark of the user whose row is known to name the key; 0 where none is. Most texts
    /// are sealed with a key that was used before.
    known: Vec<u32>,
}

/// The keys that sealed a user's texts and were not destroyed, in the order of their first use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct KeysRow {
    numbers: Vec<u64>,
}

/// The number of the key that a text was sealed with: sealed bytes begin with a format byte and
/// the key's number, least byte first. `None` for bytes that are too short.
#[must_use]
pub fn sealing_key_number(sealed: &[u8]) -> Option<u64> {
    let (_format, rest) = sealed.split_first()?;
    let (number, _) = rest.split_first_chunk::<8>()?;
    Some(u64::from_le_bytes(*number))
}

impl Keys {
    /// An empty projection over what the backing has.
    #[must_use]
    pub fn new(backing: Option<&Arc<dyn Backing>>) -> Self {
        Self {
            by_user: Table::new(BY_USER, backing.cloned()),
            next_free: Table::new(NEXT_FREE, backing.cloned()),
            destroyed: Table::new(DESTROYED, backing.cloned()),
            known: Vec::new(),
        }
    }

    /// Every key whose destruction is recorded: whoever opens a vault makes sure that none of them
    /// is left in it.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn destroyed_numbers(&self) -> Result<Vec<u64>, Fault> {
        let mut numbers = Vec::new();
        self.destroyed.visit(&[], |key, _| {
            let bytes: [u8; 8] = key.try_into().map_err(|_| Fault::Undecodable {
                table: DESTROYED,
                key: key.to_vec(),
                what: "a key number has eight bytes".to_owned(),
            })?;
            numbers.push(u64::from_be_bytes(bytes));
            Ok(())
        })?;
        Ok(numbers)
    }

    /// The keys that sealed a user's texts and were not destroyed, in the order of their first use.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn of_user(&self, user_ref: &UserRef) -> Result<Vec<u64>, Fault> {
        let row = self.by_user.get(user_ref.as_str().as_bytes())?;
        Ok(row.map_or_else(Vec::new, |row| row.numbers.clone()))
    }

    /// The smallest number above every key that an event names; 0 when none does.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn next_free(&self) -> Result<u64, Fault> {
        Ok(self.next_free.get(&[])?.map_or(0, |number| *number))
    }

    fn used(&mut self, user_ref: &UserRef, number: u64) -> Result<(), Fault> {
        let place = usize::try_from(number)
            .ok()
            .filter(|place| *place < KNOWN_MAX);
        let mark = mark_of(user_ref);
        if place.is_some_and(|place| self.known.get(place) == Some(&mark)) {
            return Ok(());
        }
        let key = user_ref.as_str().as_bytes();
        // A user's texts are mostly sealed with one key: then nothing changes.
        let is_known = self
            .by_user
            .load(key)?
            .is_some_and(|row| row.numbers.contains(&number));
        if !is_known {
            self.by_user.change(key, |slot| {
                slot.get_or_insert_default().numbers.push(number);
            })?;
        }
        if let Some(place) = place {
            if self.known.len() <= place {
                self.known.resize((place + 1).next_power_of_two(), 0);
            }
            if let Some(known) = self.known.get_mut(place) {
                *known = mark;
            }
        }
        self.taken(number)
    }

    fn taken(&mut self, number: u64) -> Result<(), Fault> {
        let is_new = self
            .next_free
            .load(&[])?
            .is_none_or(|next_free| number >= *next_free);
        if is_new {
            self.next_free.put(&[], number.saturating_add(1));
        }
        Ok(())
    }

    fn destroyed(&mut self, user_ref: &UserRef, numbers: &[u64]) -> Result<(), Fault> {
        self.by_user.change(user_ref.as_str().as_bytes(), |slot| {
            if let Some(row) = slot {
                row.numbers.retain(|number| !numbers.contains(number));
                if row.numbers.is_empty() {
                    *slot = None;
                }
            }
        })?;
        for number in numbers {
            let place = usize::try_from(*number).unwrap_or(usize::MAX);
            if let Some(known) = self.known.get_mut(place) {
                *known = 0;
            }
            self.taken(*number)?;
            self.destroyed.put(&number.to_be_bytes(), Present);
        }
        Ok(())
    }
}

/// A number that is hardly ever the same for two users, and never 0.
fn mark_of(user_ref: &UserRef) -> u32 {
    let hash = FxBuildHasher.hash_one(user_ref.as_str());
    u32::try_from(hash >> 32).unwrap_or_default() | 1
}

impl Projection for Keys {
    const NAME: &'static str = "keys";
    const SCHEMA: u32 = 1;

    fn fold(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let event = &change.recorded.event;
        if let Event::User(user::Event::PersonalDataErased {
            user_ref,
            key_numbers,
            ..
        }) = event
        {
            return self.destroyed(user_ref, key_numbers);
        }
        let mut result = Ok(());
        visit_texts(event, |text| {
            let PersonalText::Sealed { bytes, .. } = text else {
                return;
            };
            if result.is_ok() {
                result = change.sealed_for().and_then(|user_ref| {
                    let number = sealing_key_number(bytes).ok_or(Fault::NotSealed {
                        position: change.recorded.header.position,
                    })?;
                    self.used(user_ref, number)
                });
            }
        });
        result
    }

    fn tables(&self) -> Vec<&dyn RowTable> {
        vec![&self.by_user, &self.next_free, &self.destroyed]
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn RowTable> {
        vec![&mut self.by_user, &mut self.next_free, &mut self.destroyed]
    }
}
