//! What an operator sets of a user (11.4).

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::new_password::{InvalidNewPassword, NewPassword};
use super::{ProfilePatch, merge_patch};
use crate::change::Change;
use crate::identifier::{Email, Phone, UserKey, Username};
use crate::operation::{Step, already_in_use};
use crate::plain_text::is_shallow;
use crate::rejection::{FieldProblem, InputIssue, InvalidField, InvalidInput, InvalidProfile, Rejection};
use crate::secret::Secret;
use crate::user::{Claims, MAX_CUSTOM_DATA, SocialUserInfo, User};

/// What an operator sets of a user. It is read from JSON: an absent member stays as it is, `null` removes.
///
/// ```
/// use vestibule::operator::{Change, UserPatch};
///
/// let patch: UserPatch = serde_json::from_str(r#"{"name": "Jane", "primaryPhone": null}"#)?;
/// assert_eq!((patch.name, patch.primary_phone), (Change::Set("Jane".into()), Change::Clear));
/// assert_eq!(patch.username, Change::Keep);
/// assert!(serde_json::from_str::<UserPatch>(r#"{"primaryEmail": "no address"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Body")]
#[non_exhaustive]
pub struct UserPatch {
    /// A username that pleases the policy (9.1).
    pub username: Change<Username>,
    /// An email that is not on the blocklist (9.3).
    pub primary_email: Change<Email>,
    /// A phone: in JSON digits only (9.4).
    pub primary_phone: Change<Phone>,
    /// A password: in JSON `password`, or `digest` and `scheme`.
    pub password: Change<NewPassword>,
    /// The name to show: 1 to 128 characters.
    pub name: Change<String>,
    /// A picture's URL.
    pub avatar: Change<String>,
    /// The OpenID Connect claims, as in [`PatchProfile`](super::PatchProfile); `null` removes all.
    pub profile: Change<ProfilePatch>,
    /// What the operator's own code keeps, as a merge patch; `null` removes all.
    pub custom_data: Change<Map<String, Value>>,
}

/// As JSON has it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    username: Change<Username>,
    primary_email: Change<Email>,
    #[serde(deserialize_with = "digits")]
    primary_phone: Change<Phone>,
    password: Change<Secret>,
    digest: Option<Secret>,
    scheme: Option<String>,
    name: Change<String>,
    avatar: Change<String>,
    profile: Change<Map<String, Value>>,
    custom_data: Change<Map<String, Value>>,
}

/// 9.4: at the API a phone is digits only.
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Change<Phone>, D::Error> {
    let expected = || serde::de::Error::custom("expected the digits of a phone number");
    Ok(match Change::<String>::deserialize(deserializer)? {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Change::Set(Phone::parse(&text).map_err(|_| expected())?)
        }
        Change::Set(_) => return Err(expected()),
    })
}

impl TryFrom<Body> for UserPatch {
    type Error = InvalidNewPassword;

    fn try_from(body: Body) -> Result<Self, InvalidNewPassword> {
        Ok(Self {
            username: body.username,
            primary_email: body.primary_email,
            primary_phone: body.primary_phone,
            password: NewPassword::from_parts(body.password, body.digest, body.scheme)?,
            name: body.name,
            avatar: body.avatar,
            profile: body.profile.map(ProfilePatch::from_members),
            custom_data: body.custom_data,
        })
    }
}

