//! Signing in: passwords (V-1, V-2), identification (N-1 to N-10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, PASSWORD, by_email, email, phone, username};
use serde_json::json;
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::engine::Engine;
use vestibule::flow::{
    Identify, NewPasswordIdentity, PendingSocial, ProfilePayload, StartSocial, Submit, UpdateProfile,
    VerifyPassword, VerifySocial,
};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType, UserId, Username, VerificationId};
use vestibule::password::{Argon2id, HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use vestibule::rejection::{OperationName, Rejection};
use vestibule::secret::PasswordDigest;
use vestibule::user::{ReportedContact, SocialUserInfo};

#[test]
fn v1_the_right_password_is_a_verified_record() {
    let house = House::open();
    let jane = house.add_jane();
    let by_phone = ClaimedIdentifier::new(IdentifierType::Phone, "610412345678");
    for identifier in [username("jane"), by_email("JANE@example.com"), by_phone] {
        let person = house.sign_in();
        let id = person.password(identifier, PASSWORD).unwrap();
        assert_eq!(person.identify(id), Ok(jane.clone()));
    }
}

#[test]
fn v1_unknown_passwordless_and_wrong_are_one_answer() {
    let house = House::open();
    house.add_jane();
    house.add("joe", |user| user.username = Some(Username::parse("joe").unwrap()));
    let person = house.sign_in();
    for (identifier, password) in [
        (username("jane"), OTHER_PASSWORD),
        (username("Jane"), PASSWORD),
        (username("joe"), PASSWORD),
        (username("nobody"), PASSWORD),
        (username("no-username"), PASSWORD),
        (by_email("nope"), PASSWORD),
        (username("jane"), ""),
    ] {
        assert_eq!(person.password(identifier, password), Err(Rejection::InvalidCredentials));
    }
    assert_eq!(
        person.interaction().registry().records().iter().count(),
        0,
        "a record is stored only on success"
    );
}

/// Counts the hashes of the current scheme.
#[derive(Clone)]
struct Counting {
    hasher: Argon2id,
    counted: Arc<AtomicU32>,
}

impl Counting {
    fn new(house: &House) -> Self {
        Self { hasher: house.hasher.clone(), counted: Arc::default() }
    }

    fn count(&self) -> u32 {
        self.counted.load(Ordering::SeqCst)
    }
}

impl PasswordHasher for Counting {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        self.counted.fetch_add(1, Ordering::SeqCst);
        self.hasher.hash(password, salt)
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        self.counted.fetch_add(1, Ordering::SeqCst);
        self.hasher.verify(password, digest)
    }

    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        self.hasher.import(imported)
    }
}

/// Whether this hasher verifies a password in a new interaction.
fn is_password(house: &House, hasher: &dyn PasswordHasher, name: &str, password: &str) -> bool {
    let id = house.sign_in().id();
    house.with_context(|context| {
        let engine = Engine::new(&house.users, &house.verifications, hasher, context);
        match engine.run(&id, &VerifyPassword::new(username(name), password)) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.rejection(), Some(&Rejection::InvalidCredentials));
                false
            }
        }
    })
}

#[test]
fn v1_an_unknown_user_costs_a_hash_too() {
    let house = House::open();
    house.add_jane();
    house.add("joe", |user| user.username = Some(Username::parse("joe").unwrap()));
    for name in ["jane", "joe", "nobody", "no-username"] {
        let hasher = Counting::new(&house);
        assert!(!is_password(&house, &hasher, name, OTHER_PASSWORD));
        assert_eq!(hasher.count(), 1, "{name}");
    }
}

#[test]
fn v1_suspension_and_expiry_show_only_to_who_knows_the_password() {
    let house = House::with(json!({"passwordExpiration": {"enabled": true, "validPeriodDays": 30}}));
    let jane = house.add_jane();
    house.wait(TimeDelta::days(31));
    let person = house.sign_in();
    assert_eq!(person.password(username("jane"), PASSWORD), Err(Rejection::PasswordExpired));
    assert_eq!(person.password(username("jane"), OTHER_PASSWORD), Err(Rejection::InvalidCredentials));
    house.take_events();
    house.change(&jane, |user| user.is_suspended = true);
    assert_eq!(person.password(username("jane"), PASSWORD), Err(Rejection::Suspended), "before expiry");
    assert_eq!(house.take_events(), [], "neither is a failed attempt");
}

