//! Connections: how many, and what becomes of those who take nothing of what they are sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use h2::client::{ResponseFuture, SendRequest};
use redress_tests::redress;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use ureq::http::Request;

use crate::stand::{Server, register};

/// How long something may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request for a place that everybody may ask.
fn ask(stream: &mut TcpStream, address: &str) {
    let head = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
}

/// What came within a moment.
fn heard(stream: &mut TcpStream) -> String {
    let mut heard = [0; 4_096];
    match stream.read(&mut heard) {
        Ok(count) => String::from_utf8_lossy(&heard[..count]).into_owned(),
        Err(_) => String::new(),
    }
}

#[test]
fn only_so_many_connections_are_open_at_a_time() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__CONNECTIONS", "2")]);
    let address = server.url.strip_prefix("http://").unwrap();
    let connect = || {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        stream
    };
    let (mut first, mut second, mut third) = (connect(), connect(), connect());
    for stream in [&mut first, &mut second] {
        ask(stream, address);
        assert!(heard(stream).starts_with("HTTP/1.1 200 "));
    }
    ask(&mut third, address);
    assert_eq!(heard(&mut third), "");
    // Those who are there are answered as before, and the next has its turn when one goes.
    ask(&mut first, address);
    assert!(heard(&mut first).starts_with("HTTP/1.1 200 "));
    drop(second);
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(heard(&mut third).starts_with("HTTP/1.1 200 "));

    let output = Command::new(redress())
        .args(["serve", "--print-config"])
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("\nconnections = 4096\n"), "{shown}");
}

/// The figure of open connections.
fn open_connections(server: &Server) -> String {
    let figures = server.get("/metrics").text;
    let line = figures
        .lines()
        .find(|line| line.starts_with("redress_connections "));
    line.unwrap().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn an_address_holds_only_its_share_of_connections() {
    let server = Server::start_with(
        &[],
        &[("REDRESS_SERVE_LIMITS__CONNECTIONS_PER_ADDRESS", "2")],
    );
    let address = server.url.strip_prefix("http://").unwrap();
    let connect = || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let mut held = [connect(), connect()];
    for stream in &mut held {
        ask(stream, address);
        assert!(heard(stream).starts_with("HTTP/1.1 200 "));
    }
    for _ in 0..3 {
        // Nothing was asked: it is closed, and not refused for what it said.
        let closed = connect().read(&mut [0]);
        assert_eq!(closed.unwrap(), 0);
    }
    server.expect_line("an address holds as many connections as it may");
    ask(&mut held[0], address);
    assert!(heard(&mut held[0]).starts_with("HTTP/1.1 200 "));
    let [first, second] = held;
    drop(first);
    let begun = Instant::now();
    loop {
        let mut next = connect();
        let head = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
        // One that is closed may already take nothing any more.
        let _ = next.write_all(head.as_bytes());
        if heard(&mut next).starts_with("HTTP/1.1 200 ") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the place is not free again");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(second);
    // It is told once, however many are closed.
    let later = server.lines_so_far();
    let is_told = later.iter().any(|line| line.contains("an address holds"));
    assert!(!is_told, "{later:?}");
}

/// What runs the tests that speak HTTP/2 by hand.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Somebody who speaks HTTP/2 and grants each stream so many bytes, and no more, with the end of
/// their connection.
async fn connected(
    server: &Server,
    window_bytes: u32,
) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let address = server.url.strip_prefix("http://").unwrap();
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let (requests, connection) = h2::client::Builder::new()
        .initial_window_size(window_bytes)
        .handshake(socket)
        .await
        .unwrap();
    let ended = tokio::spawn(connection);
    (requests.ready().await.unwrap(), ended)
}

/// Asks for what everybody may ask for.
fn get(requests: &mut SendRequest<Bytes>, server: &Server, path: &str) -> ResponseFuture {
    let request = Request::get(format!("{}{path}", server.url));
    let (answer, _) = requests
        .send_request(request.body(()).unwrap(), true)
        .unwrap();
    answer
}

#[test]
fn a_connection_of_http_2_that_is_idle_is_ended() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__IDLE_MS", "300")]);
    runtime().block_on(async {
        let (mut requests, ended) = connected(&server, 65_535).await;
        let follow = get(&mut requests, &server, "/v1/events/stream")
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        // With something under way it is not idle.
        let health = get(&mut requests, &server, "/healthz").await.unwrap();
        assert_eq!(health.status(), 200);
        assert!(!ended.is_finished());
        drop((follow, health));
        timeout(PATIENCE, ended).await.unwrap().unwrap().unwrap();
    });
    assert_eq!(open_connections(&server), "1");
}

