//! TLS and client certificates through a real socket, with certificates made for the test.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::stand::Server;

struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        certificate,
        issuer: Issuer::new(params, key),
    }
}

impl Authority {
    fn issue(&self, name: &str, hosts: &[&str]) -> Identity {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { certificate, key }
    }
}

fn write(path: &Path, identity: &Identity) {
    fs::write(path.join("service.key"), identity.key.serialize_pem()).unwrap();
    fs::write(path.join("service.pem"), identity.certificate.pem()).unwrap();
}

fn sha256(certificate: &rcgen::Certificate) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(certificate.der());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks over TLS, trusting one authority, as somebody or nobody: the status, and the certificate
/// that the service showed.
fn ask(
    server: &Server,
    trusted: &Authority,
    identity: Option<&Identity>,
    path: &str,
) -> Result<(String, Vec<u8>), std::io::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    roots.add(trusted.certificate.der().clone()).unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let configuration = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain: Vec<CertificateDer<'static>> = vec![identity.certificate.der().clone()];
            let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
            builder
                .with_client_auth_cert(chain, PrivateKeyDer::Pkcs8(key))
                .unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(configuration), name).unwrap();
    let address = server.url.strip_prefix("https://").unwrap();
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut stream = StreamOwned::new(connection, socket);
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    Ok((status, shown))
}

#[test]
fn a_client_certificate_is_somebody_only_where_it_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (own, clients, foreign) = (authority(), authority(), authority());
    write(path, &own.issue("service", &["localhost"]));
    fs::write(path.join("clients.pem"), clients.certificate.pem()).unwrap();
    let reviewer = clients.issue("desk", &[]);
    let merchant = clients.issue("M1", &[]);
    let unknown = clients.issue("unknown", &[]);
    let forged = foreign.issue("desk", &[]);
    let place = path.display();
    let configuration = format!(
        "[tls]\ncertificate = \"{place}/service.pem\"\nkey = \"{place}/service.key\"\n\
         client_authorities = \"{place}/clients.pem\"\n\n\
         [[certificates]]\nsubject = \"CN=desk\"\nrole = \"reviewer\"\nid = \"R1\"\n\n\
         [[certificates]]\nsha256 = \"{}\"\nrole = \"merchant\"\nid = \"M1\"\n",
        sha256(&merchant.certificate)
    );
    let file = path.join("service.toml");
    fs::write(&file, configuration).unwrap();
    let server = Server::start_with(&["--config", file.to_str().unwrap()], &[]);
    assert!(server.url.starts_with("https://"));

    let status = |identity: Option<&Identity>, path: &str| {
        ask(&server, &own, identity, path).map(|(status, _)| status)
    };
    assert_eq!(
        status(Some(&reviewer), "/metrics").unwrap(),
        "HTTP/1.1 200 OK"
    );
    assert_eq!(
        status(Some(&merchant), "/v1/queue").unwrap(),
        "HTTP/1.1 200 OK"
    );
    assert_eq!(
        status(Some(&merchant), "/metrics").unwrap(),
        "HTTP/1.1 403 Forbidden"
    );
    assert_eq!(
        status(Some(&unknown), "/v1/queue").unwrap(),
        "HTTP/1.1 401 Unauthorized"
    );
    assert_eq!(
        status(None, "/v1/queue").unwrap(),
        "HTTP/1.1 401 Unauthorized"
    );
    assert_eq!(status(None, "/healthz").unwrap(), "HTTP/1.1 200 OK");
    assert!(
        status(Some(&forged), "/v1/queue").is_err(),
        "TLS itself turns it away"
    );
    assert!(
        ask(&server, &foreign, None, "/healthz").is_err(),
        "nobody else is believed"
    );

    // In the clear nothing is answered.
    let address = server.url.strip_prefix("https://").unwrap();
    let mut clear = TcpStream::connect(address).unwrap();
    clear
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    clear
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let _ = clear.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));

    // A certificate that is renewed is shown without a restart.
    let renewed = own.issue("service", &["localhost"]);
    write(path, &renewed);
    let begun = Instant::now();
    loop {
        let (_, shown) = ask(&server, &own, None, "/healthz").unwrap();
        if shown == renewed.certificate.der().to_vec() {
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the old one is still shown"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}
