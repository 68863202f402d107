//! Where the story is played: a real store with the story's clock, and what the audience is shown.

use std::io::BufRead;

use redress_domain::event::Recorded;
use redress_domain::identity::{ComplaintId, Role, StreamId};
use redress_domain::instant::{CivilOffset, Instant};
use redress_domain::text::PersonalText;
use redress_engine::{Answer, Comparison, Engine, EventRange, Submission};
use redress_protocol::command;
use redress_protocol::event::{self, Display};
use redress_protocol::instant::{format_instant, parse_instant, parse_span};
use redress_protocol::query::{Query, ViewReference};
use redress_protocol::view::Moment;
use redress_store::vault::Unsealed;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::failure::Failure;
use crate::handing_in::submission;
use crate::pages::{complaint_page, gate_page, list, merchant_page, queue_page};
use crate::store::StoreArguments;
use crate::table::wrapped;
use crate::terminal::{self, Tone, toned};
use crate::wording;
use redress_service::views::view;

/// The namespace of the ids of the story's commands.
const NAMESPACE: Uuid = uuid!("5b1c1f0e-2f9b-5e9c-9a0b-1d4e7a6c2f10");
/// When the story begins: a Monday.
const START: &str = "2026-03-02T09:00:00+08:00";
/// Rows of the queue that are shown.
const QUEUE_ROWS: usize = 6;

/// Somebody who does something: the role and the id.
pub type Who = (&'static str, &'static str);

/// A store, the story's clock, and the audience.
pub struct Stage {
    engine: Engine,
    offset: CivilOffset,
    start: Instant,
    now: Instant,
    commands: u32,
    acts: u32,
    pause: bool,
}

impl Stage {
    /// Opens a fresh store, with the curtain still closed.
    pub fn open(store: &StoreArguments, pause: bool) -> Result<Self, Failure> {
        let engine = store.open()?;
        let start = parse_instant(START).map_err(|error| Failure::Failed(error.to_string()))?;
        let offset = engine.rulebook().in_force(start).civil_offset;
        Ok(Self {
            engine,
            offset,
            start,
            now: start,
            commands: 0,
            acts: 0,
            pause,
        })
    }

    /// Closes the store, and gives the last instant of the story.
    pub fn finish(self) -> String {
        let recorded = self.engine.last_recorded_at().unwrap_or(self.now);
        format_instant(recorded.max(self.now), self.offset)
    }

    /// Begins an act.
    pub fn act(&mut self, title: &str) -> Result<(), Failure> {
        if self.pause && self.acts > 0 {
            terminal::write(&toned("\n(Enter goes on)", Tone::Quiet))?;
            let mut line = String::new();
            // A closed input goes on by itself.
            let _ = std::io::stdin().lock().read_line(&mut line);
        }
        self.acts += 1;
        let title = format!("{}. {title}", self.acts);
        let rule = "═".repeat(title.chars().count());
        terminal::write(&format!("\n{}\n{rule}", toned(&title, Tone::Strong)))
    }

    /// Says something to the audience.
    pub fn tell(&self, text: &str) -> Result<(), Failure> {
        let room = usize::from(terminal::width()).min(100);
        terminal::write(&format!("\n{}", wrapped(text, room).join("\n")))
    }

    /// Lets time pass to an instant after the beginning of the story, as in `24h30m`, and tells
    /// what time alone brought about.
    pub fn at(&mut self, after_start: &str) -> Result<(), Failure> {
        let before = self.engine.last_position();
        self.pass_to(after_start)?;
        self.engine.advance(self.now, None).wait()?;
        let brought = self.own_events_after(before)?;
        if brought.is_empty() {
            return Ok(());
        }
        let now = wording::instant(self.now, self.offset);
        terminal::write(&format!(
            "\n{}",
            toned(&format!("{now}  time has passed"), Tone::Warning)
        ))?;
        self.tell_events(&brought)
    }

    /// The same without a word.
    pub fn quietly_at(&mut self, after_start: &str) -> Result<(), Failure> {
        self.pass_to(after_start)?;
        Ok(self.engine.advance(self.now, None).wait()?)
    }

