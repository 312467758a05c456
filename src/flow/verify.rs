//! Verification records: made, and verified (rules.md, section 4).

pub(super) mod backup_code;
pub(super) mod code;
pub(super) mod mfa_code;
pub(super) mod new_password_identity;
pub(super) mod offer_passkeys;
pub(super) mod one_time_token;
pub(super) mod passkey;
pub(super) mod password;
pub(super) mod provider;
pub(super) mod send_code;
pub(super) mod totp;
mod try_code;
pub(super) mod web_authn;
