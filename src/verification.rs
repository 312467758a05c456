//! Verification records: proof, or an attempt at proof, that a person controls something. Plain data with their own
//! small rules; what a proof is good for is the flows' to say.

mod backup_code;
mod code;
mod counter;
mod one_time_token;
mod password;
mod record;
mod social;
mod sso;
mod totp;
mod web_authn;

pub use self::backup_code::BackupCodeVerification;
pub use self::code::{CodeRefused, CodeVerification, MessageTemplate};
pub(crate) use self::counter::Limit;
pub use self::counter::{Counter, Pool};
pub use self::one_time_token::{OneTimeToken, OneTimeTokenStatus, OneTimeTokenVerification, TokenRefused};
pub use self::password::{NewPasswordVerification, PasswordVerification};
pub use self::record::{RecordType, Verification, VerificationRecord, VerificationType, record_type};
pub use self::social::{ConnectorSession, SocialVerification};
pub use self::sso::{SsoAnswer, SsoVerification};
pub use self::totp::TotpVerification;
pub use self::web_authn::{PendingChallenge, SignInPasskeyVerification, WebAuthnState, WebAuthnVerification};
