//! What somebody may have of an account's owner, and what they may make of it.

use std::fmt;

/// Something of the owner's that lets its holder prove a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Means {
    Password,
    Mailbox,
    Phone,
    App,
    Key,
    BackupCodes,
    SocialAccount,
    EnterpriseAccount,
    Session,
}

impl Means {
    pub(crate) const ALL: [Self; 9] = [
        Self::Password,
        Self::Mailbox,
        Self::Phone,
        Self::App,
        Self::Key,
        Self::BackupCodes,
        Self::SocialAccount,
        Self::EnterpriseAccount,
        Self::Session,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::Password => "the password",
            Self::Mailbox => "the mailbox",
            Self::Phone => "the phone",
            Self::App => "the authenticator app",
            Self::Key => "a key with its PIN",
            Self::BackupCodes => "a backup code",
            Self::SocialAccount => "the social account",
            Self::EnterpriseAccount => "the enterprise account",
            Self::Session => "a live session",
        }
    }
}

/// A set of means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Held(u16);

impl Held {
    pub(crate) fn with(self, means: Means) -> Self {
        Self(self.0 | 1 << means as u16)
    }

    pub(crate) fn has(self, means: Means) -> bool {
        self.0 & 1 << means as u16 != 0
    }

    pub(crate) fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) fn count(self) -> u32 {
        self.0.count_ones()
    }
}

/// "the password and the mailbox".
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> =
            Means::ALL.into_iter().filter(|means| self.has(*means)).map(Means::words).collect();
        match words.as_slice() {
            [] => f.write_str("nothing at all"),
            [only] => write!(f, "{only} alone"),
            [first @ .., last] => write!(f, "{} and {last}", first.join(", ")),
        }
    }
}

/// What somebody can reach who is not the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gain {
    SignsIn,
    SetsPassword,
    AddsWayIn,
    TakesAway,
    Closes,
}

impl Gain {
    pub(crate) const ALL: [Self; 5] =
        [Self::SignsIn, Self::SetsPassword, Self::AddsWayIn, Self::TakesAway, Self::Closes];
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignsIn => "signs in",
            Self::SetsPassword => "sets another password",
            Self::AddsWayIn => "adds a contact, factor or identity of their own",
            Self::TakesAway => "takes something of the owner's away",
            Self::Closes => "has the account closed",
        })
    }
}
