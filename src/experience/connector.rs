//! Connectors: providers of social and enterprise identities, known to the library as data only.

use std::collections::HashSet;

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

pub(super) fn check_consistency(settings: &SignInExperience) -> Result<(), SettingsError> {
    unique("socialConnectors", settings.social_connectors.iter().map(|connector| &connector.id))?;
    unique(
        "enterpriseSsoConnectors",
        settings.enterprise_sso_connectors.iter().map(|connector| &connector.id),
    )?;
    let domains = settings.enterprise_sso_connectors.iter().flat_map(|connector| &connector.domains);
    for domain in domains {
        check_domain("enterpriseSsoConnectors", domain)?;
    }
    Ok(())
}

/// A domain is what stands behind the `@` of an address that can be one.
pub(super) fn check_domain(setting: &'static str, domain: &str) -> Result<(), SettingsError> {
    if Email::parse(&format!("somebody@{domain}")).is_err() {
        return Err(SettingsError::InvalidDomain { setting, domain: domain.into() });
    }
    Ok(())
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
