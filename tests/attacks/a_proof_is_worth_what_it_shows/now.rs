//! What a method is worth now.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::json;
use vestibule::engine::Engine;
use vestibule::flow::{Identify, ProfilePayload, ResetPassword, Submit, SwitchEvent, UpdateProfile};
use vestibule::identifier::{Email, UserKey};
use vestibule::interaction::InteractionEvent::{Register, SignIn};
use vestibule::store::memory::MemoryUserStore;
use vestibule::store::{CommitError, UserChange, UserStore};
use vestibule::user::{SocialIdentity, SocialUserInfo, TotpFactor, TotpSecret, User};

use crate::factors::*;
use crate::house::{Counting, Down, House, OTHER_PASSWORD, PASSWORD, by_email, username};
use crate::*;

/// D-16: V-17, S-1. The owner changes the password while the thief stands before, or behind, identification.
#[test]
fn a_stale_password_proof_signs_in_nowhere() {
    let house = House::open();
    let jane = house.add_jane();
    let (before, behind, both) = (house.sign_in(), as_jane(&house), as_jane(&house));
    let id = before.password(username("jane"), PASSWORD).unwrap();
    both.prove(&janes_phone());
    change_password(&house, &jane);
    let _ = before.identify(id);
    assert_ne!(before.answer(&Submit), "in");
    assert_eq!(behind.answer(&Submit), "session.verification_failed");
    both.gets_in();
    let renewed = behind.password(username("jane"), OTHER_PASSWORD).unwrap();
    behind.identify(renewed).unwrap();
    behind.gets_in();
}

/// D-16: S-1, V-17. The same, where the owner recovers.
#[test]
fn the_owners_recovery_ends_what_the_thief_has_begun() {
    let house = House::with(json!({"signUp": {"identifiers": []}}));
    let jane = house.add_jane();
    house.change(&jane, |user| user.username = None);
    let thief = house.sign_in();
    let id = thief.password(by_email("jane@example.com"), PASSWORD).unwrap();
    thief.identify(id).unwrap();
    thief.run(&UpdateProfile::new(ProfilePayload::username("thiefs"))).unwrap();
    recover_through(&house, &janes_mail());
    assert_eq!(thief.answer(&Submit), "session.verification_failed");
    let _ = thief.run(&Identify::by(id));
    assert_eq!(thief.answer(&Submit), "session.verification_failed", "identified anew by the old proof");
    assert_eq!(house.account(&jane).username, None);

    let owner = house.sign_in();
    let id = owner.password(by_email("jane@example.com"), OTHER_PASSWORD).unwrap();
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// V-17, V-2: made anew under another scheme, it is the same password.
#[test]
fn a_password_hashed_anew_locks_nobody_out() {
    let house = House::open();
    let jane = house.add_jane();
    let old = vestibule::password::Argon2id::new(16, 1, 1).unwrap().hash(PASSWORD, &[3; 16]).unwrap();
    house.change(&jane, |user| user.set_password(old, house.now.get()));
    let (first, second) = (as_jane(&house), as_jane(&house));
    first.gets_in();
    second.gets_in();
    let recovery = house.recover().by_code(&janes_mail());
    recovery.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    recovery.gets_in();
}

/// V-17: a factor counts while it is the user's.
#[test]
fn a_factor_that_the_owner_replaced_proves_nothing() {
    let factors = ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode"];
    let replaced: [fn(&mut User); 4] = [
        |user| user.mfa.totp = Some(TotpFactor::new(TotpSecret::from_bytes([7; 20]))),
        |user| user.mfa.web_authn = vec![credential("c2")],
        |user| user.mfa.backup_codes.truncate(1),
        |user| user.primary_email = Some(Email::parse("new@example.com").unwrap()),
    ];
    for (factor, replace) in factors.iter().zip(replaced) {
        let house = house_with(&factors, "NoPrompt");
        let jane = house.add_jane();
        house.change(&jane, |user| {
            with_totp(user);
            with_backup_codes(user);
            user.mfa.web_authn = vec![credential("c1")];
        });
        let (thief, owner) = (as_jane(&house), as_jane(&house));
        prove_factor(&thief, factor, 4, "00000000aa");
        house.change(&jane, replace);
        assert_eq!(thief.answer(&Submit), ASKED_FOR_A_FACTOR, "{factor}");
        if *factor == "Totp" {
            house.change(&jane, with_totp);
        } else if *factor == "WebAuthn" {
            house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
        }
        prove_factor(&owner, factor, 5, "00000000aa");
        owner.gets_in();
    }
}

/// V-17, S-1: a contact or an identity that was taken from the account.
#[test]
fn a_mailbox_or_an_identity_that_is_the_users_no_more_signs_nobody_in() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let by_mail = house.sign_in().by_code(&janes_mail());
    let by_github = house.sign_in();
    let id = by_github.social("github-connector", SocialUserInfo::new("jane-at-github"));
    by_github.identify(id).unwrap();
    let by_phone = house.sign_in().by_code(&janes_phone());
    house.change(&jane, |user| {
        user.primary_email = Some(Email::parse("new@example.com").unwrap());
        user.identities.clear();
    });
    for thief in [by_mail, by_github] {
        assert_eq!(thief.answer(&Submit), "session.verification_failed");
    }
    by_phone.gets_in();
}

