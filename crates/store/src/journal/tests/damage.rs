//! Damage is reported with its place, never passed over, and can be cut off.

use std::fs;
use std::path::Path;

use sha2::Digest as _;

use super::super::{Damage, Journal, JournalError, cut, verify};
use super::{
    GENESIS, append, commit, copy_journal, filled, last_segment, open, read_all, segment_files,
    try_open,
};

fn verification(directory: &Path) -> Result<(), JournalError> {
    verify(directory, GENESIS, |_, _| Ok(())).map(|_| ())
}

/// Offsets of the frames of a segment, found by their magic bytes.
fn frame_offsets(content: &[u8]) -> Vec<usize> {
    let magic = [0xF7, b'r', b'd', b'j'];
    let starts = content.windows(4).enumerate();
    starts
        .filter(|(_, window)| *window == magic)
        .map(|(offset, _)| offset)
        .collect()
}

#[test]
fn every_flipped_bit_is_reported_with_its_segment_and_frame() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let files = segment_files(directory.path());
    let chosen = [&files[0], &files[2], &files[files.len() - 1]];
    for path in chosen {
        let content = fs::read(path).unwrap();
        let frames = frame_offsets(&content);
        for at in 0..content.len() {
            let mut damaged = content.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(path, &damaged).unwrap();
            let frame = frames.iter().rfind(|offset| **offset <= at);
            match verification(directory.path()) {
                Err(JournalError::Corrupt {
                    segment, offset, ..
                }) => {
                    assert_eq!(segment, *path);
                    assert_eq!(offset, frame.copied().unwrap_or(0) as u64, "byte {at}");
                }
                other => panic!("byte {at} of {}: {other:?}", path.display()),
            }
            if path == &files[files.len() - 1] {
                assert!(try_open(directory.path()).is_err(), "byte {at}");
                assert_eq!(fs::read(path).unwrap(), damaged, "opening changed the file");
            }
        }
        fs::write(path, &content).unwrap();
    }
    verification(directory.path()).unwrap();
}

#[test]
fn reading_stops_at_damage_in_an_early_segment() {
    let directory = tempfile::tempdir().unwrap();
    let commits = filled(directory.path());
    let path = &segment_files(directory.path())[1];
    let mut content = fs::read(path).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(path, content).unwrap();
    let journal = open(directory.path());
    let mut reader = journal.reader(1).unwrap();
    let read: Vec<_> = reader.by_ref().map_while(Result::ok).collect();
    assert_eq!(read, commits[..read.len()]);
    assert!(matches!(
        journal.reader(1).unwrap().find(Result::is_err),
        Some(Err(JournalError::Corrupt { .. }))
    ));
}

#[test]
fn a_shortened_sealed_segment_is_damage() {
    let origin = tempfile::tempdir().unwrap();
    filled(origin.path());
    let content = fs::read(&segment_files(origin.path())[1]).unwrap();
    for length in [
        0,
        50,
        92,
        100,
        content.len() - 1,
        frame_offsets(&content)[1],
    ] {
        let directory = tempfile::tempdir().unwrap();
        copy_journal(origin.path(), directory.path());
        fs::write(&segment_files(directory.path())[1], &content[..length]).unwrap();
        assert!(matches!(
            verification(directory.path()),
            Err(JournalError::Corrupt { .. })
        ));
        let read = read_all(open(directory.path()).reader(1).unwrap());
        assert!(
            matches!(read, Err(JournalError::Corrupt { .. })),
            "{length}"
        );
    }
}

#[test]
fn a_missing_segment_is_damage() {
    let origin = tempfile::tempdir().unwrap();
    filled(origin.path());
    for missing in [0, 1, 2] {
        let directory = tempfile::tempdir().unwrap();
        copy_journal(origin.path(), directory.path());
        fs::remove_file(&segment_files(directory.path())[missing]).unwrap();
        let found = verification(directory.path());
        assert!(matches!(
            found,
            Err(JournalError::Corrupt {
                what: Damage::SegmentMissing,
                ..
            })
        ));
    }
}

