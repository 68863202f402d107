//! The lines of a feed, as they come in pieces.

/// A line that is being put together.
pub struct Lines {
    line: Vec<u8>,
    is_too_long: bool,
    bytes_max: usize,
}

impl Lines {
    /// Nothing has come yet; lines have so many bytes at most.
    pub const fn new(bytes_max: usize) -> Self {
        Self {
            line: Vec::new(),
            is_too_long: false,
            bytes_max,
        }
    }

    /// Adds a piece of a line. What is too long is not kept.
    pub fn add(&mut self, piece: &[u8]) {
        self.is_too_long |= self.line.len() + piece.len() > self.bytes_max;
        match self.is_too_long {
            true => self.line = Vec::new(),
            false => self.line.extend_from_slice(piece),
        }
    }

    /// Ends the line, and begins the next. `None` stands for one that was too long.
    pub fn end(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        match std::mem::take(&mut self.is_too_long) {
            true => None,
            false => Some(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn what_is_too_long_is_not_kept_and_the_next_line_is_whole() {
        let mut lines = Lines::new(4);
        for piece in [&b"ab"[..], b"cd"] {
            lines.add(piece);
        }
        assert_eq!(lines.end().as_deref(), Some(&b"abcd"[..]));
        for piece in [&b"abcde"[..], b"f", b""] {
            lines.add(piece);
            assert_eq!(lines.line.capacity(), 0);
        }
        assert_eq!(lines.end(), None);
        lines.add(b"gh");
        assert_eq!(lines.end().as_deref(), Some(&b"gh"[..]));
        assert_eq!(lines.end().as_deref(), Some(&b""[..]));
    }
}
