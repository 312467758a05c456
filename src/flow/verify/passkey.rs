//! Signing in with a passkey alone (V-14).

use super::super::rules::lockout::Tries;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::WebAuthnCredential;
use crate::verification::{PendingChallenge, Pool, SignInPasskeyVerification, Verification, record_type};

/// Begins a sign-in with a passkey, with the challenge that the host's WebAuthn library made. Nobody is named: the
/// passkey will say who it is.
#[derive(Clone, Debug)]
pub struct StartSignInPasskey {
    pending: PendingChallenge,
}

impl StartSignInPasskey {
    /// For a relying party.
    pub fn new(pending: PendingChallenge) -> Self {
        Self { pending }
    }
}

impl Operation for StartSignInPasskey {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSignInPasskey;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let begun = SignInPasskeyVerification {
            pending: Some(self.pending.clone()),
            user_id: None,
            credential_id: None,
        };
        Ok(step.add_record(Verification::SignInPasskey(begun)))
    }
}

/// Shows the host what a sign-in with a passkey waits for, so that its WebAuthn library can check the answer. It changes
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingSignInPasskey {
    verification_id: VerificationId,
}

impl PendingSignInPasskey {
    /// The sign-in of a record.
    pub fn of(verification_id: VerificationId) -> Self {
        Self { verification_id }
    }
}

impl Operation for PendingSignInPasskey {
    type Subject = Interaction;
    type Output = PendingChallenge;

    const NAME: OperationName = OperationName::PendingSignInPasskey;

    fn decide(&self, step: &mut Step<'_>) -> Result<PendingChallenge, Rejection> {
        let passkey = step.registered::<record_type::SignInPasskey>(self.verification_id)?;
        passkey.pending.clone().ok_or(Rejection::PasskeyPendingInfoNotFound)
    }
}

/// What the host's WebAuthn library found: whose passkey it says it is, if its signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPasskey {
    /// The credential's id, base64url.
    pub credential_id: String,
    /// The relying party it was used for.
    pub rp_id: String,
    /// Its signature counter.
    pub counter: u32,
    /// Whether the authenticator verified the person (UV): by a fingerprint, a PIN. A touch alone signs nobody in (D-15).
    pub user_verified: bool,
}

/// Ends a sign-in with a passkey.
#[derive(Clone, Debug)]
pub struct VerifySignInPasskey {
    verification_id: VerificationId,
    used: Option<UsedPasskey>,
}

impl VerifySignInPasskey {
    /// The passkey that answered a record's challenge; `None` if the host's library refused it.
    pub fn new(verification_id: VerificationId, used: Option<UsedPasskey>) -> Self {
        Self { verification_id, used }
    }

    /// V-14: whose passkey it was, if its use holds. Using it is written to the user.
    fn used_credential(&self, step: &mut Step<'_>) -> Result<UserId, Rejection> {
        let passkey = step.registered::<record_type::SignInPasskey>(self.verification_id)?;
        let pending = passkey.pending.as_ref().ok_or(Rejection::PasskeyPendingInfoNotFound)?;
        let bound = passkey.user_id.clone();
        let used = self.used.as_ref().ok_or(Rejection::WebAuthnVerificationFailed)?;
        if used.rp_id != pending.rp_id {
            return Err(Rejection::PasskeyConflictRpId);
        }
        let key = WebAuthnCredential::key_of(&used.credential_id);
        let user = step.user(&key).ok_or(Rejection::MfaIdentifierNotFound)?;
        let (mut written, now) = (user.clone(), step.now());
        let mut credentials = written.mfa.web_authn.iter_mut();
        let own = credentials
            .find(|own| own.id == used.credential_id && own.rp_id == used.rp_id)
            .filter(|own| used.user_verified && own.user_verified)
            .ok_or(Rejection::WebAuthnVerificationFailed)?;
        if bound.is_some_and(|bound| bound != user.id) {
            return Err(Rejection::IdentityConflict);
        }
        let about = [self.verification_id.to_string(), used.credential_id.clone(), used.counter.to_string()];
        let mark = step.mark(Self::NAME, &about.each_ref().map(String::as_str));
        if step.has_written(user, &mark) {
            step.grant(&user.id, mark);
        } else if own.use_with_counter(used.counter, now) {
            step.update_user(written, mark);
        } else {
            return Err(Rejection::WebAuthnVerificationFailed);
        }
        Ok(user.id.clone())
    }
}

impl Operation for VerifySignInPasskey {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySignInPasskey;

    fn prefetch(&self, _: &Context<'_>) -> Questions {
        let credential = self.used.as_ref().map(|used| WebAuthnCredential::key_of(&used.credential_id));
        Questions::none().users(credential)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let id = self.verification_id;
        let is_pending = step.registered::<record_type::SignInPasskey>(id)?.pending.is_some();
        let tries = self.used.as_ref().map(|used| {
            let key = WebAuthnCredential::key_of(&used.credential_id);
            Tries::of_key(Pool::WebAuthn, key, step.context()).after_identification(step)
        });
        if let Some(tries) = &tries {
            tries.check_not_blocked(step)?;
        }
        if !is_pending {
            return Err(Rejection::PasskeyPendingInfoNotFound);
        }
        match self.used_credential(step) {
            Ok(user_id) => {
                if let Some(tries) = &tries {
                    tries.succeeded(step);
                }
                let passkey = step.registered_mut::<record_type::SignInPasskey>(id)?;
                passkey.user_id = Some(user_id);
                passkey.credential_id = self.used.as_ref().map(|used| used.credential_id.clone());
                passkey.pending = None;
                step.verified(id)
            }
            Err(rejection) => {
                // The challenge is used up: each answer has one of its own.
                step.registered_mut::<record_type::SignInPasskey>(id)?.pending = None;
                step.savepoint();
                match tries {
                    Some(tries) if rejection == Rejection::WebAuthnVerificationFailed => {
                        Err(tries.failed(step, rejection))
                    }
                    _ => Err(rejection),
                }
            }
        }
    }
}
