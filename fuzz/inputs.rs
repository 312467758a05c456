//! What is fed with bytes of a stranger's. Shared by the fuzz targets and by a bounded run in `tests/fuzz.rs`.

use serde::de::DeserializeOwned;
use serde_json::Value;
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    BindMfa, Identify, NewPasswordIdentity, ResetPassword, SendCode, SendMfaCode, SwitchEvent, UpdateProfile,
    VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyOneTimeToken, VerifyPassword, VerifyTotp,
};
use vestibule::identifier::{ClaimedIdentifier, Email, Phone, Username, UsernameCase};
use vestibule::me::MePatch;
use vestibule::operator::{MfaPatch, PasswordPatch, ProfilePatch, UserPatch, merge_patch};
use vestibule::store::{Entry, Stored};
use vestibule::user::User;

fn read<T: DeserializeOwned>(bytes: &[u8]) {
    // What is read is dropped: it is enough that it is read or refused.
    drop(serde_json::from_slice::<T>(bytes));
}

/// Every request body.
pub fn bodies(bytes: &[u8]) {
    read::<BindMfa>(bytes);
    read::<ClaimedIdentifier>(bytes);
    read::<Identify>(bytes);
    read::<MePatch>(bytes);
    read::<MfaPatch>(bytes);
    read::<NewPasswordIdentity>(bytes);
    read::<PasswordPatch>(bytes);
    read::<ResetPassword>(bytes);
    read::<SendCode>(bytes);
    read::<SendMfaCode>(bytes);
    read::<SwitchEvent>(bytes);
    read::<UpdateProfile>(bytes);
    read::<UserPatch>(bytes);
    read::<VerifyBackupCode>(bytes);
    read::<VerifyCode>(bytes);
    read::<VerifyMfaCode>(bytes);
    read::<VerifyOneTimeToken>(bytes);
    read::<VerifyPassword>(bytes);
    read::<VerifyTotp>(bytes);
    drop(ProfilePatch::from_slice(bytes));
}

/// Every stored form: what is read is written again as it was.
pub fn stored(bytes: &[u8]) {
    if let Ok(user) = Stored::<User>::from_bytes(bytes)
        && let Ok(written) = Stored::new(&user).to_bytes()
    {
        assert_eq!(Stored::<User>::from_bytes(&written).ok().as_ref(), Some(&user));
    }
    if let Ok(entry) = Stored::<Entry>::from_bytes(bytes)
        && let Ok(written) = Stored::new(&entry).to_bytes()
    {
        assert_eq!(Stored::<Entry>::from_bytes(&written).ok().as_ref(), Some(&entry));
    }
}

/// Every identifier: the canonical form of a canonical form is itself.
pub fn identifiers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(email) = Email::parse(&text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
        assert_eq!(Email::parse(email.canonical()).map(|again| again.key()), Ok(email.key()));
    }
    if let Ok(phone) = Phone::parse(&text) {
        assert_eq!(Phone::parse(phone.digits()).as_ref(), Ok(&phone));
        assert_eq!(Phone::parse(&phone.e164()).as_ref(), Ok(&phone));
    }
    if let Ok(username) = Username::parse(&text) {
        assert_eq!(Username::parse(username.as_str()).as_ref(), Ok(&username));
        let key = username.key(UsernameCase::Insensitive);
        assert_eq!(key.value(), key.value().to_lowercase());
    }
}

/// Settings, custom fields, their dates and patterns: what cannot be used is refused, and never at run time.
pub fn settings(bytes: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<SignInExperience>(bytes) else { return };
    let Ok(experience) = Experience::new(settings) else { return };
    drop(experience.warnings());
    let written = serde_json::to_vec(experience.settings()).unwrap_or_default();
    let again = serde_json::from_slice::<SignInExperience>(&written).ok();
    assert_eq!(again.as_ref(), Some(experience.settings()));
}

/// A merge patch (RFC 7396): applied twice it does what it does once, and leaves no `null` of its own.
pub fn patches(bytes: &[u8]) {
    let Ok(Value::Array(two)) = serde_json::from_slice(bytes) else { return };
    let [target, patch] = two.as_slice() else { return };
    let mut once = target.clone();
    merge_patch(&mut once, patch);
    let mut twice = once.clone();
    merge_patch(&mut twice, patch);
    assert_eq!(once, twice);
}
