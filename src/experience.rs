//! The operator's settings: which events, methods, identifiers and factors are on, and the value policies.
//!
//! [`SignInExperience`] is plain data (serde, camelCase, rules.md section 2). [`Experience`] is what rules read: the
//! same settings, found consistent, with patterns compiled. An inconsistent setting is a [`SettingsError`] when an
//! `Experience` is built, never a surprise at run time. What is consistent and yet surely a mistake is a
//! [`SettingsWarning`].

mod account_policy;
mod connector;
mod custom_field;
mod date_format;
mod email_blocklist;
mod interaction_event;
mod limits;
mod mfa;
mod organization;
mod password_policy;
mod restricted_phrases;
mod senders;
mod settings_error;
mod settings_warning;
mod sign_up;
mod username_policy;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

pub use self::account_policy::AccountPolicy;
pub use self::connector::{EnterpriseSsoConnector, SocialConnector};
pub use self::custom_field::{
    CustomFieldConfig, CustomFieldType, CustomProfileField, FieldOption, FieldPart,
};
pub use self::email_blocklist::{
    DisposableDomains, EmailBlocklist, EmailBlocklistPolicy, NoDisposableDomains,
};
pub use self::interaction_event::InteractionEvent;
pub use self::limits::{MessageRateLimit, PasswordExpiration, SentinelPolicy, VerificationCodePolicy};
pub use crate::mfa_factor::MfaFactor;

pub use self::mfa::{AdaptiveMfa, MfaPolicy, MfaSettings, OrganizationRequiredMfaPolicy, PasskeySignIn};
pub use self::organization::Organization;
pub use self::password_policy::{
    BreachList, CharacterTypesPolicy, LengthPolicy, NoBreachList, PasswordPolicy,
};
pub use self::restricted_phrases::{RejectsPolicy, UserInfo};
pub use self::senders::Senders;
pub use self::settings_error::SettingsError;
pub use self::settings_warning::SettingsWarning;
pub use self::sign_up::{
    MandatoryProfile, SecondaryIdentifier, SignIn, SignInMethod, SignInMode, SignUp, SignUpIdentifier,
    SignUpProfileField,
};
pub use self::username_policy::{AllowedChars, UsernamePolicy};

use crate::identifier::{UsernameCase, canonical_domain};

pub(crate) use self::custom_field::{CompiledField, FieldKind, MAX_TEXT};

/// The operator's settings as plain data (rules.md, section 2). Members that are absent take their defaults; an
/// unknown member is an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SignInExperience {
    /// Which events people may use.
    pub sign_in_mode: SignInMode,
    /// What a new account must bring.
    pub sign_up: SignUp,
    /// How people sign in.
    pub sign_in: SignIn,
    /// How social sign-in behaves.
    pub social_sign_in: SocialSignIn,
    /// How people recover a password; `None` allows every way.
    pub forgot_password_methods: Option<Vec<ForgotPasswordMethod>>,
    /// Which factors are on, and how strongly people are asked for them.
    pub mfa: MfaSettings,
    /// Whether people sign in with a passkey alone.
    pub passkey_sign_in: PasskeySignIn,
    /// Whether a host's signals may ask for more (M-7).
    pub adaptive_mfa: AdaptiveMfa,
    /// Whether codes can be sent at all.
    pub senders: Senders,
    /// The organisations that people join by themselves, and what they ask of their members (N-14, M-2).
    pub organizations: Vec<Organization>,
    /// What passwords must be.
    pub password_policy: PasswordPolicy,
    /// What usernames must be.
    pub username_policy: UsernamePolicy,
    /// Which emails are not taken.
    pub email_blocklist_policy: EmailBlocklistPolicy,
    /// Whether a captcha is asked for.
    pub captcha_policy: CaptchaPolicy,
    /// When failed tries lock an identifier.
    pub sentinel_policy: SentinelPolicy,
    /// How long and how often a verification code can be tried.
    pub verification_code_policy: VerificationCodePolicy,
    /// How many messages one recipient may be sent.
    pub message_rate_limit: MessageRateLimit,
    /// Whether passwords grow too old.
    pub password_expiration: PasswordExpiration,
    /// How signed-in people may change their account.
    pub account_policy: AccountPolicy,
    /// Whether enterprise single sign-on is on.
    pub single_sign_on_enabled: bool,
    /// Which custom fields a registration asks for, in order; `None` asks for the whole catalogue.
    pub sign_up_profile_fields: Option<Vec<SignUpProfileField>>,
    /// The catalogue of custom profile fields (rules.md, 9.5).
    pub custom_profile_fields: Vec<CustomProfileField>,
    /// Keys of custom data that clients may not write (P-9).
    pub reserved_custom_data_keys: ReservedCustomDataKeys,
    /// The social connectors. What they do is the host's; the library knows them as data.
    pub social_connectors: Vec<SocialConnector>,
    /// The enterprise SSO connectors.
    pub enterprise_sso_connectors: Vec<EnterpriseSsoConnector>,
    /// Whether an operator's patch of claims is held to OpenID Connect Core 1.0, section 5.1 (A-8): `birthdate`,
    /// `website`, `profile`, `locale` and `zoneinfo` must be what they are there. Off by default.
    pub strict_claims: bool,
}

