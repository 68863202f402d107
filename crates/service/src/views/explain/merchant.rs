//! Why a merchant is at its tier, and why each of its measures is where it is.

use std::collections::HashMap;

use redress_domain::complaint::{self, DeterminationId};
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::{ComplaintId, MerchantId, StreamId};
use redress_domain::instant::CivilOffset;
use redress_domain::merchant;
use redress_engine::{AsOf, Engine, EngineError, Look, MerchantSeen};
use redress_protocol::view::{MerchantBundle, merchant_view};
use serde_json::{Value, json};

use super::events;
use crate::views::{Viewed, moment};

/// Why a merchant is at its tier, and why each of its measures is where it is.
///
/// # Errors
/// When what is stored cannot be read.
pub fn explain_merchant(
    engine: &Engine,
    merchant_id: &MerchantId,
    look: Look,
) -> Result<Viewed, EngineError> {
    let seen = engine.merchant(merchant_id, look)?;
    let moment = moment(&seen);
    let Some(merchant) = seen.value else {
        return Ok(Viewed {
            document: None,
            moment,
        });
    };
    let bundle = MerchantBundle {
        merchant: &merchant.merchant,
        metrics: &merchant.metrics,
        gate: &merchant.gate,
        rulebook: &seen.rulebook,
    };
    let view = merchant_view(&bundle, &moment);
    let stream = StreamId::Merchant(merchant_id.clone());
    let events = events::of_stream(engine, &stream, seen.as_of_position)?;
    let mut judgements = Judgements {
        engine,
        as_of_position: seen.as_of_position,
        offset: moment.offset,
        known: HashMap::new(),
    };
    let entry = entry(engine, merchant_id, &events, &mut judgements)?;
    let path: Vec<Value> = events
        .iter()
        .filter(|recorded| is_standing_change(recorded))
        .map(|recorded| events::whole(recorded, moment.offset))
        .collect();
    let standing = view.get("standing").cloned().unwrap_or_default();
    let document = json!({
        "merchant_id": merchant_id.as_str(),
        "tier": standing.get("tier"),
        "since": standing.get("since"),
        "entry": entry,
        "path": path,
        "now": {
            "metrics": standing.get("metrics"),
            "next_tier": standing.get("next_tier"),
            "determinations": judgements.named(&merchant)?,
        },
        "measures": measures(&view, &events, &mut judgements)?,
        "at": redress_protocol::instant::format_instant(moment.at, moment.offset),
        "as_of_position": moment.as_of_position,
    });
    Ok(Viewed {
        document: Some(document),
        moment,
    })
}

fn is_standing_change(recorded: &Recorded) -> bool {
    matches!(
        recorded.event,
        Event::Merchant(merchant::Event::StandingChanged { .. })
    )
}

/// The change that led to the tier of today, and the determinations that were counted then.
fn entry(
    engine: &Engine,
    merchant_id: &MerchantId,
    events: &[Recorded],
    judgements: &mut Judgements<'_>,
) -> Result<Value, EngineError> {
    let last = events.iter().rfind(|one| is_standing_change(one));
    let Some(recorded) = last else {
        return Ok(Value::Null);
    };
    let Event::Merchant(merchant::Event::StandingChanged { change }) = &recorded.event else {
        return Ok(Value::Null);
    };
    let then = engine.merchant(
        merchant_id,
        Look {
            at: Some(recorded.header.counted_at),
            as_of: Some(AsOf::Position(change.computed_at_position)),
        },
    )?;
    let mut entry = events::whole(recorded, judgements.offset);
    if let Some(map) = entry.as_object_mut() {
        let counted = match &then.value {
            Some(then) => judgements.named(then)?,
            None => Value::Array(Vec::new()),
        };
        map.insert("determinations".to_owned(), counted);
    }
    Ok(entry)
}

/// Measures as the view shows them, with what they rest on and everything that happened to them.
fn measures(
    view: &Value,
    events: &[Recorded],
    judgements: &mut Judgements<'_>,
) -> Result<Value, EngineError> {
    let told: Vec<Value> = events
        .iter()
        .filter(|recorded| matches!(recorded.event, Event::Merchant(merchant::Event::Measure(_))))
        .map(|recorded| events::whole(recorded, judgements.offset))
        .collect();
    let shown = view.get("measures").and_then(Value::as_array);
    let mut explained = Vec::new();
    for measure in shown.into_iter().flatten() {
        let measure_id = measure.get("measure_id");
        let of_measure: Vec<Value> = told
            .iter()
            .filter(|event| event.pointer("/data/measure_id") == measure_id)
            .cloned()
            .collect();
        let mut rests_on = Vec::new();
        let grounds = measure.get("grounds").and_then(Value::as_array);
        for ground in grounds.into_iter().flatten().filter_map(Value::as_str) {
            rests_on.push(judgements.one(ground)?);
        }
        let mut measure = measure.clone();
        if let Some(map) = measure.as_object_mut() {
            map.insert("rests_on".to_owned(), rests_on.into());
            map.insert("events".to_owned(), of_measure.into());
        }
        explained.push(measure);
    }
    Ok(explained.into())
}

/// Finds the events behind names like `C1/d1`.
struct Judgements<'e> {
    engine: &'e Engine,
    as_of_position: u64,
    offset: CivilOffset,
    known: HashMap<ComplaintId, Vec<(DeterminationId, Value)>>,
}

impl Judgements<'_> {
    fn named(&mut self, merchant: &MerchantSeen) -> Result<Value, EngineError> {
        let mut named = Vec::new();
        for name in &merchant.determinations {
            named.push(self.one(name)?);
        }
        Ok(named.into())
    }

    /// A ground and the event that it names; a reference to something outside names none.
    fn one(&mut self, name: &str) -> Result<Value, EngineError> {
        let determination = name.rsplit_once('/').and_then(|(complaint, number)| {
            let complaint_id = ComplaintId::new(complaint).ok()?;
            Some((complaint_id, DeterminationId::parse(number)?))
        });
        let event = match determination {
            Some((complaint_id, determination_id)) => self
                .of_complaint(complaint_id)?
                .iter()
                .find(|(known, _)| *known == determination_id)
                .map(|(_, event)| event.clone()),
            None => None,
        };
        Ok(json!({ "ground": name, "event": event }))
    }

    fn of_complaint(
        &mut self,
        complaint_id: ComplaintId,
    ) -> Result<&[(DeterminationId, Value)], EngineError> {
        if !self.known.contains_key(&complaint_id) {
            let stream = StreamId::Complaint(complaint_id.clone());
            let events = events::of_stream(self.engine, &stream, self.as_of_position)?;
            let determined = events
                .iter()
                .filter_map(|recorded| {
                    let Event::Complaint(complaint::Event::LiabilityDetermined {
                        determination_id,
                        ..
                    }) = &recorded.event
                    else {
                        return None;
                    };
                    Some((*determination_id, events::whole(recorded, self.offset)))
                })
                .collect();
            self.known.insert(complaint_id.clone(), determined);
        }
        Ok(self
            .known
            .get(&complaint_id)
            .map_or(&[], |determined| determined.as_slice()))
    }
}
