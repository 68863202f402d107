//! A running service, asked over HTTP: the store admits one process, and that process answers.

mod lines;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use redress_protocol::instant::{format_instant, parse_instant, parse_offset};
use redress_protocol::query::PAGE_LIMIT_MAX;
use redress_protocol::view::Moment;
use reqwest::header::HeaderMap;
use reqwest::{Body, Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::failure::Failure;

pub use lines::AnswerLines;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Which service, and who asks.
#[derive(Args, Clone, Debug)]
pub struct ServerArguments {
    /// Ask the service that answers at this URL instead of opening a store.
    #[arg(long, global = true, env = "REDRESS_SERVER", value_name = "URL")]
    server: Option<String>,
    /// With --server: the token or key that says who asks.
    #[arg(
        long,
        global = true,
        env = "REDRESS_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// With --server: the file that holds the token, so that it is in no list of processes.
    #[arg(
        long,
        global = true,
        env = "REDRESS_TOKEN_FILE",
        value_name = "FILE",
        conflicts_with = "token"
    )]
    token_file: Option<PathBuf>,
}

/// A service.
pub struct Server {
    url: Url,
    token: Option<String>,
    client: Client,
    runtime: Runtime,
}

/// What a service answered.
pub struct Answered {
    /// The document.
    pub document: Value,
    /// From where it was seen.
    pub moment: Moment,
}

impl ServerArguments {
    /// Whether a service is named.
    pub const fn is_named(&self) -> bool {
        self.server.is_some()
    }

    /// The service, where one is named. It is not spoken to yet.
    pub fn connect(&self) -> Result<Option<Server>, Failure> {
        let Some(text) = &self.server else {
            return Ok(None);
        };
        let url = Url::parse(text)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && !url.cannot_be_a_base())
            .ok_or_else(|| {
                Failure::Usage(format!(
                    "--server `{text}` is no URL of a service, like http://127.0.0.1:8080"
                ))
            })?;
        let token = match &self.token_file {
            None => self.token.clone(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(Failure::file(path.display().to_string()))?;
                Some(text.trim().to_owned())
            }
        };
        // Another part of the program may have chosen it before; it would be the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder().connect_timeout(CONNECT_TIMEOUT);
        if url.scheme() == "http" {
            // Nobody is to be certified, so no certificates are looked for.
            client = client.tls_certs_only([]);
        }
        let client = client
            .build()
            .map_err(|error| Failure::Failed(format!("HTTP cannot be spoken: {error}")))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Failure::file("the runtime"))?;
        Ok(Some(Server {
            url,
            token,
            client,
            runtime,
        }))
    }
}

impl Server {
    /// Asks for a document.
    pub fn get(&self, path: &[&str], pairs: &[(&str, String)]) -> Result<Answered, Failure> {
        let request = self.client.get(self.place(path, pairs)?);
        self.runtime.block_on(async {
            let response = self.send(request).await?;
            answered(response).await
        })
    }

    /// Asks for every member of a list, a page after another, all judged at the instant of the
    /// first; from where the first was seen.
    pub fn each(
        &self,
        list: &str,
        pairs: &[(&str, String)],
        mut see: impl FnMut(Value) -> Result<(), Failure>,
    ) -> Result<Moment, Failure> {
        let mut asked = pairs.to_vec();
        asked.push(("limit", PAGE_LIMIT_MAX.to_string()));
        let mut page = self.get(&["v1", list], &asked)?;
        let moment = page.moment;
        if pairs.iter().all(|(key, _)| *key != "at") {
            asked.push(("at", format_instant(moment.at, moment.offset)));
        }
        loop {
            let items = page.document.get_mut("items").and_then(Value::as_array_mut);
            for item in items.map(std::mem::take).unwrap_or_default() {
                see(item)?;
            }
            let Some(next) = page.document.get("next").and_then(Value::as_str) else {
                return Ok(moment);
            };
            let mut more = asked.clone();
            more.push(("after", next.to_owned()));
            page = self.get(&["v1", list], &more)?;
        }
    }

