//! The run that nothing interrupted, and the comparison of a store that was killed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use redress_domain::event::{Event, Recorded};
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_engine::{Answer, Engine, EngineError, EventRange};
use redress_protocol::edition::built_in;
use redress_store::entry;
use redress_store::vault::{KeyEncryptionKey, Unsealed, Vault};
use serde_json::{Value, json};

use super::child::Told;
use crate::random::random_story;
use crate::stand::{
    assert_chained, assert_same_log, assert_same_views, assert_verified, commits, configuration,
    log, look_at, views,
};
use crate::story::{Act, Story, at, filing, merchant};

/// A story and what comes of it.
pub struct Reference {
    /// What [`story`] makes the story of.
    pub name: String,
    pub story: Story,
    /// What is played: see [`again`].
    pub acts: Vec<Act>,
    /// For each act `+`, or `.` where only its time passes.
    pub kinds: String,
    /// The answer to each act that is a command.
    pub answers: BTreeMap<usize, Told>,
    pub log: Vec<Recorded>,
    views: BTreeMap<String, Value>,
}

/// The story of that name: `7:300` is a random one of a seed with so many acts.
pub fn story(name: &str) -> Story {
    if name == ERASING {
        return erasing();
    }
    let (seed, acts) = name.split_once(':').unwrap();
    random_story(seed.parse().unwrap(), acts.parse().unwrap())
}

/// The name of a story in which users write and are erased, all of it at one instant.
pub const ERASING: &str = "erasing";

fn erasing() -> Story {
    let now = "2026-05-01T09:00:00+08:00";
    let ask = |by: &str, kind: &str, data: Value| Act::Submit(Box::new(at(now, by, kind, data)));
    let onboarding = "service:onboarding";
    let mut acts = vec![ask(onboarding, "merchant.register", merchant("M1"))];
    for number in 0..24 {
        let (complaint, user) = (format!("C{number}"), format!("U{}", number % 9));
        let by = format!("user:{user}");
        let text = format!("charged twice, {number}");
        acts.push(ask(&by, "complaint.file", filing(&complaint, &user, &text)));
        for text in ["still waiting", "nobody answers"] {
            let data = json!({ "complaint_id": complaint, "text": text });
            acts.push(ask(&by, "complaint.message", data));
        }
        if number % 3 == 2 {
            let data = json!({ "user_ref": user, "reason": format!("asked for it, {number}") });
            acts.push(ask("admin:root", "user.erase", data));
        }
    }
    Story {
        name: ERASING.to_owned(),
        edition: built_in().unwrap(),
        acts,
    }
}

/// A story that can be fed again after a crash: a command that was refused, or that found
/// everything done already, is not remembered and may be decided otherwise later, so of it only
/// the passing of time is left.
pub fn again(acts: &[Act], kinds: &str) -> Vec<Act> {
    assert_eq!(acts.len(), kinds.len());
    acts.iter()
        .zip(kinds.chars())
        .map(|(act, kind)| match kind {
            '+' => act.clone(),
            _ => Act::Advance(act.at()),
        })
        .collect()
}

impl Reference {
    /// The run of a random story.
    pub fn of_seed(seed: u64, acts: usize) -> Self {
        Self::of(&format!("{seed}:{acts}"))
    }

    /// The run of a story that is named as for [`story`].
    pub fn of(name: &str) -> Self {
        let story = story(name);
        let kinds = kinds_of(&story);
        let acts = again(&story.acts, &kinds);
        let engine = Engine::in_memory(story.edition.clone()).unwrap();
        let mut answers = BTreeMap::new();
        for (index, act) in acts.iter().enumerate() {
            match act.play(&engine) {
                Some(Answer::Accepted(accepted)) => {
                    answers.insert(index, Told::of(index, &accepted));
                }
                Some(Answer::Refused(refused)) => panic!("act {index}: {refused:?}"),
                None => {}
            }
        }
        let last = story.acts.last().unwrap().at();
        Self {
            name: name.to_owned(),
            acts,
            kinds,
            answers,
            log: log(&engine),
            views: views(&engine, look_at(last)),
            story,
        }
    }

