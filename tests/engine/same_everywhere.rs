//! The same commands give the same log on any machine, in memory or on disk, with restarts or
//! without.

use redress_engine::Engine;
use redress_tests::testing::evidence::{self, Size};

use crate::random::random_story;
use crate::stand::{
    assert_chained, assert_same_log, assert_same_views, assert_verified, folder, log, look_at,
    open_with, views,
};
use crate::story::{Story, stories};

fn played_in_memory(story: &Story) -> Engine {
    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    story.play(&engine);
    engine
}

/// Plays a story on disk and opens the store anew after every few acts.
fn played_with_restarts(story: &Story, directory: &std::path::Path, acts_between: usize) -> Engine {
    let mut engine = open_with(directory, &story.edition);
    for acts in story.acts.chunks(acts_between) {
        for act in acts {
            act.play(&engine);
        }
        drop(engine);
        engine = open_with(directory, &story.edition);
    }
    engine
}

#[test]
fn the_same_feed_on_two_fresh_stores_gives_the_same_log() {
    let (mut feeds, mut events) = (0, 0);
    for story in stories() {
        let once = log(&played_in_memory(&story));
        let again = log(&played_in_memory(&story));
        assert_same_log(&again, &once, &story.name);
        feeds += 1;
        events += once.len() as u64;
    }
    let counted = [("feeds played twice", feeds), ("events compared", events)];
    evidence::record("same-feed", Size::Fixed, &counted);
}

#[test]
fn restarts_change_nothing_in_the_log_and_in_the_views() {
    let (mut feeds, mut restarts) = (0, 0);
    for (number, story) in stories().into_iter().enumerate() {
        let in_memory = played_in_memory(&story);
        let directory = folder();
        // Long stories stop now and then, short ones after almost every act.
        let acts_between = 1 + number % 3 + story.acts.len() / 12;
        let engine = played_with_restarts(&story, directory.path(), acts_between);
        let context = format!(
            "{}, opened anew after every {acts_between} acts",
            story.name
        );
        assert_same_log(&log(&engine), &log(&in_memory), &context);
        let look = look_at(story.acts.last().unwrap().at());
        assert_same_views(&views(&engine, look), &views(&in_memory, look), &context);
        assert_verified(&engine, &context);
        drop(engine);
        assert_chained(directory.path());
        feeds += 1;
        restarts += story.acts.len().div_ceil(acts_between) as u64;
    }
    let counted = [("feeds", feeds), ("restarts", restarts)];
    evidence::record("same-feed-with-restarts", Size::Fixed, &counted);
}

#[test]
fn a_random_run_is_the_same_with_restarts() {
    for seed in 100..106 {
        let story = random_story(seed, 150);
        let in_memory = played_in_memory(&story);
        let directory = folder();
        let engine = played_with_restarts(&story, directory.path(), 9);
        assert_same_log(&log(&engine), &log(&in_memory), &story.name);
        let look = look_at(story.acts.last().unwrap().at());
        assert_same_views(&views(&engine, look), &views(&in_memory, look), &story.name);
    }
}
