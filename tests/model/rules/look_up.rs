//! Who owns what, in canonical form (9.1, 9.3, 9.4), and what the settings say (section 2).

use vestibule::experience::{MfaFactor, SignUpIdentifier};
use vestibule::identifier::{Email, IdentifierType, Phone, Username};

use super::facts::{Account, Book, No, no, no_with};
use serde_json::json;

/// An identifier as it is compared (9.1, 9.3, 9.4); none where the text is no identifier of that type.
pub fn canonical(kind: IdentifierType, text: &str, case_sensitive: bool) -> Option<String> {
    match kind {
        IdentifierType::Username => {
            let name = Username::parse(text).ok()?;
            Some(if case_sensitive { name.as_str().into() } else { name.as_str().to_ascii_lowercase() })
        }
        IdentifierType::Email => Email::parse(text).ok().map(|email| email.canonical().to_owned()),
        IdentifierType::Phone => Phone::parse(text).ok().map(|phone| phone.digits().to_owned()),
    }
}

/// Whether two texts are one email.
pub fn same_email(one: &str, other: &str) -> bool {
    canonical(IdentifierType::Email, one, true) == canonical(IdentifierType::Email, other, true)
}

/// The domain of an email.
pub fn domain(email: &str) -> String {
    Email::parse(email).map(|email| email.domain().to_owned()).unwrap_or_default()
}

/// The address as the library writes it: the local part as typed, the domain canonical.
pub fn written(email: &str) -> String {
    Email::parse(email).map_or_else(|_| email.into(), |email| email.as_str().to_owned())
}

impl Account {
    /// What this account has of a type of identifier.
    pub fn identifier(&self, kind: IdentifierType) -> Option<&String> {
        match kind {
            IdentifierType::Username => self.username.as_ref(),
            IdentifierType::Email => self.email.as_ref(),
            IdentifierType::Phone => self.phone.as_ref(),
        }
    }

    /// Whether this account has a contact of that type and value.
    pub fn has_contact(&self, kind: IdentifierType, contact: &str) -> bool {
        let own = self.identifier(kind).and_then(|own| canonical(kind, own, true));
        own.is_some() && own == canonical(kind, contact, true)
    }
}