/// How social sign-in behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SocialSignIn {
    /// Whether a client should link a social identity to its related user without asking. The library keeps the
    /// setting for the client; linking itself is asked for by `linkSocialIdentity` (N-7).
    pub automatic_account_linking: bool,
    /// Whether a social account may exist without the mandatory identifiers (S-5).
    pub skip_required_identifiers: bool,
}

/// A way to recover a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::enum_variant_names, reason = "the names are the contract's")]
pub enum ForgotPasswordMethod {
    /// By a code sent to the user's email.
    EmailVerificationCode,
    /// By a code sent to the user's phone.
    PhoneVerificationCode,
}

/// Whether a captcha is asked for (I-5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CaptchaPolicy {
    /// Off by default.
    pub enabled: bool,
}

/// Keys of custom data that clients may not write (P-9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReservedCustomDataKeys(pub BTreeSet<String>);

impl Default for ReservedCustomDataKeys {
    fn default() -> Self {
        let keys =
            ["onboarding", "ossOnboarding", "guideRequests", "adminConsolePreferences", "defaultTenantId"];
        Self(keys.map(String::from).into())
    }
}

/// Consistent settings, ready for the rules: built once, shared by all operations.
///
/// ```
/// use vestibule::experience::{Experience, SignInExperience};
///
/// let settings: SignInExperience = serde_json::from_str(
///     r#"{"signUp": {"identifiers": ["email"], "password": true, "verify": true}}"#,
/// )?;
/// let experience = Experience::new(settings)?;
/// assert!(experience.settings().sign_up.password);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Experience {
    settings: SignInExperience,
    mandatory_profile: MandatoryProfile,
    blocklist: EmailBlocklist,
    /// Which enterprise connector, by its place in the settings, a canonical domain belongs to.
    sso_domains: HashMap<String, usize>,
    fields: Vec<CompiledField>,
}

impl Experience {
    /// Checks settings and compiles their patterns.
    ///
    /// # Errors
    /// [`SettingsError`], the first inconsistency: its message says which setting and what to do.
    pub fn new(settings: SignInExperience) -> Result<Self, SettingsError> {
        settings.username_policy.check_consistency()?;
        settings.password_policy.check_consistency()?;
        settings.mfa.check_consistency(settings.senders)?;
        limits::check_consistency(&settings)?;
        account_policy::check_consistency(&settings)?;
        let sso_domains = connector::compile(&settings)?;
        organization::check_consistency(&settings)?;
        let blocklist = EmailBlocklist::new(&settings.email_blocklist_policy)?;
        let fields = custom_field::compile(&settings)?;
        let mandatory_profile = settings.sign_up.mandatory_profile();
        Ok(Self { settings, mandatory_profile, blocklist, sso_domains, fields })
    }

    /// The settings as data.
    pub fn settings(&self) -> &SignInExperience {
        &self.settings
    }

