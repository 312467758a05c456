//! Two who change one account at once: two steps of one interaction, and a step of each of two (C-1 to C-10).

use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, CloseAccount, DecideMfa, GenerateTotpSecret, NameFactor, ProfilePayload, Removal,
    RemoveFromAccount, SendCode, Start, Submit, UpdateProfile, VerifyBackupCode, VerifyCode, VerifyPassword,
    VerifyTotp, ViewAccount, WhatRemains,
};
use vestibule::identifier::UserId;
use vestibule::interaction::{InteractionEvent, InteractionId};
use vestibule::user::{FactorId, SocialIdentity, TotpSecret};

use super::snapshot::{Act, SESSION, StepOf, World, now};
use super::{PASSWORD, by_username, check_pairs, email, jane, settings, totp_code};

/// An account's interaction in which its owner has shown two channels.
fn owner(world: &World, seed: u64, backup_code: &str) -> InteractionId {
    let start = Start::account(UserId::parse("jane").unwrap(), SESSION, now());
    let mut id = world.run(seed, &start, &()).unwrap().output;
    world.step(seed + 1, &VerifyPassword::new(by_username("jane"), PASSWORD), &mut id);
    world.step(seed + 2, &VerifyBackupCode::new(backup_code), &mut id);
    id
}

/// What she could do next, with something begun of each kind.
fn steps(world: &World, seed: u64, id: &mut InteractionId) -> Vec<Box<dyn Act>> {
    let mailbox = email("new@example.com");
    let sent = world.step(seed, &SendCode::new(mailbox.clone(), InteractionEvent::Account), id);
    let code = sent.message.unwrap().code;
    world.step(seed + 1, &VerifyCode::new(mailbox, sent.verification_id, code.expose()), id);
    let made = world.step(seed + 2, &GenerateTotpSecret::new("Shop"), id);
    let code = totp_code(&TotpSecret::from_base32(made.secret.expose()));
    world.step(seed + 3, &VerifyTotp::of_new_secret(code, made.verification_id), id);
    world.step(seed + 4, &UpdateProfile::new(ProfilePayload::username("jane_2")), id);
    let remove = |what| RemoveFromAccount::new(what);
    vec![
        Box::new(StepOf(UpdateProfile::new(ProfilePayload::email(sent.verification_id)))),
        Box::new(StepOf(UpdateProfile::new(ProfilePayload::password("mNb8!kLp2x")))),
        Box::new(StepOf(UpdateProfile::new(ProfilePayload::password(PASSWORD)))),
        Box::new(StepOf(remove(Removal::Password))),
        Box::new(StepOf(remove(Removal::Username))),
        Box::new(StepOf(remove(Removal::SocialIdentity("github".into())))),
        Box::new(StepOf(remove(Removal::Factor(FactorId::Totp)))),
        Box::new(StepOf(BindMfa::new(MfaFactor::Totp, made.verification_id))),
        Box::new(StepOf(NameFactor::new(FactorId::new("c1"), "blue"))),
        Box::new(StepOf(DecideMfa::Enable)),
        Box::new(StepOf(ViewAccount)),
        Box::new(StepOf(WhatRemains)),
        Box::new(StepOf(Submit)),
    ]
}

fn world() -> World {
    let mut settings = settings();
    settings["signUp"] = serde_json::json!({"identifiers": []});
    let world = World::new(settings);
    let mut jane = jane();
    jane.identities.insert("github".into(), SocialIdentity::new("jane-at-github"));
    world.add(jane);
    world
}

#[test]
fn any_two_steps_of_one_account_interaction() {
    let world = world();
    let mut id = owner(&world, 10, "00000000aa");
    let acts = steps(&world, 100, &mut id);
    let closing = id.clone();
    let explored = check_pairs(&world, &acts, &acts, &[id.clone(), id]);
    assert!(explored > 1_000, "{explored} orders");
    // Closing with every step but a submission: who submits and closes at once has asked for both, and has both, whichever answer
    // comes.
    let close: Vec<Box<dyn Act>> = vec![Box::new(StepOf(CloseAccount))];
    let before_submit = acts.len() - 1;
    let explored = check_pairs(&world, &close, &acts[..before_submit], &[closing.clone(), closing]);
    assert!(explored > 20, "{explored} orders");
}

#[test]
fn a_step_of_each_of_two_account_interactions() {
    let world = world();
    let mut ids = [owner(&world, 10, "00000000aa"), owner(&world, 20, "00000000bb")];
    let acts = steps(&world, 100, &mut ids[0]);
    // The other takes away what the first may be proved by, or left with.
    for (seed, what) in [(200, Removal::Password), (201, Removal::SocialIdentity("github".into()))] {
        world.step(seed, &RemoveFromAccount::new(what), &mut ids[1]);
    }
    let others: Vec<Box<dyn Act>> = vec![
        Box::new(StepOf(RemoveFromAccount::new(Removal::Email))),
        Box::new(StepOf(UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe")))),
        Box::new(StepOf(VerifyPassword::new(by_username("jane"), "wrong"))),
        Box::new(StepOf(CloseAccount)),
        Box::new(StepOf(Submit)),
    ];
    let explored = check_pairs(&world, &acts, &others, &ids);
    assert!(explored > 500, "{explored} orders");
}
