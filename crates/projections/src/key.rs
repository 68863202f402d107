//! Keys of rows. Parts are kept apart by a zero byte, which no identifier can have; numbers are
//! laid out so that their bytes order as they do.

use redress_domain::instant::Instant;

/// A key under construction.
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// A key that begins with a text and a separator.
    pub fn of(text: &str) -> Self {
        Self(Vec::with_capacity(text.len() + 32)).text(text)
    }

    /// One more text and a separator: the result is also the prefix of everything below it.
    pub fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
        self
    }

    /// One more number.
    pub fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// One more instant, earlier ones first, also before the epoch.
    pub fn instant(self, instant: Instant) -> Self {
        self.signed(instant.unix_ms())
    }

    /// One more number that may be negative.
    pub fn signed(self, number: i64) -> Self {
        self.number(number.cast_unsigned() ^ (1 << 63))
    }

    /// The bytes.
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }
}
