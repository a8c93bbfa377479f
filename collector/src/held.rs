//! State that is changed in place, through a shared reference.

use core::cell::Cell;

/// A value that is taken out to be looked at or changed, and put back.
///
/// Not `RefCell`: its borrow checks carry a panic message and a source position for each use, which are bytes on every
/// visitor's wire. In exchange the function given to [`Held::with`] must not run the page's code, which could call back
/// into the tag and find the value taken out.
#[derive(Default)]
pub(crate) struct Held<T: Default>(Cell<T>);

impl<T: Default> Held<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// Looks at or changes the value.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let mut value = self.0.take();
        let result = f(&mut value);
        self.0.set(value);
        result
    }

    /// A copy of the value.
    pub(crate) fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(|value| value.clone())
    }

    /// Puts a new value in and gives the old one.
    pub(crate) fn replace(&self, value: T) -> T {
        self.0.replace(value)
    }

    /// Takes the value out for good.
    pub(crate) fn take(&self) -> T {
        self.0.take()
    }
}
