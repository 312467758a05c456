//! Which passkeys a sign-in offers (V-14).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::identifier::ClaimedIdentifier;
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;

/// Says which passkeys a browser should offer to somebody who typed an identifier, before the host makes the challenge.
///
/// Nobody learns from it who exists: for an identifier that nobody has, and for a user without a passkey, it names one that
/// there is not, the same each time, made from a secret of the host's.
#[derive(Clone, Debug)]
pub struct OfferPasskeys {
    identifier: ClaimedIdentifier,
    decoy_key: Secret,
}

/// A passkey to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OfferedPasskey {
    /// The credential's id, base64url: for the request's `allowCredentials`.
    pub credential_id: String,
    /// What the host's WebAuthn library needs to verify it; `None` for one that there is not.
    pub public_data: Option<String>,
}

impl OfferPasskeys {
    /// To whoever has this identifier. The key is a secret of the host's, of at least 32 random bytes as text, that stays
    /// the same.
    pub fn new(identifier: ClaimedIdentifier, decoy_key: impl Into<String>) -> Self {
        Self { identifier, decoy_key: Secret::new(decoy_key) }
    }

    fn decoy(&self) -> OfferedPasskey {
        let text = self.identifier.parse().map_or_else(
            || self.identifier.value.clone(),
            |identifier| identifier.key(crate::identifier::UsernameCase::Insensitive).value().to_owned(),
        );
        // A key of any length is one (RFC 2104).
        let mac = Hmac::<Sha256>::new_from_slice(self.decoy_key.expose().as_bytes()).map(|mut mac| {
            mac.update(self.identifier.identifier_type.as_str().as_bytes());
            mac.update(&[0]);
            mac.update(text.as_bytes());
            <[u8; 32]>::from(mac.finalize().into_bytes())
        });
        OfferedPasskey { credential_id: base64url(&mac.unwrap_or_default()), public_data: None }
    }
}

/// Base64url without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter =
        |six: u32| usize::try_from(six & 0x3F).ok().and_then(|six| ALPHABET.get(six)).map(|&c| char::from(c));
    bytes.chunks(3).fold(String::new(), |mut text, chunk| {
        let bits =
            chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).filter_map(|at| letter(bits >> (18 - 6 * at))));
        text
    })
}

impl Operation for OfferPasskeys {
    type Subject = Interaction;
    type Output = Vec<OfferedPasskey>;

    const NAME: OperationName = OperationName::OfferPasskeys;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        let key =
            self.identifier.parse().map(|identifier| identifier.key(context.experience.username_case()));
        Questions::none().users(key)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<Vec<OfferedPasskey>, Rejection> {
        let key = self.identifier.parse().map(|identifier| identifier.key(step.case()));
        let user = key.and_then(|key| step.user(&key));
        let own: Vec<OfferedPasskey> = user
            .into_iter()
            .flat_map(|user| &user.mfa.web_authn)
            .filter(|credential| credential.is_sign_in_passkey())
            .map(|credential| OfferedPasskey {
                credential_id: credential.id.clone(),
                public_data: Some(credential.public_data.clone()),
            })
            .collect();
        Ok(if own.is_empty() { vec![self.decoy()] } else { own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::IdentifierType;

    #[test]
    fn base64url_is_that_of_rfc_4648() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xFB, 0xFF]), "-_8");
    }

    #[test]
    fn v14_a_decoy_is_the_same_each_time_and_of_one_identifier() {
        let decoy = |value: &str, key: &str| {
            OfferPasskeys::new(ClaimedIdentifier::new(IdentifierType::Email, value), key).decoy()
        };
        assert_eq!(decoy("jane@example.com", "k"), decoy("Jane@Example.com", "k"));
        assert_ne!(decoy("jane@example.com", "k"), decoy("joe@example.com", "k"));
        assert_ne!(decoy("jane@example.com", "k"), decoy("jane@example.com", "another"));
        assert_eq!(decoy("jane@example.com", "k").credential_id.len(), 43);
    }
}
