//! Who is no visitor: programs that load pages. What they send is kept beside the archive and reaches nothing else: no profile, no cap,
//! no experiment, no count of people.
//!
//! There are four [signs](Sign). A request is a bot's by the first that it has; nobody is judged by what they bought or read.

mod agents;
mod pace;
mod pattern;

use serde::{Deserialize, Serialize};

pub use agents::is_bots;
pub use pace::Pace;

use crate::limits;

/// What a source does with bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    /// What they send is set aside.
    #[default]
    Exclude,
    /// Nobody is judged: for apps, whose user agents are no browser's, and where a site is tried by programs.
    Include,
}

impl Bots {
    /// Whether nothing was said of it.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// By what somebody was taken for a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The `User-Agent` is no browser's.
    UserAgent,
    /// The browser says that a program drives it.
    Webdriver,
    /// The platform knows it for a bot, or scores it as one.
    Score,
    /// It sends what nobody could do.
    Pace,
}

impl Sign {
    /// The code of the outcome: the same in JSON, in counts and in the docs.
    pub fn code(self) -> &'static str {
        match self {
            Self::UserAgent => "bot_user_agent",
            Self::Webdriver => "bot_webdriver",
            Self::Score => "bot_score",
            Self::Pace => "bot_pace",
        }
    }

    /// The sign of this code.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::UserAgent, Self::Webdriver, Self::Score, Self::Pace]
            .into_iter()
            .find(|sign| sign.code() == code)
    }

    /// What to do about it, for who expected something else.
    pub fn message(self) -> &'static str {
        match self {
            Self::UserAgent => {
                "its user agent is a program's, so it was set aside; `bots: \"include\"` on the source takes all, for apps and trials"
            }
            Self::Webdriver => {
                "a program drives this browser, so it was set aside; `bots: \"include\"` on the source takes all, for trials"
            }
            Self::Score => "the platform takes the sender for a bot, so it was set aside",
            Self::Pace => "nobody does so much in so short a time, so it was set aside",
        }
    }
}

/// What is known of who sends something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// `User-Agent`, if it can be known; empty if the request had none.
    pub user_agent: Option<&'a str>,
    /// The browser says that a program drives it.
    pub is_driven: bool,
    /// The platform's score: 1 is a bot for certain, 99 a person. 0 is nobody's.
    pub score: Option<f64>,
    /// The platform knows it for a bot of good name, such as a search engine's.
    pub is_verified_bot: bool,
}

impl Sender<'_> {
    /// By what this is a bot, if it is one.
    pub fn sign(&self) -> Option<Sign> {
        let is_scored = self.score.is_some_and(|score| (1.0..limits::PERSONS_SCORE).contains(&score));
        if self.user_agent.is_some_and(is_bots) {
            return Some(Sign::UserAgent);
        }
        if self.is_driven {
            return Some(Sign::Webdriver);
        }
        (self.is_verified_bot || is_scored).then_some(Sign::Score)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sender, Sign};

    #[test]
    fn a_sender_is_judged_by_the_first_sign() {
        let person = Sender {
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"),
            ..Sender::default()
        };
        assert_eq!(person.sign(), None);
        assert_eq!(Sender::default().sign(), None, "of whom nothing is known, nothing is thought");
        assert_eq!(
            Sender { user_agent: Some(""), ..person }.sign(),
            Some(Sign::UserAgent),
            "every browser says something"
        );
        assert_eq!(Sender { is_driven: true, ..person }.sign(), Some(Sign::Webdriver));
        assert_eq!(Sender { is_verified_bot: true, score: Some(99.0), ..person }.sign(), Some(Sign::Score));
        for (score, sign) in
            [(0.0, None), (1.0, Some(Sign::Score)), (29.0, Some(Sign::Score)), (30.0, None), (f64::NAN, None)]
        {
            assert_eq!(Sender { score: Some(score), ..person }.sign(), sign, "{score}");
        }
    }

    #[test]
    fn every_sign_is_found_by_its_code() {
        for sign in [Sign::UserAgent, Sign::Webdriver, Sign::Score, Sign::Pace] {
            assert_eq!(Sign::of_code(sign.code()), Some(sign));
        }
    }
}
