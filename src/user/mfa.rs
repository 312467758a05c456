//! The factors bound to a user, and what the user decided about them.

use chrono::{DateTime, Utc};

use super::totp::TotpSecret;
use super::{FactorId, User};
use crate::experience::{MfaFactor, MfaSettings};
use crate::form::stored;
use crate::identifier::{UserId, UserKey, UserKeyKind};
use crate::secret::{Secret, ShownOnce, sha256_hex};

stored! {
    /// A user's multi-factor authentication.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[allow(clippy::struct_excessive_bools, reason = "four independent decisions of the user")]
    #[non_exhaustive]
    pub struct Mfa {
        /// Whether the user has turned it on; `None` if nobody ever asked.
        pub enabled: Option<bool>,
        /// Whether the user skipped enrolling (M-6).
        pub skipped: bool,
        /// Whether the user is not asked for a factor when signing in (M-2).
        pub skip_mfa_on_sign_in: bool,
        /// Whether the user skipped the suggestion of a second factor (M-6).
        pub suggestion_skipped: bool,
        /// Whether the user skipped the prompt for a passkey (M-6).
        pub passkey_skipped: bool,
        /// The authenticator app.
        pub totp: Option<TotpFactor>,
        /// The WebAuthn credentials.
        pub web_authn: Vec<WebAuthnCredential>,
        /// The backup codes, used ones included.
        pub backup_codes: Vec<BackupCode>,
        /// When the backup codes were made, where that is known.
        pub backup_codes_made_at: Option<DateTime<Utc>>,
    }
}

stored! {
    /// An authenticator app.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TotpFactor {
        /// The shared secret.
        pub secret: TotpSecret,
        /// The last time step whose code was used: it and those before are wrong from then on (V-11).
        pub last_used_step: Option<u64>,
        /// When it was bound, where that is known.
        pub created_at: Option<DateTime<Utc>>,
        /// When it was last used.
        pub last_used_at: Option<DateTime<Utc>>,
    }
}

impl TotpFactor {
    /// An authenticator app that was never used.
    pub fn new(secret: TotpSecret) -> Self {
        Self { secret, last_used_step: None, created_at: None, last_used_at: None }
    }

    /// Uses a code; true if it was right and of a step that was not used yet (V-11).
    pub(crate) fn use_code(&mut self, code: &str, now: DateTime<Utc>) -> bool {
        let step = self
            .secret
            .matching_step(code, now)
            .filter(|&step| self.last_used_step.is_none_or(|last| step > last));
        if step.is_some() {
            self.last_used_step = step;
            self.last_used_at = Some(now);
        }
        step.is_some()
    }
}

stored! {
    /// A WebAuthn credential, as the host's WebAuthn library reported it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WebAuthnCredential {
        /// The credential id, base64url.
        pub id: String,
        /// The relying party it was made for.
        pub rp_id: String,
        /// What the host's library needs to verify it: its own serialised form, public key and all.
        pub public_data: String,
        /// The signature counter (WebAuthn Level 3, section 6.1.1).
        pub counter: u32,
        /// Whether the person was verified (UV) when it was made: one that was made by a touch alone is no sign-in passkey
        /// (V-14).
        pub user_verified: bool,
        /// Whether it is discoverable: it can say who its user is.
        pub discoverable: bool,
        /// What its owner calls it.
        pub name: Option<String>,
        /// When it was bound, where that is known.
        pub created_at: Option<DateTime<Utc>>,
        /// When it was last used.
        pub last_used_at: Option<DateTime<Utc>>,
    }
}

impl WebAuthnCredential {
    /// Whether V-14 takes it: it was made with the person verified, and says who its user is.
    pub fn is_sign_in_passkey(&self) -> bool {
        self.user_verified && self.discoverable
    }

    /// The unique key of a credential.
    pub fn key_of(id: &str) -> UserKey {
        UserKey::new(UserKeyKind::WebAuthnCredential, id.into())
    }

    /// Uses the credential; false if its counter went backwards (V-13): then it may have been cloned. A counter that
    /// stays zero is none.
    pub(crate) fn use_with_counter(&mut self, counter: u32, now: DateTime<Utc>) -> bool {
        let forward = counter > self.counter || (counter == 0 && self.counter == 0);
        if forward {
            self.counter = counter;
            self.last_used_at = Some(now);
        }
        forward
    }
}

/// How many backup codes are made at once.
pub const BACKUP_CODES: usize = 10;

stored! {
    /// A backup code: its digest, and whether it was used.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BackupCode {
        digest: Secret,
        /// When it was used.
        pub used_at: Option<DateTime<Utc>>,
    }
}

impl BackupCode {
    /// The code of a user. The id goes into the digest, so that equal codes of two users do not look equal.
    pub fn new(user_id: &UserId, code: &str) -> Self {
        Self { digest: digest(user_id, code), used_at: None }
    }

    /// A new set of codes for a user, of 80 random bits each, and the codes to show once.
    pub(crate) fn new_set(user_id: &UserId, random: impl Fn() -> [u8; 10]) -> (Vec<Self>, Vec<ShownOnce>) {
        let codes = (0..BACKUP_CODES).map(|_| {
            let code = readable_code(random());
            (Self::new(user_id, code.expose()), ShownOnce::new(code))
        });
        codes.unzip()
    }
}