impl Book {
    /// The account of an id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The account of an id, to change.
    pub fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.id == id)
    }

    /// Whose identifier it is.
    pub fn owner(&self, kind: IdentifierType, text: &str) -> Option<&Account> {
        let sensitive = self.settings.username_policy.case_sensitive;
        let wanted = canonical(kind, text, sensitive)?;
        self.accounts.iter().find(|account| {
            account.identifier(kind).and_then(|own| canonical(kind, own, sensitive)).as_ref() == Some(&wanted)
        })
    }

    /// Whose social identity it is.
    pub fn owner_of_social(&self, target: &str, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.social.get(target).is_some_and(|own| own == id))
    }

    /// Whose enterprise identity it is.
    pub fn owner_of_sso(&self, issuer: &str, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.sso.iter().any(|own| own.0 == issuer && own.1 == id))
    }

    /// Whose WebAuthn credential it is.
    pub fn owner_of_key(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.mfa.keys.iter().any(|key| key.id == id))
    }

    /// The target of a social connector.
    pub fn target(&self, connector: &str) -> Option<String> {
        let own = self.settings.social_connectors.iter().find(|own| own.id == connector)?;
        Some(own.target.clone())
    }

    /// Issuer and domains of an enterprise connector.
    pub fn enterprise(&self, connector: &str) -> Option<(String, Vec<String>)> {
        let own = self.settings.enterprise_sso_connectors.iter().find(|own| own.id == connector)?;
        Some((own.issuer.clone(), own.domains.clone()))
    }

    /// N-4: the connectors that an email's domain belongs to, while enterprise sign-on is on.
    pub fn connectors_of(&self, email: &str) -> Vec<String> {
        if !self.settings.single_sign_on_enabled {
            return vec![];
        }
        let domain = domain(email);
        let connectors = &self.settings.enterprise_sso_connectors;
        let has = connectors.iter().filter(|own| own.domains.contains(&domain));
        has.map(|own| own.id.clone()).collect()
    }

    /// N-4, with the connector that is excused.
    pub fn not_of_a_company(&self, email: &str, but: Option<&str>) -> Result<(), No> {
        let connectors = self.connectors_of(email);
        if connectors.is_empty() || but.is_some_and(|but| connectors.iter().any(|own| own == but)) {
            return Ok(());
        }
        no_with(422, "session.sso_enabled", json!({"ssoConnectors": connectors}))
    }

    /// 9.3: the blocklist, as far as the worlds set it.
    pub fn blocklist(&self, email: &str) -> Result<(), No> {
        let policy = &self.settings.email_blocklist_policy;
        let written = written(email);
        if policy.block_subaddressing && written.split('@').next().is_some_and(|local| local.contains('+')) {
            return no(422, "session.email_blocklist.email_subaddressing_not_allowed");
        }
        let domain = format!("@{}", domain(email));
        if policy.custom_blocklist.contains(&domain) {
            return no_with(422, "session.email_blocklist.email_not_allowed", json!({"email": written}));
        }
        Ok(())
    }

    /// Section 2: the mandatory profile, each item once.
    pub fn mandatory(&self) -> Vec<&'static str> {
        let sign_up = &self.settings.sign_up;
        let has = |kind| sign_up.identifiers.contains(&kind);
        let mut items = vec![];
        if has(IdentifierType::Username) {
            items.push("username");
        } else if has(IdentifierType::Email) && has(IdentifierType::Phone) {
            items.push("emailOrPhone");
        } else if has(IdentifierType::Email) {
            items.push("email");
        } else if has(IdentifierType::Phone) {
            items.push("phone");
        }
        for secondary in &sign_up.secondary_identifiers {
            items.push(match secondary.identifier {
                SignUpIdentifier::Username => "username",
                SignUpIdentifier::Email => "email",
                SignUpIdentifier::Phone => "phone",
                SignUpIdentifier::EmailOrPhone => "emailOrPhone",
            });
        }
        if sign_up.password {
            items.push("password");
        }
        let mut once = vec![];
        for item in items {
            if !once.contains(&item) {
                once.push(item);
            }
        }
        once
    }

    /// Whether an identifier is one to sign up with: primary, or secondary (`emailOrPhone` included).
    pub fn signs_up_with(&self, kind: IdentifierType) -> bool {
        let sign_up = &self.settings.sign_up;
        let covers = |own: SignUpIdentifier| match own {
            SignUpIdentifier::Username => kind == IdentifierType::Username,
            SignUpIdentifier::Email => kind == IdentifierType::Email,
            SignUpIdentifier::Phone => kind == IdentifierType::Phone,
            SignUpIdentifier::EmailOrPhone => kind != IdentifierType::Username,
        };
        sign_up.identifiers.contains(&kind)
            || sign_up.secondary_identifiers.iter().any(|own| covers(own.identifier))
    }

    /// Whether a `signIn.methods` entry of that type has a password, or a code.
    pub fn method_on(&self, kind: IdentifierType, password: bool) -> bool {
        let on = self.settings.sign_in.methods.iter().filter(|own| own.identifier == kind);
        on.into_iter().any(|own| if password { own.password } else { own.verification_code })
    }

    /// Whether a factor is configured.
    pub fn factor_on(&self, factor: MfaFactor) -> bool {
        self.settings.mfa.factors.contains(&factor)
    }

    /// Whether a code can be sent for a factor.
    pub fn can_send(&self, factor: MfaFactor) -> bool {
        match factor {
            MfaFactor::EmailVerificationCode => self.settings.senders.email,
            MfaFactor::PhoneVerificationCode => self.settings.senders.phone,
            _ => true,
        }
    }
}
