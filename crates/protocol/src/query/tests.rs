use redress_domain::gate::Capability;
use redress_domain::identity::{AgreementId, ComplaintId, MerchantId, TemplateId, UserRef};
use redress_domain::instant::Span;
use redress_projections::cases::QueueView;

use super::{AsOf, Query, QueryError, Subject, ViewKind, ViewReference};
use crate::instant::parse_instant;

fn read(text: &str) -> Result<Query, QueryError> {
    ViewReference::parse(text).and_then(|reference| Query::new(&reference))
}

fn wrong(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_view_is_named_with_literal_values() {
    let query =
        read("complaint/C/1?as_of=2026-04-02T08:00:00+08:00&at=2026-04-02T00:00:00Z").unwrap();
    let at = parse_instant("2026-04-02T08:00:00+08:00").unwrap();
    let complaint_id = ComplaintId::new("C/1").unwrap();
    assert_eq!(query.subject, Subject::Complaint(complaint_id));
    assert_eq!(query.as_of, Some(AsOf::Recorded(at)));
    assert_eq!(query.at, Some(at));
    let query = read("complaint/C1?as_of=17").unwrap();
    assert_eq!(query.as_of, Some(AsOf::Position(17)));
    assert_eq!(query.at, None);
}

#[test]
fn every_view_reads_its_parameters() {
    for kind in ViewKind::ALL {
        let name = kind.as_str();
        let text = match kind {
            ViewKind::Complaint
            | ViewKind::Merchant
            | ViewKind::Agreement
            | ViewKind::Intermediary => format!("{name}/X1"),
            ViewKind::Repeats | ViewKind::Queue | ViewKind::Sla => name.to_owned(),
            ViewKind::Gate => format!("{name}?merchant=M1&action=sign"),
        };
        assert!(read(&text).is_ok(), "{text}");
    }
    let Ok(Subject::Gate(question)) =
        read("gate?merchant=M1&action=debit&template=T%201&agreement=A1&amount_fen=3000&user=U1")
            .map(|query| query.subject)
    else {
        panic!("not a question to the gate");
    };
    assert_eq!(question.action, Capability::Debit);
    assert_eq!(question.template_id, TemplateId::new("T%201").ok());
    assert_eq!(question.agreement_id, AgreementId::new("A1").ok());
    assert_eq!(question.user_ref, UserRef::new("U1").ok());
    assert_eq!(question.amount_fen, Some(3000));
    assert_eq!(
        read("queue?due_within=6h&view=breached&merchant=M1")
            .unwrap()
            .subject,
        Subject::Queue {
            due_within: Some(Span::from_hours(6)),
            view: QueueView::Breached,
            merchant_id: MerchantId::new("M1").ok()
        }
    );
    let Ok(Subject::Repeats(repeats)) =
        read("repeats?user=U1&merchant=M1&agreement=A1&from=2026-04-02T00:00:00Z")
            .map(|query| query.subject)
    else {
        panic!("not about repeats");
    };
    assert_eq!(repeats.user_ref, UserRef::new("U1").ok());
    assert_eq!(repeats.merchant_id, MerchantId::new("M1").ok());
    assert_eq!(repeats.from, parse_instant("2026-04-02T00:00:00Z").ok());
    assert_eq!(repeats.to, None);
}

#[test]
fn what_is_asked_wrongly_is_named() {
    for (text, error) in [
        ("case/C1", "there is no view `case`"),
        ("", "there is no view ``"),
        ("complaint", "names no id; write `complaint/<id>`"),
        ("complaint/", "names no id; write `complaint/<id>`"),
        ("queue/C1", "a view `queue` has no id"),
        (
            "complaint/C1?asof=3",
            "a view `complaint` has no query `asof`",
        ),
        (
            "complaint/C1?merchant=M1",
            "a view `complaint` has no query `merchant`",
        ),
        ("complaint/C1?as_of=soon", "as_of: not an RFC 3339"),
        ("complaint/C1?as_of=-1", "as_of: not an RFC 3339"),
        (
            "complaint/C1?at=2026-04-02T00:00:00",
            "at: the timestamp has no offset",
        ),
        (
            "complaint/C1?at=",
            "the query `at` is given twice or has no value",
        ),
        (
            "complaint/C1?",
            "the query `` is given twice or has no value",
        ),
        (
            "gate?merchant",
            "the query `merchant` is given twice or has no value",
        ),
        (
            "gate?merchant=M1&merchant=M2",
            "the query `merchant` is given twice",
        ),
        ("gate?merchant=M1", "a view `gate` needs the query `action`"),
        (
            "gate?action=sign",
            "a view `gate` needs the query `merchant`",
        ),
        (
            "gate?merchant=M1&action=payment",
            "action: must be one of sign, debit",
        ),
        (
            "gate?merchant=M1&action=debit&amount_fen=-5",
            "amount_fen: must be a whole number",
        ),
        (
            "gate?merchant=M1&action=debit&amount_fen=+5",
            "amount_fen: must be a whole number",
        ),
        (
            "queue?view=mine",
            "view: must be one of all, breached, repeats",
        ),
        ("queue?due_within=soon", "due_within: not a duration"),
        ("sla?from=2026-04-02", "from: not an RFC 3339"),
        (
            "merchant/123456789012345678901234567890123",
            "id: has more than 32 characters",
        ),
    ] {
        let actual = wrong(text);
        assert!(actual.starts_with(error), "{text}: {actual}");
    }
}
