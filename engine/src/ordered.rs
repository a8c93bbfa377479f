//! Sorting and gathering with little code.
//!
//! The standard library's sort is compiled anew for each type that is sorted, some 5 kB of wasm each time, and gathering
//! into a `BTreeMap` or `BTreeSet` sorts first: in a Worker with fifty such places that is a tenth of what is uploaded.
//! Here all share one sort of places, and what is gathered is inserted one by one. Our lists are short.

use std::cmp::Ordering;

/// Sorts a list; what is equal stays in its order.
pub fn sort<T: Ord>(list: &mut Vec<T>) {
    sort_by(list, Ord::cmp);
}

/// As [`sort`], by a key.
pub fn sort_by_key<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(list, |one, other| key(one).cmp(&key(other)));
}

/// As [`sort`], in this order.
pub fn sort_by<T>(list: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering) {
    let mut items: Vec<Option<T>> = list.drain(..).map(Some).collect();
    let at = |place: usize| items.get(place).and_then(Option::as_ref);
    let places = sorted(items.len(), &|one, other| match (at(one), at(other)) {
        (Some(one), Some(other)) => order(one, other),
        _ => Ordering::Equal,
    });
    list.extend(places.into_iter().filter_map(|place| items.get_mut(place)?.take()));
}

/// The one sort that all others go by.
fn sorted(length: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by(|one, other| order(*one, *other));
    places
}

/// Gathers into a map or a set, without sorting first. What comes later replaces what has the same key.
pub fn gather<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut gathered = C::default();
    gathered.extend(items);
    gathered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_standard_librarys_order(list in proptest::collection::vec((0u8..5, 0u16..), 0..40)) {
            let (mut ours, mut theirs) = (list.clone(), list);
            super::sort_by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&ours, &theirs, "equal ones stay in their order");
            super::sort(&mut ours);
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }
    }
}
