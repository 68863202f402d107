//! Answers to commands, for programs.

use redress_domain::identity::StreamId;
use redress_domain::refusal::{Code, Refusal};
use serde_json::{Map, Value, json};

/// A command that was accepted, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// The stream that it was decided on.
    pub stream: &'a StreamId,
    /// The stream's version after its last event.
    pub version: u64,
    /// The log position of its last event.
    pub position: u64,
    /// The types of its events, in order.
    pub events: &'a [&'a str],
    /// Whether it had been accepted before, and this is the first answer again.
    pub replayed: bool,
}

/// The answer to a command that was accepted.
#[must_use]
pub fn accepted(answer: &Accepted<'_>) -> Value {
    json!({
        "outcome": "accepted",
        "stream": answer.stream.to_string(),
        "version": answer.version,
        "position": answer.position,
        "events": answer.events,
        "replayed": answer.replayed,
    })
}

/// The answer to a command that was refused: nothing is written.
#[must_use]
pub fn refused(refusal: &Refusal) -> Value {
    let mut answer = Map::new();
    answer.insert("outcome".to_owned(), "refused".into());
    answer.extend(reason(refusal));
    Value::Object(answer)
}

/// The answer to a command that expected another version of its stream: a refusal with the actual
/// one, -1 for a stream that does not exist.
#[must_use]
pub fn version_conflict(refusal: &Refusal, actual_version: i64) -> Value {
    let mut answer = refused(refusal);
    if let Some(map) = answer.as_object_mut() {
        map.insert("actual_version".to_owned(), actual_version.into());
    }
    answer
}

/// Code, clause and sentence of a refusal; measure and cure where the gate gave it.
#[must_use]
pub fn reason(refusal: &Refusal) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("code".to_owned(), refusal.code.as_str().into());
    map.insert("clause".to_owned(), json!(refusal.clause));
    map.insert("message".to_owned(), refusal.message.as_str().into());
    if let Some(measure_id) = refusal.measure_id {
        map.insert("measure_id".to_owned(), measure_id.to_string().into());
    }
    if let Some(cure) = &refusal.cure {
        map.insert("cure".to_owned(), cure.as_str().into());
    }
    map
}

/// What a program that asks over a network is told about a refusal: the number of an HTTP status.
#[must_use]
pub const fn status_of(code: Code) -> u16 {
    match code {
        Code::RoleNotAllowed | Code::NotYourCase | Code::TrustNotAllowed => 403,
        Code::VersionConflict => 412,
        Code::CommandIdReused => 409,
        Code::FieldUnknown
        | Code::FieldMissing
        | Code::FieldInvalid
        | Code::TimestampWithoutOffset => 400,
        _ => 422,
    }
}

#[cfg(test)]
mod tests {
    use redress_domain::identity::StreamId;
    use redress_domain::measure::MeasureId;
    use redress_domain::refusal::{Code, Refusal};
    use serde_json::json;

    use super::{Accepted, accepted, refused, status_of, version_conflict};

    #[test]
    fn an_accepted_command() {
        let stream = StreamId::parse("complaint-C1").unwrap();
        let answer = accepted(&Accepted {
            stream: &stream,
            version: 5,
            position: 18,
            events: &["RefundApproved", "RoundClosed"],
            replayed: false,
        });
        assert_eq!(
            answer,
            json!({ "outcome": "accepted", "stream": "complaint-C1", "version": 5, "position": 18,
                "events": ["RefundApproved", "RoundClosed"], "replayed": false })
        );
    }

    #[test]
    fn a_refused_command() {
        let refusal = Refusal::new(Code::RoundClosed, "the round is closed");
        assert_eq!(
            refused(&refusal),
            json!({ "outcome": "refused", "code": "round_closed", "clause": null,
                "message": "the round is closed" })
        );
        let mut refusal = Refusal::new(Code::SigningSuspended, "closed").citing("4.2(4)");
        refusal.measure_id = Some(MeasureId(1));
        refusal.cure = Some("in a month".to_owned());
        assert_eq!(
            refused(&refusal),
            json!({ "outcome": "refused", "code": "signing_suspended", "clause": "4.2(4)",
                "message": "closed", "measure_id": "m1", "cure": "in a month" })
        );
        let refusal = Refusal::new(Code::VersionConflict, "moved on");
        assert_eq!(version_conflict(&refusal, -1)["actual_version"], json!(-1));
    }

    #[test]
    fn every_code_has_its_status() {
        assert_eq!(status_of(Code::NotYourCase), 403);
        assert_eq!(status_of(Code::VersionConflict), 412);
        assert_eq!(status_of(Code::CommandIdReused), 409);
        assert_eq!(status_of(Code::EvidenceMissing), 422);
        for code in Code::ALL {
            let about_shape =
                code.as_str().starts_with("field_") || code.as_str().starts_with("timestamp_");
            assert_eq!(status_of(*code) == 400, about_shape, "{}", code.as_str());
        }
    }
}
