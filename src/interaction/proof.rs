//! Proofs (V-17): what verified records have shown. A proof outlives the record that gave it, and counts only while
//! its method is the user's.

use chrono::{DateTime, Utc};

use super::StagedProfile;
use crate::experience::InteractionEvent;
use crate::form::stored;
use crate::identifier::{Email, Identifier, Phone, UserId, UserKey, Username};
use crate::mfa_factor::MfaFactor;
use crate::secret::PasswordDigest;
use crate::user::{Channel, Password, User};
use crate::verification::{Verification, WebAuthnState};

stored! {
    /// What a verified record has shown, kept by the interaction from then on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Proof {
        /// When it was shown.
        pub at: DateTime<Utc>,
        /// What.
        pub shown: Shown,
    }
}

stored! {
    /// What was shown, by the type of the record that showed it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Shown {
        /// A user's password: that one, and no later one.
        Password {
            /// Whose.
            user_id: UserId,
            /// What the person typed to say who they are.
            identifier: Identifier,
            /// Which password it was.
            stamp: String,
            /// Whether it had expired, and nothing would have recovered it (V-1): it is good for setting another.
            expired: bool,
        },
        /// A mailbox.
        EmailVerificationCode {
            /// Which.
            email: Email,
            /// What the code was sent for (V-3).
            event: InteractionEvent,
        },
        /// A phone.
        PhoneVerificationCode {
            /// Which.
            phone: Phone,
            /// What the code was sent for (V-3).
            event: InteractionEvent,
        },
        /// The identified user's mailbox, as a factor.
        MfaEmailVerificationCode {
            /// Which.
            email: Email,
        },
        /// The identified user's phone, as a factor.
        MfaPhoneVerificationCode {
            /// Which.
            phone: Phone,
        },
        /// An identity at a social provider.
        Social {
            /// The connector it came through.
            connector_id: String,
            /// The provider.
            target: String,
            /// The id there.
            user_id: String,
            /// The email that the provider has verified.
            email: Option<Email>,
            /// The phone that the provider has verified.
            phone: Option<Phone>,
        },
        /// An identity at an enterprise provider.
        EnterpriseSso {
            /// The connector it came through.
            connector_id: String,
            /// The provider.
            issuer: String,
            /// The id there.
            user_id: String,
            /// The email, if it is inside the connector's domains (V-9).
            email: Option<Email>,
            /// How strongly the provider says that the person was authenticated: OpenID Connect's `acr`.
            acr: Option<String>,
            /// By which methods: OpenID Connect's `amr` (RFC 8176).
            amr: Vec<String>,
        },
        /// The user's authenticator app.
        Totp {
            /// Whose.
            user_id: UserId,
            /// Which secret.
            stamp: String,
        },
        /// One of the user's credentials, as a factor.
        WebAuthn {
            /// Whose.
            user_id: UserId,
            /// Which.
            credential_id: String,
        },
        /// A passkey.
        SignInPasskey {
            /// Whose.
            user_id: UserId,
            /// Which.
            credential_id: String,
        },
        /// One of the user's backup codes.
        BackupCode {
            /// Whose.
            user_id: UserId,
            /// Of which set.
            stamp: String,
        },
        /// The username and the password that an account is to be made with.
        NewPasswordIdentity {
            /// The username.
            username: Username,
            /// The password.
            password: PasswordDigest,
        },
        /// A token that an operator made.
        OneTimeToken {
            /// For which mailbox.
            email: Email,
            /// For which event; any, if none was named.
            event: Option<InteractionEvent>,
        },
    }
}