#[test]
fn v2_an_outdated_digest_is_made_anew_in_the_same_step() {
    let house = House::open();
    let jane = house.add_jane();
    let old = Argon2id::new(16, 1, 1).unwrap().hash(PASSWORD, &[3; 16]).unwrap();
    let set_at = house.now.get() - TimeDelta::days(9);
    house.change(&jane, |user| user.set_password(old.clone(), set_at));
    house.sign_in().password(username("jane"), OTHER_PASSWORD).unwrap_err();
    assert_eq!(house.account(&jane).password.unwrap().digest, old, "not for a wrong password");
    house.sign_in().password(username("jane"), PASSWORD).unwrap();
    let password = house.account(&jane).password.unwrap();
    assert_eq!(house.hasher.verify(PASSWORD, &password.digest), PasswordMatch::Yes);
    assert_eq!(password.updated_at, Some(set_at), "the password is as old as it was");
}

#[cfg(feature = "legacy-hashes")]
#[test]
fn v2_a_digest_that_moved_in_is_made_anew_at_the_next_sign_in() {
    let house = House::open();
    let jane = house.add_jane();
    let counting = Counting::new(&house);
    let hasher = vestibule::password::LegacyHashes::new(counting.clone());
    let bcrypt = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOEr81hIwCMcocvlmvbmycL47qD4twHzi";
    let old = hasher.import(&ImportedDigest::new("bcrypt", bcrypt)).unwrap();
    let set_at = house.now.get() - TimeDelta::days(900);
    house.change(&jane, |user| user.set_password(old.clone(), set_at));

    assert!(!is_password(&house, &hasher, "jane", OTHER_PASSWORD));
    assert_eq!(counting.count(), 1, "V-1: beside what bcrypt costs");
    assert_eq!(house.account(&jane).password.unwrap().digest, old, "not for a wrong password");

    assert!(is_password(&house, &hasher, "jane", PASSWORD));
    assert_eq!(counting.count(), 2);
    let password = house.account(&jane).password.unwrap();
    assert!(password.digest.expose().starts_with("$argon2id$"));
    assert_eq!(password.updated_at, Some(set_at), "the password is as old as it was");

    assert!(is_password(&house, &hasher, "jane", PASSWORD));
    assert!(!is_password(&house, &hasher, "jane", OTHER_PASSWORD));
    assert_eq!(counting.count(), 4);
    assert_eq!(house.account(&jane).password.unwrap(), password, "once");
    let person = house.sign_in();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(person.identify(id), Ok(jane), "also without the old schemes");
}

#[test]
fn n1_a_record_of_this_interaction_is_asked_for() {
    let house = House::open();
    house.add_jane();
    let person = house.sign_in();
    assert_eq!(person.code(&Identify::from_staged_profile()), "guard.invalid_input");
    assert_eq!(house.recover().code(&Identify::from_staged_profile()), "guard.invalid_input");
    let unknown = Identify::by(VerificationId::named_by("no-such-verification"));
    assert_eq!(person.code(&unknown), "session.verification_session_not_found");
    let others = house.sign_in().password(username("jane"), PASSWORD).unwrap();
    assert_eq!(person.code(&Identify::by(others)), "session.verification_session_not_found");
}

#[test]
fn n2_the_mode_is_asked_before_the_method() {
    let house = House::with(json!({"signInMode": "Register", "signIn": {"methods": []}}));
    house.add_jane();
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    assert_eq!(person.code(&Identify::by(id)), "auth.forbidden");
}

#[test]
fn n3_the_method_must_be_on_for_that_identifier() {
    let house = House::with(json!({"signIn": {"methods": [
        {"identifier": "username", "password": false},
        {"identifier": "email", "password": true, "verificationCode": false},
        {"identifier": "phone", "password": false, "verificationCode": true},
    ]}}));
    let jane = house.add_jane();
    let person = house.sign_in();
    assert_eq!(
        person.password(username("jane"), PASSWORD),
        Err(Rejection::InvalidCredentials),
        "D-25: a password is not even confirmed where its method is off"
    );
    let off = [
        person.send(&email("jane@example.com")).0,
        person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap(),
    ];
    for id in off {
        assert_eq!(
            person.code(&Identify::by(id)),
            "user.sign_in_method_not_enabled",
            "before N-5 asks for proof"
        );
    }
    let id = house.sign_in().password(by_email("jane@example.com"), PASSWORD);
    assert!(id.is_ok());
    let id = person.prove(&phone("61412345678"));
    assert_eq!(person.identify(id), Ok(jane));
}

