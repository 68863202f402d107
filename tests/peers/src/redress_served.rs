//! redress as other programs use it: `redress serve`, a process of its own, over HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;
use crate::clients::{Rate, drive};
use crate::redress::{MERCHANTS, case, registration};

/// A service that ends with this value.
struct Service {
    process: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Fills a new store over the network. Every client has a connection of its own.
pub fn measure(binary: &Path, folder: &Path, clients: usize, commands: usize) -> Result<Rate> {
    fs::create_dir_all(folder)?;
    let service = start(binary, folder)?;
    let mut first = Connection::open(&service.address)?;
    for number in 0..MERCHANTS {
        first.command(&registration(number))?;
    }
    let cases = (commands / 4 / clients).max(1);
    let work = (0..clients)
        .map(|client| {
            let own = (client * cases..(client + 1) * cases)
                .flat_map(case)
                .collect::<Vec<Value>>();
            Ok((Connection::open(&service.address)?, own))
        })
        .collect::<Result<Vec<_>>>()?;
    drive(work, |connection, document| connection.command(&document))
}

fn start(binary: &Path, folder: &Path) -> Result<Service> {
    let mut process = Command::new(binary)
        .arg("--data")
        .arg(folder)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let errors = process.stderr.take().ok_or("no standard error")?;
    let mut lines = BufReader::new(errors).lines();
    for line in lines.by_ref() {
        if let Some((_, rest)) = line?.split_once("answering on http://") {
            let address = rest.split(' ').next().unwrap_or_default().to_owned();
            // Whatever else it says is read, so that it never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(Service { process, address });
        }
    }
    Err("the service did not start".into())
}

/// One connection that is kept open, as a load generator uses it: what it costs is the service's.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Hands in a command and waits until it is acknowledged.
    fn command(&mut self, document: &Value) -> Result<()> {
        let body = document.to_string();
        let request = format!(
            "POST /v1/commands HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let accepted = line.starts_with("HTTP/1.1 201");
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        match accepted {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&body).into_owned().into()),
        }
    }
}
