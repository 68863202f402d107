//! Lists: filters, and pages that writes do not move.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::stand::{Server, file, register};

/// Hands in a feed, every line of which must be accepted.
fn feed(server: &Server, commands: &[Value]) {
    let lines: String = commands.iter().map(|one| format!("{one}\n")).collect();
    let headers = [("content-type", "application/x-ndjson")];
    let answered = server.post("/v1/commands", &headers, lines.as_bytes());
    assert_eq!(
        answered.text.matches("\"accepted\"").count(),
        commands.len()
    );
}

/// Every id of a list, page by page; the pages' sizes too.
fn ids(server: &Server, list: &str, id: &str) -> (Vec<String>, Vec<usize>) {
    let (mut found, mut sizes) = (Vec::new(), Vec::new());
    let mut path = list.to_owned();
    loop {
        let answered = server.get(&path);
        assert_eq!(answered.status, 200, "{path}: {}", answered.text);
        let page = answered.json();
        let items = page["items"].as_array().unwrap();
        sizes.push(items.len());
        found.extend(items.iter().map(|one| one[id].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("{list}&after={next}"),
            None => return (found, sizes),
        }
    }
}

#[test]
fn pages_show_everything_once_while_others_write() {
    let server = Server::start();
    let first: Vec<String> = (0..120).map(|number| format!("C{number:03}")).collect();
    let mut commands = vec![register("M1")];
    commands.extend(first.iter().map(|id| file(id, "M1")));
    feed(&server, &commands);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Between and behind those that are there, as long as pages are read.
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                let id = format!("C{:03}-{number}", number % 140);
                assert_eq!(server.command(&file(&id, "M1")).status, 201);
                number += 1;
            }
        });
        for _ in 0..5 {
            let (found, sizes) = ids(&server, "/v1/complaints?limit=7", "complaint_id");
            let different: BTreeSet<&String> = found.iter().collect();
            assert_eq!(different.len(), found.len(), "an id was shown twice");
            assert!(found.is_sorted());
            assert!(
                first.iter().all(|id| different.contains(id)),
                "an id is missing"
            );
            assert!(sizes.len() >= 120 / 7 && sizes.iter().all(|size| *size <= 7));
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn filters_must_all_hold_and_are_kept_from_page_to_page() {
    let server = Server::start();
    let mut commands = vec![register("M1"), register("M2")];
    for number in 0..20 {
        let merchant = if number % 4 == 0 { "M2" } else { "M1" };
        commands.push(file(&format!("C{number:02}"), merchant));
    }
    for id in ["C01", "C04"] {
        commands.push(json!({
            "type": "complaint.withdraw",
            "by": { "role": "user", "id": "U1" },
            "data": { "complaint_id": id },
        }));
    }
    feed(&server, &commands);
    for (filter, count, first) in [
        ("merchant=M2", 5, "C00"),
        ("merchant=M1&state=pending", 14, "C02"),
        ("state=withdrawn", 2, "C01"),
        ("state=withdrawn&merchant=M2", 1, "C04"),
        ("waiting=false", 2, "C01"),
        ("waiting=true&merchant=M2", 4, "C00"),
        ("user=U1", 20, "C00"),
        ("under_review=false", 20, "C00"),
        ("agreement=A1", 0, ""),
        ("user=U2", 0, ""),
    ] {
        let (found, _) = ids(
            &server,
            &format!("/v1/complaints?{filter}&limit=3"),
            "complaint_id",
        );
        assert_eq!(found.len(), count, "{filter}: {found:?}");
        assert_eq!(found.first().map_or("", String::as_str), first, "{filter}");
    }
    let (merchants, _) = ids(
        &server,
        "/v1/merchants?tier=none&kind=direct",
        "merchant_id",
    );
    assert_eq!(merchants, ["M1", "M2"]);
    let (merchants, _) = ids(&server, "/v1/merchants?tier=t1", "merchant_id");
    assert_eq!(merchants, Vec::<String>::new());
    for wrong in [
        "state=open",
        "limit=0",
        "limit=501",
        "after=C1",
        "stat=pending",
        "user=",
    ] {
        let answered = server.get(&format!("/v1/complaints?{wrong}"));
        assert_eq!(answered.status, 400, "{wrong}: {}", answered.text);
    }
    // As it was: the log is looked at up to there.
    let (found, _) = ids(&server, "/v1/complaints?as_of=6&limit=2", "complaint_id");
    assert!(!found.is_empty() && found.len() < 20, "{found:?}");
}

#[test]
fn a_list_of_one_s_own_has_filters_and_pages_as_every_list() {
    let server = Server::start();
    let intermediary = json!({
        "type": "intermediary.register",
        "by": { "role": "service", "id": "onboarding" },
        "data": { "intermediary_id": "I1", "kind": "institution", "name": "Example" },
    });
    feed(&server, &[register("M0"), register("M1"), intermediary]);
    let merchant = server.bearer("merchant", "M1");
    let institution = server.bearer("intermediary", "I1");
    for (bearer, list, id, own, filters) in [
        (
            &merchant,
            "/v1/merchants",
            "merchant_id",
            "M1",
            ["kind=direct", "kind=sub_merchant"],
        ),
        (
            &institution,
            "/v1/intermediaries",
            "intermediary_id",
            "I1",
            ["kind=institution", "kind=service_provider"],
        ),
    ] {
        let listed = |query: &str| {
            let head = [("authorization", bearer.as_str())];
            let answered = server.get_with(&format!("{list}?{query}"), &head);
            assert_eq!(answered.status, 200, "{query}: {}", answered.text);
            let page = answered.json();
            assert_eq!(page["next"], Value::Null, "{query}");
            let items = page["items"].as_array().unwrap().iter();
            items
                .map(|one| one[id].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let [fits, differs] = filters;
        assert_eq!(listed(""), [own]);
        assert_eq!(listed(&format!("{fits}&tier=none&limit=1")), [own]);
        assert_eq!(listed(differs), Vec::<String>::new());
        assert_eq!(listed("tier=t1"), Vec::<String>::new());
        // Of the past, it was not there yet.
        assert_eq!(listed("as_of=1"), Vec::<String>::new());
    }
}
