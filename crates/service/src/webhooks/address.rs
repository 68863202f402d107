//! Where deliveries may go: to public addresses, unless the operator allows others. A name is
//! looked up, every address of it is checked, and the connection goes to what was checked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why nothing is delivered to a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The text is no address.
    #[error("is not a URL")]
    Malformed,
    /// The scheme is not one that is taken.
    #[error("must begin with https://")]
    Insecure,
    /// A name and a password do not belong in an address.
    #[error("must not have a name or a password in it")]
    Credentials,
    /// The address is not a public one.
    #[error("is not a public address")]
    NotPublic,
}

/// What the operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Addresses that are not public.
    pub private: bool,
    /// Places that are reached without TLS.
    pub insecure: bool,
}

/// Reads where to deliver to. A name is not looked up here, but whenever something is delivered.
///
/// # Errors
/// Says why it may not be.
pub fn place(text: &str, allowed: Allowed) -> Result<Url, PlaceError> {
    let url = Url::parse(text).map_err(|_| PlaceError::Malformed)?;
    match url.scheme() {
        "https" => {}
        "http" if allowed.insecure => {}
        _ => return Err(PlaceError::Insecure),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(PlaceError::Credentials);
    }
    let host = url.host_str().ok_or(PlaceError::Malformed)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !allowed.private && !is_public(address) => Err(PlaceError::NotPublic),
        _ => Ok(url),
    }
}

/// Looks names up, and gives nothing for a name of which any address may not be connected to.
pub struct CheckedNames {
    /// What the operator allows.
    pub allowed: Allowed,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let refused =
                || io::Error::other(format!("`{}` {}", name.as_str(), PlaceError::NotPublic));
            if !allowed.private && !found.iter().all(|address| is_public(address.ip())) {
                return Err(refused().into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public Internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_kept = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // "This network", shared by carriers, of protocols, for measurements, and what is reserved,
        // the broadcast address with it.
        || first == 0
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second))
        || first >= 240;
    !is_kept
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let [.., first, second, third, fourth] = address.octets();
    let inner = Ipv4Addr::new(first, second, third, fourth);
    if address.to_ipv4_mapped().is_some() || parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(inner);
    }
    // Only this range is given out; in it, what leads elsewhere (tunnels to IPv4 addresses) and
    // what stands in documents is left out.
    let is_given_out = parts[0] & 0xe000 == 0x2000;
    let is_kept = (parts[0] == 0x2001 && (parts[1] < 0x200 || parts[1] == 0xdb8))
        || parts[0] == 0x2002
        || (parts[0] == 0x3fff && parts[1] < 0x1000);
    is_given_out && !is_kept
}

#[cfg(test)]
mod tests {
    use super::{Allowed, PlaceError, is_public, place};

    const NOTHING_ELSE: Allowed = Allowed {
        private: false,
        insecure: false,
    };

    #[test]
    fn only_public_addresses_are_public() {
        for public in [
            "1.1.1.1",
            "223.5.5.5",
            "172.32.0.1",
            "100.128.0.1",
            "2400:3200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.1.2.3",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn a_place_is_reached_with_tls_and_is_no_private_address() {
        assert!(place("https://example.com/hook", NOTHING_ELSE).is_ok());
        for (text, error) in [
            ("example.com", PlaceError::Malformed),
            ("http://example.com", PlaceError::Insecure),
            ("ftp://example.com", PlaceError::Insecure),
            ("https://a:b@example.com", PlaceError::Credentials),
            ("https://127.0.0.1/", PlaceError::NotPublic),
            // The same address, as other programs would write it.
            ("https://2130706433/", PlaceError::NotPublic),
            ("https://0x7f.1/", PlaceError::NotPublic),
            ("https://[::1]/", PlaceError::NotPublic),
            ("https://[::ffff:7f00:1]/", PlaceError::NotPublic),
        ] {
            assert_eq!(place(text, NOTHING_ELSE), Err(error), "{text}");
        }
        let everything = Allowed {
            private: true,
            insecure: true,
        };
        assert!(place("http://127.0.0.1:80/", everything).is_ok());
    }
}
