//! Where a request of the edge's own may go: public addresses on the Web, over https, and nowhere else.
//!
//! An address is read as the platform's `fetch` reads it, by the URL standard: so `0x7f.1`, `2130706433` and `０１７７.0.0.1` are what they are
//! there. What a name resolves to can't be known here. Numbers of hosts are held against the registries of special-purpose addresses,
//! <https://www.iana.org/assignments/iana-ipv4-special-registry> and `…/iana-ipv6-special-registry` (RFC 6890), names against
//! <https://www.iana.org/assignments/special-use-domain-names> and `internal`, which ICANN has reserved for private use.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How often one request may be sent elsewhere.
pub const REDIRECTS: usize = 3;

/// Where a request may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

/// Why it may not go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It can't be read.
    #[error("not an address: write it as https://hooks.example.com/path")]
    NoUrl,
    /// Anything else than https.
    #[error("only https: what is sent elsewhere can be read on the way")]
    Scheme,
    /// `https://user:password@host`.
    #[error("no user and no password in an address: they would stand in logs")]
    Userinfo,
    /// Ports of other services.
    #[error("only port 443, or one from 1024 on")]
    Port,
    /// A number of a host that is not everybody's.
    #[error("a private, local or reserved address: only public ones are asked")]
    Address,
    /// A name that is not everybody's.
    #[error("a name of a private or local network: only public ones are asked")]
    Name,
}

impl Target {
    /// Reads an address, and says whether a request may go there.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let url = Some(text).filter(|text| is_plain(text)).and_then(|text| Url::parse(text).ok());
        Self::check(url.ok_or(Refused::NoUrl)?)
    }

    /// Where an answer of this one sends to (`Location`).
    ///
    /// # Errors
    /// [`Refused`]: the same holds on the way.
    pub fn redirected(&self, location: &str) -> Result<Self, Refused> {
        let url = Some(location).filter(|text| is_plain(text)).and_then(|text| self.0.join(text).ok());
        Self::check(url.ok_or(Refused::NoUrl)?)
    }

    /// As it is asked.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn check(mut url: Url) -> Result<Self, Refused> {
        if url.scheme() != "https" {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Userinfo);
        }
        if url.port().is_some_and(|port| port < 1024) {
            return Err(Refused::Port);
        }
        match url.host().ok_or(Refused::NoUrl)? {
            Host::Ipv4(address) if !is_public_v4(address) => return Err(Refused::Address),
            Host::Ipv6(address) if !is_public_v6(address) => return Err(Refused::Address),
            Host::Domain(name) if !is_public_name(name) => return Err(Refused::Name),
            _ => {}
        }
        url.set_fragment(None);
        Ok(Self(url))
    }
}

/// Whether an address, or a part of one, means the same to every reader: nothing of other scripts, blanks or backslashes, and a host that is
/// not escaped. (The reader of hosts here knows ASCII alone.)
fn is_plain(text: &str) -> bool {
    if !text.bytes().all(|letter| letter.is_ascii_graphic() && letter != b'\\') {
        return false;
    }
    let rest = match text.find([':', '/', '?', '#']).and_then(|at| text.split_at_checked(at)) {
        Some((_, rest)) if rest.starts_with(':') => rest.strip_prefix("://"),
        Some(("", rest)) if rest.starts_with("//") => rest.strip_prefix("//"),
        _ => return true,
    };
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty() && !host.contains('%'))
}

/// Networks that are not for everybody: the first address, and how many bits of it count.
const SPECIAL_V4: [([u8; 4], u8); 19] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // shared by a provider's customers
    ([127, 0, 0, 0], 8),      // loopback
    ([169, 254, 0, 0], 16),   // link-local, and most clouds' metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 52, 193, 0], 24),  // AMT
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([192, 175, 48, 0], 24),  // AS112
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([168, 63, 129, 16], 32), // Azure's metadata and DNS, a public address that is a host's own
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, and broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|(network, length)| {
        let mask = u32::MAX.checked_shl(32 - u32::from(*length)).unwrap_or(0);
        bits & mask == Ipv4Addr::from(*network).to_bits()
    })
}

