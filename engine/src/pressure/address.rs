//! Which requests count as coming from the same place.

use std::net::IpAddr;

/// From here Cloudflare says that a Worker of another zone asks, whoever asked that Worker: it is nobody's address.
const OTHER_WORKERS: u128 = 0x2a06_98c0_3600_0000_0000_0000_0000_0103;

/// A client's network address, as far as it says who sends: of IPv6 the first half, since a single client is given all of
/// the second half and can take a new one with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(u64);

impl Address {
    /// Reads an address. None for what is none, and for one behind which there may be anybody: this machine itself, where
    /// something else passes requests on, and other Workers.
    pub fn parse(text: &str) -> Option<Self> {
        let address: IpAddr = text.trim().parse().ok()?;
        let (whole, shown) = match address.to_canonical() {
            IpAddr::V4(address) => (u128::from(u32::from(address)), u64::from(u32::from(address))),
            IpAddr::V6(address) => {
                let bits = u128::from(address);
                (bits, u64::try_from(bits >> 64).unwrap_or_default())
            }
        };
        let is_anybodys = address.to_canonical().is_loopback() || whole == OTHER_WORKERS;
        (!is_anybodys).then_some(Self(shown))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn of_ipv6_the_first_half_counts() {
        let (one, other) = (Address::parse("2001:db8:1:2::5"), Address::parse("2001:db8:1:2:ffff:1:2:3"));
        assert_eq!(one, other);
        assert_ne!(one, Address::parse("2001:db8:1:3::5"));
        assert_ne!(Address::parse("203.0.113.7"), Address::parse("203.0.113.8"));
        assert_eq!(Address::parse("203.0.113.7"), Address::parse(" ::ffff:203.0.113.7"));
    }

    #[test]
    fn what_is_nobodys_address_is_none() {
        for text in [
            "",
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "2a06:98c0:3600::103",
            "somewhere",
            "1.2.3",
            "1.2.3.4, 5.6.7.8",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
