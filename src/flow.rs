//! The verbs: what a person can do in an interaction, one file per operation.
//!
//! [`Start`] makes an interaction: it stands on nothing yet, so it decides by itself. Every other operation is a step of an
//! interaction, which an [`Engine`](crate::engine::Engine) runs. Most can be read by serde from the body of the request
//! they are documented with.

mod authentication_methods;
mod backup_code;
mod bind_mfa;
mod captcha;
mod create_user;
mod email_rules;
mod event_allowed;
mod failed_tries;
mod identify;
mod mandatory_profile;
mod mfa;
mod mfa_code;
mod mfa_enrolment;
mod new_password;
mod new_password_identity;
mod one_time_token;
mod profile_payload;
mod profile_uniqueness;
mod proof;
mod registered;
mod remaining;
mod reset_password;
mod send_code;
mod sign_in_passkey;
mod skip_mfa;
mod social;
mod split_profile;
mod sso;
mod start;
mod submit;
mod switch_event;
mod totp;
mod update_profile;
mod verify_code;
mod verify_password;
mod view_interaction;
mod web_authn;

pub use self::authentication_methods::AuthenticationMethod;
pub use self::backup_code::{GenerateBackupCodes, NewBackupCodes, VerifyBackupCode};
pub use self::bind_mfa::BindMfa;
pub use self::identify::{IdentifiedUser, Identify};
pub use self::mfa_code::{MfaContact, SendMfaCode, VerifyMfaCode};
pub use self::new_password_identity::NewPasswordIdentity;
pub use self::one_time_token::{
    DEFAULT_TOKEN_LIFETIME, IssueOneTimeToken, VerifyOneTimeToken, revoke_one_time_token, token_record_id,
};
pub use self::profile_payload::{ExtraProfile, ProfilePayload};
pub use self::remaining::{IdentifyBy, Remaining, RemainingStep, WhatRemains, remaining};
pub use self::reset_password::ResetPassword;
pub use self::send_code::{Message, SendCode, SentCode};
pub use self::sign_in_passkey::{StartSignInPasskey, UsedPasskey, VerifySignInPasskey};
pub use self::skip_mfa::DecideMfa;
pub use self::social::{StartSocial, VerifySocial};
pub use self::sso::{StartSso, VerifySso};
pub use self::start::{CaptchaVerdict, Start, StartError};
pub use self::submit::{Submit, Submitted};
pub use self::switch_event::SwitchEvent;
pub use self::totp::{GenerateTotpSecret, NewTotpSecret, VerifyTotp};
pub use self::update_profile::UpdateProfile;
pub use self::verify_code::VerifyCode;
pub use self::verify_password::VerifyPassword;
pub use self::view_interaction::ViewInteraction;
pub use self::web_authn::{PendingWebAuthn, StartWebAuthn, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport};
