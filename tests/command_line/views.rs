//! `complaint`, `merchant`, `agreement`, `intermediary`, `queue`, `repeats`, `sla`, `gate`.

use std::path::Path;

use redress_tests::run_on;
use serde_json::json;
use tempfile::TempDir;

use crate::story;

fn shown(store: &TempDir, line: &str) -> String {
    run_on(store.path(), line.split(' ')).ended(0).output
}

#[test]
fn a_complaint_shows_its_clocks_with_the_time_left_or_overdue_in_words() {
    let store = story::store();
    let page = shown(&store, "complaint C1 --at 2026-05-04T09:00:00.001+08:00");
    assert!(
        page.contains("Complaint C1 · processing · round 1"),
        "{page}"
    );
    assert!(page.contains("due (+08:00)"), "{page}");
    // guide first-reply, rulebook 3(1).1.1: one millisecond late is late.
    for line in [
        "first reply      guide first-reply  met late  2026-05-02 09:00:00  met 2 d late",
        "refund decision  rulebook 3(1).1.1  breached  2026-05-04 09:00:00  1 ms late",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(
        page.contains("owed              ¥97.00 (requested)"),
        "{page}"
    );
    assert!(page.contains("4.1(1)"), "{page}");
    let page = shown(
        &store,
        "complaint C3 --as-of 2026-05-02T11:00:00+08:00 --at 2026-05-03T08:00:00+08:00",
    );
    assert!(
        page.contains("at risk   2026-05-03 11:00:00  3 h left"),
        "{page}"
    );
    assert!(
        page.contains("on track  2026-05-05 11:00:00  2 d 3 h left"),
        "{page}"
    );
    assert!(
        page.lines().all(|line| line.chars().count() <= 100),
        "{page}"
    );
}

#[test]
fn what_is_not_there_is_said_in_a_sentence() {
    let store = story::store();
    for kind in ["complaint", "merchant", "agreement", "intermediary"] {
        let ran = run_on(store.path(), [kind, "X9"]).ended(1);
        assert_eq!(ran.errors, format!("redress: there is no {kind} `X9`\n"));
        assert_eq!(ran.output, "");
    }
    let ran = run_on(store.path(), ["complaint", "C3", "--as-of", "3"]).ended(1);
    assert_eq!(
        ran.errors,
        "redress: there was no complaint `C3` as of position 3\n"
    );
    let ran = run_on(store.path(), ["complaint", "C3", "--as-of", "99999"]).ended(1);
    assert!(
        ran.errors.contains("there is no position 99999"),
        "{}",
        ran.errors
    );
    let ran = run_on(
        store.path(),
        ["gate", "--merchant", "M9", "--action", "sign"],
    )
    .ended(1);
    assert_eq!(ran.errors, "redress: there is no merchant `M9`\n");
}

#[test]
fn where_there_is_no_store_a_query_makes_none() {
    let nowhere = TempDir::new().unwrap();
    for line in [
        "complaint C1",
        "merchant M1",
        "queue",
        "sla",
        "repeats",
        "gate --merchant M1 --action sign",
        "list complaints",
        "history --all",
        "explain merchant M1",
    ] {
        let ran = run_on(nowhere.path(), line.split(' ')).ended(1);
        assert!(
            ran.errors.contains("there is no store in"),
            "{line}: {}",
            ran.errors
        );
    }
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let store = story::store();
    for line in [
        "complaint C1 --at 2026-05-04T09:00:00",
        "complaint C1 --as-of soon",
        "queue --due-within soon",
        "queue --view mine",
        "sla --from yesterday",
        "gate --merchant M1 --action fly",
        "gate --merchant M1 --action debit --amount-fen -5",
        "list cases",
        "list merchants --where tier",
    ] {
        let ran = run_on(store.path(), line.split(' ')).ended(2);
        assert_eq!(ran.output, "", "{line}");
    }
}

#[test]
fn a_view_as_of_a_position_says_what_was_known_then() {
    let store = story::store();
    let before = run_on(
        store.path(),
        [
            "complaint",
            "C1",
            "--as-of",
            "2026-05-01T09:00:00+08:00",
            "--format",
            "json",
        ],
    )
    .ended(0)
    .json();
    assert_eq!(before["state"], json!("pending"));
    assert_eq!(before["findings"], json!([]));
    // `at` re-reads clocks and never adds findings.
    let later = run_on(
        store.path(),
        [
            "complaint",
            "C1",
            "--as-of",
            "2026-05-01T09:00:00+08:00",
            "--at",
            "2026-05-06T09:00:00+08:00",
            "--format",
            "json",
        ],
    )
    .ended(0)
    .json();
    assert_eq!(later["clocks"]["first_reply"]["status"], json!("breached"));
    assert_eq!(later["findings"], json!([]));
    assert_eq!(later["as_of_position"], before["as_of_position"]);
}

#[test]
fn a_merchant_shows_why_it_is_at_its_tier_and_what_it_may_not_do() {
    let store = story::store();
    let page = shown(&store, "merchant M1 --as-of 2026-05-11T09:00:00+08:00");
    assert!(page.contains("Merchant M1 · Example · tier t2"), "{page}");
    assert!(
        page.contains("entry 2 of t2: a rectification is overdue"),
        "{page}"
    );
    assert!(
        page.contains("t3: 17 liable rounds, 8 liable users missing"),
        "{page}"
    );
    assert!(page.contains("OVERDUE"), "{page}");
    assert!(page.contains("proposed, 0"), "{page}");
    assert!(
        page.lines().all(|line| line.chars().count() <= 100),
        "{page}"
    );
}

#[test]
fn the_gate_names_measure_clause_and_cure() {
    let store = story::store();
    let gate = "gate --merchant M1 --action sign --template T1 --as-of 2026-05-20T09:00:00+08:00";
    assert!(shown(&store, gate).starts_with("allowed"));
    let proposed = story::events(&store)
        .into_iter()
        .rfind(|event| event["type"] == "MeasureProposed")
        .unwrap();
    let approvals: Vec<_> = ["K2", "K3"]
        .map(|person| {
            json!({
                "type": "merchant.approve_measure", "recorded_at": "2026-05-12T09:00:00+08:00",
                "by": { "role": "risk", "id": person },
                "data": { "merchant_id": "M1", "measure_id": proposed["data"]["measure_id"] },
            })
        })
        .into();
    story::append(&store, "approvals.ndjson", &approvals);
    let page = shown(&store, gate);
    assert!(page.starts_with("refused"), "{page}");
    assert!(page.contains("signing_suspended"), "{page}");
    assert!(page.contains("4.2(4)"), "{page}");
    let answer = run_on(store.path(), format!("{gate} --format json").split(' ')).ended(0);
    assert_eq!(answer.json()["measure_id"], proposed["data"]["measure_id"]);
    // The end of the measure is exclusive: thirty days after it came into force.
    let at = |instant: &str| {
        shown(
            &store,
            &format!("gate --merchant M1 --action sign --template T1 --at {instant}"),
        )
    };
    assert!(at("2026-06-11T08:59:59.999+08:00").starts_with("refused"));
    assert!(at("2026-06-11T09:00:00+08:00").starts_with("allowed"));
}

#[test]
fn the_queue_begins_with_the_most_urgent_and_can_be_cut() {
    let store = story::store();
    let at = "--at 2026-05-02T20:00:00+08:00 --as-of 2026-05-02T11:00:00+08:00";
    let queue = run_on(store.path(), format!("queue {at} --format json").split(' ')).ended(0);
    let queue = queue.json();
    let ids: Vec<_> = queue
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["complaint_id"])
        .collect();
    assert_eq!(ids, ["C1", "C2", "C3"]);
    let page = shown(&store, &format!("queue {at} --limit 1"));
    assert!(page.contains("11 h late"), "{page}");
    assert!(page.contains("3 complaints, the first 1 shown"), "{page}");
    let breached = shown(&store, &format!("queue {at} --view breached"));
    assert!(!breached.contains("C3"), "{breached}");
    let soon = shown(&store, &format!("queue {at} --due-within 1h --merchant M1"));
    assert!(soon.contains("2 complaints"), "{soon}");
    let other = shown(&store, &format!("queue {at} --merchant M2"));
    assert!(other.contains("0 complaints"), "{other}");
}

