//! What an email must not be: one that signs in elsewhere (N-4), or one the operator does not take (9.3).

use super::contribution::{contribution, told_by_provider};
use crate::experience::Experience;
use crate::identifier::{Email, Identifier};
use crate::operation::Step;
use crate::rejection::{Rejection, SsoEnabled};
use crate::user::SocialUserInfo;
use crate::verification::Verification;

/// N-4: the email in a record belongs to the domain of an enterprise connector. Not asked of an enterprise record.
pub(in crate::flow) fn check_no_sso(
    experience: &Experience,
    verification: &Verification,
) -> Result<(), Rejection> {
    if !experience.has_sso_domains() {
        return Ok(());
    }
    let email = match verification {
        Verification::EnterpriseSso(_) => None,
        Verification::Social(_) => told_by_provider(verification).and_then(SocialUserInfo::valid_email),
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

/// P-4, N-11: what a record must be to give a user anything: not of an email that signs in elsewhere (N-4) or that the
/// operator does not take (9.3), and verified.
pub(in crate::flow) fn check_can_contribute(
    step: &Step<'_>,
    verification: &Verification,
) -> Result<(), Rejection> {
    check_no_sso(step.experience(), verification)?;
    check_record_blocklist(step, verification)?;
    if verification.is_verified() { Ok(()) } else { Err(Rejection::VerificationFailed) }
}

/// 9.3: the email that a record would give a user is on the blocklist.
fn check_record_blocklist(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    if let Some(told) = told_by_provider(verification) {
        let blocklist = step.experience().email_blocklist();
        return told.email.as_deref().map_or(Ok(()), |reported| {
            blocklist.check_reported(reported, |domain| step.is_disposable(domain))
        });
    }
    contribution(verification).primary_email.map_or(Ok(()), |email| check_blocklist(step, &email))
}

/// 9.3: an email is on the blocklist.
pub(in crate::flow) fn check_blocklist(step: &Step<'_>, email: &Email) -> Result<(), Rejection> {
    step.experience().email_blocklist().check(email, |domain| step.is_disposable(domain))
}
