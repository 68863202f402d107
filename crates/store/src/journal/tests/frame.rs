//! What tells a frame that was never wholly written from one that was damaged.

use super::super::Journal;
use super::super::frame::{self, CommitRef, HEADER_BYTES};
use super::{commit, filled, segment_files};

/// Bytes of a sector of the disks that are assumed.
const SECTOR: usize = 512;
/// Where the third sector ends.
const BOUNDARY: usize = 3 * SECTOR;

/// Whether a header lies in zeros that begins so many bytes before the end of a sector, with the
/// sector behind it as given, and something behind that.
fn lies_in_zeros(before_boundary: usize, in_first: u8, in_second: u8) -> bool {
    let mut rest = vec![in_first; before_boundary];
    rest.extend([in_second; SECTOR]);
    rest.extend([7; SECTOR]);
    frame::header_lies_in_zeros(&rest, (BOUNDARY - before_boundary) as u64)
}

#[test]
fn a_header_lies_in_zeros_when_a_sector_that_it_touches_does() {
    for before_boundary in [1, 10, HEADER_BYTES - 1] {
        assert!(!lies_in_zeros(before_boundary, 7, 7));
        assert!(lies_in_zeros(before_boundary, 0, 7));
        assert!(lies_in_zeros(before_boundary, 7, 0));
    }
    // A header that ends with its sector touches no other.
    for before_boundary in [HEADER_BYTES, HEADER_BYTES + 1, SECTOR] {
        assert!(!lies_in_zeros(before_boundary, 7, 0));
        assert!(lies_in_zeros(before_boundary, 0, 7));
    }
}

#[test]
fn only_a_frame_of_a_later_position_is_a_later_one() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let bytes = std::fs::read(&segment_files(directory.path())[1]).unwrap();
    let magic = [0xF7, b'r', b'd', b'j'];
    let last = bytes
        .windows(4)
        .rposition(|window| window == magic)
        .unwrap();
    let header = frame::FrameHeader::parse(&bytes[last..last + HEADER_BYTES]).unwrap();
    let last = &bytes[last..];
    assert!(!frame::holds_later_frame(last, header.first_position));
    assert!(frame::holds_later_frame(last, header.first_position - 1));
}

#[test]
fn a_commit_of_a_journal_is_not_empty() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let mut reader = super::open(directory.path()).reader(1).unwrap();
    let read: CommitRef<'_> = reader.next_commit().unwrap().unwrap();
    assert!(!read.is_empty());
    assert_eq!(read.to_commit(), commit(1, &[40, 7, 100]));
}
