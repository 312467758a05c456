//! Signing in with a passkey alone (V-14).

use crate::experience::Experience;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::WebAuthnCredential;
use crate::verification::{PendingChallenge, SignInPasskeyVerification, Verification, record_type};

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

/// What the host's WebAuthn library found: whose passkey it says it is, if its signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPasskey {
    /// The credential's id, base64url.
    pub credential_id: String,
    /// The relying party it was used for.
    pub rp_id: String,
    /// Its signature counter.
    pub counter: u32,
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
}

impl Operation for VerifySignInPasskey {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySignInPasskey;

    fn prefetch(&self, _: &Experience) -> Questions {
        let credential = self.used.as_ref().map(|used| WebAuthnCredential::key_of(&used.credential_id));
        Questions::none().users(credential)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let id = self.verification_id;
        let passkey = step.registered::<record_type::SignInPasskey>(id)?;
        let pending = passkey.pending.as_ref().ok_or(Rejection::PasskeyPendingInfoNotFound)?;
        let used = self.used.as_ref().ok_or(Rejection::WebAuthnVerificationFailed)?;
        if used.rp_id != pending.rp_id {
            return Err(Rejection::PasskeyConflictRpId);
        }
        let key = WebAuthnCredential::key_of(&used.credential_id);
        let user = step.user(&key).ok_or(Rejection::MfaIdentifierNotFound)?;
        if passkey.user_id.as_ref().is_some_and(|bound| *bound != user.id) {
            return Err(Rejection::IdentityConflict);
        }
        let (mut written, now) = (user.clone(), step.now());
        let own = written
            .mfa
            .web_authn
            .iter_mut()
            .find(|own| own.id == used.credential_id && own.rp_id == used.rp_id)
            .ok_or(Rejection::WebAuthnVerificationFailed)?;
        let about = [id.to_string(), used.credential_id.clone(), used.counter.to_string()];
        let mark = step.mark(Self::NAME, &about.each_ref().map(String::as_str));
        if step.has_written(user, &mark) {
            step.grant(mark);
        } else if own.use_with_counter(used.counter, now) {
            step.update_user(written, mark);
        } else {
            return Err(Rejection::WebAuthnVerificationFailed);
        }
        let passkey = step.registered_mut::<record_type::SignInPasskey>(id)?;
        passkey.user_id = Some(user.id.clone());
        passkey.credential_id = Some(used.credential_id.clone());
        passkey.pending = None;
        step.verified(id)
    }
}