/// Of what is unicast and global (2000::/3), networks that are not for everybody. All else, in which loopback, link-local and private
/// addresses, mapped and translated (NAT64) ones of version 4 are, is not.
const SPECIAL_V6: [(u128, u8); 4] = [
    (0x2001_0000 << 96, 23), // protocol assignments: Teredo, benchmarks, ORCHID
    (0x2001_0db8 << 96, 32), // documentation
    (0x2002_0000 << 96, 16), // 6to4: an address of version 4 is in it
    (0x3fff_0000 << 96, 20), // documentation
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let is_in = |(network, length): &(u128, u8)| (bits ^ network) >> (128 - u32::from(*length)) == 0;
    bits >> 125 == 1 && !SPECIAL_V6.iter().any(is_in)
}

/// Names under these are nobody's, or each network's own.
const LOCAL: [&str; 10] = [
    "localhost",
    "local",
    "internal",
    "localdomain",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "onion",
    "alt",
    "invalid",
];

/// A name without a dot is a host in somebody's own network.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_under =
        |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !name.ends_with('.') && !LOCAL.iter().any(|end| is_under(end))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::{Refused, SPECIAL_V4, Target, is_public_v4};

    fn host(host: &str) -> Result<Target, Refused> {
        Target::parse(&format!("https://{host}/"))
    }

    #[test]
    fn what_is_public_is_asked() {
        for good in [
            "https://hooks.example.com/a?b=c",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://example.com:8443/",
            "HTTPS://EXAMPLE.com.:443",
            "https://localhost.example.com/",
            "https://notinternal.com/",
            "https://xn--bcher-kva.example/",
        ] {
            assert!(Target::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Target::parse("https://example.com/a#b").unwrap().as_str(), "https://example.com/a");
    }

    #[test]
    fn what_is_not_is_refused_however_it_is_written() {
        use Refused::{Address, Name, NoUrl, Port, Scheme, Userinfo};
        let tricks = [
            ("http://example.com/", Scheme),
            ("ftp://example.com/", Scheme),
            ("file:///etc/passwd", NoUrl),
            ("gopher://example.com/", Scheme),
            ("javascript:alert(1)", NoUrl),
            ("javascript://alert(1)", Scheme),
            ("https:example.com", NoUrl),
            ("https:///example.com", NoUrl),
            ("data:,x", NoUrl),
            ("//example.com/", NoUrl),
            ("example.com", NoUrl),
            ("https://", NoUrl),
            ("", NoUrl),
            ("https://exa mple.com/", NoUrl),
            ("https://[::1", NoUrl),
            ("https://example.com@127.0.0.1/", Userinfo),
            ("https://a:b@example.com/", Userinfo),
            ("https://:b@example.com/", Userinfo),
            ("https://example.com:22/", Port),
            ("https://example.com:80/", Port),
            ("https://example.com:0/", Port),
            ("https://127.0.0.1/", Address),
            ("https://127.1/", Address),
            ("https://2130706433/", Address),
            ("https://0x7f000001/", Address),
            ("https://0x7f.1/", Address),
            ("https://0177.0.0.1/", Address),
            ("https://017700000001/", Address),
            ("https://127.0.0.1./", Address),
            ("https://1２7.0.0.1/", NoUrl),
            ("https://0/", Address),
            ("https://%31%32%37.0.0.1/", NoUrl),
            ("https://127\t.0.0.1/", NoUrl),
            (" https://example.com/", NoUrl),
            ("https://169.254.169.254/latest/meta-data/", Address),
            ("https://0xA9FEA9FE/", Address),
            ("https://168.63.129.16/", Address),
            ("https://100.100.100.200/", Address),
            ("https://10.0.0.1/", Address),
            ("https://172.31.255.255/", Address),
            ("https://192.168.0.1/", Address),
            ("https://255.255.255.255/", Address),
            ("https://[::1]/", Address),
            ("https://[::]/", Address),
            ("https://[::ffff:127.0.0.1]/", Address),
            ("https://[::ffff:8.8.8.8]/", Address),
            ("https://[::127.0.0.1]/", Address),
            ("https://[64:ff9b::7f00:1]/", Address),
            ("https://[64:ff9b:1::1]/", Address),
            ("https://[fe80::1]/", Address),
            ("https://[fc00::1]/", Address),
            ("https://[fd00:ec2::254]/", Address),
            ("https://[ff02::1]/", Address),
            ("https://[2001::1]/", Address),
            ("https://[2001:db8::1]/", Address),
            ("https://[2002:7f00:1::]/", Address),
            ("https://[3fff::1]/", Address),
            ("https://[100::1]/", Address),
            ("https://localhost/", Name),
            ("https://LOCALHOST./", Name),
            ("https://a.localhost/", Name),
            ("https://printer.local/", Name),
            ("https://intranet/", Name),
            ("https://metadata.google.internal/computeMetadata/v1/", Name),
            ("https://metadata/", Name),
            ("https://x.internal./", Name),
            ("https://router.home.arpa/", Name),
            ("https://x.onion/", Name),
            ("https://a.localdomain/", Name),
            ("https://ｌｏｃａｌｈｏｓｔ/", NoUrl),
            ("https://example.com../", Name),
            ("https://example.com\\@127.0.0.1/", NoUrl),
        ];
        for (text, why) in tricks {
            assert_eq!(Target::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_same_holds_for_where_an_answer_sends_to() {
        let target = Target::parse("https://hooks.example.com/a/b?c").unwrap();
        assert_eq!(target.redirected("../d").unwrap().as_str(), "https://hooks.example.com/d");
        assert_eq!(target.redirected("//example.org/x").unwrap().as_str(), "https://example.org/x");
        for (location, why) in [
            ("http://hooks.example.com/", Refused::Scheme),
            ("//169.254.169.254/", Refused::Address),
            ("https://localhost/", Refused::Name),
            ("//user@example.com/", Refused::Userinfo),
            ("//example.com:25/", Refused::Port),
            ("https://[::ffff:10.0.0.1]/", Refused::Address),
        ] {
            assert_eq!(target.redirected(location), Err(why), "{location}");
        }
    }

    proptest! {
        #[test]
        fn no_way_of_writing_a_special_address_is_asked(network in prop::sample::select(SPECIAL_V4.to_vec()), rest: u32, form in 0..6u8) {
            let (first, length) = network;
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            let bits = Ipv4Addr::from(first).to_bits() | (rest & !mask);
            let [a, b, c, d] = bits.to_be_bytes();
            let text = match form {
                0 => format!("{a}.{b}.{c}.{d}"),
                1 => bits.to_string(),
                2 => format!("{bits:#x}"),
                3 => format!("0{bits:o}"),
                4 => format!("{a:#x}.0{b:o}.{}", u32::from(c) << 8 | u32::from(d)),
                _ => format!("{a}.{}", bits & 0x00ff_ffff),
            };
            prop_assert_eq!(host(&text), Err(Refused::Address), "{}", text);
            for six in [format!("[::ffff:{a}.{b}.{c}.{d}]"), format!("[64:ff9b::{a:02x}{b:02x}:{c:02x}{d:02x}]"), format!("[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]")] {
                prop_assert_eq!(host(&six), Err(Refused::Address), "{}", six);
            }
        }

        #[test]
        fn an_address_is_asked_as_what_it_is(bits: u32, six: u128, text in "\\PC{0,60}", location in "\\PC{0,60}") {
            let four = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(host(&four.to_string()).is_ok(), is_public_v4(four));
            prop_assert!(is_public_v4(four) || !four.is_documentation() || host(&four.to_string()).is_err());
            prop_assert!(!(is_public_v4(four) && (four.is_private() || four.is_loopback() || four.is_link_local() || four.is_multicast() || four.is_unspecified() || four.is_broadcast() || four.is_documentation())));
            let six = Ipv6Addr::from_bits(six);
            let is_asked = host(&format!("[{six}]")).is_ok();
            prop_assert!(!(is_asked && (six.is_loopback() || six.is_unspecified() || six.is_multicast() || six.is_unique_local() || six.is_unicast_link_local() || six.to_ipv4().is_some())));
            // Whatever is written, what is asked would be asked again.
            for target in [Target::parse(&text), Target::parse(&format!("https://{text}")), Target::parse("https://example.com/a").unwrap().redirected(&location)].into_iter().flatten() {
                prop_assert_eq!(Target::parse(target.as_str()), Ok(target));
            }
        }
    }
}
