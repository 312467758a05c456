//! What an account must have (S-5, S-6), asked at creation (N-12) and at submit.

use serde_json::{Map, Value};

use crate::experience::{CompiledField, Experience, FieldKind};
use crate::interaction::{Interaction, InteractionEvent, StagedProfile};
use crate::operation::Step;
use crate::rejection::{MissingProfile, MissingProfileItem, Rejection};
use crate::user::{Claims, User};

/// S-5: refuses an account without what everybody must have.
pub(in crate::flow) fn check_mandatory(step: &Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
    let owned = Owned::new(step.interaction(), user);
    let mandatory = step.experience().mandatory_profile().items();
    let missing: Vec<_> = mandatory.iter().copied().filter(|&item| !owned.has(item)).collect();
    if missing.is_empty() || owned.stands_on_an_identity(step.experience()) {
        return Ok(());
    }
    Err(Rejection::MissingProfile(MissingProfile { missing_profile: missing }))
}

/// S-6: refuses a registration whose custom fields are not filled: required ones; optional ones too, until the form was
/// submitted once.
pub(in crate::flow) fn check_fields(step: &Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
    let (interaction, experience) = (step.interaction(), step.experience());
    let owned = Owned::new(interaction, user);
    let submitted = interaction.extra_profile_submitted();
    let is_asked = |field: &CompiledField| field.definition().required || !submitted;
    let mut fields = experience.sign_up_fields().filter(|field| is_asked(field));
    let passed_over =
        interaction.event() != InteractionEvent::Register || owned.stands_on_an_identity(experience);
    if passed_over || fields.all(|field| owned.has_field(field)) {
        return Ok(());
    }
    let missing_profile = vec![MissingProfileItem::ExtraProfile];
    Err(Rejection::MissingProfile(MissingProfile { missing_profile }))
}

/// Whether an account has something that everybody must have (C-8).
pub(in crate::flow) fn has(user: &User, item: MissingProfileItem) -> bool {
    Owned { staged: None, user: Some(user) }.has(item)
}

/// What a person has: staged data and their account together.
#[derive(Clone, Copy)]
struct Owned<'a> {
    staged: Option<&'a StagedProfile>,
    user: Option<&'a User>,
}

impl<'a> Owned<'a> {
    fn new(interaction: &'a Interaction, user: Option<&'a User>) -> Self {
        Self { staged: interaction.staged().map(|staged| staged.profile), user }
    }

    fn has(self, item: MissingProfileItem) -> bool {
        let staged = |has: fn(&StagedProfile) -> bool| self.staged.is_some_and(has);
        let own = |has: fn(&User) -> bool| self.user.is_some_and(has);
        match item {
            MissingProfileItem::Username => {
                staged(|staged| staged.username.is_some()) || own(|user| user.username.is_some())
            }
            MissingProfileItem::Email => {
                staged(|staged| staged.primary_email.is_some()) || own(|user| user.primary_email.is_some())
            }
            MissingProfileItem::Phone => {
                staged(|staged| staged.primary_phone.is_some()) || own(|user| user.primary_phone.is_some())
            }
            MissingProfileItem::EmailOrPhone => {
                self.has(MissingProfileItem::Email) || self.has(MissingProfileItem::Phone)
            }
            // An identity stands in for the password.
            MissingProfileItem::Password => {
                staged(|staged| {
                    staged.password.is_some()
                        || staged.social_identity.is_some()
                        || staged.sso_identity.is_some()
                }) || own(|user| {
                    user.password.is_some() || !user.identities.is_empty() || !user.sso_identities.is_empty()
                })
            }
            // The fields are asked for by name.
            MissingProfileItem::ExtraProfile => true,
        }
    }

    /// S-5: an enterprise identity, staged or the user's, skips what is mandatory; a social one where the operator says so.
    fn stands_on_an_identity(self, experience: &Experience) -> bool {
        let sso = self.staged.is_some_and(|staged| staged.sso_identity.is_some())
            || self.user.is_some_and(|user| !user.sso_identities.is_empty());
        let social = self.staged.is_some_and(|staged| staged.social_identity.is_some())
            || self.user.is_some_and(|user| !user.identities.is_empty());
        sso || (experience.settings().social_sign_in.skip_required_identifiers && social)
    }

    fn has_claim(self, name: &str) -> bool {
        let has = |claims: &Claims| {
            if name == "address" {
                claims.address.is_some()
            } else {
                claims.text(name).is_some_and(|text| !text.is_empty())
            }
        };
        self.staged.is_some_and(|staged| has(&staged.profile))
            || self.user.is_some_and(|user| has(&user.profile))
    }

    fn has_address_member(self, name: &str) -> bool {
        let has = |claims: &Claims| {
            claims
                .address
                .as_ref()
                .and_then(|address| address.text(name))
                .is_some_and(|text| !text.is_empty())
        };
        self.staged.is_some_and(|staged| has(&staged.profile))
            || self.user.is_some_and(|user| has(&user.profile))
    }

    fn has_value(self, name: &str) -> bool {
        let text = |own: Option<&str>| own.is_some_and(|text| !text.is_empty());
        let custom =
            |data: &Map<String, Value>| data.get(name).is_some_and(|value| !value.is_null() && value != "");
        match name {
            "name" => {
                text(self.staged.and_then(|staged| staged.name.as_deref()))
                    || text(self.user.and_then(|user| user.name.as_deref()))
            }
            "avatar" => {
                text(self.staged.and_then(|staged| staged.avatar.as_deref()))
                    || text(self.user.and_then(|user| user.avatar.as_deref()))
            }
            claim if Claims::is_claim(claim) => self.has_claim(claim),
            _ => {
                self.staged.is_some_and(|staged| custom(&staged.custom_data))
                    || self.user.is_some_and(|user| custom(&user.custom_data))
            }
        }
    }

    /// Whether a field is filled. A full name is when all its enabled parts are; an address when its required ones
    /// are, and any is.
    fn has_field(self, field: &CompiledField) -> bool {
        match field.kind() {
            FieldKind::Value(_) => self.has_value(&field.definition().name),
            FieldKind::Fullname(parts) => parts.iter().all(|part| self.has_claim(&part.name)),
            FieldKind::Address(parts) => {
                self.has_claim("address")
                    && parts
                        .iter()
                        .filter(|part| part.required)
                        .all(|part| self.has_address_member(&part.name))
            }
        }
    }
}
