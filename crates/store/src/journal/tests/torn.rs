//! What a crash leaves: torn writes at the end of the last segment.

use std::fs;

use super::super::{Commit, Journal, JournalError, verify};
use super::{
    GENESIS, append, commit, copy_journal, filled, last_segment, open, read_all, try_open,
};

/// A journal whose last frame is long enough to have whole sectors; the offset of that frame.
fn with_long_last_frame(directory: &std::path::Path) -> (Vec<Commit>, usize) {
    let mut commits = filled(directory);
    let mut journal = open(directory);
    let position = journal.last_position() + 1;
    // The first one goes into a new segment, if it is time for one.
    append(&mut journal, &[commit(position, &[30])]);
    let offset = fs::read(last_segment(directory)).unwrap().len();
    let last = commit(position + 1, &[700, 800, 1_000]);
    append(&mut journal, std::slice::from_ref(&last));
    commits.extend([commit(position, &[30]), last]);
    (commits, offset)
}

#[test]
fn cut_at_every_byte_only_the_last_frame_is_lost_and_appending_goes_on() {
    let origin = tempfile::tempdir().unwrap();
    let (commits, offset) = with_long_last_frame(origin.path());
    let path = last_segment(origin.path());
    let content = fs::read(&path).unwrap();
    let kept = &commits[..commits.len() - 1];
    for length in offset..content.len() {
        let directory = tempfile::tempdir().unwrap();
        copy_journal(origin.path(), directory.path());
        fs::write(last_segment(directory.path()), &content[..length]).unwrap();
        let before = verify(directory.path(), GENESIS, |_, _| Ok(())).unwrap();
        let (mut journal, report) = try_open(directory.path()).unwrap();
        assert_eq!(before.torn, report.torn);
        assert_eq!(report.torn.is_some(), length > offset, "cut to {length}");
        if let Some(torn) = report.torn {
            assert_eq!(torn.offset, offset as u64);
            assert_eq!(torn.bytes, (length - offset) as u64);
        }
        assert_eq!(read_all(journal.reader(1).unwrap()).unwrap(), kept);
        let again = commit(journal.last_position() + 1, &[9]);
        append(&mut journal, std::slice::from_ref(&again));
        drop(journal);
        let (journal, report) = try_open(directory.path()).unwrap();
        assert_eq!(report.torn, None);
        let all = read_all(journal.reader(1).unwrap()).unwrap();
        assert_eq!(all.last(), Some(&again));
    }
}

#[test]
fn cut_at_any_byte_of_a_segment_whole_frames_stay() {
    let origin = tempfile::tempdir().unwrap();
    let commits = filled(origin.path());
    let content = fs::read(last_segment(origin.path())).unwrap();
    for length in 92..content.len() {
        let directory = tempfile::tempdir().unwrap();
        copy_journal(origin.path(), directory.path());
        fs::write(last_segment(directory.path()), &content[..length]).unwrap();
        let journal = open(directory.path());
        let kept = read_all(journal.reader(1).unwrap()).unwrap();
        assert_eq!(kept, commits[..kept.len()]);
    }
}

#[test]
fn sectors_that_were_never_written_make_a_torn_frame() {
    let origin = tempfile::tempdir().unwrap();
    let (commits, offset) = with_long_last_frame(origin.path());
    let content = fs::read(last_segment(origin.path())).unwrap();
    let kept = &commits[..commits.len() - 1];
    let sectors = offset / 512..content.len().div_ceil(512);
    assert!(sectors.len() > 4);
    for first in sectors.clone() {
        for last in first..sectors.end {
            let directory = tempfile::tempdir().unwrap();
            copy_journal(origin.path(), directory.path());
            let mut damaged = content.clone();
            let end = ((last + 1) * 512).min(damaged.len());
            damaged[(first * 512).max(offset)..end].fill(0);
            fs::write(last_segment(directory.path()), damaged).unwrap();
            let (journal, report) = try_open(directory.path()).unwrap();
            assert_eq!(report.torn.unwrap().offset, offset as u64);
            assert_eq!(read_all(journal.reader(1).unwrap()).unwrap(), kept);
        }
    }
}

#[test]
fn a_file_that_only_grew_is_torn() {
    let directory = tempfile::tempdir().unwrap();
    let commits = filled(directory.path());
    let path = last_segment(directory.path());
    let mut content = fs::read(&path).unwrap();
    content.resize(content.len() + 3_000, 0);
    fs::write(&path, content).unwrap();
    let (journal, report) = try_open(directory.path()).unwrap();
    assert_eq!(report.torn.unwrap().bytes, 3_000);
    assert_eq!(read_all(journal.reader(1).unwrap()).unwrap(), commits);
}

#[test]
fn a_missing_sector_before_the_last_frame_is_damage() {
    let origin = tempfile::tempdir().unwrap();
    let (_, offset) = with_long_last_frame(origin.path());
    let mut journal = open(origin.path());
    let next = journal.last_position() + 1;
    // Behind the long frame, in the same segment: the long one was durable when this was written.
    journal.keep_segment();
    append(&mut journal, &[commit(next, &[10])]);
    let content = fs::read(last_segment(origin.path())).unwrap();
    for sector in offset.div_ceil(512)..(content.len() - 60) / 512 {
        let directory = tempfile::tempdir().unwrap();
        copy_journal(origin.path(), directory.path());
        let mut damaged = content.clone();
        damaged[sector * 512..(sector + 1) * 512].fill(0);
        fs::write(last_segment(directory.path()), damaged).unwrap();
        assert!(matches!(
            try_open(directory.path()),
            Err(JournalError::Corrupt { offset: at, .. }) if at == offset as u64
        ));
    }
    let mut headless = content.clone();
    headless[offset..(offset / 512 + 1) * 512].fill(0);
    fs::write(last_segment(origin.path()), headless).unwrap();
    assert!(matches!(
        try_open(origin.path()),
        Err(JournalError::Corrupt { .. })
    ));
}

#[test]
fn zeros_that_belong_to_an_entry_do_not_make_damage_look_torn() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    append(&mut journal, &[commit(1, &[10])]);
    let offset = fs::read(last_segment(directory.path())).unwrap().len();
    let zeros = Commit {
        first_position: 2,
        entries: vec![vec![0; 5_000], vec![7; 50], vec![0; 300]],
    };
    append(&mut journal, std::slice::from_ref(&zeros));
    drop(journal);
    let path = last_segment(directory.path());
    let content = fs::read(&path).unwrap();
    for at in [
        offset + 40,
        offset + 2_000,
        offset + 5_080,
        content.len() - 1,
    ] {
        let mut damaged = content.clone();
        damaged[at] ^= 4;
        fs::write(&path, damaged).unwrap();
        assert!(matches!(
            try_open(directory.path()),
            Err(JournalError::Corrupt { .. })
        ));
    }
    fs::write(&path, &content).unwrap();
    let journal = open(directory.path());
    assert_eq!(read_all(journal.reader(2).unwrap()).unwrap(), [zeros]);
}
