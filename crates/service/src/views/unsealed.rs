//! An event with its personal texts, for those whose reading has been recorded (rulebook 1.2).

use std::cell::RefCell;

use redress_domain::event::Recorded;
use redress_domain::instant::CivilOffset;
use redress_domain::text::PersonalText;
use redress_engine::{Engine, EngineError};
use redress_protocol::event::{Display, TextReading, render};
use redress_store::vault::Unsealed;
use redress_store::wire;
use serde_json::Value;

/// The event as others see it, but with the texts that can still be opened. Of the others it says
/// that they were erased, or shows them as sealed where their key was not restored.
///
/// Whoever calls this has recorded the reading before.
///
/// # Errors
/// When the vault cannot be read, or a sealed text is damaged.
pub fn unsealed(
    engine: &Engine,
    recorded: &Recorded,
    offset: CivilOffset,
) -> Result<Value, EngineError> {
    let header = &recorded.header;
    let failed = RefCell::new(None);
    let read_text = |field: usize, text: &PersonalText| match text {
        PersonalText::Open(text) => TextReading::Open(text.clone()),
        PersonalText::Sealed { bytes, .. } => {
            match engine.unseal(&header.stream, header.version, field, bytes) {
                Ok(Unsealed::Text(text)) => {
                    TextReading::Open(String::from_utf8_lossy(&text).into_owned())
                }
                Ok(Unsealed::Erased) => TextReading::Erased,
                Ok(Unsealed::NotRestored) => TextReading::Sealed,
                Err(error) => {
                    failed.replace(Some(error));
                    TextReading::Sealed
                }
            }
        }
    };
    let display = Display {
        offset,
        read_text: &read_text,
    };
    let shown = render(recorded, wire::schema_of(&recorded.event), &display);
    match failed.take() {
        Some(error) => Err(error),
        None => Ok(shown),
    }
}
