//! The verbs: what a person can do in an interaction, one file per operation.
//!
//! [`Start`] makes an interaction; every other operation is a step of one. Most can be read by serde from the body
//! of the request they are documented with.

mod authentication_methods;
mod captcha;
mod create_user;
mod email_rules;
mod event_allowed;
mod failed_tries;
mod identify;
mod mandatory_profile;
mod new_password;
mod new_password_identity;
mod profile_payload;
mod profile_uniqueness;
mod registered;
mod remaining;
mod reset_password;
mod send_code;
mod social;
mod split_profile;
mod start;
mod submit;
mod switch_event;
mod update_profile;
mod verify_code;
mod verify_password;
mod view_interaction;

pub use self::authentication_methods::AuthenticationMethod;
pub use self::identify::{IdentifiedUser, Identify};
pub use self::new_password_identity::NewPasswordIdentity;
pub use self::profile_payload::{ExtraProfile, ProfilePayload};
pub use self::remaining::{IdentifyBy, Remaining, RemainingStep, WhatRemains, remaining};
pub use self::reset_password::ResetPassword;
pub use self::send_code::{Message, SendCode, SentCode};
pub use self::social::{StartSocial, VerifySocial};
pub use self::start::{CaptchaVerdict, Start, StartError};
pub use self::submit::{Submit, Submitted};
pub use self::switch_event::SwitchEvent;
pub use self::update_profile::UpdateProfile;
pub use self::verify_code::VerifyCode;
pub use self::verify_password::VerifyPassword;
pub use self::view_interaction::ViewInteraction;
