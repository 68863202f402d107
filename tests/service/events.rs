//! Following the log over a real socket: through restarts, from other languages, slowly, and many
//! at once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::python;
use super::stand::Server;

/// How long something may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);

/// One event of a stream: its fields by name.
type Told = BTreeMap<String, String>;

/// Somebody who follows over a connection of its own.
struct Follower {
    lines: BufReader<TcpStream>,
}

impl Follower {
    fn connect(server: &Server, query: &str, last_event_id: Option<u64>) -> Self {
        let address = server.url.strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last_event_id.map_or_else(String::new, |id| format!("Last-Event-ID: {id}\r\n"));
        write!(
            socket,
            "GET /v1/events/stream{query} HTTP/1.1\r\nHost: {address}\r\n{last}\r\n"
        )
        .unwrap();
        Self {
            lines: BufReader::new(socket),
        }
    }

    /// The next event that has a type; `None` when the connection ends.
    fn next(&mut self) -> Option<Told> {
        let mut told = Told::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            // Sizes of chunks and heads of the answer have no field that is looked for.
            match line.trim_end().split_once(": ") {
                Some((name @ ("id" | "event" | "data"), value)) => {
                    told.insert(name.to_owned(), value.to_owned());
                }
                _ if line.trim_end().is_empty() && told.contains_key("event") => return Some(told),
                _ => {}
            }
        }
    }

    /// The positions up to an event of that type or position.
    fn positions_until(&mut self, last: u64) -> Vec<u64> {
        let mut positions = Vec::new();
        while positions.last() != Some(&last) {
            let told = self.next().expect("the stream ended early");
            if let Some(position) = position(&told) {
                positions.push(position);
            }
        }
        positions
    }
}

/// The position of an event of the log; `None` for what only the stream says.
fn position(told: &Told) -> Option<u64> {
    let is_of_log = !matches!(told["event"].as_str(), "caught-up" | "cut-off");
    is_of_log.then(|| {
        let document: Value = serde_json::from_str(&told["data"]).unwrap();
        let position = document["position"].as_u64().unwrap();
        assert_eq!(told["id"], position.to_string());
        assert_eq!(told["event"], document["type"].as_str().unwrap());
        position
    })
}

#[test]
fn a_follower_sees_every_position_once_through_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut server = Server::start_on(&data, &[], &[]);
    let mut seen: Vec<u64> = Vec::new();
    let mut last = 0;
    for round in 0..4 {
        let follow_from = (round > 0).then_some(last);
        let mut follower = Follower::connect(&server, "", follow_from);
        for number in 0..30 {
            last = server.register(&format!("M{round}-{number}"));
        }
        seen.extend(follower.positions_until(last));
        match round % 2 {
            0 => {
                // A stop tells those who follow.
                assert_eq!(server.stop(), 0);
                let mut end = None;
                while let Some(told) = follower.next() {
                    end = Some(told);
                }
                assert_eq!(end.unwrap()["event"], "cut-off");
                server = Server::start_on(&data, &[], &[]);
            }
            _ => {
                server.kill();
                server = Server::start_on(&data, &[], &[]);
            }
        }
    }
    assert_eq!(seen, (1..=last).collect::<Vec<_>>());
    let mut follower = Follower::connect(&server, "", None);
    assert_eq!(follower.positions_until(last), seen, "from 0 again");
}

#[test]
fn curl_and_python_follow_through_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let server = Server::start_on(&data, &[], &[]);
    let mut last = 0;
    for number in 0..5 {
        last = server.register(&format!("A{number}"));
    }
    let Some(first) = curl(&server, None) else {
        return;
    };
    assert_eq!(first, (1..=last).collect::<Vec<_>>());
    let Some(interpreter) = python::with(&[]) else {
        return;
    };
    assert_eq!(server.stop(), 0);
    let server = Server::start_on(&data, &[], &[]);
    let before = last;
    for number in 0..5 {
        last = server.register(&format!("B{number}"));
    }
    let text = python::run(
        &interpreter,
        FOLLOW,
        &[
            &format!("{}/v1/events/stream", server.url),
            &before.to_string(),
        ],
    );
    let second: Vec<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(second, (before + 1..=last).collect::<Vec<_>>());
}

/// Follows until the end of the log is reached, and prints the positions.
const FOLLOW: &str = r"
import json, sys, urllib.request
request = urllib.request.Request(sys.argv[1], headers={'Last-Event-ID': sys.argv[2]})
kind = None
for line in urllib.request.urlopen(request, timeout=30):
    name, _, value = line.decode().rstrip('\n').partition(': ')
    if name == 'event':
        kind = value
    if name == 'data':
        if kind == 'caught-up':
            break
        print(json.loads(value)['position'])