#[test]
fn n3_a_recovery_takes_codes_only_and_only_those_that_are_on() {
    let house = House::with(json!({"forgotPasswordMethods": ["PhoneVerificationCode"]}));
    let jane = house.add_jane();
    let person = house.recover();
    let code = "session.not_supported_for_forgot_password";
    for id in [
        person.password(username("jane"), PASSWORD).unwrap(),
        person.prove(&email("jane@example.com")),
        person.social("github-connector", SocialUserInfo::new("jane-at-github")),
    ] {
        let rejection = person.run(&Identify::by(id)).unwrap_err();
        assert_eq!((rejection.code(), rejection.status()), (code, 422));
    }
    let id = person.prove(&phone("61412345678"));
    assert_eq!(person.identify(id), Ok(jane));
    let house = House::with(json!({"forgotPasswordMethods": []}));
    house.add_jane();
    let person = house.recover();
    let id = person.prove(&phone("61412345678"));
    assert_eq!(person.code(&Identify::by(id)), code);
}

const SSO: &str = r#"{
    "singleSignOnEnabled": true,
    "enterpriseSsoConnectors": [{"id": "acme", "domains": ["Example.com"], "issuer": "https://sso.example.com"}],
    "socialConnectors": [{"id": "github-connector", "target": "github"}]
}"#;

#[test]
fn n4_an_email_of_an_enterprise_domain_is_sent_there() {
    let house = House::with(serde_json::from_str(SSO).unwrap());
    house.add_jane();
    let sso = |rejection: Rejection| (rejection.code(), rejection.data().unwrap());
    let expected = ("session.sso_enabled", json!({"ssoConnectors": ["acme"]}));
    let person = house.sign_in();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@EXAMPLE.com")),
        ..SocialUserInfo::new("jane-at-github")
    };
    let social = person.social("github-connector", info);
    for id in [
        person.password(by_email("jane@example.com"), PASSWORD).unwrap(),
        person.send(&email("jane@example.com")).0,
        social,
    ] {
        assert_eq!(sso(person.run(&Identify::by(id)).unwrap_err()), expected, "before N-5 asks for proof");
    }
    let id = person.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(
        sso(person.run(&Identify::by(id)).unwrap_err()),
        expected,
        "D-13: a username has no domain, but whoever has it does"
    );
    let recovery = house.recover();
    let id = recovery.prove(&email("jane@example.com"));
    assert_eq!(sso(recovery.run(&Identify::by(id)).unwrap_err()), expected, "in a recovery too");
    let newcomer = house.register();
    let id = newcomer.prove(&email("new@example.com"));
    assert_eq!(sso(newcomer.run(&Identify::by(id)).unwrap_err()), expected);
    assert_eq!(newcomer.code(&UpdateProfile::new(ProfilePayload::email(id))), "session.sso_enabled");
}

#[test]
fn n4_is_off_with_single_sign_on() {
    let mut settings: serde_json::Value = serde_json::from_str(SSO).unwrap();
    settings["singleSignOnEnabled"] = json!(false);
    let house = House::with(settings);
    house.add_jane();
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    assert!(person.identify(id).is_ok());
}

#[test]
fn n5_an_unverified_record_identifies_nobody() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.sign_in();
    let (code, _) = person.send(&email("jane@example.com"));
    let social = person.run(&StartSocial::new("github-connector", "s", "https://app.example")).unwrap();
    for id in [code, social] {
        assert_eq!(person.code(&Identify::by(id)), "session.verification_failed");
    }
}

#[test]
fn n6_nobody_has_it() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.sign_in();
    let id = person.prove(&email("nobody@example.com"));
    let rejection = person.run(&Identify::by(id)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("user.user_not_exist", 404));
    assert_eq!(
        rejection.data().unwrap(),
        json!({"identifier": {"type": "email", "value": "nobody@example.com"}})
    );
}

#[test]
fn n6_a_password_proves_one_user_whoever_has_the_name_later() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.sign_in();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    house.change(&jane, |user| user.username = Some(Username::parse("jane2").unwrap()));
    house.add("thief", |user| user.username = Some(Username::parse("jane").unwrap()));
    assert_eq!(person.identify(id), Ok(jane));
}

