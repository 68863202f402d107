//! The lines of a feed: numbered from 1, without their ends, none of them larger than memory.

use std::io::{BufRead, BufReader, Read};

use crate::failure::Failure;

/// Bytes of a line at the most. A command with a whole edition in it has a hundredth of that.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;
/// Some programs begin a file with a byte order mark; it is not part of the first line.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that holds something.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the line end.
    Whole(Vec<u8>),
    /// The beginning of one that is too long; [`Lines::rest`] gives what follows.
    TooLong(Vec<u8>),
}

/// Why a line is too long.
pub fn too_long() -> String {
    format!("longer than {LINE_BYTES_MAX} bytes")
}

/// Lines, read one after another.
pub struct Lines<R> {
    input: BufReader<R>,
    /// The number of the last line.
    number: u64,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    pub fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            number: 0,
            bytes_read: 0,
        }
    }

    /// How far the feed has been read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line that holds something, and its number.
    pub fn read(&mut self) -> Result<Option<(u64, Line)>, Failure> {
        loop {
            let Some((mut bytes, ended)) = self.piece(LINE_BYTES_MAX)? else {
                return Ok(None);
            };
            self.number += 1;
            if !ended && bytes.len() as u64 == LINE_BYTES_MAX {
                return Ok(Some((self.number, Line::TooLong(bytes))));
            }
            if self.number == 1 && bytes.starts_with(MARK) {
                bytes.drain(..MARK.len());
            }
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some((self.number, Line::Whole(bytes))));
            }
        }
    }

    /// Shows what follows of a line that is too long, piece by piece.
    pub fn rest(
        &mut self,
        mut see: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        while let Some((bytes, ended)) = self.piece(BUFFER_BYTES as u64)? {
            see(&bytes)?;
            if ended {
                break;
            }
        }
        Ok(())
    }

    /// At most so many bytes of what is left of a line, and whether its end came; `None` at the end
    /// of the feed.
    fn piece(&mut self, bytes_max: u64) -> Result<Option<(Vec<u8>, bool)>, Failure> {
        let mut bytes = Vec::new();
        let taken = self
            .input
            .by_ref()
            .take(bytes_max)
            .read_until(b'\n', &mut bytes)
            .map_err(Failure::file("the feed"))?;
        self.bytes_read += taken as u64;
        let ended = bytes.last() == Some(&b'\n');
        if ended {
            bytes.pop();
        }
        Ok((taken > 0).then_some((bytes, ended)))
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_BYTES_MAX, Line, Lines};

    fn whole(number: u64, text: &str) -> Option<(u64, Line)> {
        Some((number, Line::Whole(text.as_bytes().to_vec())))
    }

    #[test]
    fn lines_are_numbered_and_those_that_hold_nothing_are_passed_over() {
        let feed = "\u{feff}one\r\n\n  \t\r\ntwo\n\u{feff}three";
        let mut lines = Lines::new(feed.as_bytes());
        assert_eq!(lines.read().unwrap(), whole(1, "one"));
        assert_eq!(lines.read().unwrap(), whole(4, "two"));
        assert_eq!(lines.read().unwrap(), whole(5, "\u{feff}three"));
        assert_eq!(lines.read().unwrap(), None);
        assert_eq!(lines.bytes_read(), feed.len() as u64);
    }

    #[test]
    fn a_line_that_is_too_long_is_not_held_in_memory_and_the_next_one_is_read() {
        let limit = usize::try_from(LINE_BYTES_MAX).unwrap();
        for length in [limit, limit + 1, 2 * limit] {
            let feed = format!("{}\nnext\n", "x".repeat(length));
            let mut lines = Lines::new(feed.as_bytes());
            let Some((1, Line::TooLong(beginning))) = lines.read().unwrap() else {
                panic!("a line of {length} bytes is too long");
            };
            let mut seen = beginning.len();
            lines
                .rest(|piece| {
                    seen += piece.len();
                    Ok(())
                })
                .unwrap();
            assert_eq!(seen, length);
            assert_eq!(lines.read().unwrap(), whole(2, "next"));
        }
        let longest = "x".repeat(limit - 1);
        let mut lines = Lines::new(longest.as_bytes());
        assert_eq!(lines.read().unwrap(), whole(1, &longest));
    }
}
