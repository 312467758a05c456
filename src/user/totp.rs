//! Time-based one-time passwords (RFC 6238).

use chrono::{DateTime, Utc};
use fluent_uri::pct_enc::EString;
use fluent_uri::pct_enc::encoder::Data;
use serde::{Deserializer, Serializer};
use totp_rs::{Algorithm, Builder, Totp};

use crate::form::Form;
use crate::secret::{Secret, ShownOnce, sha256_hex};

/// Seconds in a time step (RFC 6238, section 4.1).
pub const TOTP_STEP_SECONDS: u64 = 30;

/// Digits of a one-time password.
const DIGITS: u8 = 6;

/// How many steps a clock may be off, either way (RFC 6238, section 5.2).
const WINDOW: u16 = 1;

/// A shared secret of 160 bits, as RFC 4226, section 4, recommends; kept in base32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSecret(Secret);

impl Form for TotpSecret {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::read(deserializer).map(Self)
    }
}

impl TotpSecret {
    /// A secret of random bytes.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(Secret::new(totp_rs::Secret::new_stack(bytes).to_base32()))
    }

    /// A secret as an authenticator app takes it: base32, RFC 4648.
    pub fn from_base32(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The secret in base32, as an authenticator app takes it.
    pub fn expose_base32(&self) -> &str {
        self.0.expose()
    }

    /// The secret in base32, to show once to whom it belongs.
    pub fn shown_once(&self) -> ShownOnce {
        ShownOnce::new(self.0.clone())
    }

    /// What tells this secret from others (V-17), and does not give it away.
    pub(crate) fn stamp(&self) -> String {
        sha256_hex(&["totp-secret", self.0.expose()])
    }

    /// The `otpauth://` URI of the secret, to show once as a QR code. It contains the secret.
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> ShownOnce {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        let secret = self.expose_base32();
        ShownOnce::new(Secret::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={TOTP_STEP_SECONDS}"
        )))
    }

    /// The time step that a code belongs to, if it is right now or was a step ago or will be a step ahead: SHA-1, six
    /// digits. A secret that is no base32 of 128 bits or more has no right code.
    pub fn matching_step(&self, code: &str, now: DateTime<Utc>) -> Option<u64> {
        self.generator()?.check(code, u64::try_from(now.timestamp()).ok()?)
    }

    fn generator(&self) -> Option<Totp> {
        let secret = totp_rs::Secret::try_from_base32(self.0.expose()).ok()?;
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS);
        builder.with_skew(WINDOW).with_step_duration(TOTP_STEP_SECONDS).with_secret(secret).build().ok()
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = EString::<Data>::new();
    encoded.encode_str::<Data>(text);
    encoded.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the SHA-1 rows, of whose eight digits an authenticator with six shows the last.
    const RFC_6238: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn v11_the_vectors_of_rfc_6238_hold() {
        let secret = TotpSecret::from_bytes(*b"12345678901234567890");
        for (seconds, digits) in RFC_6238 {
            let step = u64::try_from(seconds).unwrap() / TOTP_STEP_SECONDS;
            assert_eq!(secret.matching_step(digits.get(2..).unwrap(), at(seconds)), Some(step), "{seconds}");
        }
    }

    #[test]
    fn v11_a_code_is_right_one_step_before_and_after() {
        let secret = TotpSecret::from_bytes(*b"12345678901234567890");
        let code = "050471"; // of the step that begins at 1_111_111_110
        for (seconds, right) in
            [(1_111_111_079, false), (1_111_111_080, true), (1_111_111_169, true), (1_111_111_170, false)]
        {
            assert_eq!(secret.matching_step(code, at(seconds)).is_some(), right, "{seconds}");
        }
        for wrong in ["", "50471", "0050471", "+50471", "05047x", "٠٥٠٤٧١"] {
            assert_eq!(secret.matching_step(wrong, at(1_111_111_111)), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_160_bits_in_base32_and_never_shown() {
        let secret = TotpSecret::from_bytes([0xFF; 20]);
        assert_eq!(secret.expose_base32(), "7".repeat(32));
        assert!(!format!("{secret:?}").contains("777"));
        for unusable in ["", "not base32!", "MFRGG"] {
            assert_eq!(TotpSecret::from_base32(unusable).matching_step("000000", at(59)), None);
        }
    }

    #[test]
    fn the_uri_names_issuer_and_account() {
        let uri = TotpSecret::from_bytes([0xFF; 20]).otpauth_uri("My Shop", "jane@example.com");
        assert_eq!(
            uri.expose(),
            format!(
                "otpauth://totp/My%20Shop:jane%40example.com?secret={}&issuer=My%20Shop&algorithm=SHA1&digits=6&period=30",
                "7".repeat(32)
            )
        );
    }
}
