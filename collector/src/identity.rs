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
    refused: u32,
}

/// What to do about an anonymous id that is not bound to this device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// A browser that keeps no cookie would get the same answer for ever.
    None,
    /// Another tab's first request came before this one's: its answer brings the cookie that speaks for both.
    AskAgain,
    /// It belongs to another device, or the cookie was lost.
    Replace,
}

impl Binding {
    /// Nothing was refused yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { refused: 0 }
    }

    /// The edge has said that the anonymous id is not bound to this device.
    pub fn unbound(&mut self) -> Remedy {
        self.refused = self.refused.saturating_add(1);
        match self.refused {
            1 => Remedy::AskAgain,
            2 => Remedy::Replace,
            _ => Remedy::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, Remedy, is_other};

    #[test]
    fn only_another_named_person_is_another() {
        assert!(is_other(true, true, false));
        assert!(!is_other(true, true, true));
        assert!(!is_other(true, false, false), "the first person at this browser keeps its anonymous id");
        assert!(!is_other(false, true, false), "traits alone name nobody");
    }

    #[test]
    fn an_anonymous_id_is_asked_for_again_and_then_replaced_once() {
        let mut binding = Binding::new();
        let remedies = [binding.unbound(), binding.unbound(), binding.unbound(), binding.unbound()];
        assert_eq!(remedies, [Remedy::AskAgain, Remedy::Replace, Remedy::None, Remedy::None]);
    }
}
