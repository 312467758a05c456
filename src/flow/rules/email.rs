//! What an email must not be: one that signs in elsewhere (N-4), or one the operator does not take (9.3).

use super::contribution::contribution;
use crate::experience::Experience;
use crate::identifier::{Email, Identifier};
use crate::operation::Step;
use crate::rejection::{Rejection, SsoEnabled};
use crate::user::{SocialUserInfo, User};
use crate::verification::Verification;

/// N-4: the email in a record belongs to the domain of an enterprise connector: a code's, a token's, a password's; of a
/// social identity that nobody has, the email that the provider has verified. Not asked of an enterprise record: what it
/// says of an email counts inside its connector's own domains only (V-9).
pub(in crate::flow) fn check_no_sso(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    let experience = step.experience();
    if !experience.has_sso_domains() {
        return Ok(());
    }
    let email = match verification {
        Verification::EnterpriseSso(_) => None,
        Verification::Social(social) => {
            let nobodys = |info: &&SocialUserInfo| step.user(&info.key(&social.target)).is_none();
            social.user_info.as_ref().filter(nobodys).and_then(SocialUserInfo::verified_email)
        }
        other => other.identifier().as_ref().and_then(Identifier::email).cloned(),
    };
    email.map_or(Ok(()), |email| refuse(connectors_of(experience, &email)))
}

/// N-4 again, of the user who was found: whoever belongs to a connector's domain comes through that door (D-13).
pub(in crate::flow) fn check_comes_by_own_door(
    experience: &Experience,
    verification: &Verification,
    user: &User,
) -> Result<(), Rejection> {
    let Some(email) = user.primary_email.as_ref().filter(|_| experience.has_sso_domains()) else {
        return Ok(());
    };
    let doors = connectors_of(experience, email);
    match verification {
        Verification::EnterpriseSso(sso) if doors.contains(&sso.connector_id) => Ok(()),
        _ => refuse(doors),
    }
}

fn refuse(sso_connectors: Vec<String>) -> Result<(), Rejection> {
    if sso_connectors.is_empty() {
        return Ok(());
    }
    Err(Rejection::SsoEnabled(SsoEnabled { sso_connectors }))
}

fn connectors_of(experience: &Experience, email: &Email) -> Vec<String> {
    experience.sso_connectors_of(email.domain()).map(|connector| connector.id.clone()).collect()
}

/// P-4, N-11: what a record must be to give a user anything: not of an email that signs in elsewhere (N-4) or that the
/// operator does not take (9.3), and verified.
pub(in crate::flow) fn check_can_contribute(
    step: &Step<'_>,
    verification: &Verification,
) -> Result<(), Rejection> {
    check_no_sso(step, verification)?;
    check_record_blocklist(step, verification)?;
    if verification.is_verified() { Ok(()) } else { Err(Rejection::VerificationFailed) }
}

/// 9.3: the email that a record would give a user is on the blocklist. Of a social identity, what the provider has
/// verified, as it writes it.
fn check_record_blocklist(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    if let Verification::Social(social) = verification {
        let told = social.user_info.as_ref().and_then(|info| info.email.as_ref());
        return told.filter(|email| email.verified).map_or(Ok(()), |email| {
            let blocklist = step.experience().email_blocklist();
            blocklist.check_reported(&email.value, |domain| step.is_disposable(domain))
        });
    }
    contribution(verification).primary_email.map_or(Ok(()), |email| check_blocklist(step, &email))
}

/// 9.3: an email is on the blocklist.
pub(in crate::flow) fn check_blocklist(step: &Step<'_>, email: &Email) -> Result<(), Rejection> {
    step.experience().email_blocklist().check(email, |domain| step.is_disposable(domain))
}