#[test]
fn ordinary_answers_over_http_2_that_are_not_taken_are_reset() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_EVENTS__SLOW_READER_MS", "300")]);
    runtime().block_on(async {
        for window_bytes in [0, 1, 1_000] {
            let (mut requests, _ended) = connected(&server, window_bytes).await;
            let begun = Instant::now();
            let mut bodies = Vec::new();
            for path in ["/healthz", "/openapi.json", "/nowhere"] {
                let answer = get(&mut requests, &server, path).await.unwrap();
                let length = answer.headers()["content-length"].to_str().unwrap();
                let is_taken = length.parse::<u32>().unwrap() <= window_bytes;
                bodies.push((path, is_taken, answer.into_body()));
            }
            for (path, is_taken, mut body) in bodies {
                let end = loop {
                    match timeout(PATIENCE, body.data()).await.unwrap() {
                        Some(Ok(_)) => {}
                        Some(Err(error)) => break Some(error),
                        None => break None,
                    }
                };
                // What fits is whole, and waits for no further byte to be granted.
                let reason = end.and_then(|error| error.reason());
                let expected = (!is_taken).then_some(Reason::CANCEL);
                assert_eq!(reason, expected, "{path} with {window_bytes}");
                if !is_taken {
                    assert!(begun.elapsed() >= Duration::from_millis(600), "{path}");
                }
            }
        }
        // A long answer that fits exactly comes whole.
        let length = server.get("/openapi.json").text.len();
        let (mut requests, _ended) = connected(&server, u32::try_from(length).unwrap()).await;
        let answer = get(&mut requests, &server, "/openapi.json").await.unwrap();
        let mut body = answer.into_body();
        let mut taken = 0;
        while let Some(piece) = timeout(PATIENCE, body.data()).await.unwrap() {
            taken += piece.unwrap().len();
        }
        assert_eq!(taken, length);
    });
}

/// Asks for something whose answer is never taken, and waits until it is cut off.
async fn until_cut_off(requests: &mut SendRequest<Bytes>, request: Request<()>, body: Vec<u8>) {
    let (answer, mut sending) = requests.send_request(request, false).unwrap();
    sending.send_data(Bytes::from(body), true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    let mut taken = 0;
    let reset = loop {
        match timeout(PATIENCE, body.data()).await.unwrap() {
            Some(Ok(data)) => taken += data.len(),
            Some(Err(error)) => break error,
            None => panic!("it came to an end"),
        }
    };
    assert_eq!(reset.reason(), Some(Reason::CANCEL), "{reset}");
    assert!(taken <= 1_000, "{taken}");
}

#[test]
fn a_stream_of_http_2_that_is_not_taken_is_reset_and_its_connection_goes_on() {
    let server = Server::start_with(
        &[],
        &[
            ("REDRESS_SERVE_EVENTS__SLOW_READER_MS", "400"),
            ("REDRESS_SERVE_LIMITS__STREAMS_PER_IDENTITY", "1"),
        ],
    );
    let lines: String = (0..50)
        .map(|number| format!("{}\n", register(&format!("M{number}"))))
        .collect();
    runtime().block_on(async {
        let (mut requests, _ended) = connected(&server, 1_000).await;
        let feed = Request::post(format!("{}/v1/commands", server.url))
            .header("content-type", "application/x-ndjson")
            .body(())
            .unwrap();
        until_cut_off(&mut requests, feed, lines.into_bytes()).await;
        // Only one stream may be open at a time: the next can be, so that the one before is gone.
        let follow = || Request::get(format!("{}/v1/events/stream", server.url));
        let begun = Instant::now();
        until_cut_off(&mut requests, follow().body(()).unwrap(), Vec::new()).await;
        assert!(begun.elapsed() >= Duration::from_millis(800));
        // The connection is none the worse for it.
        let request = follow().header("last-event-id", "50").body(()).unwrap();
        let (answer, _) = requests.send_request(request, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200);
    });
    assert_eq!(server.get("/readyz").json()["position"], 50);
}
