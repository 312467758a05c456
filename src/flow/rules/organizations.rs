//! Who joins an organisation by themselves (N-14).

use crate::experience::{Experience, Organization};
use crate::identifier::Email;
use crate::user::{SsoIdentity, User, UserOrganization};

/// N-14: a new account joins the organisations of its verified email's domain and of the connectors that it came by; one
/// that first links a connector's identity joins that connector's. `before` is the account as it was, if it was there.
pub(in crate::flow) fn join_organizations(experience: &Experience, before: Option<&User>, user: &mut User) {
    let domain = user.primary_email.as_ref().filter(|_| before.is_none()).map(Email::domain);
    let had = |identity: &&SsoIdentity| {
        before.is_some_and(|before| before.sso_identities.iter().any(|own| own.issuer == identity.issuer))
    };
    let connectors: Vec<&str> = user
        .sso_identities
        .iter()
        .filter(|identity| !had(identity))
        .filter_map(|identity| experience.sso_connector_of_issuer(&identity.issuer))
        .map(|connector| connector.id.as_str())
        .collect();
    let joins = |organization: &&Organization| {
        domain.is_some_and(|domain| organization.has_email_domain(domain))
            || connectors.iter().any(|connector| organization.has_sso_connector(connector))
    };
    let joined: Vec<String> = experience
        .settings()
        .organizations
        .iter()
        .filter(joins)
        .map(|organization| organization.id.clone())
        .filter(|id| user.organizations.iter().all(|own| own.id != *id))
        .collect();
    user.organizations.extend(joined.into_iter().map(|id| UserOrganization { id, is_mfa_required: false }));
}