    fn pass_to(&mut self, after_start: &str) -> Result<(), Failure> {
        let span = parse_span(after_start).map_err(|error| Failure::Failed(error.to_string()))?;
        let to = Instant::from_unix_ms(self.start.unix_ms().saturating_add(span.ms()));
        self.now = self.now.max(to);
        Ok(())
    }

    /// Somebody does something that must be accepted.
    pub fn does(&mut self, who: Who, kind: &str, data: Value) -> Result<(), Failure> {
        self.play(who, kind, data, None, true).map(|_| ())
    }

    /// The same without telling it.
    pub fn quietly(&mut self, who: Who, kind: &str, data: Value) -> Result<(), Failure> {
        self.play(who, kind, data, None, false).map(|_| ())
    }

    /// Something that happened earlier, on the word of the platform's own gateway.
    pub fn tells_late(
        &mut self,
        who: Who,
        kind: &str,
        data: Value,
        happened: &str,
    ) -> Result<(), Failure> {
        let span = parse_span(happened).map_err(|error| Failure::Failed(error.to_string()))?;
        let occurred = Instant::from_unix_ms(self.start.unix_ms().saturating_add(span.ms()));
        self.play(who, kind, data, Some(occurred), true).map(|_| ())
    }

    /// Somebody tries something that a rule refuses.
    pub fn is_refused(&mut self, who: Who, kind: &str, data: Value) -> Result<(), Failure> {
        match self.answer(who, kind, &data, None)? {
            Answer::Refused(refused) => {
                self.tell_command(who, kind, &data, None)?;
                let clause = refused
                    .refusal
                    .clause
                    .map_or_else(String::new, |clause| format!(" ({clause})"));
                let text = format!(
                    "refused: {}{clause}: {}",
                    refused.refusal.code.as_str(),
                    refused.refusal.message
                );
                tell_indented(&text, Tone::Bad)
            }
            Answer::Accepted(accepted) => Err(Failure::Failed(format!(
                "the story expects {kind} to be refused; it was accepted as {}",
                accepted.events.join(", ")
            ))),
        }
    }

    fn play(
        &mut self,
        who: Who,
        kind: &str,
        data: Value,
        occurred: Option<Instant>,
        aloud: bool,
    ) -> Result<u64, Failure> {
        let accepted = match self.answer(who, kind, &data, occurred)? {
            Answer::Accepted(accepted) => accepted,
            Answer::Refused(refused) => {
                return Err(Failure::Failed(format!(
                    "the story expects {kind} to be accepted; it was refused: {}: {}",
                    refused.refusal.code.as_str(),
                    refused.refusal.message
                )));
            }
        };
        if aloud {
            self.tell_command(who, kind, &data, occurred)?;
            tell_indented(&accepted.events.join(", "), Tone::Good)?;
            let brought = self.own_events_after(accepted.position)?;
            self.tell_events(&brought)?;
        }
        Ok(accepted.position)
    }

    fn answer(
        &mut self,
        who: Who,
        kind: &str,
        data: &Value,
        occurred: Option<Instant>,
    ) -> Result<Answer, Failure> {
        self.commands += 1;
        let mut document = json!({
            "type": kind,
            "by": { "role": who.0, "id": who.1 },
            "data": data,
        });
        if let (Some(occurred), Some(map)) = (occurred, document.as_object_mut()) {
            let occurred = format_instant(occurred, self.offset);
            map.insert("occurred_at".to_owned(), occurred.into());
            map.insert("trust".to_owned(), "platform".into());
        }
        let command = command::parse(&document)
            .map_err(|error| Failure::Failed(format!("{kind}: {}", error.sentence())))?;
        let id = Uuid::new_v5(&NAMESPACE, &self.commands.to_be_bytes());
        let submission = Submission {
            recorded_at: Some(self.now),
            ..submission(command, id)
        };
        Ok(self.engine.submit(submission).wait()?)
    }

