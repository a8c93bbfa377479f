//! Who is at the browser: when somebody else begins, and when an anonymous id is replaced.

/// True when an `identify` names another person than the one before: they get an anonymous id of their own *before* their
/// first event, and start without traits. `known`: somebody was identified before; `same`: as the user named now, if one is.
#[must_use]
pub fn is_other(named: bool, known: bool, same: bool) -> bool {
    named && known && !same
}

/// Anonymous ids that the edge would not bind to this device.
#[derive(Default)]
pub struct Binding {
    replaced: bool,
}

impl Binding {
    /// Nothing was replaced yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { replaced: false }
    }

    /// The anonymous id belongs to another device, or the cookie was lost. True when a fresh one is to be tried: once per
    /// page, because a browser that keeps no cookie would get the same answer for ever.
    pub fn unbound(&mut self) -> bool {
        !core::mem::replace(&mut self.replaced, true)
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, is_other};

    #[test]
    fn only_another_named_person_is_another() {
        assert!(is_other(true, true, false));
        assert!(!is_other(true, true, true));
        assert!(!is_other(true, false, false), "the first person at this browser keeps its anonymous id");
        assert!(!is_other(false, true, false), "traits alone name nobody");
    }

    #[test]
    fn an_anonymous_id_is_replaced_once() {
        let mut binding = Binding::new();
        assert!(binding.unbound());
        assert!(!binding.unbound());
    }
}
