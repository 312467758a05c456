//! The lock (L-1, L-2, L-5): what it counts, whom it locks, and what goes round it.

use serde_json::json;
use vestibule::flow::{
    Identify, MfaContact, SendMfaCode, StartSocial, VerifyBackupCode, VerifyCode, VerifyMfaCode,
    VerifyOneTimeToken, VerifySocial, VerifyTotp,
};
use vestibule::identifier::{Email, UserId, VerificationId};
use vestibule::user::SocialUserInfo;

use crate::factors::*;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, by_email, username};
use crate::*;

const PLACES: [&str; 16] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];

const WRONG: &str = "Wr0ng_guess_x";

/// Jane with every factor; `tries` lock.
fn house_that_locks(tries: u32) -> (House, UserId) {
    let house = House::with(json!({
        "sentinelPolicy": {"maxAttempts": tries}, "mfa": {"factors": ALL_FACTORS, "policy": "NoPrompt"},
        "messageRateLimit": {"maxMessages": 100, "maxMessagesOfInteraction": 100},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
        user.mfa.web_authn = vec![credential("c1")];
    });
    (house, jane)
}

/// A code on its way, and a wrong one.
fn wrong_code(thief: &Person<'_>, contact: &Contact) -> VerifyCode {
    let (id, _) = thief.send(contact);
    VerifyCode::new(contact.clone(), id, "wrong")
}

fn wrong_mfa_code(thief: &Person<'_>, contact: MfaContact) -> VerifyMfaCode {
    let sent = thief.run(&SendMfaCode::to(contact)).unwrap();
    VerifyMfaCode::new(contact, sent.verification_id, "wrong")
}

fn guess(person: &Person<'_>, name: &str) -> &'static str {
    person.password(username(name), WRONG).unwrap_err().code()
}

/// D-21: L-1. Each pool alone, known and unknown alike.
#[test]
fn a_locked_password_locks_no_code_and_tells_nobody_who_exists() {
    let (house, _) = house_that_locks(3);
    let guess = |person: &Person<'_>, address: &str, password: &str| {
        person.password(by_email(address), password).map_or_else(|refused| refused.code(), |_| "in")
    };
    for address in ["jane@example.com", "nobody@example.com"] {
        let thief = house.sign_in();
        let answers = [(); 4].map(|()| guess(&thief, address, WRONG));
        let wrong = "session.invalid_credentials";
        assert_eq!(answers, [wrong, wrong, LOCKED, LOCKED], "{address}");
    }
    assert_eq!(guess(&house.sign_in(), "jane@example.com", PASSWORD), LOCKED);
    let owner = house.sign_in().by_code(&janes_mail());
    owner.totp();
    owner.gets_in();
    house.wait(TimeDelta::minutes(61));
    assert_eq!(guess(&house.sign_in(), "jane@example.com", PASSWORD), "in");
}

/// D-21: L-1. Each factor's pool alone, and right ones are refused as wrong ones are.
#[test]
fn a_locked_factor_takes_no_right_answer_and_locks_no_other() {
    let (house, _) = house_that_locks(2);
    let thief = as_jane(&house);
    for _ in 0..2 {
        thief.answer(&VerifyTotp::of_own_secret("000000"));
        thief.answer(&VerifyBackupCode::new("zz"));
    }
    let right = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    assert_eq!(thief.answer(&right), LOCKED);
    assert_eq!(as_jane(&house).answer(&right), LOCKED, "in another interaction");
    assert_eq!(thief.answer(&VerifyBackupCode::new("00000000aa")), LOCKED);
    let key = |report| {
        let start = StartWebAuthn::new(WebAuthnCeremony::Authentication, pending());
        thief.answer(&VerifyWebAuthn::new(thief.run(&start).unwrap(), report))
    };
    let failed = "session.mfa.webauthn_verification_failed";
    assert_eq!([key(WebAuthnReport::Refused), key(WebAuthnReport::Refused)], [failed, LOCKED]);
    let (credential_id, rp_id) = ("c1".into(), "example.com".into());
    assert_eq!(key(WebAuthnReport::Authenticated { credential_id, rp_id, counter: 9 }), LOCKED);
    thief.is_asked_for_a_factor();

    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
    house.wait(TimeDelta::minutes(61));
    let owner = as_jane(&house);
    owner.totp();
    owner.gets_in();
}

/// L-1: a success clears, so an owner who mistypes is not locked out by yesterday's thief.
#[test]
fn the_owner_clears_the_pool_and_the_thief_does_not_clear_the_owners() {
    let (house, _) = house_that_locks(3);
    add_mallory(&house);
    let thief = house.sign_in();
    assert_eq!(guess(&thief, "jane"), "session.invalid_credentials");
    thief.password(username("mallory"), OTHER_PASSWORD).unwrap();
    assert_eq!(guess(&thief, "jane"), "session.invalid_credentials");
    thief.password(username("mallory"), OTHER_PASSWORD).unwrap();
    assert_eq!(guess(&thief, "jane"), LOCKED);

    house.wait(TimeDelta::minutes(61));
    for _ in 0..3 {
        let owner = house.sign_in();
        assert_eq!(guess(&owner, "jane"), "session.invalid_credentials");
        assert_eq!(guess(&owner, "jane"), "session.invalid_credentials");
        assert!(owner.password(username("jane"), PASSWORD).is_ok());
    }
}

/// L-1: guessing at strangers from inside an account of one's own, or of many.
#[test]
fn a_thief_who_is_identified_guesses_at_a_stranger_no_more_often() {
    let (house, _) = house_that_locks(3);
    add_mallory(&house);
    house.add("mallory2", |user| {
        user.username = Some(Username::parse("mallory2").unwrap());
        user.set_password(other_password(&house), house.now.get());
    });
    let mut answers = Vec::new();
    for own in ["mallory", "mallory2"] {
        let thief = house.sign_in().by_password(own, OTHER_PASSWORD);
        answers.extend([guess(&thief, "jane"), guess(&thief, "jane")]);
    }
    assert_eq!(answers[2..], [LOCKED, LOCKED], "the third failure, and then the lock");
    assert_eq!(house.sign_in().password(username("jane"), PASSWORD).unwrap_err().code(), LOCKED);
    assert!(house.sign_in().password(by_email("jane@example.com"), PASSWORD).is_ok());
}

/// L-1: the thief stands behind the stolen password, and proves a mailbox of their own in between.
#[test]
fn a_mailbox_of_the_thiefs_own_clears_nothing_of_janes() {
    let (house, _) = house_that_locks(3);
    let thief = as_jane(&house);
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(thief.answer(&wrong_mfa_code(&thief, MfaContact::Phone)));
        if answers.len() < 3 {
            thief.prove(&thiefs_mail());
        }
    }
    assert_eq!(answers[2], LOCKED);
    house.wait(TimeDelta::minutes(61));
    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Phone);
    owner.gets_in();
}