    fn tell_command(
        &self,
        who: Who,
        kind: &str,
        data: &Value,
        occurred: Option<Instant>,
    ) -> Result<(), Failure> {
        let now = wording::instant(self.now, self.offset);
        let late = occurred.map_or_else(String::new, |occurred| {
            format!(", seen at {}", wording::instant(occurred, self.offset))
        });
        let (role, id) = who;
        let said = format!("{role} {id}: {kind}{}{late}", about(data));
        let room = usize::from(terminal::width()).saturating_sub(27);
        for (index, line) in wrapped(&said, room).into_iter().enumerate() {
            let time = if index == 0 { now.as_str() } else { "" };
            terminal::write(&format!(
                "{}  {line}",
                toned(&format!("{time:<25}"), Tone::Quiet)
            ))?;
        }
        Ok(())
    }

    /// What the engine itself recorded behind a position.
    fn own_events_after(&self, position: u64) -> Result<Vec<Recorded>, Failure> {
        let range = EventRange {
            from: Some(position + 1),
            ..EventRange::default()
        };
        let mut events = Vec::new();
        self.engine.events(&range, |recorded| {
            if recorded.header.by.role == Role::Engine {
                events.push(recorded);
            }
            true
        })?;
        Ok(events)
    }

    /// Events by type, each with what it is about.
    fn tell_events(&self, events: &[Recorded]) -> Result<(), Failure> {
        let mut types: Vec<(&str, Vec<String>)> = Vec::new();
        for recorded in events {
            let name = recorded.event.name();
            let subject = self.subject(recorded);
            match types.iter_mut().find(|(known, _)| *known == name) {
                Some((_, subjects)) if subjects.last() == Some(&subject) => {}
                Some((_, subjects)) => subjects.push(subject),
                None => types.push((name, vec![subject])),
            }
        }
        for (name, subjects) in types {
            tell_indented(&format!("→ {name}: {}", subjects.join(", ")), Tone::Plain)?;
        }
        Ok(())
    }

    /// What an event is about: `C-2001`, `M-CLOUD m4 limits`, `M-CLOUD from t1 to t2`.
    fn subject(&self, recorded: &Recorded) -> String {
        let stream = recorded.header.stream.to_string();
        let (_, id) = stream.split_once('-').unwrap_or(("", &stream));
        let data = event::data(&recorded.event, &Display::sealed(self.offset));
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        let mut subject = id.to_owned();
        for name in ["measure_id", "kind"].into_iter().filter_map(text) {
            subject.push(' ');
            subject.push_str(&wording::words(name));
        }
        if let (Some(from), Some(to)) = (text("from"), text("to")) {
            subject.push_str(&format!(" from {from} to {to}"));
        }
        subject
    }

    /// The view of a reference, judged now.
    pub fn view(&self, reference: &str) -> Result<Value, Failure> {
        let wrong = |error: String| Failure::Failed(format!("{reference}: {error}"));
        let parsed = ViewReference::parse(reference).map_err(|error| wrong(error.to_string()))?;
        let query = Query::new(&parsed).map_err(|error| wrong(error.to_string()))?;
        view(&self.engine, &query, Some(self.now))?
            .document
            .ok_or_else(|| wrong("there is nothing of that name".to_owned()))
    }

    /// Shows the most urgent of what waits for somebody.
    pub fn show_queue(&self) -> Result<(), Failure> {
        let queue = self.view("queue")?;
        let items = queue
            .as_array()
            .map_or_else(|| list(&queue, "items"), Vec::as_slice);
        let shown = items.get(..QUEUE_ROWS).unwrap_or(items);
        self.show("queue", &queue_page(shown, items.len(), &self.moment()))
    }

    /// Shows a complaint.
    pub fn show_complaint(&self, id: &str) -> Result<(), Failure> {
        let complaint = self.view(&format!("complaint/{id}"))?;
        self.show(
            &format!("complaint {id}"),
            &complaint_page(&complaint, &self.moment()),
        )
    }

    /// Shows a merchant.
    pub fn show_merchant(&self, id: &str) -> Result<(), Failure> {
        let merchant = self.view(&format!("merchant/{id}"))?;
        self.show(
            &format!("merchant {id}"),
            &merchant_page(&merchant, &self.moment()),
        )
    }

