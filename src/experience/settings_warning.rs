//! What is consistent in an operator's settings and yet surely a mistake (rules.md, section 2).

use std::fmt;

use super::{ForgotPasswordMethod, SignInExperience, SignInMode};
use crate::identifier::IdentifierType;
use crate::mfa_factor::MfaFactor;
use crate::rejection::MissingProfileItem;

/// A setting that is surely a mistake, though a consistent one. `Display` says in a sentence what comes of it and what to
/// do; see [`Experience::warnings`](super::Experience::warnings).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsWarning {
    /// Whoever registers with just what is mandatory could never sign in.
    ///
    /// What lets them in: a code to a contact that they have and the operator can send to; a password, if it is mandatory
    /// or can be set by a recovery; a passkey; a social connector that a contact of theirs links to (N-7). An enterprise
    /// connector lets in its own people, and a one-time token whom the operator gives one: neither is everybody.
    CannotSignIn {
        /// The identifiers that such a person has.
        identifiers: Vec<IdentifierType>,
    },
    /// Passwords can be recovered by setting, and there is no contact that both a recovery may use and the operator can
    /// send to. An empty list of ways to recover is a choice, and no mistake.
    RecoveryReachesNobody,
    /// People sign in with an identifier that none of them can get: registration is open, the operator cannot send the code
    /// that proves it, and no connector reports it.
    NobodyHasIdentifier {
        /// The identifier of the method.
        identifier: IdentifierType,
    },
    /// Breached passwords are to be refused, and the library is built without its list (feature `common-passwords`).
    ///
    /// A list of the host's own is the engine's, which settings do not know: a host that gives its engine one may pass this
    /// over.
    NoBreachList,
    /// All factors are one channel, which people also sign in with: whoever has signed in by a code to it has no second
    /// factor to show (M-3).
    MfaBySignInChannel {
        /// The one factor that stands alone and can be sent.
        factor: MfaFactor,
    },
    /// Passwords expire, and not everybody needs a contact through which a new one could be set.
    ExpiryWithoutRecovery,
}

impl fmt::Display for SettingsWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotSignIn { identifiers } => {
                let names: Vec<&str> = identifiers.iter().map(|identifier| identifier.as_str()).collect();
                write!(
                    f,
                    "who registers with {} alone can never sign in: give `signIn.methods` a method for it that works",
                    names.join(" and ")
                )
            }
            Self::RecoveryReachesNobody => f.write_str(
                "`forgotPasswordMethods` allows no way that `senders` serves, so nobody can recover a password: \
                 turn one of them on, or set the methods to `[]`",
            ),
            Self::NobodyHasIdentifier { identifier } => write!(
                f,
                "`signIn.methods` asks for the {identifier}, which nobody can prove: turn on its sender, or take the method out"
            ),
            Self::NoBreachList => f.write_str(
                "`passwordPolicy.rejects.pwned` is on and the library has no list to ask: build it with the feature \
                 `common-passwords`, give the engine a list, or turn it off",
            ),
            Self::MfaBySignInChannel { factor } => write!(
                f,
                "`mfa.factors` has only {factor:?} to ask for, which people sign in with too: add a factor of another channel"
            ),
            Self::ExpiryWithoutRecovery => f.write_str(
                "`passwordExpiration` is on, and an account needs no contact to recover through: make one mandatory in \
                 `signUp`, and see that `forgotPasswordMethods` and `senders` serve it",
            ),
        }
    }
}

