//! Which events and methods are on, and what an account must bring.

use serde::{Deserialize, Serialize};

use crate::identifier::IdentifierType;
use crate::rejection::MissingProfileItem;

/// Which events people may use (I-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInMode {
    /// Signing in only: no new accounts.
    SignIn,
    /// Registering only.
    Register,
    /// Both.
    #[default]
    SignInAndRegister,
}

/// What a new account must bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUp {
    /// The primary identifiers; email and phone together mean either.
    pub identifiers: Vec<IdentifierType>,
    /// Whether a password is mandatory.
    #[serde(default)]
    pub password: bool,
    /// Whether a client should verify identifiers at sign-up. Emails and phones are always verified here.
    #[serde(default)]
    pub verify: bool,
    /// What else is mandatory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary_identifiers: Vec<SecondaryIdentifier>,
}

impl Default for SignUp {
    fn default() -> Self {
        Self {
            identifiers: vec![IdentifierType::Username],
            password: true,
            verify: false,
            secondary_identifiers: Vec::new(),
        }
    }
}

/// An identifier that is mandatory beside the primary ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecondaryIdentifier {
    /// Which one.
    pub identifier: SignUpIdentifier,
    /// As [`SignUp::verify`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<bool>,
}

/// An identifier that can be mandatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignUpIdentifier {
    /// A username.
    Username,
    /// An email.
    Email,
    /// A phone.
    Phone,
    /// Either of the two.
    EmailOrPhone,
}

/// What everybody must have to exist, in the order a client should ask for it (rules.md, section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MandatoryProfile(Vec<MissingProfileItem>);

impl MandatoryProfile {
    /// The items, each once.
    pub fn items(&self) -> &[MissingProfileItem] {
        &self.0
    }

    /// Whether an item is mandatory.
    pub fn includes(&self, item: MissingProfileItem) -> bool {
        self.0.contains(&item)
    }
}

impl SignUp {
    /// What these settings make mandatory.
    pub fn mandatory_profile(&self) -> MandatoryProfile {
        let has = |identifier| self.identifiers.contains(&identifier);
        let primary = if has(IdentifierType::Username) {
            Some(MissingProfileItem::Username)
        } else {
            match (has(IdentifierType::Email), has(IdentifierType::Phone)) {
                (true, true) => Some(MissingProfileItem::EmailOrPhone),
                (true, false) => Some(MissingProfileItem::Email),
                (false, true) => Some(MissingProfileItem::Phone),
                (false, false) => None,
            }
        };
        let secondary = self.secondary_identifiers.iter().map(|secondary| match secondary.identifier {
            SignUpIdentifier::Username => MissingProfileItem::Username,
            SignUpIdentifier::Email => MissingProfileItem::Email,
            SignUpIdentifier::Phone => MissingProfileItem::Phone,
            SignUpIdentifier::EmailOrPhone => MissingProfileItem::EmailOrPhone,
        });
        let password = self.password.then_some(MissingProfileItem::Password);
        let mut items = Vec::new();
        for item in primary.into_iter().chain(secondary).chain(password) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        MandatoryProfile(items)
    }

    /// Whether an identifier is one that accounts sign up with: primary, or secondary (`emailOrPhone` covers both).
    pub fn covers(&self, identifier: IdentifierType) -> bool {
        self.identifiers.contains(&identifier)
            || self.secondary_identifiers.iter().any(|secondary| {
                matches!(
                    (secondary.identifier, identifier),
                    (SignUpIdentifier::Username, IdentifierType::Username)
                        | (SignUpIdentifier::Email | SignUpIdentifier::EmailOrPhone, IdentifierType::Email)
                        | (SignUpIdentifier::Phone | SignUpIdentifier::EmailOrPhone, IdentifierType::Phone)
                )
            })
    }
}

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// One entry for each identifier that is on.
    pub methods: Vec<SignInMethod>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            methods: vec![SignInMethod {
                identifier: IdentifierType::Username,
                password: true,
                verification_code: false,
                is_password_primary: true,
            }],
        }
    }
}

impl SignIn {
    /// Whether a password is offered for an identifier.
    pub fn offers_password(&self, identifier: IdentifierType) -> bool {
        self.methods.iter().any(|method| method.identifier == identifier && method.password)
    }

    /// Whether a verification code is offered for an identifier.
    pub fn offers_verification_code(&self, identifier: IdentifierType) -> bool {
        self.methods.iter().any(|method| method.identifier == identifier && method.verification_code)
    }
}

/// What an identifier signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInMethod {
    /// The identifier.
    pub identifier: IdentifierType,
    /// Whether with a password.
    #[serde(default)]
    pub password: bool,
    /// Whether with a verification code.
    #[serde(default)]
    pub verification_code: bool,
    /// Which of the two a client should show first.
    #[serde(default)]
    pub is_password_primary: bool,
}

/// A custom field that a registration asks for, by its name in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUpProfileField {
    /// The field's name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdentifierType::{Email, Phone, Username};
    use MissingProfileItem as Item;

    fn items(identifiers: &[IdentifierType], password: bool, secondary: &[SignUpIdentifier]) -> Vec<Item> {
        let secondary_identifiers =
            secondary.iter().map(|&identifier| SecondaryIdentifier { identifier, verify: None }).collect();
        let sign_up =
            SignUp { identifiers: identifiers.to_vec(), password, verify: false, secondary_identifiers };
        sign_up.mandatory_profile().items().to_vec()
    }

    #[test]
    fn the_mandatory_profile_follows_sign_up() {
        assert_eq!(items(&[Email, Username], true, &[]), [Item::Username, Item::Password]);
        assert_eq!(items(&[Email, Phone], false, &[]), [Item::EmailOrPhone]);
        assert_eq!(
            items(&[Email], true, &[SignUpIdentifier::Username]),
            [Item::Email, Item::Username, Item::Password]
        );
        assert_eq!(items(&[Phone], false, &[SignUpIdentifier::Phone]), [Item::Phone]);
        assert_eq!(items(&[], true, &[SignUpIdentifier::EmailOrPhone]), [Item::EmailOrPhone, Item::Password]);
        assert_eq!(items(&[], false, &[]), []);
    }

    #[test]
    fn email_or_phone_covers_both() {
        let sign_up = SignUp {
            secondary_identifiers: vec![SecondaryIdentifier {
                identifier: SignUpIdentifier::EmailOrPhone,
                verify: Some(true),
            }],
            ..SignUp::default()
        };
        assert!([Username, Email, Phone].into_iter().all(|identifier| sign_up.covers(identifier)));
        assert!(!SignUp::default().covers(Email));
    }
}
