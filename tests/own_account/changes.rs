//! What is changed, and told (C-3 to C-7, C-9).

use chrono::TimeDelta;
use serde_json::json;
use vestibule::audit::AuditAction;
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, GenerateBackupCodes, NameFactor, ProfilePayload, Removal, RemoveFromAccount, StartSso, Submit,
    UpdateProfile, VerifyBackupCode, VerifySso, VerifyTotp, ViewInteraction,
};
use vestibule::identifier::{Contact, Email, UserId};
use vestibule::rejection::Rejection;
use vestibule::user::{FactorId, ReportedContact, SocialUserInfo, SsoIdentity};

use crate::factors::{
    ALL_FACTORS, credential, house_with, totp_code, totp_secret, with_backup_codes, with_totp,
};
use crate::house::{House, PASSWORD, Person, email, phone, username};

/// Whoever has proved to be Jane.
fn owner<'h>(house: &'h House, jane: &UserId) -> Person<'h> {
    let person = house.manage(jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person
}

/// What was told of the account, and to whom.
fn told(house: &House) -> Vec<(AuditAction, Vec<Contact>)> {
    house.take_events().into_iter().map(|event| (event.action, event.notify)).collect()
}

#[test]
fn c3_a_contact_is_replaced_by_a_code_to_the_new_one_and_the_old_one_is_told() {
    let house = House::open();
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let record = person.prove(&email("new@example.com"));
    person.run(&UpdateProfile::new(ProfilePayload::email(record))).unwrap();
    let record = person.prove(&phone("61400000000"));
    person.run(&UpdateProfile::new(ProfilePayload::phone(record))).unwrap();
    house.take_events();
    let submitted = person.run(&Submit).unwrap();
    assert!(!submitted.ends_other_sessions);
    let account = house.account(&jane);
    assert_eq!(account.primary_email.as_ref().unwrap().as_str(), "new@example.com");
    assert_eq!(account.email_verified_at, Some(house.now.get()));
    assert!(house.owner(&email("jane@example.com").key()).is_none(), "the old one is free");
    let told = told(&house);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].0, AuditAction::EmailSet);
    for address in ["jane@example.com", "new@example.com"] {
        assert!(told[0].1.contains(&email(address)), "{address} is told");
    }
    assert!(told[1].1.contains(&phone("61412345678")) && told[1].1.contains(&phone("61400000000")));
}

#[test]
fn c3_a_contact_that_somebody_took_meanwhile_is_refused_and_nothing_is_written() {
    let house = House::open();
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let record = person.prove(&email("new@example.com"));
    person.run(&UpdateProfile::new(ProfilePayload::email(record))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::username("jane_2"))).unwrap();
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("new@example.com").unwrap()));
    let before = house.account(&jane);
    assert_eq!(person.code(&Submit), "user.email_already_in_use");
    assert_eq!(house.account(&jane), before, "all or nothing");
    assert_eq!(person.code(&UpdateProfile::new(ProfilePayload::email(record))), "user.email_already_in_use");
    house.change(&joe, |user| user.primary_email = None);
    person.run(&Submit).unwrap();
}

#[test]
fn c3_the_blocklist_is_asked_of_a_new_email_before_it_is_sent_to() {
    let house = House::with(json!({"emailBlocklistPolicy": {"customBlocklist": ["@evil.example"]}}));
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let send = |address| {
        vestibule::flow::SendCode::new(email(address), vestibule::experience::InteractionEvent::Account)
    };
    assert_eq!(person.code(&send("jane@evil.example")), "session.email_blocklist.email_not_allowed");
    house.change(&jane, |user| user.primary_email = Some(Email::parse("jane@evil.example").unwrap()));
    person.run(&send("jane@evil.example")).unwrap();
}