/// All warnings, in the order of rules.md, section 2. `has_list`: whether the library brings a list of passwords.
pub(super) fn warnings(settings: &SignInExperience, has_list: bool) -> Vec<SettingsWarning> {
    let mut warnings = Vec::new();
    let accounts = least_accounts(settings);
    if settings.sign_in_mode != SignInMode::SignIn {
        let stuck = accounts.iter().filter(|account| !account.is_empty() && !can_sign_in(settings, account));
        warnings.extend(stuck.map(|account| SettingsWarning::CannotSignIn { identifiers: account.clone() }));
    }
    if recovery_is_meant(settings) && !CONTACTS.iter().any(|&contact| recovers(settings, contact)) {
        warnings.push(SettingsWarning::RecoveryReachesNobody);
    }
    for method in &settings.sign_in.methods {
        let warning = SettingsWarning::NobodyHasIdentifier { identifier: method.identifier };
        if !can_be_had(settings, method.identifier) && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    if settings.password_policy.rejects.pwned && !has_list {
        warnings.push(SettingsWarning::NoBreachList);
    }
    warnings.extend(mfa_by_sign_in_channel(settings));
    let passwords_sign_in = settings.sign_in.methods.iter().any(|method| method.password);
    let unreached = |account: &Vec<_>| !account.iter().any(|&identifier| recovers(settings, identifier));
    if settings.password_expiration.enabled && passwords_sign_in && accounts.iter().any(unreached) {
        warnings.push(SettingsWarning::ExpiryWithoutRecovery);
    }
    warnings
}

const CONTACTS: [IdentifierType; 2] = [IdentifierType::Email, IdentifierType::Phone];

/// The identifiers of accounts that have what is mandatory and nothing else: one account for each choice there is.
fn least_accounts(settings: &SignInExperience) -> Vec<Vec<IdentifierType>> {
    let mandatory = settings.sign_up.mandatory_profile();
    let of_items = [
        (MissingProfileItem::Username, IdentifierType::Username),
        (MissingProfileItem::Email, IdentifierType::Email),
        (MissingProfileItem::Phone, IdentifierType::Phone),
    ];
    let fixed: Vec<_> = of_items
        .into_iter()
        .filter(|&(item, _)| mandatory.includes(item))
        .map(|(_, identifier)| identifier)
        .collect();
    let open = mandatory.includes(MissingProfileItem::EmailOrPhone)
        && !CONTACTS.iter().any(|contact| fixed.contains(contact));
    if !open {
        return vec![fixed];
    }
    CONTACTS.map(|contact| fixed.iter().copied().chain([contact]).collect()).into()
}

/// Whether somebody who has these identifiers, and a password where one is mandatory, finds a way in.
fn can_sign_in(settings: &SignInExperience, account: &[IdentifierType]) -> bool {
    let has_password =
        settings.sign_up.password || account.iter().any(|&identifier| recovers(settings, identifier));
    let links = account.iter().any(|identifier| CONTACTS.contains(identifier));
    let by_identifier = |&identifier: &IdentifierType| {
        (has_password && settings.sign_in.offers_password(identifier))
            || (settings.senders.reach(identifier) && settings.sign_in.offers_verification_code(identifier))
    };
    settings.passkey_sign_in.enabled
        || (links && !settings.social_connectors.is_empty())
        || account.iter().any(by_identifier)
}

/// Whether a password can be set anew through an identifier.
fn recovers(settings: &SignInExperience, identifier: IdentifierType) -> bool {
    let method = match identifier {
        IdentifierType::Email => ForgotPasswordMethod::EmailVerificationCode,
        IdentifierType::Phone => ForgotPasswordMethod::PhoneVerificationCode,
        IdentifierType::Username => return false,
    };
    let methods = settings.forgot_password_methods.as_ref();
    settings.senders.reach(identifier) && methods.is_none_or(|methods| methods.contains(&method))
}

/// Whether anybody is meant to recover a password: by name, or, where all ways are allowed, because there are passwords.
fn recovery_is_meant(settings: &SignInExperience) -> bool {
    let passwords =
        settings.sign_up.password || settings.sign_in.methods.iter().any(|method| method.password);
    settings.forgot_password_methods.as_ref().map_or(passwords, |methods| !methods.is_empty())
}

/// Whether people can get an identifier. Where nobody registers, accounts are the operator's, who may give them any.
fn can_be_had(settings: &SignInExperience, identifier: IdentifierType) -> bool {
    let reported = match identifier {
        IdentifierType::Username => return true,
        IdentifierType::Email => {
            !settings.social_connectors.is_empty()
                || (settings.single_sign_on_enabled && !settings.enterprise_sso_connectors.is_empty())
        }
        IdentifierType::Phone => !settings.social_connectors.is_empty(),
    };
    settings.sign_in_mode == SignInMode::SignIn || settings.senders.reach(identifier) || reported
}

/// Two channels of codes are two factors, whichever of them a person signs in with: one alone is none.
fn mfa_by_sign_in_channel(settings: &SignInExperience) -> Option<SettingsWarning> {
    let mut factors = settings.mfa.usable_alone(settings.senders);
    let factor = factors.next().filter(|_| factors.next().is_none())?;
    let channel = match factor {
        MfaFactor::EmailVerificationCode => IdentifierType::Email,
        MfaFactor::PhoneVerificationCode => IdentifierType::Phone,
        MfaFactor::Totp | MfaFactor::WebAuthn | MfaFactor::BackupCode => return None,
    };
    let warning = SettingsWarning::MfaBySignInChannel { factor };
    settings.sign_in.offers_verification_code(channel).then_some(warning)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::experience::Experience;
    use IdentifierType::{Email, Phone, Username};
    use SettingsWarning::{
        CannotSignIn, ExpiryWithoutRecovery, MfaBySignInChannel, NoBreachList, NobodyHasIdentifier,
        RecoveryReachesNobody,
    };

    /// The warnings of settings that are consistent, where there is a list of passwords.
    fn of(settings: Value) -> Vec<SettingsWarning> {
        let experience = Experience::new(serde_json::from_value(settings).unwrap()).unwrap();
        warnings(experience.settings(), true)
    }

    fn stuck(identifiers: &[IdentifierType]) -> SettingsWarning {
        CannotSignIn { identifiers: identifiers.to_vec() }
    }

    #[test]
    fn the_default_settings_warn_of_nothing_but_a_missing_list() {
        let list = cfg!(feature = "common-passwords");
        assert_eq!(Experience::default().warnings(), if list { vec![] } else { vec![NoBreachList] });
        let without = warnings(&SignInExperience::default(), false);
        assert_eq!(without, [NoBreachList]);
        let mut settings = SignInExperience::default();
        settings.password_policy.rejects.pwned = false;
        assert_eq!(warnings(&settings, false), [], "to have none is an explicit choice");
    }

    #[test]
    fn who_registers_must_have_a_way_in() {
        let email = json!({"identifiers": ["email"]});
        let by_password = json!([{"identifier": "email", "password": true}]);
        assert_eq!(of(json!({"signIn": {"methods": []}})), [stuck(&[Username])]);
        assert_eq!(of(json!({"signIn": {"methods": []}, "signInMode": "SignIn"})), [], "nobody registers");
        assert_eq!(of(json!({"signIn": {"methods": []}, "passkeySignIn": {"enabled": true}})), []);
        let social = json!([{"id": "a", "target": "t"}]);
        assert_eq!(
            of(json!({"signIn": {"methods": []}, "socialConnectors": social})),
            [stuck(&[Username])],
            "a username is linked to nobody"
        );
        assert_eq!(of(json!({"signUp": email, "signIn": {"methods": []}, "socialConnectors": social})), []);
        assert_eq!(
            of(json!({"signUp": email, "signIn": {"methods": by_password}})),
            [],
            "a recovery sets the password"
        );
        assert_eq!(
            of(json!({"signUp": email, "signIn": {"methods": by_password}, "forgotPasswordMethods": []})),
            [stuck(&[Email])],
            "who has no password"
        );
        let sso = json!([{"id": "a", "issuer": "i", "domains": ["acme.example"]}]);
        assert_eq!(
            of(json!({"signUp": email, "signIn": {"methods": []}, "enterpriseSsoConnectors": sso,
                "singleSignOnEnabled": true})),
            [stuck(&[Email])],
            "other people's emails"
        );
        assert_eq!(
            of(json!({"signUp": {"identifiers": []}, "signIn": {"methods": []}, "socialConnectors": social})),
            []
        );
    }

    #[test]
    fn each_choice_of_a_contact_must_have_a_way_in() {
        let by_email = json!([{"identifier": "email", "verificationCode": true}]);
        assert_eq!(
            of(json!({"signUp": {"identifiers": ["email", "phone"]}, "signIn": {"methods": by_email}})),
            [stuck(&[Phone])]
        );
        let secondary = json!([{"identifier": "emailOrPhone"}]);
        let sign_up =
            |secondary: &Value| json!({"identifiers": ["username"], "secondaryIdentifiers": secondary});
        assert_eq!(
            of(json!({"signUp": sign_up(&secondary), "signIn": {"methods": by_email}})),
            [stuck(&[Username, Phone])]
        );
        let both = json!([{"identifier": "emailOrPhone"}, {"identifier": "email"}]);
        assert_eq!(of(json!({"signUp": sign_up(&both), "signIn": {"methods": by_email}})), []);
    }

    #[test]
    fn a_recovery_must_reach_somebody() {
        let senders = json!({"email": false, "phone": false});
        assert_eq!(of(json!({"senders": senders})), [RecoveryReachesNobody]);
        assert_eq!(of(json!({"senders": senders, "forgotPasswordMethods": []})), [], "a choice");
        let by_phone = json!(["PhoneVerificationCode"]);
        assert_eq!(
            of(json!({"senders": {"phone": false}, "forgotPasswordMethods": by_phone})),
            [RecoveryReachesNobody]
        );
        assert_eq!(of(json!({"senders": {"phone": false}})), [], "it reaches emails");
        let without = json!({"senders": senders, "signUp": {"identifiers": []}, "signIn": {"methods": []}});
        assert_eq!(of(without), [], "there is no password to recover");
    }

    #[test]
    fn a_method_must_ask_for_what_somebody_can_have() {
        let methods = json!([
            {"identifier": "username", "password": true}, {"identifier": "phone", "password": true},
            {"identifier": "phone", "verificationCode": true},
        ]);
        let settings = |more: Value| {
            let mut settings = json!({"signIn": {"methods": methods}, "senders": {"phone": false}});
            settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            of(settings)
        };
        assert_eq!(settings(json!({})), [NobodyHasIdentifier { identifier: Phone }]);
        assert_eq!(settings(json!({"senders": {}})), []);
        assert_eq!(settings(json!({"socialConnectors": [{"id": "a", "target": "t"}]})), []);
        assert_eq!(settings(json!({"signInMode": "SignIn"})), [], "the operator makes the accounts");
    }

    #[test]
    fn m3_one_channel_is_no_second_factor() {
        let methods = json!([
            {"identifier": "username", "password": true},
            {"identifier": "email", "password": true, "verificationCode": true},
        ]);
        let with = |factors: Value, phone: bool| {
            of(
                json!({"signIn": {"methods": methods}, "mfa": {"factors": factors}, "senders": {"phone": phone}}),
            )
        };
        let warned = [MfaBySignInChannel { factor: MfaFactor::EmailVerificationCode }];
        assert_eq!(with(json!(["EmailVerificationCode", "BackupCode"]), true), warned);
        assert_eq!(with(json!(["EmailVerificationCode", "PhoneVerificationCode"]), false), warned);
        assert_eq!(with(json!(["EmailVerificationCode", "PhoneVerificationCode"]), true), []);
        assert_eq!(with(json!(["EmailVerificationCode", "Totp"]), true), []);
        assert_eq!(with(json!(["PhoneVerificationCode"]), true), [], "nobody signs in by phone");
        assert_eq!(with(json!([]), true), []);
    }

    #[test]
    fn passwords_that_expire_need_a_contact() {
        let expiration = json!({"enabled": true, "validPeriodDays": 90});
        assert_eq!(of(json!({"passwordExpiration": expiration})), [ExpiryWithoutRecovery]);
        let with_email = json!({"identifiers": ["username"], "password": true,
            "secondaryIdentifiers": [{"identifier": "email"}]});
        assert_eq!(of(json!({"passwordExpiration": expiration, "signUp": with_email})), []);
        assert_eq!(
            of(json!({"passwordExpiration": expiration, "signUp": with_email,
                "forgotPasswordMethods": ["PhoneVerificationCode"]})),
            [ExpiryWithoutRecovery]
        );
    }

    #[test]
    fn each_warning_is_a_sentence_that_names_the_setting() {
        for (warning, names) in [
            (stuck(&[Username, Phone]), "username and phone"),
            (RecoveryReachesNobody, "forgotPasswordMethods"),
            (NobodyHasIdentifier { identifier: Email }, "the email"),
            (NoBreachList, "common-passwords"),
            (MfaBySignInChannel { factor: MfaFactor::EmailVerificationCode }, "EmailVerificationCode"),
            (ExpiryWithoutRecovery, "passwordExpiration"),
        ] {
            assert!(warning.to_string().contains(names), "{warning}");
        }
    }
}