/// D-16: V-17, N-5. What is no proof any more identifies nobody, and so says nothing of the account.
#[test]
fn a_stale_password_proof_identifies_nobody() {
    let house = house_with(&["Totp", "EmailVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    let thief = house.sign_in();
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    change_password(&house, &jane);
    assert_eq!(thief.answer(&Identify::by(id)), "session.verification_failed");
    let owner = house.sign_in().by_password("jane", OTHER_PASSWORD);
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
}

/// D-16: S-1, V-16. A submit that a crash, or a step of the thief's own beside it, cut in half.
#[test]
fn a_submit_that_was_cut_in_half_outlives_no_change_of_the_password() {
    let house = House::open();
    let jane = house.add_jane();
    let (thief, owner) = (as_jane(&house), as_jane(&house));
    house.crash_before_granting(&owner.id(), &Submit);
    owner.gets_in();
    house.crash_before_granting(&thief.id(), &Submit);
    change_password(&house, &jane);
    assert_eq!(thief.answer(&Submit), "session.verification_failed");
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// D-16: S-1, V-16. Nor does a first password, which was set from a mailbox, count for the mailbox.
#[test]
fn a_submit_that_set_a_password_outlives_no_change_of_the_mailbox() {
    for changes in [false, true] {
        let house = House::open();
        let jane = house.add_jane();
        house.change(&jane, |user| user.password = None);
        let thief = house.sign_in().by_code(&janes_mail());
        thief.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
        house.crash_before_granting(&thief.id(), &Submit);
        if changes {
            house.change(&jane, |user| user.primary_email = Some(Email::parse("new@example.com").unwrap()));
            assert_eq!(thief.answer(&Submit), "session.verification_failed");
            house.sign_in().by_code(&email("new@example.com")).gets_in();
        } else {
            thief.gets_in();
        }
    }
}

/// D-16: S-1, S-2, V-16. The same of a recovery, once the owner has another mailbox.
#[test]
fn a_recovery_that_was_cut_in_half_outlives_no_change_of_the_mailbox() {
    let house = House::open();
    let jane = house.add_jane();
    let thief = house.recover().by_code(&janes_mail());
    thief.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    house.crash_before_granting(&thief.id(), &Submit);
    house.change(&jane, |user| {
        user.primary_email = Some(Email::parse("new@example.com").unwrap());
        user.set_password(house.account_password(), house.now.get());
    });
    assert_eq!(thief.answer(&Submit), "session.verification_failed");
    assert!(signs_in(&house, PASSWORD) && !signs_in(&house, OTHER_PASSWORD));
}

/// A store of users in which something happens as soon as an account is written.
struct Raced<'a> {
    users: &'a Counting<MemoryUserStore>,
    then: Cell<Option<&'a dyn Fn()>>,
}

impl UserStore for Raced<'_> {
    type Error = Down;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Down> {
        self.users.find(keys)
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Down>> {
        self.users.commit(change)?;
        if let Some(then) = self.then.take() {
            then();
        }
        Ok(())
    }
}

fn submits_in_a_race(house: &House, thief: &Person<'_>, then: &dyn Fn()) -> bool {
    let users = Raced { users: &house.users, then: Cell::new(Some(then)) };
    house.with_context(|context| {
        Engine::new(&users, &house.verifications, &house.hasher, context).run(&thief.id(), &Submit).is_ok()
    })
}

/// D-16: S-1, V-16, V-17. The thief's own switch, between the two writes of the submit.
#[test]
fn a_submit_that_a_switch_raced_outlives_no_recovery() {
    let house = House::open();
    house.add_jane();
    let thief = house.sign_in();
    let stolen = thief.password(username("jane"), PASSWORD).unwrap();
    thief.identify(stolen).unwrap();
    let switches = || thief.run(&SwitchEvent::to(Register)).unwrap();
    assert!(!submits_in_a_race(&house, &thief, &switches), "nobody is identified any more");
    recover_through(&house, &janes_mail());
    thief.run(&SwitchEvent::to(SignIn)).unwrap();
    let _ = thief.identify(stolen);
    assert_ne!(thief.answer(&Submit), "in");
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// D-16: S-1, V-16. No crash is needed: the thief stages in between what an account of theirs then takes, and gives back.
#[test]
fn a_submit_that_the_thief_raced_outlives_no_recovery() {
    let house = House::with(json!({}));
    house.add_jane();
    let mallory = add_mallory(&house);
    let thief = as_jane(&house);
    let stages = || {
        let id = thief.social("google-connector", SocialUserInfo::new("at-google"));
        thief.run(&UpdateProfile::new(ProfilePayload::social(id))).unwrap();
        let linked = SocialIdentity::new("at-google");
        house.change(&mallory, |user| drop(user.identities.insert("google".into(), linked)));
    };
    assert!(!submits_in_a_race(&house, &thief, &stages), "S-4: it is taken");
    recover_through(&house, &janes_mail());
    house.change(&mallory, |user| user.identities.clear());
    assert_eq!(thief.answer(&Submit), "session.verification_failed");
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// V-16: what a step was granted once, it is not granted twice, however much is shown in between.
#[test]
fn a_code_of_the_app_is_granted_once_whatever_is_shown_in_between() {
    let house = House::with(json!({
        "passkeySignIn": {"enabled": true}, "mfa": {"factors": ["Totp", "WebAuthn"], "policy": "NoPrompt"},
    }));
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let mallory = add_mallory(&house);
    house.change(&mallory, |user| user.mfa.web_authn = vec![credential("c1")]);
    let person = as_jane(&house);
    let seen = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    person.run(&seen).unwrap();
    for counter in 4..24 {
        person.passkey(counter, true).unwrap();
    }
    house.wait(TimeDelta::minutes(50));
    assert_eq!(person.answer(&seen), "session.mfa.invalid_totp_code");
    person.totp();
}

/// D-16, D-9: an old password is no second channel beside the mailbox.
#[test]
fn a_stale_password_is_no_channel_beside_the_mailbox() {
    let house = house_with(&["EmailVerificationCode", "PhoneVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    let thief = as_jane(&house);
    let id = thief.prove(&janes_mail());
    thief.identify(id).unwrap();
    thief.mfa_code(MfaContact::Email);
    change_password(&house, &jane);
    thief.is_asked_for_a_factor();
    thief.mfa_code(MfaContact::Phone);
    thief.gets_in();
}

/// D-20: 9.2, in NFC. However the keyboard writes it, it is that password, and no other.
#[test]
fn a_password_of_any_letters_lets_its_owner_in_and_nobody_else() {
    let house = House::open();
    let jane = house.add_jane();
    let recovery = house.recover().by_code(&janes_mail());
    recovery.run(&ResetPassword::new("Gr\u{fc}\u{df}e an Zo\u{eb}!")).unwrap();
    recovery.run(&Submit).unwrap();
    for (typed, is_right) in [
        ("Gr\u{fc}\u{df}e an Zo\u{eb}!", true),
        ("Gru\u{308}\u{df}e an Zoe\u{308}!", true),
        ("Gru\u{df}e an Zoe!", false),
        ("Gr\u{fc}sse an Zo\u{eb}!", false),
    ] {
        assert_eq!(signs_in(&house, typed), is_right, "{typed}");
    }
    assert!(house.account(&jane).password.is_some());
}
