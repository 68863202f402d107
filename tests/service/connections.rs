//! Connections: how many, and what becomes of those who take nothing of what they are sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use redress_tests::redress;
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

/// Somebody who speaks HTTP/2 and grants each stream a thousand bytes, and no more.
async fn reluctant(address: &str) -> SendRequest<Bytes> {
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let (requests, connection) = h2::client::Builder::new()
        .initial_window_size(1_000)
        .handshake(socket)
        .await
        .unwrap();
    tokio::spawn(connection);
    requests.ready().await.unwrap()
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let address = server.url.strip_prefix("http://").unwrap();
        let mut requests = reluctant(address).await;
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