    /// Asks the gate, as a service does before it signs.
    pub fn ask_gate(&self, merchant: &str, template: &str) -> Result<(), Failure> {
        let answer = self.view(&format!(
            "gate?merchant={merchant}&action=sign&template={template}"
        ))?;
        self.show(
            &format!("gate --merchant {merchant} --action sign --template {template}"),
            &gate_page(&answer),
        )
    }

    fn moment(&self) -> Moment {
        Moment {
            at: self.now,
            as_of_position: self.engine.last_position(),
            offset: self.offset,
        }
    }

    fn show(&self, command: &str, page: &str) -> Result<(), Failure> {
        let at = format_instant(self.now, self.offset);
        let command = toned(&format!("$ redress {command} --at {at}"), Tone::Quiet);
        terminal::write(&format!("\n{command}\n{}", page.trim_start_matches('\n')))
    }

    /// The last position: what somebody has seen who looks now.
    pub fn position(&self) -> u64 {
        self.engine.last_position()
    }

    /// What a user wrote on filing, as far as anybody can still read it.
    pub fn what_was_written(&self, complaint: &str) -> Result<String, Failure> {
        let id = ComplaintId::new(complaint)
            .map_err(|_| Failure::Failed(format!("`{complaint}` is no complaint")))?;
        let stream = StreamId::Complaint(id);
        let range = EventRange {
            stream: Some(stream.clone()),
            ..EventRange::default()
        };
        let mut sealed = None;
        self.engine.events(&range, |mut recorded| {
            if let Some(PersonalText::Sealed { bytes, .. }) =
                recorded.event.texts_mut().into_iter().next()
            {
                sealed = Some((recorded.header.version, bytes.clone()));
            }
            false
        })?;
        let Some((version, bytes)) = sealed else {
            return Ok("nothing".to_owned());
        };
        Ok(match self.engine.unseal(&stream, version, 0, &bytes)? {
            Unsealed::Text(text) => format!("“{}”", String::from_utf8_lossy(&text)),
            Unsealed::Erased => "erased: the key is gone".to_owned(),
            Unsealed::NotRestored => "sealed: the key is not here".to_owned(),
        })
    }

    /// Walks the log and folds it anew; how many events and rows were found to be as they should.
    pub fn prove(&self) -> Result<(u64, u64), Failure> {
        let events = self.engine.verify_log()?;
        let comparisons: Vec<Comparison> = self.engine.verify_projections()?;
        if comparisons.iter().any(|one| one.differing > 0) {
            return Err(Failure::Integrity(
                "rows are not what the log says".to_owned(),
            ));
        }
        Ok((events, comparisons.iter().map(|one| one.rows).sum()))
    }
}

fn tell_indented(text: &str, tone: Tone) -> Result<(), Failure> {
    let room = usize::from(terminal::width()).saturating_sub(27);
    for line in wrapped(text, room) {
        terminal::write(&format!("{:27}{}", "", toned(&line, tone)))?;
    }
    Ok(())
}

/// What a command is about: the things that it names.
fn about(data: &Value) -> String {
    const NAMING: [&str; 9] = [
        "complaint_id",
        "agreement_id",
        "measure_id",
        "merchant_id",
        "determination_id",
        "finding_ids",
        "evidence_id",
        "outcome",
        "user_ref",
    ];
    let mut names = String::new();
    for key in NAMING {
        match data.get(key) {
            Some(Value::String(name)) => {
                names.push(' ');
                names.push_str(name);
            }
            Some(Value::Array(items)) => {
                for name in items.iter().filter_map(Value::as_str) {
                    names.push(' ');
                    names.push_str(name);
                }
            }
            Some(_) | None => {}
        }
    }
    for key in ["amount_fen", "requested_refund_fen"] {
        if let Some(fen) = data.get(key).and_then(Value::as_u64) {
            names.push(' ');
            names.push_str(&wording::yuan(fen));
        }
    }
    names
}
