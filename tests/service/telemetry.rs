//! What is told: log lines for programs, and spans to a collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::stand::{Server, register};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE_ID: [u8; 16] = [
    0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36,
];

#[test]
fn log_lines_are_json_where_a_program_reads_them() {
    let server = Server::start_with(
        &[],
        &[
            ("REDRESS_SERVE_TELEMETRY__LOGS", "json"),
            ("REDRESS_LOG", "redress_service=debug"),
        ],
    );
    server.command(&register("M1"));
    let line: Value = serde_json::from_str(&server.expect_line("took_us")).unwrap();
    assert_eq!(line["status"], 201, "{line}");
    assert_eq!(line["span"]["route"], "/v1/commands", "{line}");
    assert_eq!(line["span"]["request_id"].as_str().unwrap().len(), 36);
}

/// Takes what is sent to a collector: the path and the body of each request.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send((first, body)).is_err() {
                return;
            }
        }
    });
    (url, received)
}

#[test]
fn spans_go_to_a_collector_in_the_trace_of_the_caller() {
    let (url, received) = collector();
    let server = Server::start_with(&[], &[("REDRESS_SERVE_TELEMETRY__OTLP_ENDPOINT", &url)]);
    server.command_with(&register("M1"), &[("traceparent", TRACE)]);
    // Spans that wait are sent before the program ends.
    assert_eq!(server.stop(), 0);
    let (first, body) = received.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(first.starts_with("POST /v1/traces "), "{first}");
    assert!(body.windows(16).any(|bytes| bytes == TRACE_ID));
    assert!(body.windows(12).any(|bytes| bytes == b"/v1/commands"));
}
