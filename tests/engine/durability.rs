//! What was acknowledged is there after a restart, after the process went without a word, and after
//! the read store was lost; what the journal lost is noticed and not papered over.

use std::fs;
use std::path::Path;

use redress_domain::instant::Instant;
use redress_engine::EngineError;
use redress_tests::testing::evidence::{self, Size};

use crate::stand::{
    accepted, assert_chained, assert_same_log, assert_same_views, assert_verified, commits, copied,
    copy, files, folder, last_segment, log, look_at, open, open_and_report, open_with, submit,
    try_open, views, write_journal,
};
use crate::story::{Story, asked, filing, stories_named};

fn rich_story() -> Story {
    stories_named(&["05-"]).remove(0)
}

fn end_of(story: &Story) -> Instant {
    story.acts.last().unwrap().at()
}

#[test]
fn everything_acknowledged_is_there_in_a_copy_taken_at_any_moment() {
    let (mut copies, mut stories) = (0, 0);
    for story in stories_named(&["05", "09", "11", "64"]) {
        stories += 1;
        let directory = folder();
        let engine = open_with(directory.path(), &story.edition);
        for (index, act) in story.acts.iter().enumerate() {
            act.play(&engine);
            if index % 4 == 1 {
                // Now and then the read store is in the middle of the log.
                engine.settle().unwrap();
            }
            let context = format!("{}, copied after act {index}", story.name);
            let image = copied(directory.path());
            let copy = open_with(image.path(), &story.edition);
            assert_same_log(&log(&copy), &log(&engine), &context);
            let look = look_at(act.at());
            assert_same_views(&views(&copy, look), &views(&engine, look), &context);
            if index % 5 == 0 {
                assert_verified(&copy, &context);
            }
            copies += 1;
        }
    }
    let counted = [("copies", copies), ("stories", stories)];
    evidence::record(
        "copy-at-any-moment",
        Size::Asked("REDRESS_ALL_STORIES"),
        &counted,
    );
}

/// A store with the whole story in it that was closed, with its log.
fn closed_store(story: &Story) -> (tempfile::TempDir, Vec<redress_domain::event::Recorded>) {
    let directory = folder();
    let engine = open_with(directory.path(), &story.edition);
    story.play(&engine);
    let log = log(&engine);
    drop(engine);
    (directory, log)
}

#[test]
fn a_closed_store_opens_where_it_was_without_reading_the_log_again() {
    let story = rich_story();
    let (directory, before) = closed_store(&story);
    let (engine, report) = open_and_report(directory.path());
    assert_eq!(report.last_position, before.len() as u64);
    assert_eq!(report.caught_up, 0);
    assert_eq!(report.torn_bytes, 0);
    assert_eq!(report.rebuilt_because, None);
    assert_same_log(&log(&engine), &before, "opened again");
    assert_verified(&engine, "opened again");
}

#[test]
fn a_read_store_that_is_gone_or_broken_comes_back() {
    let story = rich_story();
    let (directory, before) = closed_store(&story);
    let expected = {
        let engine = open(directory.path());
        views(&engine, look_at(end_of(&story)))
    };
    let gone = copied(directory.path());
    fs::remove_dir_all(gone.path().join("read")).unwrap();
    let broken = copied(directory.path());
    for (path, bytes) in files(&broken.path().join("read")) {
        fs::write(path, vec![0xa5; bytes.len()]).unwrap();
    }
    for image in [gone, broken] {
        let (engine, report) = open_and_report(image.path());
        assert_eq!(report.caught_up, before.len() as u64);
        assert_same_log(&log(&engine), &before, "without the read store");
        let shown = views(&engine, look_at(end_of(&story)));
        assert_same_views(&shown, &expected, "without the read store");
        assert_verified(&engine, "without the read store");
    }
}

#[test]
fn an_older_read_store_is_brought_up() {
    let story = rich_story();
    let directory = folder();
    let older = folder();
    let (first, rest) = story.acts.split_at(story.acts.len() / 2);
    let engine = open(directory.path());
    for act in first {
        act.play(&engine);
    }
    let reflected = engine.last_position();
    drop(engine);
    copy(&directory.path().join("read"), older.path());
    let engine = open(directory.path());
    for act in rest {
        act.play(&engine);
    }
    let before = log(&engine);
    let expected = views(&engine, look_at(end_of(&story)));
    drop(engine);
    fs::remove_dir_all(directory.path().join("read")).unwrap();
    copy(older.path(), &directory.path().join("read"));

    let (engine, report) = open_and_report(directory.path());
    assert_eq!(report.caught_up, before.len() as u64 - reflected);
    assert_eq!(report.rebuilt_because, None);
    assert_same_log(&log(&engine), &before, "older read store");
    let shown = views(&engine, look_at(end_of(&story)));
    assert_same_views(&shown, &expected, "older read store");
    assert_verified(&engine, "older read store");
}

#[test]
fn a_last_write_cut_short_at_any_byte_is_dropped_whole() {
    let story = rich_story();
    let directory = folder();
    let engine = open(directory.path());
    story.play(&engine);
    let acknowledged = log(&engine);
    let kept = fs::read(last_segment(directory.path())).unwrap().len();
    // A complaint is one group: the command and what follows of it.
    let mut filing = asked(
        "user:U9",
        "complaint.file",
        filing("C9", "U9", "charged twice"),
    );
    filing.recorded_at = Some(end_of(&story));
    accepted(submit(&engine, &filing));
    let image = copied(directory.path());
    drop(engine);
    // The image has no read store: what is torn was never handed to it.
    fs::remove_dir_all(image.path().join("read")).ok();
    let whole = fs::read(last_segment(image.path())).unwrap();
    assert!(whole.len() > kept);
    for end in kept..whole.len() {
        let cut = copied(image.path());
        fs::write(last_segment(cut.path()), &whole[..end]).unwrap();
        let (engine, report) = open_and_report(cut.path());
        assert_eq!(report.torn_bytes, (end - kept) as u64);
        assert_eq!(engine.last_position(), acknowledged.len() as u64);
        if end % 64 == 0 {
            assert_same_log(&log(&engine), &acknowledged, &format!("cut at byte {end}"));
        }
    }
    let cuts = (whole.len() - kept) as u64;
    evidence::record(
        "last-write-cut",
        Size::Fixed,
        &[("cuts at every byte", cuts)],
    );
}

#[test]
fn what_the_journal_lost_is_an_integrity_failure_and_nothing_is_written() {
    let story = rich_story();
    let (directory, _) = closed_store(&story);
    let all = commits(directory.path());
    fs::remove_dir_all(directory.path().join("journal")).unwrap();
    write_journal(directory.path(), &all[..all.len() - 1]);
    let before = truth(directory.path());
    let error = try_open(directory.path()).err().unwrap();
    assert!(matches!(error, EngineError::Broken { .. }), "{error}");
    assert!(error.is_integrity_failure());
    assert_eq!(truth(directory.path()), before);
    // Without the read store that knew better, the journal is all there is.
    fs::remove_dir_all(directory.path().join("read")).unwrap();
    drop(open(directory.path()));
    assert_chained(directory.path());
}

/// Everything that is not derived.
fn truth(directory: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    ["journal", "vault"]
        .into_iter()
        .flat_map(|name| files(&directory.join(name)))
        .collect()
}
