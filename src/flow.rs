//! The verbs: what a person can do in an interaction, by what they do.
//!
//! [`Start`] makes an interaction; every other operation is a step of one, which an [`Engine`](crate::engine::Engine) runs.
//! Most can be read by serde from the body of the request they are documented with.

mod account;
mod identify;
mod mfa;
mod profile;
mod remaining;
mod rules;
mod start;
mod submit;
mod switch;
mod verify;
mod view;

// A-2 asks what C-2, C-8 and M-2 ask, without a step of an interaction.
pub(crate) use self::rules::mfa::is_required_by_organization;
pub(crate) use self::rules::own_account::has_way_in;
pub(crate) use self::rules::step_up::check_step_up_in;

pub use self::account::close::CloseAccount;
pub use self::account::name_factor::NameFactor;
pub use self::account::remove::{Removal, RemoveFromAccount};
pub use self::account::view::{AccountView, FactorView, ViewAccount};
pub use self::identify::{IdentifiedUser, Identify};
pub use self::mfa::bind::BindMfa;
pub use self::mfa::decide::DecideMfa;
pub use self::profile::payload::{ExtraProfile, ProfilePayload};
pub use self::profile::reset::ResetPassword;
pub use self::profile::update::UpdateProfile;
pub use self::remaining::{IdentifyBy, Remaining, RemainingStep, WhatRemains};
pub use self::rules::messages::{Message, SentCode};
pub use self::start::{CaptchaVerdict, Start};
pub use self::submit::amr::AuthenticationMethod;
pub use self::submit::interaction::{Submit, Submitted};
pub use self::switch::SwitchEvent;
pub use self::verify::backup_code::{GenerateBackupCodes, NewBackupCodes, VerifyBackupCode};
pub use self::verify::code::VerifyCode;
pub use self::verify::mfa_code::{MfaContact, SendMfaCode, VerifyMfaCode};
pub use self::verify::new_password_identity::NewPasswordIdentity;
pub use self::verify::offer_passkeys::{OfferPasskeys, OfferedPasskey};
pub use self::verify::one_time_token::VerifyOneTimeToken;
pub use self::verify::passkey::{PendingSignInPasskey, StartSignInPasskey, UsedPasskey, VerifySignInPasskey};
pub use self::verify::password::VerifyPassword;
pub use self::verify::provider::social::{PendingSocial, StartSocial, VerifySocial};
pub use self::verify::provider::sso::{PendingSso, StartSso, VerifySso};
pub use self::verify::send_code::SendCode;
pub use self::verify::totp::{GenerateTotpSecret, NewTotpSecret, VerifyTotp};
pub use self::verify::web_authn::{
    PendingWebAuthn, StartWebAuthn, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport,
};
pub use self::view::ViewInteraction;

crate::operation::admitted! {
    BindMfa, CloseAccount, DecideMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, NameFactor, NewPasswordIdentity, OfferPasskeys, PendingSignInPasskey, PendingSocial, PendingSso, PendingWebAuthn,
    RemoveFromAccount, ResetPassword, SendCode, SendMfaCode, Start, StartSignInPasskey, StartSocial, StartSso, StartWebAuthn, Submit,
    SwitchEvent, UpdateProfile, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyOneTimeToken, VerifyPassword,
    VerifySignInPasskey, VerifySocial, VerifySso, VerifyTotp, VerifyWebAuthn, ViewAccount, ViewInteraction, WhatRemains,
}