impl Shown {
    /// What a record has shown: nothing before it is verified, and nothing if it is a new binding, which proves nothing
    /// of what the user has.
    pub(crate) fn by(verification: &Verification) -> Option<Self> {
        if !verification.is_verified() {
            return None;
        }
        Some(match verification {
            Verification::Password(password) => Self::Password {
                user_id: password.user_id.clone(),
                identifier: password.identifier.clone(),
                stamp: password.stamp.clone(),
                expired: password.expired,
            },
            Verification::EmailVerificationCode(code) => {
                Self::EmailVerificationCode { email: code.recipient().clone(), event: code.event()? }
            }
            Verification::PhoneVerificationCode(code) => {
                Self::PhoneVerificationCode { phone: code.recipient().clone(), event: code.event()? }
            }
            Verification::MfaEmailVerificationCode(code) => {
                Self::MfaEmailVerificationCode { email: code.recipient().clone() }
            }
            Verification::MfaPhoneVerificationCode(code) => {
                Self::MfaPhoneVerificationCode { phone: code.recipient().clone() }
            }
            Verification::Social(social) => {
                let told = social.user_info.as_ref()?;
                Self::Social {
                    connector_id: social.connector_id.clone(),
                    target: social.target.clone(),
                    user_id: told.id.clone(),
                    email: told.verified_email(),
                    phone: told.verified_phone(),
                }
            }
            Verification::EnterpriseSso(sso) => {
                let answer = sso.answer.as_ref()?;
                Self::EnterpriseSso {
                    connector_id: sso.connector_id.clone(),
                    issuer: answer.issuer.clone(),
                    user_id: answer.user_info.id.clone(),
                    email: answer.email.clone(),
                    acr: answer.acr.clone(),
                    amr: answer.amr.clone(),
                }
            }
            Verification::Totp(totp) => {
                Self::Totp { user_id: totp.user_id.clone(), stamp: totp.own_stamp()?.to_owned() }
            }
            Verification::WebAuthn(web_authn) => match &web_authn.state {
                WebAuthnState::Authenticated { credential_id } => Self::WebAuthn {
                    user_id: web_authn.user_id.clone(),
                    credential_id: credential_id.clone(),
                },
                WebAuthnState::Registering(_)
                | WebAuthnState::Registered(_)
                | WebAuthnState::Authenticating(_)
                | WebAuthnState::Refused => return None,
            },
            Verification::SignInPasskey(passkey) => Self::SignInPasskey {
                user_id: passkey.user_id.clone()?,
                credential_id: passkey.credential_id.clone()?,
            },
            Verification::BackupCode(backup) => {
                Self::BackupCode { user_id: backup.user_id.clone(), stamp: backup.spent_stamp()?.to_owned() }
            }
            Verification::NewPasswordIdentity(new) => {
                Self::NewPasswordIdentity { username: new.username.clone(), password: new.password.clone() }
            }
            Verification::OneTimeToken(token) => {
                Self::OneTimeToken { email: token.email.clone(), event: token.event }
            }
        })
    }
}

impl Proof {
    /// V-17: whether it is about this user, and its method is the user's now.
    pub fn is_of(&self, user: &User) -> bool {
        self.shown.is_of(user)
    }
}

impl Shown {
    /// V-17: whether it is about this user, and its method is the user's now.
    pub fn is_of(&self, user: &User) -> bool {
        match self {
            Shown::Password { user_id, stamp, .. } => {
                *user_id == user.id && user.password.as_ref().is_some_and(|own| own.stamp() == *stamp)
            }
            Shown::EmailVerificationCode { email, .. }
            | Shown::MfaEmailVerificationCode { email }
            | Shown::OneTimeToken { email, .. } => user.primary_email.as_ref() == Some(email),
            Shown::PhoneVerificationCode { phone, .. } | Shown::MfaPhoneVerificationCode { phone } => {
                user.primary_phone.as_ref() == Some(phone)
            }
            Shown::Social { target, user_id, .. } => {
                user.identities.get(target).is_some_and(|own| own.user_id == *user_id)
            }
            Shown::EnterpriseSso { issuer, user_id, .. } => {
                let key = UserKey::sso_identity(issuer, user_id);
                user.sso_identities.iter().any(|own| own.key() == key)
            }
            Shown::Totp { user_id, stamp } => {
                let own = user.mfa.totp.as_ref();
                *user_id == user.id && own.is_some_and(|own| own.secret.stamp() == *stamp)
            }
            Shown::WebAuthn { user_id, credential_id } | Shown::SignInPasskey { user_id, credential_id } => {
                *user_id == user.id && user.mfa.web_authn.iter().any(|own| own.id == *credential_id)
            }
            Shown::BackupCode { user_id, stamp } => {
                *user_id == user.id && user.mfa.backup_codes_stamp() == *stamp
            }
            Shown::NewPasswordIdentity { username, password } => {
                user.username.as_ref() == Some(username)
                    && user.password.as_ref().is_some_and(|own| own.digest == *password)
            }
        }
    }
}

