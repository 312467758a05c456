//! What an email must not be: one that signs in elsewhere (N-4), or one the operator does not take (9.3).

use crate::experience::Experience;
use crate::identifier::{Email, Identifier};
use crate::operation::Step;
use crate::rejection::{Rejection, SsoEnabled};
use crate::verification::Verification;

/// N-4: the email in a record belongs to the domain of an enterprise connector.
pub(super) fn check_no_sso(experience: &Experience, verification: &Verification) -> Result<(), Rejection> {
    let email = match verification {
        Verification::Social(social) => {
            social.user_info.as_ref().and_then(crate::user::SocialUserInfo::valid_email)
        }
        other => other.identifier().as_ref().and_then(Identifier::email).cloned(),
    };
    let connectors = email.as_ref().map(|email| connectors_of(experience, email)).unwrap_or_default();
    if connectors.is_empty() {
        return Ok(());
    }
    Err(Rejection::SsoEnabled(SsoEnabled { sso_connectors: connectors }))
}

fn connectors_of(experience: &Experience, email: &Email) -> Vec<String> {
    experience.sso_connectors_of(email.domain()).map(|connector| connector.id.clone()).collect()
}

/// 9.3: the email that a record would give a user is on the blocklist.
pub(super) fn check_record_blocklist(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    match verification {
        Verification::EmailVerificationCode(code) => check_blocklist(step, code.recipient()),
        Verification::Social(social) => {
            match social.user_info.as_ref().and_then(|info| info.email.as_deref()) {
                Some(reported) => {
                    step.experience().email_blocklist().check_reported(reported, step.context().disposable)
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// 9.3: an email is on the blocklist.
pub(super) fn check_blocklist(step: &Step<'_>, email: &Email) -> Result<(), Rejection> {
    step.experience().email_blocklist().check(email, step.context().disposable)
}