";

/// The positions that curl is told until the end of the log; `None`, with a word, without curl.
fn curl(server: &Server, last_event_id: Option<u64>) -> Option<Vec<u64>> {
    let started = Command::new("curl")
        .args(["--silent", "--no-buffer", "--max-time", "30", "-H"])
        .arg(format!("Last-Event-ID: {}", last_event_id.unwrap_or(0)))
        .arg(format!("{}/v1/events/stream", server.url))
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut process) = started else {
        println!("skipped: there is no curl");
        return None;
    };
    let mut positions = Vec::new();
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "event: caught-up" {
            break;
        }
        if let Some(text) = line.strip_prefix("data: ") {
            let document: Value = serde_json::from_str(text).unwrap();
            positions.push(document["position"].as_u64().unwrap());
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
    Some(positions)
}

#[test]
fn the_cloudevents_package_takes_a_batch() {
    let Some(interpreter) = python::with(&["cloudevents==1.12.0"]) else {
        return;
    };
    let server = Server::start();
    let last = server.register("M1");
    let answer = server.get_with(
        "/v1/events",
        &[("accept", "application/cloudevents-batch+json")],
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/cloudevents-batch+json")
    );
    let script = r"
import json, sys
from cloudevents.http import from_dict
for document in json.loads(sys.argv[1]):
    event = from_dict(document)
    print(event['type'], event['subject'], event['position'], event.data['merchant_id'])
";
    let printed = python::run(&interpreter, script, &[&answer.text]);
    assert_eq!(
        printed.lines().next(),
        Some("MerchantRegistered merchant-M1 1 M1")
    );
    assert_eq!(printed.lines().count() as u64, last);
}

#[test]
fn whoever_takes_nothing_any_more_is_let_go() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_EVENTS__SLOW_READER_MS", "500")]);
    // More than the sockets on the way hold.
    let lines: String = (0..4_000)
        .map(|number| {
            let command = json!({
                "type": "merchant.register",
                "by": { "role": "service", "id": "onboarding" },
                "data": {
                    "merchant_id": format!("M{number}"), "kind": "direct",
                    "industry": "general", "name": "x".repeat(1_000),
                },
            });
            format!("{command}\n")
        })
        .collect();
    let fed = server.post(
        "/v1/commands",
        &[("content-type", "application/x-ndjson")],
        lines.as_bytes(),
    );
    assert_eq!(fed.status, 200);
    let stuck = Follower::connect(&server, "", None);
    let mut reader = Follower::connect(&server, "", None);
    assert_eq!(reader.positions_until(4_000).len(), 4_000);
    let followers = || {
        let figures = server.get("/metrics").text;
        let line = figures
            .lines()
            .find(|line| line.starts_with("redress_event_followers "));
        line.unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let begun = Instant::now();
    while followers() != "1" {
        assert!(begun.elapsed() < PATIENCE, "followers: {}", followers());
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(stuck);
}

#[test]
fn a_thousand_follow_at_once() {
    const FOLLOWERS: usize = 1_000;
    const EVENTS: u64 = 200;
    let server = Server::start();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let told = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let server = &server;
        let following = scope.spawn(|| {
            runtime.block_on(async {
                let followers = (0..FOLLOWERS).map(|_| follow(&address, EVENTS, &told));
                futures_util::future::join_all(followers).await
            })
        });
        for number in 0..EVENTS {
            server.register(&format!("M{number}"));
        }
        for positions in following.join().unwrap() {
            assert_eq!(positions, (1..=EVENTS).collect::<Vec<_>>());
        }
    });
    println!(
        "{FOLLOWERS} followers were told {} events in {:?}",
        told.load(Ordering::Relaxed),
        begun.elapsed()
    );
}

/// Follows until that many events were told.
async fn follow(address: &str, events: u64, told: &AtomicUsize) -> Vec<u64> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /v1/events/stream HTTP/1.1\r\nHost: {address}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut positions = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    while positions.len() < usize::try_from(events).unwrap() {
        let read = tokio::time::timeout(PATIENCE, socket.read(&mut buffer));
        let count = read.await.unwrap().unwrap();
        assert!(count > 0, "the stream ended early");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            if let Some(document) = line.strip_prefix("data: {\"position\":")
                && let Some((position, _)) = document.split_once(',')
            {
                positions.push(position.parse().unwrap());
                told.fetch_add(1, Ordering::Relaxed);
            }
        }
        text.drain(..whole);
    }
    positions
}
