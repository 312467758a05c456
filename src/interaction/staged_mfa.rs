//! Factors collected in an interaction, not yet bound to the user.

use chrono::{DateTime, Utc};

use super::InteractionEvent;
use crate::experience::MfaFactor;
use crate::form::stored;
use crate::user::{BackupCode, Mfa, TotpFactor, TotpSecret, WebAuthnCredential};

stored! {
    /// The factors that submitting will bind, and what the person decided about them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[allow(clippy::struct_excessive_bools, reason = "independent decisions of the person")]
    #[non_exhaustive]
    pub struct StagedMfa {
        /// MFA is turned on.
        pub enabled: bool,
        /// Enrolling is skipped (M-6).
        pub skipped: bool,
        /// The suggestion of a second factor is skipped (M-6).
        pub suggestion_skipped: bool,
        /// The prompt for a passkey is skipped (M-6).
        pub passkey_skipped: bool,
        /// An authenticator app.
        pub totp: Option<TotpFactor>,
        /// WebAuthn credentials.
        pub web_authn: Vec<WebAuthnCredential>,
        /// New backup codes.
        pub backup_codes: Option<Vec<BackupCode>>,
        /// The staged email or phone counts as a verified MFA code (M-5).
        pub contacts: Vec<MfaFactor>,
    }
}

impl StagedMfa {
    /// The factors that are staged here, an email or a phone included.
    pub fn factors(&self) -> impl Iterator<Item = MfaFactor> {
        let own = [
            (MfaFactor::WebAuthn, !self.web_authn.is_empty()),
            (MfaFactor::Totp, self.totp.is_some()),
            (MfaFactor::BackupCode, self.backup_codes.is_some()),
        ];
        own.into_iter()
            .filter_map(|(factor, staged)| staged.then_some(factor))
            .chain(self.contacts.iter().copied())
    }

    /// The factors without those that are staged here.
    pub(crate) fn unbound_from(&self, mfa: &Mfa) -> Mfa {
        let mut before = mfa.clone();
        let staged = |secret: &TotpSecret| self.totp.as_ref().is_some_and(|own| own.secret == *secret);
        before.totp.take_if(|own| staged(&own.secret));
        // Whoever registers a key chooses its id: only with its public key it is the same.
        let staged = |own: &WebAuthnCredential| {
            self.web_authn.iter().any(|new| (&new.id, &new.public_data) == (&own.id, &own.public_data))
        };
        before.web_authn.retain(|own| !staged(own));
        let codes = Mfa { backup_codes: self.backup_codes.clone().unwrap_or_default(), ..Mfa::default() };
        if codes.backup_codes_stamp() == before.backup_codes_stamp() {
            before.backup_codes.clear();
        }
        before
    }

    /// Binds what is staged: credentials append, new backup codes replace old ones. A skipped passkey prompt is kept
    /// only from a sign-in (M-6).
    pub(crate) fn apply(self, mfa: &mut Mfa, event: InteractionEvent, now: DateTime<Utc>) {
        if self.enabled {
            mfa.enabled = Some(true);
        }
        mfa.skipped |= self.skipped;
        mfa.suggestion_skipped |= self.suggestion_skipped;
        mfa.passkey_skipped |= self.passkey_skipped && event == InteractionEvent::SignIn;
        // What is bound already, by this very step before it was decided again, stays as it is used since.
        if let Some(totp) =
            self.totp.filter(|new| mfa.totp.as_ref().is_none_or(|own| own.secret != new.secret))
        {
            mfa.totp = Some(TotpFactor { created_at: Some(now), last_used_at: Some(now), ..totp });
        }
        for credential in self.web_authn {
            if !mfa.web_authn.iter().any(|own| own.id == credential.id) {
                mfa.web_authn.push(WebAuthnCredential { created_at: Some(now), ..credential });
            }
        }
        let new_codes = Mfa { backup_codes: self.backup_codes.unwrap_or_default(), ..Mfa::default() };
        if !new_codes.backup_codes.is_empty() && new_codes.backup_codes_stamp() != mfa.backup_codes_stamp() {
            mfa.backup_codes = new_codes.backup_codes;
            mfa.backup_codes_made_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::TotpSecret;

    fn key(id: &str, public_data: &str) -> WebAuthnCredential {
        WebAuthnCredential {
            id: id.into(),
            rp_id: "example.com".into(),
            public_data: public_data.into(),
            counter: 0,
            user_verified: true,
            discoverable: true,
            name: None,
            created_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn s3_what_was_staged_guards_nothing_and_what_the_owner_has_goes_on_guarding() {
        let (own, other) = (TotpSecret::from_bytes([1; 20]), TotpSecret::from_bytes([2; 20]));
        let staged = StagedMfa {
            totp: Some(TotpFactor::new(own.clone())),
            web_authn: vec![key("k1", "staged"), key("owners", "forged")],
            ..StagedMfa::default()
        };
        let held = |secret| Mfa {
            totp: Some(TotpFactor::new(secret)),
            web_authn: vec![key("k1", "staged"), key("owners", "owners")],
            ..Mfa::default()
        };
        let before = staged.unbound_from(&held(own));
        assert_eq!((before.totp, before.web_authn), (None, vec![key("owners", "owners")]));
        assert!(staged.unbound_from(&held(other)).totp.is_some(), "another app than was staged");
    }
}
