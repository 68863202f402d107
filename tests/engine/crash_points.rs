//! Exactly once: a crash between any two commits changes nothing in the end. What a crash may leave
//! is built from the commits of a finished run: the first k of them, for every k.

use std::path::Path;

use redress_engine::{Answer, Engine};
use redress_tests::testing::evidence::{self, Size};
use tempfile::TempDir;

use crate::random::random_story;
use crate::stand::{
    assert_chained, assert_same_log, assert_verified, commits, copy, folder, log, open_with,
    write_journal,
};
use crate::story::{Act, Story, stories_named};

/// A run that nothing interrupted, and what its vault held at every commit.
struct Run {
    directory: TempDir,
    vaults: Vec<TempDir>,
    /// How many commits there were after each act.
    commits_after: Vec<usize>,
    /// What to feed again: a command that was refused, or that found everything done already, is
    /// not remembered and may be decided otherwise later, so of it only the passing of time is
    /// left.
    again: Vec<Act>,
}

impl Run {
    fn of(story: &Story) -> Self {
        let directory = folder();
        let engine = open_with(directory.path(), &story.edition);
        let mut vaults = Vec::new();
        let mut commits_after = Vec::new();
        let mut again = Vec::new();
        for act in &story.acts {
            let erases = matches!(act, Act::Submit(one) if one.request.name() == "user.erase");
            let keep = || {
                let vault = folder();
                copy(&directory.path().join("vault"), vault.path());
                vault
            };
            // A crash may come before keys are destroyed, and never before they are there.
            let before = erases.then(keep);
            again.push(match act.play(&engine) {
                Some(Answer::Refused(_)) => Act::Advance(act.at()),
                // What found everything done already wrote nothing that it is remembered by.
                Some(Answer::Accepted(accepted)) if accepted.events.is_empty() => {
                    Act::Advance(act.at())
                }
                Some(Answer::Accepted(_)) | None => act.clone(),
            });
            vaults.push(before.unwrap_or_else(keep));
            commits_after.push(commits(directory.path()).len());
        }
        drop(engine);
        Self {
            directory,
            vaults,
            commits_after,
            again,
        }
    }

    /// What the disk holds when the process went after `count` commits.
    fn crashed_after(&self, count: usize) -> TempDir {
        let image = folder();
        let act = self
            .commits_after
            .iter()
            .position(|after| *after >= count)
            .unwrap();
        copy(self.vaults[act].path(), &image.path().join("vault"));
        write_journal(image.path(), &commits(self.directory.path())[..count]);
        image
    }

    /// Counts of commits that lie between a command and the end of what follows of it.
    fn is_inside(&self, count: usize) -> bool {
        !self.commits_after.contains(&count)
    }

    fn commits(&self) -> usize {
        self.commits_after.last().copied().unwrap_or(0)
    }
}

fn finishes(story: &Story, run: &Run, uninterrupted: &Engine, image: &Path, count: usize) {
    let context = format!("{}: crash after {count} commits", story.name);
    let engine = open_with(image, &story.edition);
    let expected = log(uninterrupted);
    let resumed = log(&engine);
    // What follows of the last command is finished by opening, before anything is asked.
    assert_same_log(&resumed, &expected[..resumed.len()], &context);
    for act in &run.again {
        act.play(&engine);
    }
    assert_same_log(&log(&engine), &expected, &context);

    // Asked again, everything has its first answer.
    let position = engine.last_position();
    for act in &run.again {
        if let Some(Answer::Accepted(again)) = act.play(&engine) {
            assert!(again.replayed, "{context}");
        }
    }
    assert_eq!(engine.last_position(), position, "{context}");
    if run.is_inside(count) {
        assert_verified(&engine, &context);
    }
    drop(engine);
    assert_chained(image);
}

const STORIES: [&str; 8] = ["05", "09", "11", "44", "54", "64", "78", "83"];
/// Most images of one story where every scenario is taken.
const IMAGES_MAX: usize = 40;

#[test]
fn a_crash_between_any_two_commits_changes_nothing_in_the_end() {
    let mut images = 0;
    for story in stories_named(&STORIES) {
        let run = Run::of(&story);
        let is_chosen = STORIES.iter().any(|prefix| story.name.starts_with(prefix));
        let counts = (1..=run.commits()).filter(|count| is_chosen || run.is_inside(*count));
        let counts = at_most(IMAGES_MAX, is_chosen, counts.collect());
        images += counts.len();
        crash_after_each(&story, &run, &counts);
    }
    assert!(images > 150, "{images} images");
    let counted = [("crashes between commits", images as u64)];
    evidence::record("crash-points", Size::Asked("REDRESS_ALL_STORIES"), &counted);
}

#[test]
fn a_crash_inside_a_random_run_changes_nothing_in_the_end() {
    let (mut images, mut runs) = (0, 0);
    for seed in 300..303 {
        let story = random_story(seed, 90);
        let run = Run::of(&story);
        let counts = (1..=run.commits()).filter(|count| run.is_inside(*count));
        let counts = at_most(IMAGES_MAX, false, counts.collect());
        crash_after_each(&story, &run, &counts);
        images += counts.len() as u64;
        runs += 1;
    }
    let counted = [
        ("crashes inside consequences", images),
        ("random runs", runs),
    ];
    evidence::record("crash-points-random", Size::Fixed, &counted);
}

fn at_most(limit: usize, all: bool, counts: Vec<usize>) -> Vec<usize> {
    if all || counts.len() <= limit {
        return counts;
    }
    let apart = counts.len().div_ceil(limit);
    counts.into_iter().step_by(apart).collect()
}

fn crash_after_each(story: &Story, run: &Run, counts: &[usize]) {
    let uninterrupted = open_with(run.directory.path(), &story.edition);
    for count in counts {
        let image = run.crashed_after(*count);
        finishes(story, run, &uninterrupted, image.path(), *count);
    }
}