    /// What is consistent and yet surely a mistake: for an operator's tool or a host's log, where settings are built.
    ///
    /// The default settings warn of nothing; where the library is built without the feature `common-passwords`, of that
    /// ([`SettingsWarning::NoBreachList`]).
    ///
    /// ```
    /// use vestibule::experience::{Experience, SettingsWarning, SignInExperience};
    ///
    /// let settings: SignInExperience = serde_json::from_str(r#"{"senders": {"email": false, "phone": false}}"#)?;
    /// let warnings = Experience::new(settings)?.warnings();
    /// assert!(warnings.contains(&SettingsWarning::RecoveryReachesNobody));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn warnings(&self) -> Vec<SettingsWarning> {
        settings_warning::warnings(&self.settings, cfg!(feature = "common-passwords"))
    }

    /// What everybody must bring to exist.
    pub fn mandatory_profile(&self) -> &MandatoryProfile {
        &self.mandatory_profile
    }

    /// The compiled email blocklist.
    pub fn email_blocklist(&self) -> &EmailBlocklist {
        &self.blocklist
    }

    /// Whether usernames are one regardless of case.
    pub fn username_case(&self) -> UsernameCase {
        self.settings.username_policy.case()
    }

    /// The social connector of an id.
    pub fn social_connector(&self, id: &str) -> Option<&SocialConnector> {
        self.settings.social_connectors.iter().find(|connector| connector.id == id)
    }

    /// The enterprise connector of an id.
    pub fn sso_connector(&self, id: &str) -> Option<&EnterpriseSsoConnector> {
        self.settings.enterprise_sso_connectors.iter().find(|connector| connector.id == id)
    }

    /// The enterprise connector of an issuer.
    pub fn sso_connector_of_issuer(&self, issuer: &str) -> Option<&EnterpriseSsoConnector> {
        self.settings.enterprise_sso_connectors.iter().find(|connector| connector.issuer == issuer)
    }

    /// Whether any domain belongs to an enterprise connector.
    pub(crate) fn has_sso_domains(&self) -> bool {
        self.settings.single_sign_on_enabled && !self.sso_domains.is_empty()
    }

    /// The enterprise connector that a domain belongs to, however it is spelt; none while single sign-on is off.
    pub fn sso_connectors_of(&self, domain: &str) -> impl Iterator<Item = &EnterpriseSsoConnector> {
        let spelt_otherwise = || self.sso_domains.get(canonical_domain(domain)?.as_ref());
        let at = self.sso_domains.get(domain).or_else(spelt_otherwise);
        let connector = at.and_then(|&at| self.settings.enterprise_sso_connectors.get(at));
        connector.filter(|_| self.has_sso_domains()).into_iter()
    }

    /// The organisation of an id.
    pub fn organization(&self, id: &str) -> Option<&Organization> {
        self.settings.organizations.iter().find(|organization| organization.id == id)
    }

    /// The custom fields of the catalogue.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &CompiledField> {
        self.fields.iter()
    }

    /// The custom field of a name, whether or not a registration asks for it.
    pub(crate) fn field(&self, name: &str) -> Option<&CompiledField> {
        self.fields.iter().find(|field| field.definition().name == name)
    }

    /// The custom fields that a registration asks for, in order.
    pub(crate) fn sign_up_fields(&self) -> impl Iterator<Item = &CompiledField> {
        let all = self.settings.sign_up_profile_fields.is_none();
        let chosen =
            self.settings.sign_up_profile_fields.iter().flatten().filter_map(|field| self.field(&field.name));
        self.fields.iter().filter(move |_| all).chain(chosen)
    }
}

