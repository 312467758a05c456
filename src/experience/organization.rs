//! Organisations, as far as the rules know them (N-14, M-2).

use serde::{Deserialize, Serialize};

use super::connector::{check_domain, unique};
use super::{SettingsError, SignInExperience};
use crate::identifier::same_domain;

/// An organisation: what it asks of its members, and who joins it by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// The organisation's id.
    pub id: String,
    /// Whether it asks its members for MFA (M-2, S-9).
    #[serde(default)]
    pub is_mfa_required: bool,
    /// Whoever is created with a verified email of one of these domains joins (N-14).
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// Whoever is created by, or first links an identity of, one of these enterprise connectors joins (N-14).
    #[serde(default)]
    pub sso_connector_ids: Vec<String>,
}

impl Organization {
    /// Whether an email's domain makes its owner a member. Spellings that IDNA joins are one domain.
    pub fn has_email_domain(&self, domain: &str) -> bool {
        self.email_domains.iter().any(|own| same_domain(own, domain))
    }

    /// Whether an enterprise connector makes its people members.
    pub fn has_sso_connector(&self, connector_id: &str) -> bool {
        self.sso_connector_ids.iter().any(|own| own == connector_id)
    }
}

pub(super) fn check_consistency(settings: &SignInExperience) -> Result<(), SettingsError> {
    unique("organizations", settings.organizations.iter().map(|organization| &organization.id))?;
    for organization in &settings.organizations {
        for domain in &organization.email_domains {
            check_domain("organizations", domain)?;
        }
        for connector in &organization.sso_connector_ids {
            if !settings.enterprise_sso_connectors.iter().any(|own| own.id == *connector) {
                return Err(SettingsError::UnknownConnector { name: connector.clone() });
            }
        }
    }
    Ok(())
}