/// Crockford's base 32: digits and letters without those that are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Sixteen letters and digits, in groups of four (V-12).
fn readable_code(bytes: [u8; 10]) -> Secret {
    let bits = bytes.iter().fold(0_u128, |bits, &byte| bits << 8 | u128::from(byte));
    let mut code = String::with_capacity(19);
    for at in 0..16_u32 {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        let five = bits >> (75 - 5 * at) & 0x1F;
        code.extend(usize::try_from(five).ok().and_then(|five| ALPHABET.get(five)).map(|&c| char::from(c)));
    }
    Secret::new(code)
}

/// The digest of a code as a person may write it: without separators, in any case, and with the letters that Crockford's
/// alphabet leaves out for the digits they are taken for. Codes of ten hexadecimal digits, that an operator imported, are
/// the same text by that (D-19).
fn digest(user_id: &UserId, code: &str) -> Secret {
    let written = code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c {
        'i' | 'I' | 'l' | 'L' => '1',
        'o' | 'O' => '0',
        other => other.to_ascii_lowercase(),
    });
    let written = Secret::new(written.collect::<String>());
    Secret::new(sha256_hex(&["backup-code", user_id.as_str(), written.expose()]))
}

impl Mfa {
    /// Takes a factor away; false if it is not there.
    pub(crate) fn remove(&mut self, factor: &FactorId) -> bool {
        match factor {
            FactorId::Totp => self.totp.take().is_some(),
            FactorId::BackupCodes => !std::mem::take(&mut self.backup_codes).is_empty(),
            FactorId::WebAuthn(id) => {
                let before = self.web_authn.len();
                self.web_authn.retain(|own| own.id != *id);
                self.web_authn.len() < before
            }
        }
    }

    /// Spends a backup code; true if it was one of the unused ones (V-12).
    pub(crate) fn use_backup_code(&mut self, user_id: &UserId, code: &str, now: DateTime<Utc>) -> bool {
        let given = digest(user_id, code);
        // All are compared, so that the time does not tell which one it was.
        let mut spent = None;
        for own in &mut self.backup_codes {
            if (own.digest == given) & own.used_at.is_none() {
                spent = Some(own);
            }
        }
        spent.map(|own| own.used_at = Some(now)).is_some()
    }

    /// What tells this set of backup codes from others (V-17): the same while its codes are used up.
    pub(crate) fn backup_codes_stamp(&self) -> String {
        let digests: Vec<&str> = self.backup_codes.iter().map(|code| code.digest.expose()).collect();
        sha256_hex(&digests)
    }

    /// Whether a backup code is left.
    pub(crate) fn has_unused_backup_code(&self) -> bool {
        self.backup_codes.iter().any(|code| code.used_at.is_none())
    }
}

impl User {
    /// The user's factors that are on, in the order to show them: WebAuthn, authenticator app, phone, email, backup
    /// codes (rules.md, section 7).
    pub fn factors(&self, settings: &MfaSettings) -> Vec<MfaFactor> {
        [
            (MfaFactor::WebAuthn, !self.mfa.web_authn.is_empty()),
            (MfaFactor::Totp, self.mfa.totp.is_some()),
            (MfaFactor::PhoneVerificationCode, self.primary_phone.is_some()),
            (MfaFactor::EmailVerificationCode, self.primary_email.is_some()),
            (MfaFactor::BackupCode, self.mfa.has_unused_backup_code()),
        ]
        .into_iter()
        .filter_map(|(factor, held)| (held && settings.is_on(factor)).then_some(factor))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn v11_a_step_is_used_once_and_those_before_are_gone() {
        let mut totp = TotpFactor::new(TotpSecret::from_bytes(*b"12345678901234567890"));
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert!(totp.use_code("050471", at(1_111_111_111)));
        assert!(!totp.use_code("050471", at(1_111_111_112)), "no replay");
        assert!(!totp.use_code("081804", at(1_111_111_111)), "the step before is over");
        assert_eq!(totp.last_used_step, Some(37_037_037));
    }

    #[test]
    fn v12_a_backup_code_is_spent_once_and_by_its_user_alone() {
        let (jane, joe) = (UserId::parse("jane").unwrap(), UserId::parse("joe").unwrap());
        let codes = vec![BackupCode::new(&jane, "00000000aa"), BackupCode::new(&jane, "00000000bb")];
        let mut mfa = Mfa { backup_codes: codes, ..Mfa::default() };
        assert!(!mfa.use_backup_code(&joe, "00000000aa", NOW) && !mfa.use_backup_code(&jane, "", NOW));
        assert!(mfa.use_backup_code(&jane, " 00000000AA ", NOW));
        assert!(!mfa.use_backup_code(&jane, "00000000aa", NOW));
        assert!(mfa.has_unused_backup_code());
        assert!(mfa.use_backup_code(&jane, "00000000bb", NOW) && !mfa.has_unused_backup_code());
    }

    #[test]
    fn v13_a_counter_only_goes_forward() {
        let mut credential = WebAuthnCredential {
            id: "id".into(),
            rp_id: "example.com".into(),
            public_data: String::new(),
            counter: 0,
            user_verified: true,
            discoverable: true,
            name: None,
            created_at: None,
            last_used_at: None,
        };
        assert!(credential.use_with_counter(0, NOW), "no counter at all");
        assert!(credential.use_with_counter(5, NOW));
        for backwards in [5, 4, 0] {
            assert!(!credential.use_with_counter(backwards, NOW));
        }
        assert_eq!(credential.counter, 5);
    }
}
