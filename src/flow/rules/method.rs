//! Whether a way to identify is on (N-3).

use crate::experience::ForgotPasswordMethod;
use crate::identifier::IdentifierType;
use crate::interaction::InteractionEvent;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::verification::Verification;

/// N-3: the method is on for the event.
pub(in crate::flow) fn check_method(
    step: &Step<'_>,
    event: InteractionEvent,
    verification: &Verification,
) -> Result<(), Rejection> {
    match event {
        InteractionEvent::ForgotPassword => check_recovery_method(step, verification),
        InteractionEvent::SignIn | InteractionEvent::Register => check_sign_in_method(step, verification),
    }
}

fn check_recovery_method(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    let method = match verification {
        Verification::EmailVerificationCode(_) => ForgotPasswordMethod::EmailVerificationCode,
        Verification::PhoneVerificationCode(_) => ForgotPasswordMethod::PhoneVerificationCode,
        _ => return Err(Rejection::MethodNotSupportedForForgotPassword),
    };
    let methods = step.experience().settings().forgot_password_methods.as_ref();
    if methods.is_none_or(|methods| methods.contains(&method)) {
        Ok(())
    } else {
        Err(Rejection::MethodNotSupportedForForgotPassword)
    }
}

fn check_sign_in_method(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    let settings = step.experience().settings();
    let on = match verification {
        Verification::Password(password) => {
            settings.sign_in.offers_password(password.identifier.identifier_type())
        }
        Verification::EmailVerificationCode(_) => {
            settings.sign_in.offers_verification_code(IdentifierType::Email)
        }
        Verification::PhoneVerificationCode(_) => {
            settings.sign_in.offers_verification_code(IdentifierType::Phone)
        }
        Verification::Social(_) => true,
        Verification::EnterpriseSso(_) => settings.single_sign_on_enabled,
        Verification::SignInPasskey(_) => settings.passkey_sign_in.enabled,
        _ => false,
    };
    if !on {
        return Err(Rejection::SignInMethodNotEnabled);
    }
    if let Verification::SignInPasskey(passkey) = verification {
        let user = passkey.user_id.as_ref().and_then(|id| step.user_by_id(id));
        if user.is_some_and(|user| !user.sso_identities.is_empty()) {
            return Err(Rejection::PasskeySsoUsersNotAllowed);
        }
    }
    Ok(())
}