#[test]
fn c5_a_password_is_replaced_or_removed_and_other_sessions_end() {
    let house = House::open();
    let jane = house.add_jane();
    let set = |text: &str| UpdateProfile::new(ProfilePayload::password(text));
    let person = owner(&house, &jane);
    assert_eq!(person.code(&set(PASSWORD)), "user.same_password");
    assert_eq!(person.code(&set("short")), "password.rejected");
    person.run(&set("Xu8mTr2kNe")).unwrap();
    let opened = house.now.get();
    house.wait(TimeDelta::seconds(1));
    assert!(person.run(&Submit).unwrap().ends_other_sessions);
    assert!(!house.account(&jane).keeps_session(opened));
    assert!(house.sign_in().password(username("jane"), "Xu8mTr2kNe").is_ok());

    let person = house.manage(&jane);
    person.password(username("jane"), "Xu8mTr2kNe").unwrap();
    person.run(&RemoveFromAccount::new(Removal::Password)).unwrap();
    let opened = house.now.get();
    house.wait(TimeDelta::seconds(1));
    house.take_events();
    assert!(person.run(&Submit).unwrap().ends_other_sessions);
    let account = house.account(&jane);
    assert!(account.password.is_none() && !account.keeps_session(opened));
    assert!(told(&house).iter().any(|(change, _)| *change == AuditAction::PasswordRemoved));
}

/// Whoever has a session and something that proves it, a mailbox say, has no more guesses at the password than elsewhere.
#[test]
fn c5_the_comparison_is_a_try_with_a_recoverys() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.prove(&email("jane@example.com"));
    let guess = |n: usize| UpdateProfile::new(ProfilePayload::password(format!("Xu8mTr2kNe{n}")));
    for n in 0..9 {
        person.run(&guess(n)).unwrap();
    }
    let recovery = house.recover();
    let record = recovery.prove(&email("jane@example.com"));
    recovery.identify(record).unwrap();
    recovery.run(&vestibule::flow::ResetPassword::new("Xu8mTr2kNe")).unwrap();
    let rejection = person.run(&guess(10)).unwrap_err();
    assert!(matches!(rejection, Rejection::VerificationBlocked(_)), "{rejection:?}");
}

#[test]
fn c6_identities_are_linked_replaced_and_unlinked() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let other = person.social("github-connector", SocialUserInfo::new("another"));
    let link = ProfilePayload::social(other);
    assert_eq!(person.code(&UpdateProfile::new(link.clone())), "user.social_account_exists_in_profile");
    person.run(&UpdateProfile::new(link.replacing())).unwrap();
    let google = person.social("google-connector", SocialUserInfo::new("g"));
    person.run(&UpdateProfile::new(ProfilePayload::social(google))).unwrap();
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    assert_eq!(account.identities["github"].user_id, "jane-at-github", "one of a kind is staged (P-12)");
    assert_eq!(account.identities["google"].user_id, "g");

    let person = owner(&house, &jane);
    let unlink = |target: &str| RemoveFromAccount::new(Removal::SocialIdentity(target.into()));
    assert_eq!(person.code(&unlink("gitlab")), "user.identity_not_exist");
    person.run(&unlink("github")).unwrap();
    let other = person.social("github-connector", SocialUserInfo::new("another"));
    person.run(&UpdateProfile::new(ProfilePayload::social(other))).unwrap();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).identities["github"].user_id, "another");
}

#[test]
fn c6_an_enterprise_identity_is_linked_and_unlinked() {
    let house = House::with(json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [{"id": "corp", "issuer": "https://corp.example", "domains": ["corp.example"]}],
    }));
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let id = person.run(&StartSso::new("corp", "state", "https://app.example/callback")).unwrap();
    let told = SocialUserInfo::new("jane-at-corp");
    let verified = VerifySso::new("corp", id, "state", told);
    person.run(&verified).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::sso(id))).unwrap();
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    let linked =
        SsoIdentity { issuer: "https://corp.example".into(), user_id: "jane-at-corp".into(), details: None };
    assert_eq!(account.sso_identities[0].key(), linked.key());
    assert_eq!(account.primary_email.unwrap().as_str(), "jane@example.com", "the contact is another matter");
    let person = owner(&house, &jane);
    let unlink = |id: &str| RemoveFromAccount::new(Removal::SsoIdentity(id.into()));
    assert_eq!(person.code(&unlink("nobody")), "user.identity_not_exist");
    person.run(&unlink("corp")).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&jane).sso_identities.is_empty());
    // Elsewhere it is nothing to stage: there it signs in.
    let signs_in = house.sign_in().into_jane();
    let id = signs_in.run(&StartSso::new("corp", "state", "https://app.example/callback")).unwrap();
    assert_eq!(signs_in.code(&UpdateProfile::new(ProfilePayload::sso(id))), "guard.invalid_input");
}

