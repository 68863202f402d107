//! A disk that fills up under a service: a status of its own, reads that go on, and nothing lost.

use redress_tests::small_disk::SmallDisk;

use crate::stand::{Server, history, register};

/// A merchant whose registration takes some room.
fn large(number: u32) -> serde_json::Value {
    let mut document = register(&format!("M{number}"));
    document["data"]["name"] = "n".repeat(200).into();
    document
}

/// Commands that failed for want of room, as the figures say.
fn failed(server: &Server) -> u64 {
    let figures = server.get("/metrics").text;
    let failed = "redress_commands_total{code=\"disk_full\",outcome=\"failed\"} ";
    let line = figures.lines().find_map(|line| line.strip_prefix(failed));
    line.map_or(0, |value| value.parse().unwrap())
}

#[test]
fn lines_of_a_feed_that_fail_are_counted() {
    let Some(disk) = SmallDisk::of("1400k") else {
        redress_tests::skipped("no small disk can be mounted here");
        return;
    };
    let server = Server::start_on(&disk.path().join("data"), &[], &[]);
    let heads = [("content-type", "application/x-ndjson")];
    let last = (0..200)
        .find_map(|feed| {
            let lines: String = (feed * 100..(feed + 1) * 100)
                .map(|number| format!("{}\n", large(number)))
                .collect();
            let fed = server.post("/v1/commands", &heads, lines.as_bytes());
            let last = fed.text.lines().last().unwrap();
            (!last.contains("\"outcome\":\"accepted\"")).then(|| last.to_owned())
        })
        .unwrap();
    assert!(last.contains("\"code\":\"disk_full\""), "{last}");
    assert!(last.contains("\"outcome\":\"failed\""), "{last}");
    assert!(failed(&server) >= 1);
}

#[test]
fn a_full_disk_is_told_reads_go_on_and_a_restart_with_room_takes_commands_again() {
    let Some(disk) = SmallDisk::of("1400k") else {
        redress_tests::skipped("no small disk can be mounted here");
        return;
    };
    let data = disk.path().join("data");
    let server = Server::start_on(&data, &[], &[]);
    let mut acknowledged = Vec::new();
    let refused = loop {
        let number = u32::try_from(acknowledged.len()).unwrap();
        assert!(number < 20_000, "the disk does not fill up");
        let answered = server.command(&large(number));
        match answered.status {
            201 => acknowledged.push(answered.json()["position"].as_u64().unwrap()),
            _ => break answered,
        }
    };
    assert_eq!(refused.status, 507, "{}", refused.text);
    let problem = refused.json();
    assert_eq!(problem["code"], "disk_full");
    // It may be in the log or not: the same id again tells, once there is room.
    assert_eq!(problem["outcome"], "unknown");
    assert_eq!(problem["retryable"], true);
    // From then on it is known that nothing is stored.
    let after = server.command(&large(30_000));
    assert_eq!(after.status, 507, "{}", after.text);
    assert_eq!(after.json()["outcome"], "not_stored");
    assert_eq!(failed(&server), 2);
    let seen = server.get("/v1/merchants/M0");
    assert_eq!(seen.status, 200, "{}", seen.text);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["because"], "disk_full");
    assert_eq!(server.get("/healthz").status, 200);
    server.stop();
    disk.grow();
    let server = Server::start_on(&data, &[], &[]);
    assert_eq!(server.command(&large(30_000)).status, 201);
    server.stop();
    let events = history(&data);
    for (number, position) in acknowledged.iter().enumerate() {
        let event = &events[usize::try_from(*position).unwrap() - 1];
        assert_eq!(event["stream"], format!("merchant-M{number}"));
    }
}