#[test]
fn n6_an_unknown_social_identity_names_the_related_user_phone_first() {
    let house = House::with(json!({}));
    house.add_jane();
    house.add("joe", |user| user.primary_email = Some("joe@example.com".to_owned().try_into().unwrap()));
    let person = house.sign_in();
    let related = |phone: Option<&str>, email: Option<&str>| {
        let info = SocialUserInfo {
            phone: phone.map(ReportedContact::verified),
            email: email.map(ReportedContact::verified),
            ..SocialUserInfo::new("unknown")
        };
        let id = person.social("github-connector", info);
        let rejection = person.run(&Identify::by(id)).unwrap_err();
        assert_eq!((rejection.code(), rejection.status()), ("user.identity_not_exist", 404));
        rejection.data().unwrap()
    };
    let jane = json!({"relatedUser": {"type": "phone", "value": "61412345678"}});
    assert_eq!(related(Some("610412345678"), Some("joe@example.com")), jane);
    let joe = json!({"relatedUser": {"type": "email", "value": "joe@example.com"}});
    assert_eq!(related(Some("61499999999"), Some("joe@example.com")), joe);
    assert_eq!(related(None, Some("nobody@example.com")), json!({}));
    assert_eq!(related(Some("nonsense"), Some("nonsense")), json!({}));
}

#[test]
fn n7_linking_identifies_the_related_user_and_stages_the_identity() {
    let house = House::with(json!({"socialSignIn": {"automaticAccountLinking": true}}));
    let jane = house.add_jane();
    let person = house.sign_in();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        name: Some("Jane at Google".into()),
        ..SocialUserInfo::new("jane-at-google")
    };
    let id = person.social("google-connector", info.clone());
    assert_eq!(person.code(&Identify::by(id)), "user.identity_not_exist");
    assert!(person.run(&Identify::by(id).linking_social_identity()).is_ok());
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    assert_eq!(account.identities["google"].user_id, "jane-at-google");
    assert_eq!(account.identities["github"].user_id, "jane-at-github", "the other stays");
    assert_eq!(account.name.as_deref(), Some("Jane at Google"), "N-10: the connector syncs");
    let again = house.sign_in();
    let id = again.social("google-connector", info);
    assert_eq!(again.identify(id), Ok(jane));
    let stranger = house.sign_in();
    let id = stranger.social("google-connector", SocialUserInfo::new("stranger"));
    assert_eq!(stranger.code(&Identify::by(id).linking_social_identity()), "user.identity_not_exist");
}

#[test]
fn n7_an_identity_the_user_has_is_not_linked_again() {
    let house = House::with(json!({"socialSignIn": {"automaticAccountLinking": true}}));
    house.add_jane();
    let person = house.sign_in();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        ..SocialUserInfo::new("jane-at-github")
    };
    let id = person.social("github-connector", info);
    person.run(&Identify::by(id).linking_social_identity()).unwrap();
    assert!(person.run(&Submit).is_ok());
}

#[test]
fn s10_only_what_the_account_has_is_a_method() {
    let house = House::with(json!({"signUp": {"identifiers": []}}));
    let jane = house.add_jane();
    house.change(&jane, |user| (user.username, user.password) = (None, None));
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    person.identify(id).unwrap();
    person.run(&NewPasswordIdentity::new("neo", OTHER_PASSWORD)).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::username("neo"))).unwrap();
    person.social("github-connector", SocialUserInfo::new("a-stranger"));
    let amr = person.run(&Submit).unwrap().amr;
    assert_eq!(
        serde_json::to_value(amr).unwrap(),
        json!(["otp"]),
        "she has no password, and the identity is not hers"
    );
}

#[test]
fn d5_a_second_account_of_a_target_is_not_linked() {
    let house = House::with(json!({"socialSignIn": {"automaticAccountLinking": true}}));
    house.add_jane();
    let person = house.sign_in();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        ..SocialUserInfo::new("other-at-github")
    };
    let id = person.social("github-connector", info);
    let link = Identify::by(id).linking_social_identity();
    assert_eq!(person.code(&link), "user.social_account_exists_in_profile");
    assert_eq!(person.user_id(), None, "a rejection leaves nothing behind");
}

#[test]
fn n8_a_suspended_user_is_not_identified() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    house.change(&jane, |user| user.is_suspended = true);
    let rejection = person.run(&Identify::by(id)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("user.suspended", 401));
}

