//! Passwords: the right one (V-1), and a new one (V-7).

use crate::form::stored;
use crate::identifier::{Identifier, UserId, Username};
use crate::secret::PasswordDigest;

stored! {
    /// The right password for an identifier (V-1). It exists only verified.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PasswordVerification {
        /// Whose password it was. The proof is about this user, whoever holds the identifier later.
        pub user_id: UserId,
        /// What the person typed to say who they are.
        pub identifier: Identifier,
        /// Which password it was (V-17): the proof ends when the user has another.
        pub(crate) stamp: String,
        /// Whether it had expired, and nothing would have recovered it (V-1).
        pub expired: bool,
    }
}

stored! {
    /// A username and a password that a new account may have (V-7). It exists only verified.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NewPasswordVerification {
        /// The username.
        pub username: Username,
        /// The password's digest.
        pub password: PasswordDigest,
    }
}
