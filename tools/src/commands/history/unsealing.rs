//! Events with their personal texts: that one is read, and what for, is recorded before it is shown
//! (rulebook 1.2).

use redress_domain::event::Recorded;
use redress_domain::identity::UserRef;
use redress_domain::instant::CivilOffset;
use redress_engine::{Answer, Engine};
use redress_protocol::command;
use redress_service::views;
use serde_json::json;
use uuid::{Uuid, uuid};

use super::{Arguments, shown_document};
use crate::failure::Failure;
use crate::handing_in::submission;

/// The namespace of the ids of readings.
const NAMESPACE: Uuid = uuid!("0c5b6a8e-7d1f-5c7e-9a53-3f0f2b5f6d21");

/// One event with the texts that can still be opened.
pub fn unsealed(
    engine: &Engine,
    recorded: &Recorded,
    arguments: &Arguments,
    offset: CivilOffset,
) -> Result<String, Failure> {
    let header = &recorded.header;
    let has_texts = !recorded.event.clone().texts_mut().is_empty();
    let user_ref = engine
        .belonging(&header.stream)?
        .and_then(|known| known.user_ref);
    if let Some(user_ref) = user_ref.filter(|_| has_texts) {
        record_reading(engine, recorded, &user_ref, arguments)?;
    }
    let event = views::unsealed(engine, recorded, offset)?;
    Ok(shown_document(arguments, &event))
}

/// Records that an event's texts are read; each time anew, as each reading has its record.
fn record_reading(
    engine: &Engine,
    recorded: &Recorded,
    user_ref: &UserRef,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let header = &recorded.header;
    let stream = header.stream.to_string();
    let document = command::parse(&json!({
        "type": "user.record_reading",
        "by": { "role": "admin", "id": arguments.by },
        "data": {
            "user_ref": user_ref.as_str(), "stream": stream, "version": header.version,
            "purpose": arguments.purpose,
        },
    }))
    .map_err(|error| Failure::Usage(error.sentence()))?;
    // The log only grows, so that no two readings have one id.
    let place = format!("{} {stream} {}", engine.last_position(), header.version);
    let id = Uuid::new_v5(&NAMESPACE, place.as_bytes());
    match engine.submit(submission(document, id)).wait()? {
        Answer::Accepted(_) => Ok(()),
        Answer::Refused(refused) => Err(Failure::Usage(refused.refusal.message)),
    }
}
