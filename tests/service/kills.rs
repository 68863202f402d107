//! Nothing that a client saw acknowledged is lost: what clients wrote down is compared with the log
//! after the service was killed, again and again, and after it was stopped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::stand::{Server, client, history, register};

/// How often the service is killed under load.
fn rounds() -> u64 {
    std::env::var("REDRESS_KILLS_OF_SERVICE")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(50)
}

/// What the clients saw: the position by the id of each command acknowledged.
#[derive(Default)]
struct Record {
    acknowledged: Mutex<HashMap<String, u64>>,
    /// Answers that broke off, or were no acknowledgement.
    unknown: AtomicU64,
    next: AtomicU64,
    stopping: AtomicBool,
}

/// Clients that send commands until they are told to stop, each under a key of its own.
fn load(url: &str, record: &Arc<Record>, clients: usize) -> Vec<JoinHandle<()>> {
    record.stopping.store(false, Ordering::SeqCst);
    (0..clients)
        .map(|_| {
            let (url, record) = (format!("{url}/v1/commands"), Arc::clone(record));
            std::thread::spawn(move || {
                let agent = client();
                while !record.stopping.load(Ordering::SeqCst) {
                    let number = record.next.fetch_add(1, Ordering::SeqCst);
                    let id = format!("00000000-0000-4000-8000-{number:012}");
                    let answered = agent
                        .post(&url)
                        .header("content-type", "application/json")
                        .header("idempotency-key", &id)
                        .send(register(&format!("M{number}")).to_string());
                    let accepted = answered.ok().and_then(|mut answered| {
                        let text = answered.body_mut().read_to_string().ok()?;
                        let document: Value = serde_json::from_str(&text).ok()?;
                        (answered.status() == 201).then(|| document["position"].as_u64())?
                    });
                    match accepted {
                        Some(position) => {
                            record.acknowledged.lock().unwrap().insert(id, position);
                        }
                        None => {
                            record.unknown.fetch_add(1, Ordering::SeqCst);
                            // Whoever gets no connection need not ask a thousand times a second.
                            std::thread::sleep(Duration::from_millis(2));
                        }
                    }
                }
            })
        })
        .collect()
}

/// Every acknowledged command is in the log once, at the position that its client was told.
fn expect_all_there(record: &Record, events: &[Value]) {
    let mut positions: HashMap<&str, u64> = HashMap::new();
    for (place, event) in events.iter().enumerate() {
        let position = event["position"].as_u64().unwrap();
        assert_eq!(position, place as u64 + 1);
        let earlier = positions.insert(event["command_id"].as_str().unwrap(), position);
        assert_eq!(earlier, None, "twice: {event}");
    }
    let acknowledged = record.acknowledged.lock().unwrap();
    for (id, position) in acknowledged.iter() {
        assert_eq!(positions.get(id.as_str()), Some(position), "{id}");
    }
}

#[test]
fn nothing_that_a_client_saw_acknowledged_is_lost_by_kills_under_load() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let record = Arc::new(Record::default());
    let mut killed_under_load = 0;
    for round in 0..rounds() {
        let mut server = Server::start_on(&data, &[], &[]);
        let before = record.acknowledged.lock().unwrap().len();
        let clients = load(&server.url, &record, 8);
        // Another instant each round.
        std::thread::sleep(Duration::from_millis(15 + round * 37 % 120));
        server.kill();
        record.stopping.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().unwrap();
        }
        let after = record.acknowledged.lock().unwrap().len();
        killed_under_load += u64::from(after > before);
    }
    let events = history(&data);
    expect_all_there(&record, &events);
    let acknowledged = record.acknowledged.lock().unwrap().len();
    println!(
        "{} rounds, {killed_under_load} under load: {acknowledged} acknowledged, {} events",
        rounds(),
        events.len()
    );
    assert!(
        killed_under_load * 10 >= rounds() * 8,
        "{killed_under_load}"
    );
}

#[test]
fn a_stop_answers_everything_that_it_took() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let record = Arc::new(Record::default());
    let server = Server::start_on(&data, &[], &[]);
    let clients = load(&server.url, &record, 16);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.stop(), 0);
    record.stopping.store(true, Ordering::SeqCst);
    for client in clients {
        client.join().unwrap();
    }
    let events = history(&data);
    expect_all_there(&record, &events);
    // Nobody was left without the answer to what was recorded.
    assert_eq!(
        record.acknowledged.lock().unwrap().len(),
        events.len(),
        "recorded and not answered"
    );
}