impl Proof {
    /// The factor that it proves, if it proves one (M-3).
    pub fn factor(&self) -> Option<MfaFactor> {
        match self.shown {
            Shown::Totp { .. } => Some(MfaFactor::Totp),
            Shown::WebAuthn { .. } => Some(MfaFactor::WebAuthn),
            Shown::BackupCode { .. } => Some(MfaFactor::BackupCode),
            Shown::MfaEmailVerificationCode { .. } => Some(MfaFactor::EmailVerificationCode),
            Shown::MfaPhoneVerificationCode { .. } => Some(MfaFactor::PhoneVerificationCode),
            Shown::Password { .. }
            | Shown::EmailVerificationCode { .. }
            | Shown::PhoneVerificationCode { .. }
            | Shown::Social { .. }
            | Shown::EnterpriseSso { .. }
            | Shown::SignInPasskey { .. }
            | Shown::NewPasswordIdentity { .. }
            | Shown::OneTimeToken { .. } => None,
        }
    }

    /// What it came through, of this user: a password is worth the channel it was set through (M-3).
    pub fn channel(&self, user: &User) -> Channel {
        match &self.shown {
            Shown::Password { .. } | Shown::NewPasswordIdentity { .. } => {
                user.password.as_ref().map_or(Channel::Knowledge, Password::channel)
            }
            Shown::EmailVerificationCode { email, .. }
            | Shown::MfaEmailVerificationCode { email }
            | Shown::OneTimeToken { email, .. } => Channel::Email(email.clone()),
            Shown::PhoneVerificationCode { phone, .. } | Shown::MfaPhoneVerificationCode { phone } => {
                Channel::Phone(phone.clone())
            }
            Shown::Totp { .. } => Channel::App,
            Shown::WebAuthn { .. } | Shown::SignInPasskey { .. } => Channel::Key,
            Shown::BackupCode { .. } => Channel::Paper,
            Shown::Social { connector_id, .. } | Shown::EnterpriseSso { connector_id, .. } => {
                Channel::IdentityProvider(connector_id.clone())
            }
        }
    }

    /// What it came through, if it is of an identity that the interaction stages for the user, on the word of a provider
    /// about a contact that is the user's (N-6, N-7): that contact. Whoever has the mailbox can have such an identity made, so
    /// it shows no more than the mailbox does; and it is worth nothing once the contact is not the user's.
    pub(crate) fn channel_of_staged(&self, user: &User, staged: &StagedProfile) -> Option<Channel> {
        let of_email = |email: &Option<Email>| {
            email.clone().filter(|email| user.primary_email.as_ref() == Some(email)).map(Channel::Email)
        };
        match &self.shown {
            Shown::Social { target, user_id, email, phone, .. } => {
                let phone = phone.clone().filter(|phone| user.primary_phone.as_ref() == Some(phone));
                let identity = staged.social_identity.as_ref();
                identity.filter(|own| own.target == *target && own.user_info.id == *user_id)?;
                phone.map(Channel::Phone).or_else(|| of_email(email))
            }
            Shown::EnterpriseSso { issuer, user_id, email, .. } => {
                let key = UserKey::sso_identity(issuer, user_id);
                staged.sso_identity.as_ref().filter(|own| own.key() == key)?;
                of_email(email)
            }
            _ => None,
        }
    }

    /// Whether what it shows is being given to the account by this interaction: it says nothing of what the user had.
    pub(crate) fn is_of_what_is_new(&self, staged: &StagedProfile) -> bool {
        match &self.shown {
            Shown::EmailVerificationCode { email, .. } | Shown::OneTimeToken { email, .. } => {
                staged.primary_email.as_ref() == Some(email)
            }
            Shown::PhoneVerificationCode { phone, .. } => staged.primary_phone.as_ref() == Some(phone),
            Shown::Social { target, user_id, .. } => {
                let identity = staged.social_identity.as_ref();
                identity.is_some_and(|own| own.target == *target && own.user_info.id == *user_id)
            }
            _ => false,
        }
    }

    /// Whether it is worth a captcha (I-5): the person was verified by somebody else.
    pub fn stands_in_for_captcha(&self) -> bool {
        matches!(
            self.shown,
            Shown::Social { .. }
                | Shown::EnterpriseSso { .. }
                | Shown::OneTimeToken { .. }
                | Shown::SignInPasskey { .. }
        )
    }
}