#[test]
fn n8_a_user_suspended_after_being_identified_does_not_submit() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.sign_in().into_jane();
    house.change(&jane, |user| user.is_suspended = true);
    assert_eq!(person.code(&Submit), "user.suspended");
}

#[test]
fn n9_an_interaction_has_one_user() {
    let house = House::open();
    house.add_jane();
    house.add("joe", |user| user.primary_email = Some("joe@example.com".to_owned().try_into().unwrap()));
    let person = house.sign_in().into_jane();
    let before = person.interaction();
    let again = before.registry().records()[0].id;
    assert!(person.identify(again).is_ok());
    assert_eq!(person.interaction(), before, "the same user: nothing changes");
    let id = person.prove(&email("joe@example.com"));
    let rejection = person.run(&Identify::by(id)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("session.identity_conflict", 409));
}

#[test]
fn n10_a_syncing_connector_stages_name_and_avatar() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.name = Some("Jane".into());
        user.identities.insert("google".into(), vestibule::user::SocialIdentity::new("jane-at-google"));
    });
    let info = |id: &str| SocialUserInfo {
        name: Some("Jane Synced".into()),
        avatar: Some("https://pics.example/jane.png".into()),
        ..SocialUserInfo::new(id)
    };
    for (connector, id, name) in [
        ("github-connector", "jane-at-github", "Jane"),
        ("google-connector", "jane-at-google", "Jane Synced"),
    ] {
        let person = house.sign_in();
        let record = person.social(connector, info(id));
        person.identify(record).unwrap();
        person.run(&Submit).unwrap();
        assert_eq!(house.account(&jane).name.as_deref(), Some(name), "{connector}");
    }
}

#[test]
fn v8_a_social_record_belongs_to_its_connector() {
    let house = House::with(json!({}));
    let person = house.sign_in();
    assert_eq!(
        person.code(&StartSocial::new("no-connector", "s", "https://app.example")),
        "entity.not_found"
    );
    assert_eq!(
        person.code(&StartSocial::new("github-connector", "s".repeat(2049), "x")),
        "guard.invalid_input"
    );
    let empty = StartSocial::new("github-connector", "", "https://app.example");
    assert_eq!(person.code(&empty), "session.insufficient_info");
    let id = person.run(&StartSocial::new("github-connector", "state", "https://app.example")).unwrap();
    let pending = person.run(&PendingSocial::of("github-connector", id)).unwrap();
    assert_eq!(pending.redirect_uri, "https://app.example");
    for (info, code) in [("", "guard.invalid_input"), ("42", "session.verification_failed")] {
        let verify = VerifySocial::new("github-connector", id, "another", SocialUserInfo::new(info));
        assert_eq!(person.code(&verify), code);
    }
    let verify = |connector: &str, id| VerifySocial::new(connector, id, "state", SocialUserInfo::new("42"));
    assert_eq!(person.code(&verify("google-connector", id)), "session.verification_session_not_found");
    let unknown = VerificationId::named_by("unknown");
    assert_eq!(person.code(&verify("github-connector", unknown)), "session.verification_session_not_found");
    let (code, _) = person.send(&email("new@example.com"));
    assert_eq!(person.code(&verify("github-connector", code)), "session.verification_session_not_found");
    assert_eq!(person.run(&verify("github-connector", id)), Ok(id));
    assert_eq!(person.code(&verify("github-connector", id)), "session.verification_failed", "it is final");
    assert_eq!(
        house.sign_in().code(&verify("github-connector", id)),
        "session.verification_session_not_found"
    );
}

#[test]
fn events_tell_what_happened_and_no_secret() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.sign_in();
    person.password(username("jane"), OTHER_PASSWORD).unwrap_err();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(id).unwrap();
    person.run(&Submit).unwrap();
    let events = house.take_events();
    let [failed, signed_in] = &events[..] else { panic!("two events: {events:?}") };
    assert_eq!((&failed.action, failed.operation), (&AuditAction::TryFailed, OperationName::VerifyPassword));
    assert_eq!((&signed_in.action, &signed_in.subject), (&AuditAction::SignedIn, &AuditSubject::User(jane)));
    assert!(!format!("{events:?}").contains(OTHER_PASSWORD));
}

#[test]
fn a_user_id_is_found_by_itself_too() {
    let house = House::open();
    let jane = house.add_jane();
    assert_eq!(house.owner(&UserId::parse("jane").unwrap().key()).unwrap().id, jane);
}