#[test]
fn reports_count() {
    let store = story::store();
    let at = "--as-of 2026-05-04T09:00:00.001+08:00";
    let sla = run_on(
        store.path(),
        format!("sla {at} --merchant M1 --format json").split(' '),
    );
    let sla = sla.ended(0).json();
    assert_eq!(sla["rounds"], json!(3));
    assert_eq!(sla["clocks"]["first_reply"]["late"], json!(3));
    assert!(shown(&store, &format!("sla {at}")).contains("3 rounds"));
    let repeats = shown(&store, &format!("repeats {at} --user U1 --merchant M1"));
    assert!(repeats.contains("repeat rounds     0"), "{repeats}");
    assert!(
        repeats.contains("undefined: no round was closed"),
        "{repeats}"
    );
}

#[test]
fn an_agreement_and_an_intermediary_have_pages() {
    let store = story::store();
    story::append(
        &store,
        "more.ndjson",
        &[
            json!({
                "type": "intermediary.register", "recorded_at": "2026-05-12T09:00:00+08:00",
                "by": { "role": "service", "id": "onboarding" },
                "data": { "intermediary_id": "I1", "kind": "institution", "name": "Bank" },
            }),
            json!({
                "type": "agreement.sign", "recorded_at": "2026-05-12T09:00:00+08:00",
                "by": { "role": "service", "id": "signing" },
                "data": {
                    "agreement_id": "A1", "merchant_id": "M1", "user_ref": "U1",
                    "template_id": "T2", "kind": "periodic", "disclosed": true,
                    "plan": { "amount_fen": 3000, "period": "P1M", "debits_per_period": 1 },
                },
            }),
        ],
    );
    let page = shown(&store, "agreement A1");
    assert!(
        page.contains("at most ¥30.00 a debit, 1 debit in each P1M"),
        "{page}"
    );
    let page = shown(&store, "intermediary I1");
    assert!(
        page.contains("Intermediary I1 · Bank · institution · tier none"),
        "{page}"
    );
    for (kind, id) in [("agreements", "A1"), ("intermediaries", "I1")] {
        assert!(shown(&store, &format!("list {kind}")).contains(id));
    }
}

#[test]
fn a_pipe_gets_no_colour_and_a_closed_one_ends_quietly() {
    use std::process::{Command, Stdio};
    let store = story::store();
    let run = |path: &Path| {
        let mut command = Command::new(redress_tests::redress());
        command.arg("--data").arg(path).args(["history", "--all"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut child = run(store.path());
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    let whole = run(store.path()).wait_with_output().unwrap();
    assert!(!whole.stdout.contains(&0x1b));
}
