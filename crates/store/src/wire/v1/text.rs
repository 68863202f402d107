//! Personal text as stored: sealed.

use redress_domain::text::PersonalText;

use crate::wire::{Field, Misfit, Wrong};

/// A sealed text.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub struct Sealed<'a> {
    characters: u32,
    bytes: &'a [u8],
}

impl<'a> Field<'a, Sealed<'a>> for PersonalText {
    fn store(&'a self) -> Result<Sealed<'a>, Misfit> {
        match self {
            Self::Sealed { characters, bytes } => Ok(Sealed {
                characters: *characters,
                bytes,
            }),
            Self::Open(_) => Err(Misfit::here(Wrong::NotSealed)),
        }
    }

    fn restore(stored: Sealed<'a>) -> Result<Self, Misfit> {
        Ok(Self::Sealed {
            characters: stored.characters,
            bytes: stored.bytes.to_vec(),
        })
    }
}
