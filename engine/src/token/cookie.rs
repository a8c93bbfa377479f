//! Reading a `Cookie` header.

/// The values of all cookies of a name. There may be several: one that a site below or above has set, or somebody has slipped in. So the one
/// that counts is the first that opens, and not the first that stands there.
pub fn cookies<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    header.split(';').filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::cookies;

    #[test]
    fn all_of_a_name_are_read_and_none_of_another() {
        let of = |header| cookies(header, "a").collect::<Vec<_>>();
        assert_eq!(of("a=1; b=2;a=3 ; A=4; aa=5; a ;a=; ba=6; =7"), ["1", "3", ""]);
        assert_eq!(of(""), Vec::<&str>::new());
    }
}
