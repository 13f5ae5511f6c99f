//! Where a request comes from: the address of the connection, or what a trusted proxy says.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};
use ipnet::{IpNet, Ipv6Net};

use crate::State;

/// The other end of the connection, which the server puts beside each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The reverse proxies that are believed, and the header in which they name their client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Their addresses; without any, no header is believed.
    pub trusted: Vec<IpNet>,
    /// A header with one address, or a list to which each proxy adds at the end
    /// (`X-Forwarded-For`, which is meant when there is none).
    pub header: Option<HeaderName>,
}

impl Proxies {
    /// The client's address. A list is read from its end, past the proxies that we trust: what
    /// stands before them anybody may have written.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: &IpAddr| self.trusted.iter().any(|net| net.contains(address));
        let mut client = peer.to_canonical();
        if !trusted(&client) {
            return client;
        }
        let forwarded = HeaderName::from_static("x-forwarded-for");
        let said = headers.get_all(self.header.as_ref().unwrap_or(&forwarded));
        let said: Vec<&str> = said.iter().filter_map(|value| value.to_str().ok()).collect();
        for address in said.iter().rev().flat_map(|list| list.rsplit(',')) {
            let Some(address) = address_in(address) else { return client };
            client = address;
            if !trusted(&client) {
                break;
            }
        }
        client
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

/// Whom an address stands for: with IPv6 a household or an office has 64 bits to itself.
pub fn neighbourhood(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(_) => IpNet::from(address),
        IpAddr::V6(six) => {
            Ipv6Net::new(six, 64).map_or_else(|_| IpNet::from(address), |net| net.trunc().into())
        }
    }
}

/// Who sent a request, as far as limits ask; nothing for a request that came over no connection,
/// as in tests.
#[derive(Clone, Copy, Debug)]
pub struct FromClient(pub Option<IpNet>);

impl FromRequestParts<State> for FromClient {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let client = |peer: &Peer| state.site().proxies.client(peer.0.ip(), &parts.headers);
        Ok(Self(peer.map(client).map(neighbourhood)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client(proxies: &Proxies, peer: &str, header: &'static str, said: &[&str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for one in said {
            headers.append(header, one.parse().expect("a header"));
        }
        proxies.client(address(peer), &headers)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let net = |text: &str| text.parse().expect("a net");
        let proxies = Proxies { trusted: vec![net("10.0.0.0/8"), net("::1/128")], header: None };
        let client = |peer, said: &[&str]| client(&proxies, peer, "x-forwarded-for", said);
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), address("192.0.2.1"));
        assert_eq!(client("10.0.0.1", &["198.51.100.7"]), address("198.51.100.7"));
        assert_eq!(client("::1", &["2001:db8::7"]), address("2001:db8::7"));
        // Who comes first in the list wrote it; our own proxies add at the end.
        let list = ["1.2.3.4, 198.51.100.7", "10.9.9.9"];
        assert_eq!(client("10.0.0.1", &list), address("198.51.100.7"));
        assert_eq!(client("10.0.0.1", &["nonsense"]), address("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &[]), address("10.0.0.1"));
        assert_eq!(client("::ffff:10.0.0.1", &["[2001:db8::7]:80"]), address("2001:db8::7"));
        assert_eq!(client("10.0.0.1", &["198.51.100.7:4711"]), address("198.51.100.7"));
    }

    #[test]
    fn the_header_can_be_another_one() {
        let header = Some(HeaderName::from_static("x-real-ip"));
        let proxies = Proxies { trusted: vec!["10.0.0.1/32".parse().expect("a net")], header };
        let said = |header| client(&proxies, "10.0.0.1", header, &["198.51.100.7"]);
        assert_eq!(said("x-real-ip"), address("198.51.100.7"));
        assert_eq!(said("x-forwarded-for"), address("10.0.0.1"));
    }

    #[test]
    fn a_household_is_one_whatever_its_last_bits() {
        let of = |text| neighbourhood(address(text));
        assert_eq!(of("2001:db8:1:2:a::1"), of("2001:db8:1:2:b::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
