//! An interaction in each of its stages.

use uuid::Uuid;

use super::super::{Violation, works};
use super::records::{self, ROUNDS};
use super::{
    at, backup_codes, claims, custom_data, entry, in_future, password_digest, sso_identity, totp_secret,
    user_info, web_authn,
};
use crate::experience::MfaFactor;
use crate::identifier::{Email, Phone, UserId, Username, VerificationId};
use crate::interaction::{
    AnonymousEvent, Interaction, InteractionId, Managing, Removals, Stage, StagedMfa, StagedProfile,
    StagedSocialIdentity,
};
use crate::store::{Entry, EntryContent, EntryKey};
use crate::user::{FactorId, StepMark, TotpFactor};

/// An interaction in each stage, the records in another state in each.
pub(super) fn all() -> Result<Vec<(&'static str, Entry)>, Violation> {
    use AnonymousEvent::{ForgotPassword, Register, SignIn};
    let user_id = works(UserId::parse("u-jane"))?;
    let mut sign_in = full(SignIn, 0)?;
    sign_in.identify(user_id.clone(), profile()?);
    stage(&mut sign_in, &user_id)?;
    let mut draft = full(Register, 1)?;
    stage(&mut draft, &user_id)?;
    let mut account = full(Register, 2)?;
    account.identify(user_id.clone(), profile()?);
    stage(&mut account, &user_id)?;
    let mut recovery = full(ForgotPassword, 3)?;
    recovery.identify(user_id.clone(), StagedProfile::default());
    let mut recovered = recovery.clone();
    if let Stage::ForgotPassword(recovering) = recovered.stage_mut() {
        works(recovering.set_password(password_digest("recovered")))?;
    }
    let named = [
        ("sign_in_new", new(SignIn)?),
        ("sign_in_identified", sign_in),
        ("register_new", new(Register)?),
        ("register_draft", draft),
        ("register_account", account),
        ("forgot_password_new", new(ForgotPassword)?),
        ("forgot_password_identified", recovery),
        ("forgot_password_set", recovered),
        ("account", managed(&user_id)?),
    ];
    Ok(named
        .map(|(name, interaction)| {
            let key = EntryKey::interaction(&InteractionId::from_client(name));
            let expires_at = interaction.expires_at();
            (name, entry(key, 5, expires_at, EntryContent::Interaction(interaction)))
        })
        .into())
}

/// One's own account under change: everything is staged, and everything is to go.
fn managed(user_id: &UserId) -> Result<Interaction, Violation> {
    let managing = Managing::new(&super::user()?, "session", at(16));
    let name = works(UserId::parse("u-new"))?;
    let mut interaction = fill(Interaction::of_account(managing, name, in_future(11)), 0)?;
    stage(&mut interaction, user_id)?;
    if let Stage::Account(managing) = interaction.stage_mut() {
        *managing.removals = Removals {
            username: true,
            email: true,
            phone: true,
            password: true,
            identities: ["github".into(), "google".into()].into(),
            sso_identities: ["https://sso.example".into()].into(),
            factors: [FactorId::Totp, FactorId::WebAuthn("Y3JlZC0x".into())].into(),
            names: [("Y3JlZC0y".to_owned(), "Jané's key".to_owned())].into(),
            replaces_identity: true,
            replaces_sso_identity: true,
        };
    }
    Ok(interaction)
}

/// An interaction that was just started.
fn new(event: AnonymousEvent) -> Result<Interaction, Violation> {
    Ok(Interaction::new(event, works(UserId::parse("u-new"))?, false, in_future(10)))
}

/// An interaction in which everything was shown, and whose records are those of a round.
fn full(event: AnonymousEvent, round: usize) -> Result<Interaction, Violation> {
    fill(Interaction::new(event, works(UserId::parse("u-new"))?, true, in_future(11)), round)
}

fn fill(mut interaction: Interaction, round: usize) -> Result<Interaction, Violation> {
    interaction.mark_extra_profile_submitted();
    interaction.raise_risk();
    interaction.count_message(20);
    for (user_id, step) in [("u-jane", "one step"), ("u-jane", "another"), ("u-joe", "a third")] {
        interaction.grant(&works(UserId::parse(user_id))?, StepMark::new(&[step]));
    }
    let mut number = 0_u32;
    for earlier in 1..=ROUNDS {
        for verification in records::in_round((round + earlier) % ROUNDS)? {
            number += 1;
            let id = Uuid::from_u128(0x0192_4f3e_2d00_7000_8000_0000_0000_0000 + u128::from(number));
            interaction.put_record(VerificationId::from_uuid(id), verification, at(i64::from(number)));
        }
    }
    Ok(interaction)
}

fn stage(interaction: &mut Interaction, user_id: &UserId) -> Result<(), Violation> {
    let staging = works(interaction.stage_mut().staging())?;
    *staging.profile = profile()?;
    *staging.mfa = mfa(user_id);
    Ok(())
}

fn profile() -> Result<StagedProfile, Violation> {
    Ok(StagedProfile {
        username: Some(works(Username::parse("Jane_Doe"))?),
        primary_email: Some(works(Email::parse("Jane@Example.com"))?),
        primary_phone: Some(works(Phone::parse("61412345678"))?),
        password: Some(password_digest("staged")),
        name: Some("Jane Döe ✓".into()),
        avatar: Some("https://example.com/jane.png".into()),
        social_identity: Some(StagedSocialIdentity { target: "github".into(), user_info: user_info("42") }),
        sso_identity: Some(sso_identity("https://sso.example")),
        jit_organization_ids: vec!["org-1".into(), "org-2".into()],
        profile: claims(),
        custom_data: custom_data(),
    })
}

fn mfa(user_id: &UserId) -> StagedMfa {
    StagedMfa {
        enabled: true,
        skipped: true,
        suggestion_skipped: true,
        passkey_skipped: true,
        totp: Some(TotpFactor {
            last_used_step: Some(57_600_001),
            created_at: Some(at(15)),
            last_used_at: Some(at(12)),
            ..TotpFactor::new(totp_secret())
        }),
        web_authn: vec![web_authn("Y3JlZC0x"), web_authn("Y3JlZC0y")],
        backup_codes: Some(backup_codes(user_id)),
        contacts: vec![MfaFactor::EmailVerificationCode, MfaFactor::PhoneVerificationCode],
    }
}
