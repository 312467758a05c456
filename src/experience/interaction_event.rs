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
}

plain!(InteractionEvent);