    /// Asks for lines as they come.
    pub fn get_lines(
        &self,
        path: &[&str],
        pairs: &[(&str, String)],
        accept: &str,
    ) -> Result<AnswerLines<'_>, Failure> {
        let request = self
            .client
            .get(self.place(path, pairs)?)
            .header("accept", accept);
        let response = self.runtime.block_on(self.send(request))?;
        Ok(AnswerLines::new(self, response))
    }

    /// Sends a document, and takes the answer.
    pub fn post(&self, path: &[&str], document: &Value) -> Result<Answered, Failure> {
        let request = self.post_of(path, document)?;
        self.runtime.block_on(async {
            let response = self.send(request).await?;
            answered(response).await
        })
    }

    /// Sends a document, and takes the answer line by line as it comes.
    fn post_for_lines(&self, path: &[&str], document: &Value) -> Result<AnswerLines<'_>, Failure> {
        let request = self.post_of(path, document)?;
        let response = self.runtime.block_on(self.send(request))?;
        Ok(AnswerLines::new(self, response))
    }

    /// Has something done that takes long, and tells how far it has come; the document at its end.
    pub fn work(
        &self,
        path: &[&str],
        document: &Value,
        told: impl Fn(u64, u64),
    ) -> Result<Value, Failure> {
        let mut lines = self.post_for_lines(path, document)?;
        while let Some(line) = lines.next()? {
            if line.is_empty() {
                continue;
            }
            let mut said: Value = serde_json::from_str(&line)
                .map_err(|error| Failure::Failed(format!("the answer is no JSON: {error}")))?;
            if let Some(progress) = said.get("progress") {
                let number = |key: &str| progress.get(key).and_then(Value::as_u64);
                told(number("done").unwrap_or(0), number("of").unwrap_or(0));
            } else if let Some(done) = said.get_mut("done") {
                return Ok(done.take());
            } else if let Some(problem) = said.get("failed") {
                let status = problem.get("status").and_then(Value::as_u64).unwrap_or(500);
                let status = u16::try_from(status).ok();
                let status = status.and_then(|status| StatusCode::from_u16(status).ok());
                return Err(of_problem(
                    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                    problem,
                ));
            }
        }
        Err(Failure::Failed(
            "the answer broke off; the service goes on with what it began".to_owned(),
        ))
    }

    /// Sends lines as they come, and takes the answer line by line while they are sent.
    pub fn post_feed(
        &self,
        media_type: &str,
        lines: mpsc::Receiver<Vec<u8>>,
    ) -> Result<AnswerLines<'_>, Failure> {
        let lines = futures_util::stream::unfold(lines, |mut lines| async {
            let line = lines.recv().await?;
            Some((Ok::<_, std::io::Error>(line), lines))
        });
        let request = self
            .client
            .post(self.place(&["v1", "commands"], &[])?)
            .header("content-type", media_type)
            .body(Body::wrap_stream(lines));
        let response = self.runtime.block_on(self.send(request))?;
        Ok(AnswerLines::new(self, response))
    }

    /// Where the log of the service ends.
    pub fn last_position(&self) -> Result<u64, Failure> {
        let asked = [("limit", "1".to_owned())];
        Ok(self.get(&["v1", "events"], &asked)?.moment.as_of_position)
    }

    fn post_of(&self, path: &[&str], document: &Value) -> Result<RequestBuilder, Failure> {
        Ok(self
            .client
            .post(self.place(path, &[])?)
            .header("content-type", "application/json")
            .body(document.to_string()))
    }

    fn place(&self, path: &[&str], pairs: &[(&str, String)]) -> Result<Url, Failure> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Ok(url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(failure(response).await),
        }
    }

    /// The service cannot be reached, or the connection broke.
    fn lost(&self, error: &reqwest::Error) -> Failure {
        let mut because = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            because = cause.to_string();
            source = cause.source();
        }
        Failure::Unreachable(format!("{}: {because}", self.url))
    }
}

async fn answered(response: Response) -> Result<Answered, Failure> {
    let moment = moment(response.headers())?;
    let bytes = response
        .bytes()
        .await
        .map_err(|error| Failure::Failed(format!("the answer broke off: {error}")))?;
    let document = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::Failed(format!("the answer is no JSON: {error}")))?;
    Ok(Answered { document, moment })
}

/// What an answer reflects, as its head says; of an answer that says nothing of it, nothing.
fn moment(headers: &HeaderMap) -> Result<Moment, Failure> {
    let head = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let unreadable = |name: &str| Failure::Failed(format!("{name} of the answer is not readable"));
    let at = match head("redress-at") {
        Some(text) => {
            let offset = text.get(text.len().saturating_sub(6)..).unwrap_or_default();
            let offset = parse_offset(offset).ok_or_else(|| unreadable("Redress-At"))?;
            let at = parse_instant(text).map_err(|_| unreadable("Redress-At"))?;
            Some((at, offset))
        }
        None => None,
    };
    let position = match head("redress-position") {
        Some(text) => text.parse().map_err(|_| unreadable("Redress-Position"))?,
        None => 0,
    };
    let (at, offset) = at.unwrap_or((
        redress_domain::instant::Instant::from_unix_ms(0),
        redress_domain::instant::CivilOffset::from_seconds(0),
    ));
    Ok(Moment {
        at,
        as_of_position: position,
        offset,
    })
}

/// What a service says instead of an answer: a problem document, else what its status means.
async fn failure(response: Response) -> Failure {
    let status = response.status();
    let bytes = response.bytes().await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    of_problem(status, &problem)
}

/// The failure that a problem document stands for, with the exit code that it has on a store.
fn of_problem(status: StatusCode, problem: &Value) -> Failure {
    let text = |key: &str| problem.get(key).and_then(Value::as_str);
    let detail = match text("detail") {
        Some(detail) => detail.to_owned(),
        None => format!("the service answered {status}"),
    };
    match status.as_u16() {
        400 => Failure::Usage(detail),
        403 | 409 | 422 => Failure::Refused {
            code: text("code").unwrap_or_default().to_owned(),
            clause: text("clause").map(str::to_owned),
            message: detail,
        },
        412 => Failure::VersionConflict(detail),
        _ if text("code") == Some("damaged") => Failure::Integrity(detail),
        // It is being started, or has too much to do.
        503 => Failure::Unreachable(detail),
        _ => Failure::Failed(detail),
    }
}
