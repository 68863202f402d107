//! The way into the service before there is one: settings that make sense, and an address that is
//! taken. All of it comes before the store is opened, so that a start that is refused leaves nothing
//! behind; whoever connects meanwhile waits, and is answered by the service.

use std::io;
use std::net::{SocketAddr, TcpListener};

use axum_server::tls_rustls::RustlsConfig;
use rustix::net::sockopt;

use crate::configuration::Configuration;
use crate::identity::setting::TlsSettings;
use crate::identity::watched::Stamp;
use crate::identity::{Identities, IdentityError};
use crate::notices::NoticeError;
use crate::tls::{self, TlsError};

/// Why nobody can be let in.
#[derive(Debug, thiserror::Error)]
pub enum EntranceError {
    /// The address cannot be taken.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Everybody could read along, or be anybody.
    #[error(
        "{address} is not the loopback address: it needs {what}, or {flag} if that danger is wanted"
    )]
    Exposed {
        /// Where.
        address: SocketAddr,
        /// What is missing.
        what: &'static str,
        /// What says that it is missing on purpose.
        flag: &'static str,
    },
    /// TLS cannot be offered.
    #[error("TLS cannot be offered: {0}")]
    Tls(#[from] TlsError),
    /// It cannot be told who is who.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Notices could not be delivered.
    #[error(transparent)]
    Notices(#[from] NoticeError),
}

/// An address that is taken, and that nobody answers at yet.
#[derive(Debug)]
pub struct Entrance {
    pub(crate) listener: TcpListener,
    /// Where it is; the port is chosen where the settings leave it open.
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<EntranceTls>,
}

/// TLS as it is offered, and what tells whether a file that it comes from was replaced since.
#[derive(Debug)]
pub(crate) struct EntranceTls {
    pub(crate) offered: RustlsConfig,
    /// Looked at before the files were read: what is replaced meanwhile is read again.
    pub(crate) stamps: Vec<Option<Stamp>>,
}

impl EntranceTls {
    fn of(settings: &TlsSettings) -> Result<Self, TlsError> {
        let stamps = tls::stamps(settings);
        let offered = RustlsConfig::from_config(tls::server_configuration(settings)?);
        Ok(Self { offered, stamps })
    }
}

impl Entrance {
    /// Checks the settings, and takes the address that they name.
    ///
    /// # Errors
    /// When a setting cannot be meant, a file that one names cannot be used, the address would be
    /// open to everybody, or it cannot be taken.
    pub fn open(configuration: &Configuration) -> Result<Self, EntranceError> {
        configuration.notices.check()?;
        let identities = Identities::new(configuration, configuration.directory.as_deref())?;
        expect_guarded(configuration, identities.are_configured())?;
        let tls = configuration
            .tls
            .as_ref()
            .map(EntranceTls::of)
            .transpose()?;
        let wanted = configuration.listen;
        let listen = |source| EntranceError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        // Connections take this over: one whose other side takes nothing any more is given up,
        // also where nothing above it watches what was sent.
        let unread_ms = configuration.events.patience().as_millis();
        let unread_ms = u32::try_from(unread_ms).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(&listener, unread_ms)
            .map_err(|error| listen(error.into()))?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            listener,
            address,
            tls,
        })
    }
}

/// Refuses an address that others reach where they could read along or be anybody.
fn expect_guarded(
    configuration: &Configuration,
    has_identities: bool,
) -> Result<(), EntranceError> {
    let address = configuration.listen;
    if address.ip().is_loopback() {
        return Ok(());
    }
    let exposed = |what, flag| {
        Err(EntranceError::Exposed {
            address,
            what,
            flag,
        })
    };
    if configuration.tls.is_none() && !configuration.dangerously_without_tls {
        return exposed(
            "TLS ([tls] in the configuration)",
            "--dangerously-without-tls",
        );
    }
    if !has_identities && !configuration.dangerously_without_identities {
        return exposed(
            "identities (an API key, [[issuers]] or [[certificates]])",
            "--dangerously-without-identities",
        );
    }
    Ok(())
}