#[test]
fn c6_an_enterprise_identity_is_linked_whatever_email_its_provider_tells() {
    let house = House::with(json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [{"id": "corp", "issuer": "https://corp.example", "domains": ["corp.example"]}],
        "emailBlocklistPolicy": {"blockSubaddressing": true},
    }));
    let jane = house.add_jane();
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@corp.example").unwrap()));
    for address in ["joe@corp.example", "jane+work@corp.example"] {
        let person = owner(&house, &jane);
        let id = person.run(&StartSso::new("corp", "state", "https://app.example/callback")).unwrap();
        // Control: what nobody has proved yet links nothing.
        let link = UpdateProfile::new(ProfilePayload::sso(id).replacing());
        assert_eq!(person.code(&link), "session.verification_failed");
        let email = Some(ReportedContact::verified(address));
        let told = SocialUserInfo { email, ..SocialUserInfo::new(address) };
        person.run(&VerifySso::new("corp", id, "state", told)).unwrap();
        person.run(&link).unwrap();
        person.run(&Submit).unwrap();
        let account = house.account(&jane);
        assert_eq!(account.sso_identities[0].user_id, address);
        assert_eq!(account.primary_email.unwrap().as_str(), "jane@example.com");
    }
    // Control: the identity itself is one account's.
    let issuer = "https://corp.example".to_owned();
    house.change(&joe, |user| {
        user.sso_identities = vec![SsoIdentity { issuer, user_id: "joes".into(), details: None }];
    });
    let person = owner(&house, &jane);
    let id = person.run(&StartSso::new("corp", "state", "https://app.example/callback")).unwrap();
    person.run(&VerifySso::new("corp", id, "state", SocialUserInfo::new("joes"))).unwrap();
    let link = UpdateProfile::new(ProfilePayload::sso(id).replacing());
    assert_eq!(person.code(&link), "user.identity_already_in_use");
}

#[test]
fn c7_factors_are_listed_named_and_removed() {
    let house = house_with(&ALL_FACTORS, "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
        user.mfa.web_authn = vec![credential("c1"), credential("c2")];
    });
    let person = owner(&house, &jane);
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let view = serde_json::to_value(person.run(&vestibule::flow::ViewAccount).unwrap()).unwrap();
    let ids: Vec<_> = view["factors"].as_array().unwrap().iter().map(|factor| &factor["id"]).collect();
    assert_eq!(ids, ["c1", "c2", "Totp", "BackupCode"]);
    assert_eq!(view["factors"][3]["left"], 2);
    assert!(!view.to_string().contains("GEZDGNBV"));
    let key = |id: &str| FactorId::WebAuthn(id.into());
    for bad in ["", " ", "\u{202e}", &"x".repeat(129)] {
        assert_eq!(person.code(&NameFactor::new(key("c1"), bad)), "guard.invalid_input");
    }
    assert_eq!(person.code(&NameFactor::new(key("c3"), "x")), "session.mfa.mfa_factor_not_enabled");
    assert_eq!(person.code(&NameFactor::new(FactorId::Totp, "x")), "session.mfa.mfa_factor_not_enabled");
    person.run(&NameFactor::new(key("c1"), " the blue one ")).unwrap();
    let remove = |factor| RemoveFromAccount::new(Removal::Factor(factor));
    assert_eq!(person.code(&remove(key("c3"))), "session.mfa.mfa_factor_not_enabled");
    person.run(&remove(key("c2"))).unwrap();
    person.run(&remove(FactorId::BackupCodes)).unwrap();
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!(view["removals"]["factors"], json!(["BackupCode", "c2"]));
    house.take_events();
    person.run(&Submit).unwrap();
    let mfa = house.account(&jane).mfa;
    assert_eq!((mfa.web_authn.len(), mfa.web_authn[0].name.as_deref()), (1, Some("the blue one")));
    assert!(mfa.backup_codes.is_empty() && mfa.totp.is_some());
    assert_eq!(told(&house).len(), 3);
}

