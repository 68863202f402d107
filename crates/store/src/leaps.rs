//! Leaps of the machine's clock, as they were noticed: a file of lines beside the log, for whoever
//! asks why instants in the log are what they are.
//!
//! ```text
//! forward expected=1777597200000 found=1777856400000 crc=5d1f00c7
//! ```
//!
//! The instants are milliseconds since 1970; the checksum is the CRC-32C of what is before it. Lines
//! are only ever added. The log does not depend on them.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::file::{FileError, sync_directory};

const FILE: &str = "clock-leaps";

/// What was wrong with the machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeapKind {
    /// It leapt ahead while the program ran.
    Forward,
    /// It leapt back while the program ran.
    Back,
    /// It had leapt, and now shows again what it should.
    SetRight,
    /// When a command was to be recorded it was behind what is recorded already.
    BehindTheLog,
}

impl LeapKind {
    const ALL: [Self; 4] = [
        Self::Forward,
        Self::Back,
        Self::SetRight,
        Self::BehindTheLog,
    ];

    /// Its name: `forward`, `back`, `set_right`, `behind_the_log`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Back => "back",
            Self::SetRight => "set_right",
            Self::BehindTheLog => "behind_the_log",
        }
    }
}

/// A leap of the machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leap {
    /// What kind of leap.
    pub kind: LeapKind,
    /// The instant that the clock should have shown, in milliseconds since 1970: the program went
    /// on from there.
    pub expected_unix_ms: i64,
    /// The instant that it showed, in milliseconds since 1970.
    pub found_unix_ms: i64,
}

impl Leap {
    fn line(&self) -> String {
        let words = format!(
            "{} expected={} found={}",
            self.kind.as_str(),
            self.expected_unix_ms,
            self.found_unix_ms
        );
        let checksum = crc32c::crc32c(words.as_bytes());
        format!("{words} crc={checksum:08x}")
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let kind = words.next()?;
        let leap = Self {
            kind: LeapKind::ALL
                .into_iter()
                .find(|known| known.as_str() == kind)?,
            expected_unix_ms: words.next()?.strip_prefix("expected=")?.parse().ok()?,
            found_unix_ms: words.next()?.strip_prefix("found=")?.parse().ok()?,
        };
        // Another checksum, other spaces or leading zeros: then it is not what was written.
        (leap.line() == line).then_some(leap)
    }
}

/// The leaps that a data directory tells of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaps {
    /// In the order in which they were noticed.
    pub leaps: Vec<Leap>,
    /// Lines that are damaged, or were cut short by a crash.
    pub unreadable_lines: u64,
}

/// Where leaps are noted. The caller holds the [`StoreLock`](crate::lock::StoreLock) of the data
/// directory.
#[derive(Clone, Debug)]
pub struct LeapRecord {
    directory: PathBuf,
}

impl LeapRecord {
    /// The record of a data directory; there is no file before the first leap.
    #[must_use]
    pub fn of(data_directory: &Path) -> Self {
        Self {
            directory: data_directory.to_path_buf(),
        }
    }

    /// Notes a leap, durably.
    pub fn note(&self, leap: &Leap) -> Result<(), FileError> {
        let path = self.directory.join(FILE);
        let mut text = format!("{}\n", leap.line());
        // A line that a crash cut short must not take this one with it.
        if !read(&path)?.is_empty_or_ends_a_line() {
            text.insert(0, '\n');
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(FileError::when("open", &path))?;
        file.write_all(text.as_bytes())
            .map_err(FileError::when("write", &path))?;
        file.sync_all().map_err(FileError::when("sync", &path))?;
        sync_directory(&self.directory)
    }

    /// Every leap that was noted.
    pub fn read(&self) -> Result<Leaps, FileError> {
        let text = read(&self.directory.join(FILE))?.0;
        let mut leaps = Leaps::default();
        for line in String::from_utf8_lossy(&text).lines() {
            match Leap::parse(line) {
                Some(leap) => leaps.leaps.push(leap),
                None => leaps.unreadable_lines += 1,
            }
        }
        Ok(leaps)
    }
}

/// The bytes of the record.
struct Text(Vec<u8>);

impl Text {
    fn is_empty_or_ends_a_line(&self) -> bool {
        self.0.last().is_none_or(|last| *last == b'\n')
    }
}

fn read(path: &Path) -> Result<Text, FileError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Text(Vec::new())),
        read => Ok(Text(read.map_err(FileError::when("read", path))?)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILE, Leap, LeapKind, LeapRecord, Leaps};

    const FORWARD: Leap = Leap {
        kind: LeapKind::Forward,
        expected_unix_ms: 1_777_597_200_000,
        found_unix_ms: 1_777_856_400_000,
    };
    const BEHIND: Leap = Leap {
        kind: LeapKind::BehindTheLog,
        expected_unix_ms: 1_777_856_400_000,
        found_unix_ms: -5,
    };

    #[test]
    fn leaps_are_read_as_they_were_noted() {
        let directory = tempfile::tempdir().unwrap();
        let record = LeapRecord::of(directory.path());
        assert_eq!(record.read().unwrap(), Leaps::default());
        assert!(!directory.path().join(FILE).exists());
        record.note(&FORWARD).unwrap();
        record.note(&BEHIND).unwrap();
        let leaps = record.read().unwrap();
        assert_eq!(leaps.leaps, [FORWARD, BEHIND]);
        assert_eq!(leaps.unreadable_lines, 0);
    }

    #[test]
    fn no_line_that_was_damaged_is_taken_for_another_and_none_takes_its_neighbours_along() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let record = LeapRecord::of(directory.path());
        record.note(&FORWARD).unwrap();
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() - 1 {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[index] ^= 1 << bit;
                fs::write(&path, bytes).unwrap();
                let leaps = record.read().unwrap();
                assert_eq!(leaps.leaps, [], "bit {bit} of byte {index}");
                assert!(leaps.unreadable_lines > 0, "bit {bit} of byte {index}");
            }
        }
        // Cut short by a crash: what is noted next is whole.
        for length in 1..whole.len() - 1 {
            fs::write(&path, &whole[..length]).unwrap();
            record.note(&BEHIND).unwrap();
            let leaps = record.read().unwrap();
            assert_eq!(leaps.leaps, [BEHIND], "cut after {length} bytes");
            assert_eq!(leaps.unreadable_lines, 1);
        }
    }
}
