//! The operator's acts: users, one-time tokens, claims.
//!
//! | operation | request | answers |
//! |---|---|---|
//! | [`CreateUser`] | `POST /users` | the [`User`](crate::user::User) |
//! | [`FindUser`] | `GET /users/{id}` | the [`User`](crate::user::User) |
//! | [`PatchUser`] | `PATCH /users/{id}` | the [`User`](crate::user::User) |
//! | [`PatchProfile`] | `PATCH /users/{id}/profile` (A-6 to A-8) | the [`Claims`](crate::user::Claims) |
//! | [`SetPassword`] | `PATCH /users/{id}/password` | the [`User`](crate::user::User) |
//! | [`SuspendUser`] | `PATCH /users/{id}/is-suspended` | the [`User`](crate::user::User) |
//! | [`LinkIdentity`], [`LinkSsoIdentity`] | `PUT /users/{id}/identities/{target}`, `…/sso-identities/{connectorId}` | the [`User`](crate::user::User) |
//! | [`UnlinkIdentity`] | `DELETE` of the same | the [`User`](crate::user::User) |
//! | [`AddFactor`] | `POST /users/{id}/mfa-verifications` | what the user needs, shown once |
//! | [`RemoveFactor`] | `DELETE /users/{id}/mfa-verifications/{factorId}` | the [`User`](crate::user::User) |
//! | [`PatchMfa`] | `PATCH /users/{id}/mfa` | the [`User`](crate::user::User) |
//! | [`SetOrganizations`] | `PUT /users/{id}/organizations` | the [`User`](crate::user::User) |
//! | [`Unlock`] | `POST /users/{id}/unlock`, `POST /unlock` | |
//! | [`DeleteUser`] | `DELETE /users/{id}` | |
//! | [`IssueOneTimeToken`] | `POST /one-time-tokens` | the token, shown once |
//! | [`FindOneTimeToken`] | `GET /one-time-tokens/{id}` | what has become of it |
//! | [`RevokeOneTimeToken`] | `PUT /one-time-tokens/{id}/status` | what has become of it |
//! | [`DeleteClosedAccount`] | the host, now and then (C-10) | whether there was one |
//! | [`RekeyUser`] | the host, after a change of `caseSensitive` | |
//!
//! They are decided like all else, and [`Engine::act`](crate::engine::Engine::act) runs them. Who may call them is the host's to say.
//!
//! ```
//! use serde_json::json;
//! use vestibule::engine::Engine;
//! use vestibule::experience::Experience;
//! use vestibule::identifier::Username;
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::operator::{CreateUser, NewUser, PatchProfile, ProfilePatch};
//! use vestibule::password::Argon2id;
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//!
//! let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
//! let (experience, passwords) = (Experience::default(), Argon2id::default());
//! let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//! let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
//! let engine = Engine::new(&users, &verifications, &passwords, Context::new(&experience, now, &entropy));
//!
//! let new = NewUser { username: Some(Username::parse("jane")?), ..NewUser::default() };
//! let jane = engine.act(&CreateUser::new(new))?;
//!
//! let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": "jay"}}));
//! let claims = engine.act(&PatchProfile::new(jane.id.as_str(), patch))?;
//! assert_eq!(claims.nickname.as_deref(), Some("jay"));
//!
//! // A user moves in from another system, with the digest of a password. The feature `legacy-hashes` reads bcrypt, scrypt and PBKDF2.
//! use vestibule::operator::NewPassword;
//! use vestibule::password::ImportedDigest;
//! let digest = "$argon2i$v=19$m=64,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$0RHnnOMnS8lgJFBeHnq0ufMVbEJfjCTwGfSlxmrTCRg";
//! let digest = ImportedDigest::new("argon2i", digest);
//! let joe = NewUser { username: Some(Username::parse("joe")?), password: Some(NewPassword::Digest(digest)), ..NewUser::default() };
//! engine.act(&CreateUser::new(joe))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An import through these acts gives each user a new id and the time of the import. Whoever must keep ids and times, proved contacts or
//! factors makes the [`User`](crate::user::User)s, and writes them to the [`UserStore`](crate::store::UserStore) by
//! [`UserChange::create`](crate::store::UserChange::create).

mod create_user;
mod factors;
mod find_user;
mod identities;
mod merge_patch;
mod mfa_settings;
mod named_user;
mod new_password;
mod one_time_tokens;
mod organizations;
mod patch_profile;
mod patch_user;
mod profile_patch;
mod rekey_user;
mod set_password;
mod strict_claims;
mod unlock;
mod user_patch;
mod user_state;

pub use self::create_user::{CreateUser, NewUser};
pub use self::factors::{AddFactor, FactorType, NewFactor, RemoveFactor};
pub use self::find_user::FindUser;
pub use self::identities::{LinkIdentity, LinkSsoIdentity, UnlinkIdentity};
pub use self::merge_patch::merge_patch;
pub use self::mfa_settings::{MfaPatch, PatchMfa};
pub use self::new_password::{InvalidNewPassword, NewPassword};
pub use self::one_time_tokens::{
    DEFAULT_TOKEN_LIFETIME, FindOneTimeToken, IssueOneTimeToken, IssuedOneTimeToken, OneTimeTokenView,
    RevokeOneTimeToken,
};
pub use self::organizations::SetOrganizations;
pub use self::patch_profile::PatchProfile;
pub use self::patch_user::PatchUser;
pub use self::profile_patch::ProfilePatch;
pub use self::rekey_user::RekeyUser;
pub use self::set_password::{PasswordPatch, SetPassword};
pub use self::unlock::Unlock;
pub use self::user_patch::UserPatch;
pub use self::user_state::{DeleteClosedAccount, DeleteUser, SuspendUser};
pub use crate::change::Change;

crate::operation::admitted! {
AddFactor, CreateUser, DeleteClosedAccount, DeleteUser, FindOneTimeToken, FindUser, IssueOneTimeToken, LinkIdentity,
LinkSsoIdentity, PatchMfa, PatchProfile, PatchUser, RekeyUser, RemoveFactor, RevokeOneTimeToken, SetOrganizations,
SetPassword, SuspendUser, UnlinkIdentity, Unlock }