/// L-1, principle 2: the thief has the mailbox, and guesses at the phone.
#[test]
fn a_stolen_mailbox_does_not_clear_the_guesses_at_the_phone() {
    let (house, _) = house_that_locks(3);
    let thief = house.sign_in().by_code(&janes_mail());
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(thief.answer(&wrong_mfa_code(&thief, MfaContact::Phone)));
        answers.push(thief.answer(&wrong_mfa_code(&thief, MfaContact::Phone)));
        let _ = thief.run(&Identify::by(VerificationId::named_by("none")));
        let (id, message) = thief.send(&janes_mail());
        let code = message.unwrap().code;
        let _ = thief.run(&VerifyCode::new(janes_mail(), id, code.expose()));
    }
    assert!(answers.contains(&LOCKED), "eight wrong codes, where three lock: {answers:?}");
}

/// L-1, V-5: the code of one message, over many interactions.
#[test]
fn new_messages_and_new_interactions_give_no_new_guesses() {
    let (house, _) = house_that_locks(4);
    let answers = [(); 5].map(|()| {
        let thief = house.sign_in();
        thief.answer(&wrong_code(&thief, &janes_mail()))
    });
    let wrong = "verification_code.code_mismatch";
    assert_eq!(answers, [wrong, wrong, wrong, LOCKED, LOCKED]);
    let guessed = house.sign_in();
    let (id, message) = guessed.send(&janes_mail());
    let right = VerifyCode::new(janes_mail(), id, message.unwrap().code.expose());
    assert_eq!(guessed.answer(&right), LOCKED, "right or wrong");
    assert_eq!(guessed.answer(&Identify::by(id)), "session.verification_failed");
    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Phone);
    owner.gets_in();
}

