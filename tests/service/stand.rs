//! A service that a test has to itself.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use redress_domain::instant::{CivilOffset, Instant};
use redress_engine::{Clock, SystemClock};
use redress_protocol::instant::{format_instant, parse_instant};
use redress_tests::redress;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a service may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service; killed when it is dropped.
pub struct Server {
    /// Where it answers, as `http://127.0.0.1:PORT`.
    pub url: String,
    /// Its data directory.
    pub data: PathBuf,
    process: Child,
    lines: Mutex<Receiver<String>>,
    _directory: Option<TempDir>,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answered {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    /// The first head of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Server {
    /// On a new store.
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// On a new store, with arguments and settings of the environment.
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let mut server = Self::start_on(&data, arguments, environment);
        server._directory = Some(directory);
        server
    }

    /// On a data directory.
    pub fn start_on(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(redress())
            .arg("--data")
            .arg(data)
            .arg("serve")
            .args(match arguments.contains(&"--listen") {
                true => &[][..],
                false => &["--listen", "127.0.0.1:0"],
            })
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = BufReader::new(process.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut said = Vec::new();
        let url = loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => match line.split_once("answering on ") {
                    Some((_, rest)) => break rest.split(' ').next().unwrap().to_owned(),
                    None => said.push(line),
                },
                Err(_) => {
                    let _ = process.kill();
                    panic!("the service did not start: {}", said.join("\n"));
                }
            }
        };
        Self {
            url,
            data: data.to_owned(),
            process,
            lines: Mutex::new(lines),
            _directory: None,
        }
    }

    /// Asks for something.
    pub fn get(&self, path: &str) -> Answered {
        self.get_with(path, &[])
    }

    /// Asks for something, with heads.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        let mut request = client().get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answered(request.call().unwrap())
    }

    /// Hands in a body.
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let mut request = client().post(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answered(request.send(body).unwrap())
    }

    /// Hands in a command.
    pub fn command(&self, document: &Value) -> Answered {
        self.command_with(document, &[])
    }

    /// Hands in a command, with heads.
    pub fn command_with(&self, document: &Value, headers: &[(&str, &str)]) -> Answered {
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        self.post("/v1/commands", &all, document.to_string().as_bytes())
    }

    /// A merchant registers; gives the position of that event.
    pub fn register(&self, merchant_id: &str) -> u64 {
        let answered = self.command(&register(merchant_id));
        assert_eq!(answered.status, 201, "{}", answered.text);
        answered.json()["position"].as_u64().unwrap()
    }

    /// What somebody who is given a key says in the head `Authorization`.
    pub fn bearer(&self, role: &str, id: &str) -> String {
        let output = Command::new(redress())
            .arg("--data")
            .arg(&self.data)
            .args(["key", "create", "--role", role, "--id", id])
            .args(["--format", "json"])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let made: Value = serde_json::from_slice(&output.stdout).unwrap();
        format!("Bearer {}", made["key"].as_str().unwrap())
    }

    /// The next line on standard error that has a text in it.
    pub fn expect_line(&self, text: &str) -> String {
        loop {
            let line = self.lines.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            if line.contains(text) {
                return line;
            }
        }
    }

    /// What it has said on standard error since it was last listened to.
    pub fn lines_so_far(&self) -> Vec<String> {
        self.lines.lock().unwrap().try_iter().collect()
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as a fault would: kill -9.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells it to stop, and gives its data directory.
    pub fn into_directory(mut self) -> Option<TempDir> {
        self.terminate();
        self._directory.take()
    }

    /// Tells it to stop, and returns its exit code.
    pub fn stop(mut self) -> i32 {
        self.terminate()
    }

    fn terminate(&mut self) -> i32 {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        self.process.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client that takes every status for an answer.
pub fn client() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into()
}

fn answered(mut response: ureq::http::Response<ureq::Body>) -> Answered {
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    Answered {
        status: response.status().as_u16(),
        headers,
        text: response.body_mut().read_to_string().unwrap(),
    }
}

/// The registration of a merchant.
pub fn register(merchant_id: &str) -> Value {
    json!({
        "type": "merchant.register",
        "by": { "role": "service", "id": "onboarding" },
        "data": { "merchant_id": merchant_id, "kind": "direct", "industry": "general", "name": "Example" },
    })
}

/// A complaint of U1 that asks for a refund.
pub fn file(complaint_id: &str, merchant_id: &str) -> Value {
    json!({
        "type": "complaint.file",
        "by": { "role": "user", "id": "U1" },
        "data": {
            "complaint_id": complaint_id, "merchant_id": merchant_id, "user_ref": "U1",
            "problem": "refund_request", "channel": "self_service",
            "orders": [{ "order_id": "O1", "amount_fen": 9900 }],
            "requested_refund_fen": 9700, "description": "charged after return",
        },
    })
}

/// The events of a store that no process has open.
pub fn history(data: &Path) -> Vec<Value> {
    let output = Command::new(redress())
        .arg("--data")
        .arg(data)
        .args(["history", "--all", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// An instant so many milliseconds from now.
pub fn instant_in(ms: i64) -> String {
    let at = Instant::from_unix_ms(SystemClock.now().unix_ms() + ms);
    format_instant(at, CivilOffset::from_seconds(0))
}

/// From one instant to another.
pub fn millis_between(from: &str, to: &str) -> i64 {
    let read = |text| parse_instant(text).unwrap();
    read(to).since(read(from)).ms()
}
