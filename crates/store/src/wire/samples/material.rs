//! Values for samples: all there, as little as possible, or drawn from a seed.

use std::cell::Cell;
use std::sync::Arc;

use redress_domain::identity::{IdentifierError, Reference};
use redress_domain::instant::{CivilDay, Instant, Span};
use redress_domain::text::PersonalText;

/// How much of what may be absent is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Every option and list is filled, with plausible values.
    Filled,
    /// Every option and list is empty.
    Empty,
    /// Values of any size, drawn from this seed; the same seed gives the same events.
    Seeded(u64),
}

/// Hands out the values of one set of samples.
pub(super) struct Material {
    fill: Fill,
    state: Cell<u64>,
}

impl Material {
    pub(super) const fn new(fill: Fill) -> Self {
        let state = match fill {
            Fill::Filled | Fill::Empty => 0,
            Fill::Seeded(seed) => seed,
        };
        Self {
            fill,
            state: Cell::new(state),
        }
    }

    /// The next number of SplitMix64.
    fn draw(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn draw_below(&self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.draw() % bound).unwrap_or(0)
    }

    /// A value that may be absent.
    pub(super) fn some<T>(&self, value: T) -> Option<T> {
        self.flag().then_some(value)
    }

    /// A condition.
    pub(super) fn flag(&self) -> bool {
        match self.fill {
            Fill::Filled => true,
            Fill::Empty => false,
            Fill::Seeded(_) => self.draw() & 1 == 1,
        }
    }

    /// A list that may be empty.
    pub(super) fn list<T>(&self, mut values: Vec<T>) -> Vec<T> {
        match self.fill {
            Fill::Filled => {}
            Fill::Empty => values.clear(),
            Fill::Seeded(_) => values.truncate(self.draw_below(values.len() + 1)),
        }
        values
    }

    /// A list of numbers that may be empty.
    pub(super) fn numbers(&self, usual: &[u64]) -> Vec<u64> {
        self.list(usual.iter().map(|number| self.number(*number)).collect())
    }

    /// An amount, a version or another large number.
    pub(super) fn number(&self, usual: u64) -> u64 {
        match self.fill {
            Fill::Filled => usual,
            Fill::Empty => 0,
            Fill::Seeded(_) => self.draw() >> self.draw_below(64),
        }
    }

    /// A round, an id's number or another count.
    pub(super) fn count(&self, usual: u32) -> u32 {
        match self.fill {
            Fill::Filled => usual,
            Fill::Empty => 1,
            Fill::Seeded(_) => {
                u32::try_from(self.draw() >> (32 + self.draw_below(32))).unwrap_or(1)
            }
        }
    }

    fn signed(&self, usual: i64) -> i64 {
        match self.fill {
            Fill::Filled | Fill::Empty => usual,
            Fill::Seeded(_) => self.draw().cast_signed() >> self.draw_below(64),
        }
    }

    /// An instant.
    pub(super) fn instant(&self, usual_ms: i64) -> Instant {
        Instant::from_unix_ms(self.signed(usual_ms))
    }

    /// A span of so many hours.
    pub(super) fn hours(&self, usual: i64) -> Span {
        Span::from_ms(self.signed(Span::from_hours(usual).ms()))
    }

    /// A civil day.
    pub(super) fn day(&self, usual: i32) -> CivilDay {
        let days = self.signed(i64::from(usual)) % 1_000_000;
        CivilDay::from_days(i32::try_from(days).unwrap_or(usual))
    }

    /// One of a closed set.
    pub(super) fn one_of<T: Copy>(&self, all: &[T], usual: T) -> T {
        let index = match self.fill {
            Fill::Filled => return usual,
            Fill::Empty => 0,
            Fill::Seeded(_) => self.draw_below(all.len()),
        };
        all.get(index).copied().unwrap_or(usual)
    }

    /// An identifier.
    pub(super) fn id<T>(
        &self,
        new: fn(&str) -> Result<T, IdentifierError>,
        usual: &str,
    ) -> Result<T, IdentifierError> {
        match self.fill {
            Fill::Filled | Fill::Empty => new(usual),
            Fill::Seeded(_) => new(&self.word(1 + self.draw_below(32))),
        }
    }

    /// A reference.
    pub(super) fn reference(&self, usual: &str) -> Result<Reference, IdentifierError> {
        self.id(Reference::new, usual)
    }

    /// A text about a company, recorded as it is.
    pub(super) fn prose(&self, usual: &str) -> Arc<str> {
        match self.fill {
            Fill::Filled => Arc::from(usual),
            Fill::Empty => Arc::from(""),
            Fill::Seeded(_) => Arc::from(self.word(self.draw_below(200))),
        }
    }

    /// Several such texts.
    pub(super) fn proses(&self, usual: &[&str]) -> Vec<Arc<str>> {
        self.list(usual.iter().map(|text| self.prose(text)).collect())
    }

    /// A sealed text; the ciphertext is made up.
    pub(super) fn text(&self) -> PersonalText {
        let (characters, length) = match self.fill {
            Fill::Filled => (21, 48),
            Fill::Empty => (1, 1),
            Fill::Seeded(_) => (self.count(0), self.draw_below(600)),
        };
        PersonalText::Sealed {
            characters,
            bytes: (0..=u8::MAX).rev().cycle().take(length).collect(),
        }
    }

    fn word(&self, characters: usize) -> String {
        const LETTERS: [char; 8] = ['a', 'Z', '0', '-', '/', 'é', '微', '😀'];
        (0..characters)
            .map(|_| self.one_of(&LETTERS, 'a'))
            .collect()
    }
}
