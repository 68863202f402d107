//! What stands around the data of a command, and what an id stands for.

use redress_domain::identity::{Role, Trust};
use redress_domain::refusal::{Code, Refusal};
use serde_json::{Value, json};

use crate::command::{CommandDocument, CommandError, parse, parse_bytes};
use crate::instant::parse_instant;

fn full() -> Value {
    json!({
        "id": "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d01",
        "type": "complaint.withdraw",
        "recorded_at": "2026-03-22T10:00:00+08:00",
        "occurred_at": "2026-03-22T09:59:58.120+08:00",
        "by": { "role": "user", "id": "U1" },
        "trust": "self",
        "expected_version": -1,
        "correlation_id": "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d02",
        "data": { "complaint_id": "C1" }
    })
}

fn changed(key: &str, value: Value) -> Result<CommandDocument, CommandError> {
    let mut document = full();
    document[key] = value;
    parse(&document)
}

#[test]
fn the_envelope_is_read_whole() {
    let document = parse(&full()).unwrap();
    assert_eq!(
        document.id.unwrap().to_string(),
        "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d01"
    );
    assert_eq!(document.by.role, Role::User);
    assert_eq!(document.by.id.as_str(), "U1");
    assert_eq!(document.trust, Some(Trust::OwnClaim));
    assert_eq!(document.expected_version, Some(-1));
    assert_eq!(
        document.recorded_at,
        parse_instant("2026-03-22T02:00:00Z").ok()
    );
    assert_eq!(
        document.occurred_at,
        parse_instant("2026-03-22T01:59:58.12Z").ok()
    );
    assert!(document.correlation_id.is_some());
}

#[test]
fn the_envelope_is_checked() {
    for (key, value, code, path) in [
        ("typ", json!("x"), Code::FieldUnknown, "typ"),
        ("id", json!("x"), Code::FieldInvalid, "id"),
        ("type", json!("complaint.close"), Code::FieldInvalid, "type"),
        ("type", json!("closing"), Code::FieldInvalid, "type"),
        (
            "type",
            json!("complaint.withdraw "),
            Code::FieldInvalid,
            "type",
        ),
        ("type", json!(null), Code::FieldMissing, "type"),
        ("by", json!(null), Code::FieldMissing, "by"),
        ("by", json!("U1"), Code::FieldInvalid, "by"),
        ("by", json!({ "role": "user" }), Code::FieldMissing, "by.id"),
        (
            "by",
            json!({ "role": "boss", "id": "B" }),
            Code::FieldInvalid,
            "by.role",
        ),
        (
            "by",
            json!({ "role": "user", "id": "U1", "name": "x" }),
            Code::FieldUnknown,
            "by.name",
        ),
        ("trust", json!("own"), Code::FieldInvalid, "trust"),
        (
            "expected_version",
            json!(-2),
            Code::FieldInvalid,
            "expected_version",
        ),
        (
            "expected_version",
            json!("1"),
            Code::FieldInvalid,
            "expected_version",
        ),
        (
            "recorded_at",
            json!("2026-03-22T10:00:00"),
            Code::TimestampWithoutOffset,
            "recorded_at",
        ),
        (
            "occurred_at",
            json!("2026-03-22T10:00:60Z"),
            Code::FieldInvalid,
            "occurred_at",
        ),
        (
            "occurred_at",
            json!(1_700_000_000),
            Code::FieldInvalid,
            "occurred_at",
        ),
        ("data", json!([]), Code::FieldInvalid, "data"),
        ("data", json!(null), Code::FieldMissing, "data.complaint_id"),
    ] {
        let error = changed(key, value.clone()).unwrap_err();
        assert_eq!(
            (error.code, error.path.as_str()),
            (code, path),
            "{key} {value}"
        );
    }
    let error = parse(&json!([])).unwrap_err();
    assert_eq!((error.code, error.path.as_str()), (Code::FieldInvalid, ""));
}

#[test]
fn a_line_that_is_not_json_is_no_command() {
    for line in [
        &b"{"[..],
        b"\xff\xfe",
        b"{} {}",
        b"{\"type\": 1, \"type\": 2}",
    ] {
        let error = parse_bytes(line).unwrap_err();
        assert_eq!(error.code, Code::FieldInvalid);
    }
    assert!(parse_bytes(full().to_string().as_bytes()).is_ok());
}

#[test]
fn an_error_becomes_a_refusal_with_its_place() {
    let error = changed("trust", json!("own")).unwrap_err();
    let refusal = Refusal::from(error);
    assert_eq!(refusal.code, Code::FieldInvalid);
    assert!(
        refusal
            .message
            .starts_with("trust: must be one of platform, partner, self")
    );
}

#[test]
fn the_body_is_what_an_id_stands_for() {
    let body = |document: Result<CommandDocument, CommandError>| document.unwrap().body;
    let first = body(parse(&full()));
    let same = [
        ("id", json!(null)),
        ("recorded_at", json!("2026-03-23T10:00:00+08:00")),
        ("occurred_at", json!("2026-03-22T01:59:58.1200001Z")),
        ("correlation_id", json!(null)),
        ("data", json!({ "complaint_id": "C1" })),
    ];
    for (key, value) in same {
        assert_eq!(body(changed(key, value)), first, "{key}");
    }
    let other = [
        ("type", json!("complaint.confirm")),
        ("by", json!({ "role": "user", "id": "U2" })),
        ("trust", json!("platform")),
        ("occurred_at", json!("2026-03-22T09:59:58.121+08:00")),
        ("expected_version", json!(0)),
        ("data", json!({ "complaint_id": "C2" })),
    ];
    for (key, value) in other {
        assert_ne!(body(changed(key, value)), first, "{key}");
    }
    let reordered = json!({
        "data": { "complaint_id": "C1" },
        "trust": "self",
        "by": { "id": "U1", "role": "user" },
        "expected_version": -1,
        "occurred_at": "2026-03-22T09:59:58.120+08:00",
        "type": "complaint.withdraw"
    });
    assert_eq!(body(parse(&reordered)), first);
}
