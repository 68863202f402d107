//! The end of a run: everything that must hold of the engine and its log.

use std::sync::Arc;

use redress_domain::event::{Event, Recorded};
use redress_domain::instant::Instant;
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_engine::{AsOf, Engine, Look, Submission};

use super::{Handed, Simulator, blank_disk, same_views};
use crate::checks::{self, Check, same};
use crate::stand::{SetClock, events, views};

impl Simulator {
    pub(super) fn finish(&mut self) -> Check {
        self.tell("the end".to_owned());
        self.read_on()?;
        checks::in_order(&self.facts)?;
        let model = self.model();
        self.coverage.complaints += model.cases.len() as u64;
        let followed = model.cases.values().filter(|case| !case.lost_sight_of);
        self.coverage.followed += followed.count() as u64;
        checks::agree(self.engine(), &model, &self.facts, self.passed_to)?;
        checks::texts(self.engine(), &model, &self.log)?;
        let verified = self
            .engine()
            .verify_log()
            .map_err(|error| error.to_string())?;
        same("events verified", verified, self.log.len() as u64)?;
        for comparison in self.engine().verify_projections().unwrap() {
            same(comparison.name, comparison.differences, Vec::new())?;
        }
        self.look_back()?;
        self.hand_to_another_engine()
    }

    /// What was shown then is what is shown of then.
    fn look_back(&mut self) -> Check {
        for taken in &self.taken {
            self.coverage.looks_back += 1;
            let look = Look {
                at: Some(Instant::from_unix_ms(taken.at)),
                as_of: Some(AsOf::Position(taken.position)),
            };
            let context = format!("as of position {}", taken.position);
            same_views(&context, &views(self.engine(), look), &taken.views)?;
        }
        Ok(())
    }

    /// The same commands give the same log on an engine that never failed.
    fn hand_to_another_engine(&self) -> Check {
        let clock = Arc::<SetClock>::default();
        let disk = blank_disk();
        let engine = Engine::on_memory_disk(
            self.edition.clone(),
            Arc::<SetClock>::clone(&clock),
            &disk,
            Box::new(disk.journal()),
        )
        .unwrap();
        for (shown, handed) in &self.handed {
            clock.set(*shown);
            match handed {
                Handed::Command(submission) => {
                    drop(engine.submit(Submission::clone(submission)).wait().unwrap());
                }
                Handed::Time(to) => {
                    let to = Instant::from_unix_ms(*to);
                    engine.advance(to, None).wait().unwrap();
                }
                Handed::Notice => engine.notice_deadlines().wait().unwrap(),
            }
        }
        let theirs = events(&engine, 1);
        for (ours, theirs) in self.log.iter().zip(&theirs) {
            same(
                "the log of a run without faults",
                alike(ours),
                alike(theirs),
            )?;
        }
        same("its length", self.log.len(), theirs.len())
    }
}

/// An event without what differs from one store to the next: keys, and what they sealed.
fn alike(recorded: &Recorded) -> Recorded {
    let mut recorded = recorded.clone();
    for text in recorded.event.texts_mut() {
        *text = PersonalText::Open(format!("{} characters", text.characters()));
    }
    if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = &mut recorded.event {
        key_numbers.fill(0);
    }
    recorded
}