    /// Opens a store. While another thread starts a process, that process has, for a moment, the
    /// lock that this one has just given back.
    fn open(&self, store: &Path) -> Engine {
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            match Engine::open(configuration(store, &self.story.edition)) {
                Err(EngineError::Locked(_)) if Instant::now() < patience => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                opened => return opened.unwrap().0,
            }
        }
    }

    /// Opens a store that was killed and compares it with this run: what was told is there, once
    /// and whole, and nothing else is that this run does not have.
    #[track_caller]
    pub fn assert_holds(&self, store: &Path, told: &[Told], context: &str) -> Engine {
        let engine = self.open(store);
        let found = log(&engine);
        let as_far = found.len().min(self.log.len());
        assert_same_log(&found, &self.log[..as_far], context);
        self.assert_told(&engine, &found, told, context);
        assert_texts(&engine, context);
        assert_verified(&engine, context);
        engine
    }

    /// Every answer that was told is given again, and stands for the events that it names.
    fn assert_told(&self, engine: &Engine, found: &[Recorded], told: &[Told], context: &str) {
        for one in told {
            let Told {
                index, position, ..
            } = one;
            let last = usize::try_from(*position).unwrap();
            assert!(
                last <= found.len(),
                "{context}: act {index} was acknowledged at position {position}, and the log ends \
                 at {}",
                found.len()
            );
            let names: Vec<&str> = found[last - one.events.len()..last]
                .iter()
                .map(|recorded| recorded.event.name())
                .collect();
            assert_eq!(names, one.events, "{context}: act {index}");
            match self.acts[*index].play(engine) {
                Some(Answer::Accepted(accepted)) => {
                    assert!(accepted.replayed, "{context}: act {index}");
                    assert_eq!(Told::of(*index, &accepted), *one, "{context}");
                }
                answer => panic!("{context}: act {index}: {answer:?}"),
            }
        }
    }

    /// Plays the whole story on a store that was killed: in the end nothing differs.
    #[track_caller]
    pub fn assert_ends_the_same(&self, store: &Path, told: &[Told], context: &str) {
        let engine = self.assert_holds(store, told, context);
        for act in &self.acts {
            act.play(&engine);
        }
        assert_same_log(&log(&engine), &self.log, context);
        let every: Vec<Told> = self.answers.values().cloned().collect();
        self.assert_told(&engine, &self.log, &every, context);
        let last = self.story.acts.last().unwrap().at();
        assert_same_views(&views(&engine, look_at(last)), &self.views, context);
        assert_texts(&engine, context);
        assert_verified(&engine, context);
        drop(engine);
        assert_chained(store);
    }
}

fn kinds_of(story: &Story) -> String {
    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    story
        .acts
        .iter()
        .map(|act| match act.play(&engine) {
            Some(Answer::Accepted(accepted)) if !accepted.events.is_empty() => '+',
            Some(_) | None => '.',
        })
        .collect()
}

/// A text can be read, unless the log says that its key was destroyed; then it cannot.
#[track_caller]
fn assert_texts(engine: &Engine, context: &str) {
    let mut sealed = Vec::new();
    let mut destroyed = BTreeSet::new();
    engine
        .events(&EventRange::default(), |mut recorded| {
            let (stream, version) = (recorded.header.stream.clone(), recorded.header.version);
            for (field, text) in recorded.event.texts_mut().into_iter().enumerate() {
                let PersonalText::Sealed { bytes, .. } = text else {
                    panic!("{context}: an open text was recorded in {stream}");
                };
                sealed.push((stream.clone(), version, field, bytes.clone()));
            }
            if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) =
                &recorded.event
            {
                destroyed.extend(key_numbers.iter().copied());
            }
            true
        })
        .unwrap();
    for (stream, version, field, bytes) in sealed {
        let unsealed = engine.unseal(&stream, version, field, &bytes).unwrap();
        let number = Vault::key_number(&bytes).unwrap();
        assert_eq!(
            unsealed == Unsealed::Erased,
            destroyed.contains(&number),
            "{context}: {stream} version {version}, key {number}: the key is destroyed if and only \
             if the log says so"
        );
    }
}

/// As the files have it, with nothing opened that would finish it: what the log says is destroyed
/// is destroyed.
#[track_caller]
pub fn assert_erased(store: &Path) {
    let vault = Vault::open(store, KeyEncryptionKey::from_bytes([7; 32])).unwrap();
    for commit in commits(store) {
        for bytes in &commit.entries {
            let recorded = entry::decode(bytes).unwrap().recorded;
            if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = recorded.event
            {
                for number in key_numbers {
                    assert!(
                        vault.is_destroyed(number).unwrap(),
                        "position {}: key {number} outlives its erasure",
                        recorded.header.position
                    );
                }
            }
        }
    }
}
