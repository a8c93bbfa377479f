//! What the browser tells the tag. Each constant is the number a [`crate::bridge::callback`] carries.

/// A click anywhere on the page. Value: the event. Data: when it was, if the tag was not there yet.
pub(crate) const CLICK: u32 = 0;
/// A form is submitted. Value and data as for a click.
pub(crate) const SUBMIT: u32 = 1;
/// `history.pushState` was called, or the visitor went back or forward.
pub(crate) const MOVED: u32 = 2;
/// `history.replaceState` was called.
pub(crate) const REPLACED: u32 = 3;
/// The task that changed the URL is over: its title can be read.
pub(crate) const SETTLED: u32 = 4;
/// The page was shown, perhaps from the back/forward cache. Value: the event.
pub(crate) const SHOWN: u32 = 5;
/// The page is being hidden or left.
pub(crate) const HIDDEN: u32 = 6;
/// The visibility changed one way or the other.
pub(crate) const VISIBILITY: u32 = 7;
/// The document changed.
pub(crate) const MUTATED: u32 = 8;
/// It is time to look for new placements.
pub(crate) const SCAN: u32 = 9;
/// Elements came into view or left it. Value: the entries.
pub(crate) const INTERSECTED: u32 = 10;
/// An element has been in view long enough. Data: the element.
pub(crate) const DWELLED: u32 = 11;
/// It is time to send.
pub(crate) const DUE: u32 = 12;
/// The network is back.
pub(crate) const ONLINE: u32 = 13;
/// This tab may send (the lock between tabs is ours, or there is none).
pub(crate) const LOCKED: u32 = 14;
/// The edge answered. Value: the response. Data: the request.
pub(crate) const RESPONDED: u32 = 15;
/// The answer's body was read. Value: the body. Data: the request.
pub(crate) const ANSWERED: u32 = 16;
/// The request failed. Data: the request.
pub(crate) const FAILED: u32 = 17;