impl Default for Experience {
    /// The default settings: username and password, no factors, no fields.
    fn default() -> Self {
        let settings = SignInExperience::default();
        let mandatory_profile = settings.sign_up.mandatory_profile();
        let (blocklist, sso_domains) = (EmailBlocklist::default(), HashMap::new());
        Self { settings, mandatory_profile, blocklist, sso_domains, fields: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(json: &str) -> Result<Experience, String> {
        let settings: SignInExperience = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Experience::new(settings).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_consistent_and_round_trip() {
        let experience = built("{}").unwrap();
        assert_eq!(experience.settings(), Experience::default().settings());
        let json = serde_json::to_string(experience.settings()).unwrap();
        assert_eq!(serde_json::from_str::<SignInExperience>(&json).unwrap(), *experience.settings());
    }

    #[test]
    fn n4_a_domain_has_one_connector_however_it_is_spelt() {
        let json = r#"{"singleSignOnEnabled":true,"enterpriseSsoConnectors":[{"id":"a","issuer":"i"},
            {"id":"b","issuer":"j","domains":["bücher.example","xn--bcher-kva.example"]}]}"#;
        let mut experience = built(json).unwrap();
        for domain in ["xn--bcher-kva.example", "BÜCHER.example"] {
            let ids = experience.sso_connectors_of(domain).map(|connector| connector.id.as_str());
            assert_eq!(ids.collect::<Vec<_>>(), ["b"], "{domain}");
        }
        assert_eq!(experience.sso_connectors_of("bucher.example").count(), 0);
        experience.settings.single_sign_on_enabled = false;
        assert_eq!(experience.sso_connectors_of("xn--bcher-kva.example").count(), 0);
    }

    #[test]
    fn an_inconsistent_setting_is_an_error_when_built() {
        for (json, says) in [
            (r#"{"usernamePolicy":{"minLength":9,"maxLength":5}}"#, "minLength"),
            (r#"{"usernamePolicy":{"minLength":0}}"#, "minLength"),
            (r#"{"usernamePolicy":{"maxLength":129}}"#, "maxLength"),
            (
                r#"{"usernamePolicy":{"allowedChars":{"lowercase":false,"uppercase":false,"underscore":false}}}"#,
                "username",
            ),
            (r#"{"passwordPolicy":{"length":{"min":20,"max":10}}}"#, "min"),
            (r#"{"passwordPolicy":{"characterTypes":{"min":5}}}"#, "characterTypes"),
            (r#"{"verificationCodePolicy":{"expirationDuration":59}}"#, "expirationDuration"),
            (r#"{"verificationCodePolicy":{"maxRetryAttempts":101}}"#, "maxRetryAttempts"),
            (r#"{"sentinelPolicy":{"maxAttempts":0}}"#, "maxAttempts"),
            (r#"{"passwordExpiration":{"enabled":true,"validPeriodDays":0}}"#, "validPeriodDays"),
            (r#"{"passwordExpiration":{"enabled":true}}"#, "validPeriodDays"),
            (r#"{"signUpProfileFields":[{"name":"company"}]}"#, "company"),
            (r#"{"emailBlocklistPolicy":{"customBlocklist":["no-at-sign"]}}"#, "no-at-sign"),
            (r#"{"socialConnectors":[{"id":"a","target":"t"},{"id":"a","target":"u"}]}"#, "twice"),
            (r#"{"mfa":{"factors":["Totp","Totp"]}}"#, "Totp"),
            (r#"{"mfa":{"factors":["BackupCode"],"policy":"Mandatory"}}"#, "backup codes"),
            (r#"{"mfa":{"policy":"PromptOnlyAtSignInMandatory"}}"#, "mfa.factors"),
            (
                r#"{"mfa":{"factors":["EmailVerificationCode","BackupCode"],"policy":"Mandatory"},"senders":{"email":false}}"#,
                "senders",
            ),
            (
                r#"{"enterpriseSsoConnectors":[{"id":"a","issuer":"i"},{"id":"b","issuer":"i"}]}"#,
                "the issuer `i` in two",
            ),
            (
                r#"{"enterpriseSsoConnectors":[{"id":"a","issuer":"i","domains":["bücher.example"]},
                    {"id":"b","issuer":"j","domains":["XN--BCHER-KVA.example"]}]}"#,
                "the domain `xn--bcher-kva.example` in two",
            ),
            (r#"{"organizations":[{"id":"o","emailDomains":["a_b.example"]}]}"#, "a_b.example"),
            (r#"{"organizations":[{"id":"o","ssoConnectorIds":["a"]}]}"#, "`a`"),
            (
                r#"{"enterpriseSsoConnectors":[{"id":"a","issuer":"i","domains":["@acme.example"]}]}"#,
                "acme.example",
            ),
            (
                r#"{"enterpriseSsoConnectors":[{"id":"a","issuer":"i","domains":[" acme.example"]}]}"#,
                "acme.example",
            ),
            (r#"{"unknownSetting":1}"#, "unknownSetting"),
            (r#"{"signUp":{"identifiers":[],"secondaryIdentifiers":[{"identifier":"email","x1":1}]}}"#, "x1"),
            (r#"{"signIn":{"methods":[{"identifier":"email","x2":1}]}}"#, "x2"),
            (r#"{"socialSignIn":{"x3":1}}"#, "x3"),
            (r#"{"mfa":{"x4":1}}"#, "x4"),
            (r#"{"passkeySignIn":{"x5":1}}"#, "x5"),
            (r#"{"passwordPolicy":{"rejects":{"x6":1}}}"#, "x6"),
            (r#"{"senders":{"x7":1}}"#, "x7"),
            (r#"{"organizations":[{"id":"o","x8":1}]}"#, "x8"),
            (r#"{"customProfileFields":[{"name":"a","type":"Text","config":{"x9":1}}]}"#, "x9"),
            (r#"{"signUp":{"identifiers":["fax"]}}"#, "fax"),
        ] {
            let error = built(json).unwrap_err();
            assert!(error.contains(says), "{json}: {error}");
        }
    }
}