#[test]
fn c7_backup_codes_go_with_the_last_factor_they_stand_beside() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
    });
    let person = owner(&house, &jane);
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    person.run(&RemoveFromAccount::new(Removal::Factor(FactorId::Totp))).unwrap();
    person.run(&Submit).unwrap();
    let mfa = house.account(&jane).mfa;
    assert!(mfa.totp.is_none() && mfa.backup_codes.is_empty());
}

#[test]
fn c7_backup_codes_that_stand_alone_go_with_nothing_else() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, with_backup_codes);
    let person = owner(&house, &jane);
    person.run(&VerifyBackupCode::new("00000000aa")).unwrap();
    person.run(&RemoveFromAccount::new(Removal::Email)).unwrap();
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    assert_eq!((account.primary_email, account.mfa.backup_codes.len()), (None, 2));
}

#[test]
fn a5_a_code_to_ones_own_contact_proves_it() {
    let house = House::open();
    let jane = house.add_jane();
    assert_eq!(house.account(&jane).email_verified_at, None, "an operator typed it");
    let person = house.manage(&jane);
    person.prove(&email("jane@example.com"));
    person.run(&UpdateProfile::new(ProfilePayload::username("jane_2"))).unwrap();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).email_verified_at, Some(house.now.get()));
}

#[test]
fn n14_whoever_links_a_connectors_identity_joins_its_organisations() {
    let house = House::with(json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [{"id": "corp", "issuer": "https://corp.example", "domains": ["corp.example"]}],
        "organizations": [{"id": "org", "ssoConnectorIds": ["corp"]}],
    }));
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    let id = person.run(&StartSso::new("corp", "state", "https://app.example/callback")).unwrap();
    person.run(&VerifySso::new("corp", id, "state", SocialUserInfo::new("j"))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::sso(id))).unwrap();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).organizations[0].id, "org");
}

#[test]
fn c7_backup_codes_need_a_factor_that_stays() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let person = owner(&house, &jane);
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    let bind = BindMfa::new(MfaFactor::BackupCode, codes);
    person.run(&RemoveFromAccount::new(Removal::Factor(FactorId::Totp))).unwrap();
    assert_eq!(person.code(&bind), "session.mfa.backup_code_can_not_be_alone");
    let kept = owner(&house, &jane);
    house.wait(TimeDelta::minutes(1));
    kept.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let codes = kept.run(&GenerateBackupCodes).unwrap().verification_id;
    kept.run(&BindMfa::new(MfaFactor::BackupCode, codes)).unwrap();
    kept.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).mfa.backup_codes.len(), 10);
}

#[test]
fn c9_an_email_that_is_bound_as_a_factor_is_told_of_it() {
    let house = house_with(&["EmailVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    let person = owner(&house, &jane);
    person.prove(&phone("61412345678"));
    person.prove(&email("jane@example.com"));
    let record = person.prove(&email("new@example.com"));
    person.run(&BindMfa::new(MfaFactor::EmailVerificationCode, record)).unwrap();
    house.take_events();
    person.run(&Submit).unwrap();
    let told = told(&house);
    let (_, notify) = told.iter().find(|(change, _)| *change == AuditAction::EmailSet).unwrap();
    assert!(notify.contains(&email("new@example.com")) && notify.contains(&email("jane@example.com")));
}

#[test]
fn c7_under_a_no_skip_policy_the_last_factor_stays() {
    let house = house_with(&["Totp", "WebAuthn", "EmailVerificationCode"], "Mandatory");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let remove = |what| RemoveFromAccount::new(what);
    let refused = "session.mfa.mfa_policy_not_user_controlled";
    let person = owner(&house, &jane);
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    // The email is a factor by being there (C-8): the app may go, and then the email may not.
    person.run(&remove(Removal::Factor(FactorId::Totp))).unwrap();
    assert_eq!(person.code(&remove(Removal::Email)), refused);
    person.run(&Submit).unwrap();
    assert!(house.account(&jane).mfa.totp.is_none());
}
