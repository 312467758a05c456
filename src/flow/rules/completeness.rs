//! What an account must have (S-5, S-6), asked at creation (N-12) and at submit.

use serde_json::{Map, Value};

use crate::experience::{CompiledField, Experience, FieldKind};
use crate::interaction::{Interaction, InteractionEvent, Proof, Shown, StagedProfile};
use crate::operation::Step;
use crate::rejection::{MissingProfile, MissingProfileItem, Rejection};
use crate::user::{Claims, User};

/// S-5, then S-6: refuses an account that misses something.
pub(in crate::flow) fn check_complete(step: &Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
    let owned = Owned::new(step.interaction(), user);
    let missing = missing(step.interaction(), step.experience(), owned);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Rejection::MissingProfile(MissingProfile { missing_profile: missing }))
}

/// What a person has: staged data and their account together.
#[derive(Clone, Copy)]
pub(in crate::flow) struct Owned<'a> {
    staged: Option<&'a StagedProfile>,
    user: Option<&'a User>,
}

impl<'a> Owned<'a> {
    pub(in crate::flow) fn new(interaction: &'a Interaction, user: Option<&'a User>) -> Self {
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
                }) || own(|user| user.password.is_some() || !user.identities.is_empty())
            }
            // The fields are asked for by name.
            MissingProfileItem::ExtraProfile => true,
        }
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

/// What is missing: identifiers and password (S-5); only if none is, and only to register, custom fields (S-6).
pub(in crate::flow) fn missing(
    interaction: &Interaction,
    experience: &Experience,
    owned: Owned<'_>,
) -> Vec<MissingProfileItem> {
    if stands_on_an_identity(experience, owned, interaction.proofs()) {
        return Vec::new();
    }
    let mandatory = experience.mandatory_profile().items();
    let missing: Vec<_> = mandatory.iter().copied().filter(|&item| !owned.has(item)).collect();
    let register = interaction.event() == InteractionEvent::Register;
    if missing.is_empty() && register && missing_fields(interaction, experience, owned).next().is_some() {
        return vec![MissingProfileItem::ExtraProfile];
    }
    missing
}

/// The custom fields that are not filled: required ones; optional ones too, until the form was submitted once.
pub(in crate::flow) fn missing_fields<'a>(
    interaction: &Interaction,
    experience: &'a Experience,
    owned: Owned<'a>,
) -> impl Iterator<Item = &'a str> {
    let submitted = interaction.extra_profile_submitted();
    experience
        .sign_up_fields()
        .filter(move |field| (field.definition().required || !submitted) && !owned.has_field(field))
        .map(|field| field.definition().name.as_str())
}

/// S-5: an enterprise identity, staged or proved, skips what is mandatory; a social one where the operator says so.
fn stands_on_an_identity(experience: &Experience, owned: Owned<'_>, proofs: &[Proof]) -> bool {
    let sso = || {
        owned.staged.is_some_and(|staged| staged.sso_identity.is_some())
            || proofs.iter().any(|proof| matches!(proof.shown, Shown::EnterpriseSso { .. }))
    };
    let social = || {
        owned.staged.is_some_and(|staged| staged.social_identity.is_some())
            || proofs.iter().any(|proof| matches!(proof.shown, Shown::Social { .. }))
    };
    sso() || (experience.settings().social_sign_in.skip_required_identifiers && social())
}
