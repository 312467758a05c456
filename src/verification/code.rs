//! Verification codes (V-3 to V-5).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::experience::{InteractionEvent, VerificationCodePolicy};
use crate::form::{Form, Read, Written, stored};
use crate::secret::Secret;

/// A six-digit code sent to a recipient.
///
/// A code that is right is spent by that: "verified" and "spent" are one state, so no code can be used twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeVerification<R> {
    recipient: R,
    /// What it was sent for (V-3); `None` for a code to the identified user's own contact (V-6).
    event: Option<InteractionEvent>,
    state: CodeState,
}

stored! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum CodeState {
        Pending {
            /// `None`: delivery was withheld (V-4), and no code is right.
            code: Option<Secret>,
            sent_at: DateTime<Utc>,
            wrong_tries: u32,
        },
        Verified,
    }
}

/// The recipient, the event and the state, in this order: a tuple, because the macro knows no parameters.
impl<R: Form> Form for CodeVerification<R> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Written(&self.recipient), self.event, Written(&self.state)).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (Read(recipient), event, Read(state)) = Deserialize::deserialize(deserializer)?;
        Ok(Self { recipient, event, state })
    }
}

/// Why a code is refused. The flows turn this into the documented rejections (V-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefused {
    /// Already used.
    Spent,
    /// Older than the policy's lifetime.
    Expired,
    /// Tried wrongly as often as the policy allows.
    TooManyTries,
    /// Wrong; the try is counted.
    Wrong,
}

impl<R> CodeVerification<R> {
    /// A code on its way, for an event; `None` for a code if delivery is withheld.
    pub(crate) fn sent(
        recipient: R,
        event: Option<InteractionEvent>,
        code: Option<Secret>,
        sent_at: DateTime<Utc>,
    ) -> Self {
        Self { recipient, event, state: CodeState::Pending { code, sent_at, wrong_tries: 0 } }
    }

    /// What it was sent for (V-3); `None` for a code to the identified user's own contact (V-6).
    pub fn event(&self) -> Option<InteractionEvent> {
        self.event
    }

    /// Where the code went.
    pub fn recipient(&self) -> &R {
        &self.recipient
    }

    /// Whether the right code was given.
    pub fn is_verified(&self) -> bool {
        self.state == CodeState::Verified
    }

    /// Tries a code (V-5). The right one is spent; a wrong one is counted.
    ///
    /// # Errors
    /// [`CodeRefused`]: the first of its reasons, in their order.
    pub(crate) fn try_code(
        &mut self,
        given: &str,
        policy: &VerificationCodePolicy,
        now: DateTime<Utc>,
    ) -> Result<(), CodeRefused> {
        let CodeState::Pending { code, sent_at, wrong_tries } = &mut self.state else {
            return Err(CodeRefused::Spent);
        };
        if now.signed_duration_since(*sent_at) > policy.lifetime() {
            return Err(CodeRefused::Expired);
        }
        if *wrong_tries >= policy.max_retry_attempts {
            return Err(CodeRefused::TooManyTries);
        }
        if code.as_ref().is_some_and(|code| code.matches(given)) {
            self.state = CodeState::Verified;
            Ok(())
        } else {
            *wrong_tries = wrong_tries.saturating_add(1);
            Err(CodeRefused::Wrong)
        }
    }
}

/// Which message a code is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MessageTemplate {
    /// To sign in.
    SignIn,
    /// To register.
    Register,
    /// To recover a password.
    ForgotPassword,
    /// To change one's account (C-1).
    Account,
    /// To bind a factor.
    BindMfa,
    /// To use a factor.
    MfaVerification,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn policy() -> VerificationCodePolicy {
        VerificationCodePolicy { expiration_duration: 60, max_retry_attempts: 2 }
    }

    #[test]
    fn v5_the_right_code_is_spent() {
        let mut code = CodeVerification::sent("jane", None, Some(Secret::new("123456")), NOW);
        assert_eq!(code.try_code("123456", &policy(), NOW), Ok(()));
        assert!(code.is_verified());
        assert_eq!(code.try_code("123456", &policy(), NOW), Err(CodeRefused::Spent));
    }

    #[test]
    fn v5_wrong_tries_count_and_then_even_the_right_code_is_refused() {
        let mut code = CodeVerification::sent("jane", None, Some(Secret::new("123456")), NOW);
        assert_eq!(code.try_code("12345", &policy(), NOW), Err(CodeRefused::Wrong));
        assert_eq!(code.try_code("", &policy(), NOW), Err(CodeRefused::Wrong));
        assert_eq!(code.try_code("123456", &policy(), NOW), Err(CodeRefused::TooManyTries));
    }

    #[test]
    fn v5_age_is_asked_before_tries() {
        let mut code = CodeVerification::sent("jane", None, Some(Secret::new("123456")), NOW);
        for _ in 0..2 {
            let _ = code.try_code("x", &policy(), NOW);
        }
        assert_eq!(
            code.try_code("123456", &policy(), NOW + TimeDelta::seconds(60)),
            Err(CodeRefused::TooManyTries)
        );
        assert_eq!(
            code.try_code("123456", &policy(), NOW + TimeDelta::seconds(61)),
            Err(CodeRefused::Expired)
        );
    }

    #[test]
    fn v4_a_withheld_code_answers_like_a_wrong_one() {
        let mut code = CodeVerification::sent("jane", None, None, NOW);
        assert_eq!(code.try_code("000000", &policy(), NOW), Err(CodeRefused::Wrong));
        assert_eq!(code.try_code("", &policy(), NOW), Err(CodeRefused::Wrong));
        assert_eq!(code.try_code("000000", &policy(), NOW), Err(CodeRefused::TooManyTries));
        assert!(!code.is_verified());
    }
}
