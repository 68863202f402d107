//! A question asked as of an earlier point of the log gets the answer that it got then.

use std::collections::BTreeMap;

use redress_domain::instant::Instant;
use redress_engine::{AsOf, Engine, EngineError, Look};
use redress_tests::testing::evidence::{self, Size};
use serde_json::Value;

use crate::random::random_story;
use crate::stand::{assert_same_views, look_at, views};
use crate::story::{Story, stories_named};

struct Kept {
    position: u64,
    at: Instant,
    views: BTreeMap<String, Value>,
}

/// Plays a story and keeps everything that is shown after each act.
fn kept(engine: &Engine, story: &Story) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::new();
    for act in &story.acts {
        act.play(engine);
        if engine.last_position() > 0 {
            kept.push(Kept {
                position: engine.last_position(),
                at: act.at(),
                views: views(engine, look_at(act.at())),
            });
        }
    }
    kept
}

/// Looks back at every point of a story; how many there were.
fn looks_back_the_same(story: &Story) -> u64 {
    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    let kept = kept(&engine, story);
    for (index, then) in kept.iter().enumerate() {
        let context = format!("{}: as of position {}", story.name, then.position);
        let by_position = Look {
            at: Some(then.at),
            as_of: Some(AsOf::Position(then.position)),
        };
        assert_same_views(&views(&engine, by_position), &then.views, &context);
        // By instant, what was recorded at it is all there: the last act at that instant counts.
        let is_last = kept.get(index + 1).is_none_or(|next| next.at > then.at);
        if is_last {
            let by_instant = Look {
                at: None,
                as_of: Some(AsOf::Recorded(then.at)),
            };
            let context = format!("{}: as recorded until {:?}", story.name, then.at);
            assert_same_views(&views(&engine, by_instant), &then.views, &context);
        }
    }
    kept.len() as u64
}

#[test]
fn every_view_as_of_an_earlier_position_is_the_one_shown_then() {
    let (mut stories, mut points) = (0, 0);
    for story in stories_named(&["05", "07", "09", "11", "43", "58", "75", "83"]) {
        points += looks_back_the_same(&story);
        stories += 1;
    }
    let counted = [("stories", stories), ("points with every view", points)];
    evidence::record("as-of", Size::Asked("REDRESS_ALL_STORIES"), &counted);
}

#[test]
fn every_view_of_a_random_run_can_be_had_again() {
    let points = (200..203).map(|seed| looks_back_the_same(&random_story(seed, 60)));
    let counted = [("random runs", 3), ("points with every view", points.sum())];
    evidence::record("as-of-random", Size::Fixed, &counted);
}

#[test]
fn a_look_back_without_an_instant_judges_clocks_by_that_of_the_position() {
    let story = stories_named(&["05"]).remove(0);
    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    story.play(&engine);
    let mut recorded = Vec::new();
    let all = redress_engine::EventRange::default();
    let keep = |one: redress_domain::event::Recorded| {
        recorded.push(one.header);
        true
    };
    engine.events(&all, keep).unwrap();
    for header in recorded {
        let look = Look {
            at: None,
            as_of: Some(AsOf::Position(header.position)),
        };
        let seen = engine.merchants(look).unwrap();
        assert_eq!(seen.at, header.recorded_at);
        assert_eq!(seen.as_of_position, header.position);
    }
    let beyond = Look {
        at: None,
        as_of: Some(AsOf::Position(engine.last_position() + 1)),
    };
    assert!(matches!(
        engine.merchants(beyond),
        Err(EngineError::PositionUnknown { .. })
    ));
}