#[test]
fn a_segment_replaced_by_another_with_valid_checksums_is_found() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (place, byte) in [(&directory, 1), (&other, 2)] {
        let mut journal = open(place.path());
        for position in 1..=6 {
            let mut changed = commit(position, &[900]);
            changed.entries[0][0] = byte;
            append(&mut journal, &[changed]);
        }
    }
    let files = segment_files(directory.path());
    let forged = &segment_files(other.path())[0];
    fs::copy(forged, &files[0]).unwrap();
    match verification(directory.path()).unwrap_err() {
        JournalError::Corrupt { segment, what, .. } => {
            assert_eq!((segment, what), (files[0].clone(), Damage::SegmentDigest));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_digest_file_that_was_changed_is_found_and_cuts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let segment = segment_files(directory.path()).remove(0);
    let beside = segment.with_extension("segment.sha256");
    let whole = fs::read(&beside).unwrap();
    // `sha256sum -c` reads it.
    let digest: [u8; 32] = sha2::Sha256::digest(fs::read(&segment).unwrap()).into();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = segment.file_name().unwrap().to_string_lossy();
    assert_eq!(whole, format!("{digits}  {name}\n").as_bytes());
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x80;
        fs::write(&beside, changed).unwrap();
        for found in [
            verification(directory.path()).unwrap_err(),
            cut(directory.path(), GENESIS, 1).unwrap_err(),
        ] {
            match found {
                JournalError::Corrupt {
                    segment: found,
                    what,
                    ..
                } => {
                    assert_eq!((found, what), (segment.clone(), Damage::DigestFile));
                }
                other => panic!("{other}"),
            }
        }
    }
    // The operator may keep it elsewhere.
    fs::remove_file(&beside).unwrap();
    verification(directory.path()).unwrap();
}

#[test]
fn a_cut_moves_everything_from_the_damage_on_to_a_side_file() {
    let directory = tempfile::tempdir().unwrap();
    let commits = filled(directory.path());
    let files = segment_files(directory.path());
    let originals: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut damaged = originals[1].clone();
    let frame = frame_offsets(&damaged)[1];
    damaged[frame + 50] ^= 1;
    fs::write(&files[1], &damaged).unwrap();
    let Err(JournalError::Corrupt { position, .. }) = verification(directory.path()) else {
        panic!("the damage was not found");
    };
    let elsewhere = cut(directory.path(), GENESIS, position + 1);
    assert!(matches!(
        elsewhere,
        Err(JournalError::NothingToCut { damaged: Some(at), .. }) if at == position
    ));
    let report = cut(directory.path(), GENESIS, position).unwrap();
    assert_eq!((report.position, report.offset), (position, frame as u64));
    let mut expected = damaged[frame..].to_vec();
    originals[2..]
        .iter()
        .for_each(|content| expected.extend_from_slice(content));
    assert_eq!(fs::read(&report.bytes_file).unwrap(), expected);
    assert_eq!(report.bytes, expected.len() as u64);
    let record = fs::read_to_string(&report.record_file).unwrap();
    assert!(record.contains("segment from byte"), "{record}");
    let mut journal = open(directory.path());
    assert_eq!(journal.last_position(), position - 1);
    let kept = read_all(journal.reader(1).unwrap()).unwrap();
    assert_eq!(kept, commits[..kept.len()]);
    append(&mut journal, &[commit(position, &[10])]);
    verification(directory.path()).unwrap();
    let again = cut(directory.path(), GENESIS, position);
    assert!(matches!(
        again,
        Err(JournalError::NothingToCut { damaged: None, .. })
    ));
}

#[test]
fn a_cut_at_a_destroyed_header_takes_the_whole_segment() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let path = last_segment(directory.path());
    fs::write(&path, b"not a segment at all").unwrap();
    let Err(JournalError::Corrupt { position, .. }) = verification(directory.path()) else {
        panic!("the damage was not found");
    };
    cut(directory.path(), GENESIS, position).unwrap();
    assert!(!path.exists());
    let mut journal = open(directory.path());
    assert_eq!(journal.last_position() + 1, position);
    append(&mut journal, &[commit(position, &[10])]);
    verification(directory.path()).unwrap();
}

/// What was cut before is kept, however often a journal is cut at the same place.
#[test]
fn cuts_at_one_position_write_over_none_before() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let path = last_segment(directory.path());
    let whole = fs::read(&path).unwrap();
    let frame = frame_offsets(&whole)[0];
    let mut reports = Vec::new();
    for number in 1..=4_u8 {
        let mut damaged = whole.clone();
        damaged[frame + 50] ^= number;
        fs::write(&path, damaged).unwrap();
        let Err(JournalError::Corrupt { position, .. }) = verification(directory.path()) else {
            panic!("the damage was not found");
        };
        reports.push(cut(directory.path(), GENESIS, position).unwrap());
    }
    for (number, report) in (1..).zip(&reports) {
        let kept = fs::read(&report.bytes_file).unwrap();
        assert_eq!(kept[50], whole[frame + 50] ^ number, "{report:?}");
        assert!(report.record_file.exists());
        let name = report.bytes_file.file_name().unwrap().to_string_lossy();
        let expected = match number {
            1 => format!("cut-{}.bytes", report.position),
            again => format!("cut-{}-{again}.bytes", report.position),
        };
        assert_eq!(name, expected);
    }
}
