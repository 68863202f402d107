//! Read models equal a rebuild at any time of a random life: restarts, crashes, lost read stores.

use redress_domain::rulebook::Edition;
use redress_engine::{Engine, EngineError};
use redress_tests::chance::Chance;
use redress_tests::testing::evidence::{self, Size};
use tempfile::TempDir;

use crate::random::{random_story, seeds};
use crate::stand::{
    assert_chained, assert_same_log, assert_same_views, assert_verified, copied, folder, log,
    look_at, open_with, views,
};

/// A store that is stopped and started in every way there is.
struct Life {
    directory: TempDir,
    engine: Option<Engine>,
    edition: Edition,
}

impl Life {
    fn new(edition: &Edition) -> Self {
        let directory = folder();
        let engine = open_with(directory.path(), edition);
        Self {
            directory,
            engine: Some(engine),
            edition: edition.clone(),
        }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn open(&mut self) {
        self.engine = Some(open_with(self.directory.path(), &self.edition));
    }

    fn happens(&mut self, chance: &mut Chance) {
        match chance.below(7) {
            0 => {
                self.engine = None;
                self.open();
            }
            1 => {
                // The process goes without a word; what it wrote is all there is.
                let image = copied(self.directory.path());
                self.engine = None;
                self.directory = image;
                self.open();
            }
            2 => {
                self.engine = None;
                std::fs::remove_dir_all(self.directory.path().join("read")).unwrap();
                self.open();
            }
            3 => self.engine().settle().unwrap(),
            4 => drop(self.engine().rebuild().unwrap()),
            5 => match self.engine().roll_back(&[]) {
                Ok(_) | Err(EngineError::NothingKept { .. }) => {}
                Err(error) => panic!("{error}"),
            },
            _ => {}
        }
    }
}

#[test]
fn read_models_equal_a_rebuild_after_every_few_commands_of_random_runs() {
    let (mut runs, mut comparisons, mut events) = (0, 0, 0);
    for seed in seeds(30) {
        let story = random_story(seed, 100);
        let mut chance = Chance::new(seed ^ 0xfeed);
        let mut life = Life::new(&story.edition);
        for (index, act) in story.acts.iter().enumerate() {
            act.play(life.engine());
            if index % 12 == 11 {
                assert_verified(life.engine(), &format!("{}, act {index}", story.name));
                life.happens(&mut chance);
                comparisons += 1;
            }
        }
        let look = look_at(story.acts.last().unwrap().at());
        let before = views(life.engine(), look);
        life.engine().rebuild().unwrap();
        let rebuilt = format!("{}, rebuilt", story.name);
        assert_same_views(&views(life.engine(), look), &before, &rebuilt);
        assert_verified(life.engine(), &rebuilt);
        // A life without any of it has the same log.
        let in_memory = Engine::in_memory(story.edition.clone()).unwrap();
        story.play(&in_memory);
        assert_same_log(&log(life.engine()), &log(&in_memory), &story.name);
        runs += 1;
        comparisons += 1;
        events += life.engine().last_position();
        life.engine = None;
        assert_chained(life.directory.path());
    }
    let counted = [
        ("random runs", runs),
        ("events", events),
        ("comparisons of every row of every read model", comparisons),
    ];
    evidence::record("read-models", Size::Asked("REDRESS_SEEDS"), &counted);
}
