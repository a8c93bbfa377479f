//! Accounts: the companies, teams or households that people belong to.
//!
//! A person's *memberships* are part of the fold of the person's log. The *account* is an object of its own, whose traits
//! are the fold of what the events of all its members say of it, and which knows the newest row of each member. People
//! are never joined by an account, and its traits are nobody's own: whoever decides for a member reads them then.

mod aggregate;
mod fold;
mod id;
mod member;
mod memberships;
mod word;

pub use aggregate::{AccountRules, Aggregate, Op, Total};
pub use fold::{ACCOUNT_VERSION, Account};
pub use id::AccountId;
pub use member::{MEMBER_VERSION, Member};
pub use memberships::{Memberships, Period};
pub use word::{Named, REPORT_VERSION, Report, Verb, Word, account_named};