impl UserPatch {
    /// The user as it would be.
    pub(super) fn apply(&self, step: &Step<'_, ()>, user: &User) -> Result<User, Rejection> {
        self.check_form()?;
        // What the user has already, the operator's settings may have been made for since.
        if let Some(username) = self.username.set().filter(|new| user.username.as_ref() != Some(*new)) {
            step.experience().settings().username_policy.check(username)?;
        }
        if let Some(email) = self.primary_email.set().filter(|new| user.primary_email.as_ref() != Some(*new))
        {
            step.experience().email_blocklist().check(email, |domain| step.is_disposable(domain))?;
        }
        self.check_unique(step, user)?;
        let mut changed = user.clone();
        self.username.clone().apply(&mut changed.username);
        self.primary_email.clone().apply(&mut changed.primary_email);
        self.primary_phone.clone().apply(&mut changed.primary_phone);
        // A-5: what an operator types, nobody has proved.
        if changed.primary_email != user.primary_email {
            changed.email_verified_at = None;
        }
        if changed.primary_phone != user.primary_phone {
            changed.phone_verified_at = None;
        }
        self.name.clone().map(|name| name.trim().to_owned()).apply(&mut changed.name);
        self.avatar.clone().apply(&mut changed.avatar);
        match &self.profile {
            Change::Keep => {}
            Change::Clear => changed.profile = Claims::default(),
            Change::Set(patch) => {
                patch.check(step.experience().settings().strict_claims)?;
                changed.profile = patch.apply(&user.profile)?;
            }
        }
        self.merge_custom_data(&mut changed)?;
        match &self.password {
            Change::Keep => {}
            Change::Clear => changed.remove_password(step.now()),
            Change::Set(password) => password.give(step, &mut changed)?,
        }
        Ok(changed)
    }

    /// What cannot be kept, all of it.
    fn check_form(&self) -> Result<(), Rejection> {
        let mut issues = Vec::new();
        let mut expect = |holds: bool, path: &str, message: &str| {
            if !holds {
                issues.push(InputIssue { path: path.into(), message: message.into() });
            }
        };
        // What a provider may tell, an operator may write.
        let told = SocialUserInfo {
            name: self.name.set().cloned(),
            avatar: self.avatar.set().cloned(),
            ..SocialUserInfo::new("")
        };
        expect(
            told.name.is_none() || told.valid_name().is_some(),
            "name",
            "expected 1 to 128 characters of plain text",
        );
        expect(told.avatar.is_none() || told.valid_avatar().is_some(), "avatar", "expected a web address");
        let shallow = |data: &Map<String, Value>| data.values().all(is_shallow);
        expect(
            self.custom_data.set().is_none_or(shallow),
            "customData",
            "expected JSON that is not nested so deep",
        );
        if let Some(problem) = self.password.set().and_then(NewPassword::problem) {
            issues.push(problem);
        }
        if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
    }

    /// P-6: nobody else has what the user is to have.
    fn check_unique(&self, step: &Step<'_, ()>, user: &User) -> Result<(), Rejection> {
        let keys = [
            self.username.set().map(|username| username.key(step.case())),
            self.primary_email.set().map(Email::key),
            self.primary_phone.set().map(Phone::key),
        ];
        let keys: Vec<UserKey> = keys.into_iter().flatten().collect();
        // All are asked for at once.
        let free: Vec<bool> = keys.iter().map(|key| step.is_free(key, Some(&user.id))).collect();
        let taken = keys.iter().zip(free).find(|(_, free)| !free);
        taken.map_or(Ok(()), |(key, _)| Err(already_in_use(key)))
    }

    /// P-10: a user's custom data has a bound, whoever writes it.
    fn merge_custom_data(&self, user: &mut User) -> Result<(), Rejection> {
        let patch = match &self.custom_data {
            Change::Keep => return Ok(()),
            Change::Clear => {
                user.custom_data.clear();
                return Ok(());
            }
            Change::Set(patch) => patch,
        };
        let mut merged = Value::Object(std::mem::take(&mut user.custom_data));
        merge_patch(&mut merged, &Value::Object(patch.clone()));
        if merged.to_string().len() > MAX_CUSTOM_DATA {
            let too_long = |name: &String| InvalidField { name: name.clone(), reason: FieldProblem::TooLong };
            let fields = patch.keys().map(too_long).collect();
            return Err(Rejection::InvalidProfile(InvalidProfile { fields }));
        }
        if let Value::Object(merged) = merged {
            user.custom_data = merged;
        }
        Ok(())
    }
}
