//! Tests of the interaction's stored form.

use proptest::prelude::*;

use super::*;
use crate::identifier::VerificationId;
use crate::verification::VerificationType;

fn any_event() -> impl Strategy<Value = InteractionEvent> {
    prop_oneof![
        Just(InteractionEvent::SignIn),
        Just(InteractionEvent::Register),
        Just(InteractionEvent::ForgotPassword)
    ]
}

fn any_profile() -> impl Strategy<Value = StagedProfile> {
    let text = || proptest::option::of("\\PC{0,20}");
    (text(), text(), text(), proptest::option::of("[a-z]{1,9}")).prop_map(
        |(name, nickname, digest, username)| {
            let mut profile = StagedProfile { name, ..StagedProfile::default() };
            profile.profile.nickname = nickname.filter(|text| !text.is_empty());
            profile.password = digest.map(PasswordDigest::new);
            profile.username = username.map(|text| crate::identifier::Username::parse(&text).unwrap());
            profile
        },
    )
}

proptest! {
    #[test]
    fn the_stored_form_round_trips_exactly(
        event in any_event(), identified: bool, submitted: bool, captcha: bool, mark: bool,
        profile in any_profile(), records in 0..4u128, millis in 0..10_000_000_000_000i64,
    ) {
        let id = UserId::parse("new").unwrap();
        let expires_at = DateTime::from_timestamp_millis(millis).unwrap();
        let mut interaction = Interaction::new(event, id.clone(), captcha, expires_at);
        *interaction.stage_mut() = Stage::of(event, identified.then_some(id));
        if let Some(staged) = interaction.profile_mut() {
            *staged = profile;
        }
        if let Stage::ForgotPassword(ForgotPassword::Identified { new_password, .. }) = interaction.stage_mut() {
            *new_password = Some(PasswordDigest::new("digest"));
        }
        let types = [VerificationType::Password, VerificationType::Social, VerificationType::EmailVerificationCode];
        for (verification_type, n) in types.into_iter().zip(0..records) {
            interaction.registry_mut().put(verification_type, VerificationId::from_uuid(uuid::Uuid::from_u128(n + 1)));
        }
        if mark {
            interaction.mark_extra_profile_submitted();
        }
        if submitted {
            interaction.mark_submitted();
        }
        let stored = serde_json::to_string(&interaction).unwrap();
        prop_assert_eq!(serde_json::from_str::<Interaction>(&stored).unwrap(), interaction);
    }
}

#[test]
fn the_registry_holds_one_record_of_a_type() {
    let id = |n| VerificationId::from_uuid(uuid::Uuid::from_u128(n));
    let mut registry = Registry::default();
    registry.put(VerificationType::Password, id(1));
    registry.put(VerificationType::Social, id(2));
    registry.put(VerificationType::Password, id(3));
    assert_eq!(registry.ids().collect::<Vec<_>>(), [id(2), id(3)]);
    assert!(
        registry.has(VerificationType::Password, id(3)) && !registry.has(VerificationType::Social, id(3))
    );
    assert!(registry.has_id(id(2)) && !registry.has_id(id(1)));
}
