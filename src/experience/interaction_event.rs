//! What a person can come for.

use serde::{Deserialize, Serialize};

use crate::form::plain;

/// What a person came for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InteractionEvent {
    /// To sign in.
    SignIn,
    /// To make an account.
    Register,
    /// To set a new password without the old one.
    ForgotPassword,
    /// To change the account that one is signed in to (C-1).
    Account,
}

plain!(InteractionEvent);
