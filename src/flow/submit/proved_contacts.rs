//! What submitting remembers of an account's contacts.

use crate::interaction::{Interaction, Shown};
use crate::user::User;

/// the account's contacts that were proved here, by a code or a token, are proved.
pub(super) fn note_proved_contacts(interaction: &Interaction, user: &mut User) {
    for proof in interaction.proofs().iter().filter(|proof| proof.is_of(user)).cloned().collect::<Vec<_>>() {
        match proof.shown {
            Shown::EmailVerificationCode { .. }
            | Shown::MfaEmailVerificationCode { .. }
            | Shown::OneTimeToken { .. } => user.email_verified_at = Some(proof.at),
            Shown::PhoneVerificationCode { .. } | Shown::MfaPhoneVerificationCode { .. } => {
                user.phone_verified_at = Some(proof.at);
            }
            _ => {}
        }
    }
}
