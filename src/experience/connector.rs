//! Connectors: providers of social and enterprise identities, known to the library as data only.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{SettingsError, SignInExperience};
use crate::identifier::{Email, same_domain};

/// A social identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SocialConnector {
    /// The connector's id, as clients name it.
    pub id: String,
    /// The provider, as users' identities name it.
    pub target: String,
    /// Whether the provider's name and avatar are taken over at each sign-in (N-10, P-8).
    #[serde(default)]
    pub sync_profile: bool,
}

/// An enterprise identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnterpriseSsoConnector {
    /// The connector's id, as clients name it.
    pub id: String,
    /// The email domains that sign in through it, however they are spelt: `bücher.example` is `xn--bcher-kva.example`.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The issuer, as users' identities name it.
    pub issuer: String,
    /// Whether the provider's name and avatar are taken over at each sign-in (N-10).
    #[serde(default)]
    pub sync_profile: bool,
}

impl EnterpriseSsoConnector {
    /// Whether an email's domain belongs to this connector. Spellings that IDNA joins are one domain.
    pub fn has_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| same_domain(own, domain))
    }
}

/// Checks the connectors, and says which enterprise connector, by its place, a canonical domain belongs to.
pub(super) fn compile(settings: &SignInExperience) -> Result<HashMap<String, usize>, SettingsError> {
    unique("socialConnectors", settings.social_connectors.iter().map(|connector| &connector.id))?;
    unique(
        "enterpriseSsoConnectors",
        settings.enterprise_sso_connectors.iter().map(|connector| &connector.id),
    )?;
    let (mut issuers, mut owners) = (HashSet::new(), HashMap::new());
    for (at, connector) in settings.enterprise_sso_connectors.iter().enumerate() {
        if !issuers.insert(&connector.issuer) {
            return Err(SettingsError::SharedIssuer { issuer: connector.issuer.clone() });
        }
        for domain in &connector.domains {
            let domain = check_domain("enterpriseSsoConnectors", domain)?;
            // One connector may have two spellings of its own domain.
            if *owners.entry(domain.clone()).or_insert(at) != at {
                return Err(SettingsError::SharedDomain { domain });
            }
        }
    }
    Ok(owners)
}

/// A domain is what stands behind the `@` of an address that can be one. Gives it in its canonical form.
pub(super) fn check_domain(setting: &'static str, domain: &str) -> Result<String, SettingsError> {
    Email::parse(&format!("somebody@{domain}"))
        .map(|email| email.domain().to_owned())
        .map_err(|_| SettingsError::InvalidDomain { setting, domain: domain.into() })
}

pub(super) fn unique<'a>(
    setting: &'static str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), SettingsError> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(SettingsError::Duplicate { setting, name: name.clone() });
        }
    }
    Ok(())
}
