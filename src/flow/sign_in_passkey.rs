//! Signing in with a passkey alone (V-14).

use crate::experience::Experience;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::WebAuthnCredential;
use crate::verification::{PendingChallenge, SignInPasskeyVerification, Verification, VerificationType};

use super::registered::by_type_and_id;

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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSignInPasskey;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let pending = Some(self.pending.clone());
        Ok(step.add_record(Verification::SignInPasskey(SignInPasskeyVerification { pending, user_id: None })))
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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySignInPasskey;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        let holder = self.used.as_ref().map(|used| WebAuthnCredential::key_of(&used.credential_id));
        Needs::none().records(registered).users(holder).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let mut record = by_type_and_id(step, VerificationType::SignInPasskey, self.verification_id)?.clone();
        let Verification::SignInPasskey(passkey) = &mut record.verification else {
            return Err(Rejection::VerificationSessionNotFound);
        };
        let pending = passkey.pending.as_ref().ok_or(Rejection::PasskeyPendingInfoNotFound)?;
        let used = self.used.as_ref().ok_or(Rejection::WebAuthnVerificationFailed)?;
        if used.rp_id != pending.rp_id {
            return Err(Rejection::PasskeyConflictRpId);
        }
        let key = WebAuthnCredential::key_of(&used.credential_id);
        let mut user = step.user(&key).ok_or(Rejection::MfaIdentifierNotFound)?.clone();
        if passkey.user_id.as_ref().is_some_and(|bound| *bound != user.id) {
            return Err(Rejection::IdentityConflict);
        }
        let now = step.now();
        let own =
            user.mfa.web_authn.iter_mut().find(|own| own.id == used.credential_id && own.rp_id == used.rp_id);
        if !own.is_some_and(|own| own.use_with_counter(used.counter, now)) {
            return Err(Rejection::WebAuthnVerificationFailed);
        }
        passkey.user_id = Some(user.id.clone());
        passkey.pending = None;
        step.update_user(user);
        step.write_record(record);
        Ok(self.verification_id)
    }
}