/// L-1, D-21: guesses at a token are none.
#[test]
fn garbage_tokens_lock_nobody() {
    let (house, _) = house_that_locks(2);
    let jane = Email::parse("jane@example.com").unwrap();
    for person in [house.sign_in(), as_jane(&house)] {
        for _ in 0..5 {
            let garbage = VerifyOneTimeToken::new(jane.clone(), "garbage");
            assert_eq!(person.answer(&garbage), "one_time_token.token_not_found");
        }
    }
    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
    let made = token(&house, "jane@example.com", None);
    assert!(house.sign_in().run(&VerifyOneTimeToken::new(jane, made.expose())).is_ok());
}

/// D-21: L-5.
#[test]
fn one_place_locks_no_owner_out_who_comes_from_another() {
    let (house, _) = house_that_locks(3);
    house.source.set(Some("evil"));
    let thief = house.sign_in();
    let answers = [(); 3].map(|()| guess(&thief, "jane"));
    assert_eq!(answers[2], LOCKED);
    house.source.set(Some("home"));
    let owner = as_jane(&house);
    owner.totp();
    owner.gets_in();
}

/// L-5: ten times as many from all places together.
#[test]
fn many_places_guess_no_more_than_ten_times_as_often() {
    let (house, _) = house_that_locks(3);
    let mut wrong = 0;
    for place in PLACES {
        house.source.set(Some(place));
        let thief = house.sign_in();
        wrong += (0..2).filter(|_| guess(&thief, "jane") != LOCKED).count();
    }
    assert_eq!(wrong, 29, "the thirtieth answers with the lock");
}

/// V-10, L-1: a secret under enrolment guards nothing yet, and is guessed at in a pool of its own.
#[test]
fn a_secret_under_enrolment_is_guessed_ten_times() {
    let house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    let person = as_jane(&house);
    let made = new_secret(&person);
    let wrong = VerifyTotp::of_new_secret("000000", made.verification_id);
    let answers: Vec<_> = (0..10).map(|_| person.answer(&wrong)).collect();
    assert_eq!((answers[8], answers[9]), ("session.mfa.invalid_totp_code", LOCKED));
    let right = VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id);
    assert_eq!(person.answer(&right), LOCKED);
    bind_totp(&person);
    person.gets_in();
}

/// V-14: passkeys that fail lock themselves alone.
#[test]
fn failing_passkeys_lock_no_password() {
    let (house, _) = house_that_locks(2);
    let thief = house.sign_in();
    assert_eq!(thief.passkey(9, false).unwrap_err().code(), "session.mfa.webauthn_verification_failed");
    assert_eq!(thief.passkey(9, false).unwrap_err().code(), LOCKED);
    assert_eq!(thief.passkey(9, true).unwrap_err().code(), LOCKED);
    let owner = as_jane(&house);
    owner.totp();
    owner.gets_in();
}

/// Fills an interaction up to the last byte that I-8 lets it have.
fn fill(thief: &Person<'_>) {
    let holds = |size: usize| {
        let raw_data = Some(json!({"all": "x".repeat(size)}));
        let info = SocialUserInfo { raw_data, ..SocialUserInfo::new("thief") };
        let id = thief.run(&StartSocial::new("github-connector", "state", "u")).unwrap();
        thief.run(&VerifySocial::new("github-connector", id, "state", info)).is_ok()
    };
    let (mut fits, mut bursts) = (0, 70_000);
    while bursts - fits > 1 {
        let middle = usize::midpoint(fits, bursts);
        if holds(middle) { fits = middle } else { bursts = middle }
    }
    assert!(holds(fits));
}

/// I-8, L-1, V-5: a wrong try that has no room in the interaction.
#[test]
fn a_full_interaction_gives_no_uncounted_guesses() {
    let (house, _) = house_that_locks(100);
    let thief = house.sign_in();
    let (id, message) = thief.send(&janes_mail());
    let verify = |code: &str| thief.answer(&VerifyCode::new(janes_mail(), id, code));
    (0..9).for_each(|_| assert_eq!(verify("wrong"), "verification_code.code_mismatch"));
    fill(&thief);
    let guesses: Vec<_> = (0..300).map(|_| verify("wrong")).collect();
    let right = message.unwrap().code;
    let told = verify(right.expose());
    // There is room again, and the code is still good.
    thief.run(&StartSocial::new("github-connector", "state", "u")).unwrap();
    let taken = verify(right.expose());
    let counted = guesses[1..].iter().all(|answer| *answer != "verification_code.code_mismatch");
    assert!(counted && taken != "in", "three hundred wrong ones; the right one: {told}, then {taken}");
    house.sign_in().by_code(&janes_phone());
}
