//! What the tag may do under the visitor's choices.

/// What the category `analytics` allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Events are stored and sent.
    Granted,
    /// The page requires a choice that was not made yet: events wait in memory.
    Held,
    /// Events are not recorded.
    Denied,
}

/// The visitor's own word on `analytics`, if there is one, counts most. Without it, a signal of the browser (Global Privacy
/// Control, Do Not Track) that the site takes for a no is a no, and where a choice is required everything waits for it.
#[must_use]
pub fn status(choice: Option<bool>, refused_by_signal: bool, required: bool) -> Status {
    match choice {
        Some(true) => Status::Granted,
        Some(false) => Status::Denied,
        None if refused_by_signal => Status::Denied,
        None if required => Status::Held,
        None => Status::Granted,
    }
}

#[cfg(test)]
mod tests {
    use super::{Status, status};

    #[test]
    fn only_an_explicit_yes_goes_before_what_the_site_requires() {
        assert_eq!(status(None, false, false), Status::Granted);
        assert_eq!(status(None, false, true), Status::Held);
        assert_eq!(status(None, true, false), Status::Denied);
        assert_eq!(status(None, true, true), Status::Denied);
        for (signal, required) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(status(Some(true), signal, required), Status::Granted);
            assert_eq!(status(Some(false), signal, required), Status::Denied);
        }
    }
}
