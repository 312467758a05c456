//! The operator's acts: users, one-time tokens, claims.
//!
//! | operation | request | answers |
//! |---|---|---|
//! | [`CreateUser`] | `POST /users` | the [`User`](crate::user::User) |
//! | [`FindUser`] | `GET /users/{id}` | the [`User`](crate::user::User) |
//! | [`SuspendUser`] | `PATCH /users/{id}/is-suspended` | the [`User`](crate::user::User) |
//! | [`LinkIdentity`] | `PUT /users/{id}/identities/{target}` | the [`User`](crate::user::User) |
//! | [`AddFactor`] | `POST /users/{id}/mfa-verifications` | what the user needs, shown once |
//! | [`DeleteUser`] | `DELETE /users/{id}` | |
//! | [`DeleteClosedAccount`] | now and then (C-10) | whether there was one |
//! | [`PatchProfile`] | `PATCH /users/{id}/profile` (A-6 to A-8) | the [`Claims`](crate::user::Claims) |
//! | [`RekeyUser`] | after a change of `caseSensitive` | |
//! | [`IssueOneTimeToken`] | `POST /one-time-tokens` | the token, shown once |
//! | [`RevokeOneTimeToken`] | | |
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
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod add_factor;
mod create_user;
mod find_user;
mod link_identity;
mod merge_patch;
mod named_user;
mod one_time_tokens;
mod patch_profile;
mod profile_patch;
mod rekey_user;
mod strict_claims;
mod user_state;

pub use self::add_factor::{AddFactor, FactorType, NewFactor};
pub use self::create_user::{CreateUser, NewUser};
pub use self::find_user::FindUser;
pub use self::link_identity::LinkIdentity;
pub use self::merge_patch::merge_patch;
pub use self::one_time_tokens::{
    DEFAULT_TOKEN_LIFETIME, IssueOneTimeToken, IssuedOneTimeToken, RevokeOneTimeToken,
};
pub use self::patch_profile::PatchProfile;
pub use self::profile_patch::ProfilePatch;
pub use self::rekey_user::RekeyUser;
pub use self::user_state::{DeleteClosedAccount, DeleteUser, SuspendUser};

crate::operation::admitted! {
AddFactor, CreateUser, DeleteUser, FindUser, IssueOneTimeToken, LinkIdentity, PatchProfile, RekeyUser,
RevokeOneTimeToken, SuspendUser, DeleteClosedAccount }
