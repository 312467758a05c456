//! Whose account it is, and what belongs to whoever wants to get in.

use serde_json::json;
use vestibule::experience::Experience;
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, Phone, UserId, Username};
use vestibule::secret::PasswordDigest;
use vestibule::user::{
    BackupCode, SocialIdentity, SsoIdentity, TotpFactor, TotpSecret, User, WebAuthnCredential,
};

use crate::world::{Broken, now};

pub(crate) const PASSWORD: &str = "Zk7vQw9pLm";
/// The password that somebody sets who gets so far.
pub(crate) const OTHER_PASSWORD: &str = "Fr3shPassw_x";
pub(crate) const BACKUP_CODES: [&str; 4] = ["00000000a0", "00000000a1", "00000000a2", "00000000a3"];
pub(crate) const KEY: &str = "owners-key";
pub(crate) const OTHER_KEY: &str = "another-key";

/// What the owner has.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is there or not")]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) password: bool,
    pub(crate) contacts: bool,
    pub(crate) app: bool,
    pub(crate) key: bool,
    pub(crate) backup_codes: bool,
    pub(crate) identities: bool,
}

/// Accounts as people have them.
pub(crate) const KINDS: [Kind; 5] = [
    Kind {
        name: "a password, an email and a phone",
        password: true,
        contacts: true,
        app: false,
        key: false,
        backup_codes: false,
        identities: false,
    },
    Kind {
        name: "the same, and an authenticator app with backup codes",
        password: true,
        contacts: true,
        app: true,
        key: false,
        backup_codes: true,
        identities: false,
    },
    Kind {
        name: "an email, a phone and a key, and no password",
        password: false,
        contacts: true,
        app: false,
        key: true,
        backup_codes: false,
        identities: false,
    },
    Kind {
        name: "a social and an enterprise identity, an email and a phone",
        password: false,
        contacts: true,
        app: false,
        key: false,
        backup_codes: false,
        identities: true,
    },
    Kind {
        name: "everything",
        password: true,
        contacts: true,
        app: true,
        key: true,
        backup_codes: true,
        identities: true,
    },
];

pub(crate) fn email(text: &str) -> Result<Contact, Broken> {
    Ok(Contact::Email(Email::parse(text)?))
}

pub(crate) fn phone(text: &str) -> Result<Contact, Broken> {
    Ok(Contact::Phone(Phone::parse(text)?))
}

pub(crate) fn owners_email() -> Result<Contact, Broken> {
    email("jane@example.com")
}

pub(crate) fn owners_phone() -> Result<Contact, Broken> {
    phone("61412345678")
}

pub(crate) fn owner_id() -> Result<UserId, Broken> {
    Ok(UserId::parse("jane")?)
}

/// Who the owner is, as one says at the door: by the first identifier that signs in with a password.
pub(crate) fn claimed(experience: &Experience) -> ClaimedIdentifier {
    let methods = &experience.settings().sign_in.methods;
    let by = methods.iter().find(|method| method.password).map(|method| method.identifier);
    match by {
        Some(IdentifierType::Email) => ClaimedIdentifier::new(IdentifierType::Email, "jane@example.com"),
        Some(IdentifierType::Phone) => ClaimedIdentifier::new(IdentifierType::Phone, "61412345678"),
        Some(IdentifierType::Username) | None => ClaimedIdentifier::new(IdentifierType::Username, "jane"),
    }
}

pub(crate) fn owners_app() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

pub(crate) fn key(id: &str) -> WebAuthnCredential {
    WebAuthnCredential {
        id: id.into(),
        rp_id: "example.com".into(),
        public_data: String::new(),
        counter: 0,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }
}

impl Kind {
    /// The account, under these settings.
    pub(crate) fn user(&self, experience: &Experience) -> Result<User, Broken> {
        let mut user = User::new(owner_id()?, now());
        user.username = Some(Username::parse("jane")?);
        if self.password {
            user.set_password(PasswordDigest::new(PASSWORD), now());
        }
        if self.contacts {
            user.primary_email = Some(Email::parse("jane@example.com")?);
            user.primary_phone = Some(Phone::parse("61412345678")?);
        }
        if self.app {
            user.mfa.totp = Some(TotpFactor::new(owners_app()));
        }
        if self.key {
            user.mfa.web_authn.push(key(KEY));
        }
        if self.backup_codes {
            user.mfa.backup_codes = BACKUP_CODES.map(|code| BackupCode::new(&user.id, code)).into();
        }
        if self.identities {
            for connector in &experience.settings().social_connectors {
                user.identities.insert(connector.target.clone(), SocialIdentity::new("jane"));
            }
            for connector in &experience.settings().enterprise_sso_connectors {
                let (issuer, details) = (connector.issuer.clone(), Some(json!({})));
                user.sso_identities.push(SsoIdentity { issuer, user_id: "jane".into(), details });
            }
        }
        if self.app || self.key {
            user.mfa.enabled = Some(true);
        }
        Ok(user)
    }
}
