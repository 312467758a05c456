//! The contract for speed: how many rounds, reads and writes each operation takes on its longest successful path. And
//! what nobody may learn from it: a stranger causes the same questions as somebody who is known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/driver.rs"]
mod driver;
#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use std::collections::BTreeMap;

use driver::{Cost, Trace, drive, id_after};
use factors::{code_of, totp_code, totp_secret};
use house::{House, OTHER_PASSWORD, PASSWORD, Person, by_email, email, username};
use serde_json::json;
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, CloseAccount, DecideMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, MfaContact,
    NameFactor, NewPasswordIdentity, OfferPasskeys, PendingSignInPasskey, PendingSocial, PendingSso,
    PendingWebAuthn, ProfilePayload, Removal, RemoveFromAccount, ResetPassword, SendCode, SendMfaCode, Start,
    StartSignInPasskey, StartSocial, StartSso, StartWebAuthn, Submit, SwitchEvent, UpdateProfile,
    UsedPasskey, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyOneTimeToken, VerifyPassword,
    VerifySignInPasskey, VerifySocial, VerifySso, VerifyTotp, VerifyWebAuthn, ViewAccount, ViewInteraction,
    WebAuthnCeremony, WebAuthnReport, WhatRemains,
};
use vestibule::identifier::{Contact, Email, UserId, VerificationId};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::me::{MePatch, SignedIn, UpdateMe, ViewMe};
use vestibule::operation::Operation;
use vestibule::operator::{
    AddFactor, CreateUser, DeleteClosedAccount, DeleteUser, FactorType, FindOneTimeToken, FindUser,
    IssueOneTimeToken, LinkIdentity, LinkSsoIdentity, NewUser, PatchMfa, PatchProfile, PatchUser,
    ProfilePatch, RekeyUser, RemoveFactor, RevokeOneTimeToken, SetOrganizations, SetPassword, SuspendUser,
    UnlinkIdentity, Unlock,
};
use vestibule::password::Argon2id;
use vestibule::password::PasswordHasher as _;
use vestibule::rejection::OperationName;
use vestibule::secret::Secret;
use vestibule::user::{
    BackupCode, FactorId, ReportedContact, SocialIdentity, SocialUserInfo, TotpFactor, User,
    UserOrganization, WebAuthnCredential,
};
use vestibule::verification::PendingChallenge;

type Row = (OperationName, usize, (usize, usize), usize, (usize, usize));

/// Each operation's longest successful path: rounds; reads of the users, and of the verifications; hashes; writes of the
/// users, and of the verifications. No operation takes more than three rounds; a round reads a store once at most.
const TABLE: &[Row] = &[
    (OperationName::Start, 1, (1, 0), 0, (0, 1)),
    (OperationName::SwitchEvent, 1, (0, 1), 0, (0, 1)),
    (OperationName::VerifyPassword, 3, (1, 1), 2, (1, 1)),
    (OperationName::SendCode, 2, (1, 1), 0, (0, 1)),
    (OperationName::VerifyCode, 2, (1, 2), 0, (0, 1)),
    (OperationName::NewPasswordIdentity, 2, (1, 1), 1, (0, 1)),
    (OperationName::StartSocial, 1, (0, 1), 0, (0, 1)),
    (OperationName::PendingSocial, 1, (0, 1), 0, (0, 0)),
    (OperationName::VerifySocial, 1, (0, 1), 0, (0, 1)),
    (OperationName::StartSso, 1, (0, 1), 0, (0, 1)),
    (OperationName::PendingSso, 1, (0, 1), 0, (0, 0)),
    (OperationName::VerifySso, 1, (0, 1), 0, (0, 1)),
    (OperationName::SendMfaCode, 3, (1, 2), 0, (0, 1)),
    (OperationName::VerifyMfaCode, 2, (0, 2), 0, (0, 1)),
    (OperationName::GenerateTotpSecret, 2, (1, 1), 0, (0, 1)),
    (OperationName::VerifyTotp, 2, (1, 2), 0, (1, 1)),
    (OperationName::GenerateBackupCodes, 1, (0, 1), 0, (0, 1)),
    (OperationName::VerifyBackupCode, 2, (1, 2), 0, (1, 1)),
    (OperationName::StartWebAuthn, 2, (1, 1), 0, (0, 1)),
    (OperationName::PendingWebAuthn, 1, (0, 1), 0, (0, 0)),
    (OperationName::VerifyWebAuthn, 2, (1, 2), 0, (1, 1)),
    (OperationName::OfferPasskeys, 1, (1, 1), 0, (0, 0)),
    (OperationName::StartSignInPasskey, 1, (0, 1), 0, (0, 1)),
    (OperationName::PendingSignInPasskey, 1, (0, 1), 0, (0, 0)),
    (OperationName::VerifySignInPasskey, 2, (1, 2), 0, (1, 1)),
    (OperationName::VerifyOneTimeToken, 1, (0, 1), 0, (0, 1)),
    (OperationName::Identify, 2, (1, 1), 0, (1, 1)),
    (OperationName::UpdateProfile, 3, (1, 2), 2, (0, 1)),
    (OperationName::BindMfa, 3, (2, 1), 0, (0, 1)),
    (OperationName::DecideMfa, 2, (1, 1), 0, (0, 1)),
    (OperationName::ResetPassword, 3, (1, 2), 2, (0, 1)),
    (OperationName::Submit, 3, (2, 1), 0, (1, 1)),
    (OperationName::RemoveFromAccount, 2, (1, 1), 0, (0, 1)),
    (OperationName::NameFactor, 2, (1, 1), 0, (0, 1)),
    (OperationName::CloseAccount, 2, (1, 1), 0, (1, 1)),
    (OperationName::ViewAccount, 2, (1, 1), 0, (0, 0)),
    (OperationName::ViewInteraction, 1, (0, 1), 0, (0, 0)),
    (OperationName::WhatRemains, 3, (2, 1), 0, (0, 0)),
    (OperationName::UpdateMe, 1, (1, 0), 0, (1, 0)),
    (OperationName::ViewMe, 1, (1, 0), 0, (0, 0)),
    (OperationName::CreateUser, 2, (1, 0), 1, (1, 0)),
    (OperationName::FindUser, 1, (1, 0), 0, (0, 0)),
    (OperationName::PatchUser, 2, (2, 0), 0, (1, 0)),
    (OperationName::PatchProfile, 1, (1, 0), 0, (1, 0)),
    (OperationName::SetPassword, 2, (1, 0), 1, (1, 0)),
    (OperationName::SuspendUser, 1, (1, 0), 0, (1, 0)),
    (OperationName::LinkIdentity, 1, (1, 0), 0, (1, 0)),
    (OperationName::LinkSsoIdentity, 1, (1, 0), 0, (1, 0)),
    (OperationName::UnlinkIdentity, 1, (1, 0), 0, (1, 0)),
    (OperationName::AddFactor, 1, (1, 0), 0, (1, 0)),
    (OperationName::RemoveFactor, 1, (1, 0), 0, (1, 0)),
    (OperationName::PatchMfa, 1, (1, 0), 0, (1, 0)),
    (OperationName::SetOrganizations, 1, (1, 0), 0, (1, 0)),
    (OperationName::Unlock, 2, (1, 1), 0, (0, 1)),
    (OperationName::DeleteUser, 1, (1, 0), 0, (1, 0)),
    (OperationName::IssueOneTimeToken, 0, (0, 0), 0, (0, 1)),
    (OperationName::FindOneTimeToken, 1, (0, 1), 0, (0, 0)),
    (OperationName::RevokeOneTimeToken, 1, (0, 1), 0, (0, 1)),
    (OperationName::DeleteClosedAccount, 1, (1, 0), 0, (1, 0)),
    (OperationName::RekeyUser, 2, (2, 0), 0, (1, 0)),
];

/// Whatever can be asked is on.
fn house_of_everything() -> House {
    let house = House::with(json!({
        "signUp": {"identifiers": ["username"], "password": true},
        "emailBlocklistPolicy": {"blockDisposableAddresses": true},
        "mfa": {"factors": factors::ALL_FACTORS, "policy": "PromptAtSignInAndSignUp"},
        "passkeySignIn": {"enabled": true},
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [{"id": "acme", "domains": ["acme.example"], "issuer": "https://acme.example"}],
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.mfa.totp = Some(TotpFactor::new(totp_secret()));
        user.mfa.backup_codes = vec![BackupCode::new(&jane, "00000000aa")];
        user.mfa.web_authn = vec![credential("c1")];
        user.mfa.suggestion_skipped = true;
        user.mfa.enabled = Some(true);
    });
    house
}

fn credential(id: &str) -> WebAuthnCredential {
    let (id, rp_id) = (id.into(), "example.com".into());
    WebAuthnCredential {
        id,
        rp_id,
        public_data: String::new(),
        counter: 0,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }
}

fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() }
}

/// The costs that were seen, by operation: the greatest rounds count.
#[derive(Default)]
struct Seen(BTreeMap<OperationName, Cost>);

impl Seen {
    fn add<O: Operation>(&mut self, cost: Cost) {
        let seen = self.0.entry(O::NAME).or_insert(cost);
        if (cost.rounds, cost.hashes, cost.reads, cost.writes)
            > (seen.rounds, seen.hashes, seen.reads, seen.writes)
        {
            *seen = cost;
        }
    }

    /// Drives a step, and goes on with the id it gives.
    fn step<O>(&mut self, person: &Person<'_>, operation: &O) -> O::Output
    where
        O: Operation<Subject = Interaction>,
    {
        let id = person.id();
        let (decision, trace) = drive(person.house, operation, &id);
        self.add::<O>(trace.cost());
        person.id.replace(id_after(&decision, &id));
        decision.outcome.unwrap_or_else(|rejection| panic!("{}: {}", O::NAME.as_str(), rejection.code()))
    }

    fn act<O: Operation<Subject = ()>>(&mut self, house: &House, operation: &O) -> O::Output {
        let (decision, trace) = drive(house, operation, &());
        self.add::<O>(trace.cost());
        decision.outcome.unwrap_or_else(|rejection| panic!("{}: {}", O::NAME.as_str(), rejection.code()))
    }

    fn prove(&mut self, person: &Person<'_>, contact: &Contact, event: InteractionEvent) -> VerificationId {
        let sent = self.step(person, &SendCode::new(contact.clone(), event));
        let code = sent.message.unwrap().code;
        self.step(person, &VerifyCode::new(contact.clone(), sent.verification_id, code.expose()))
    }
}

/// A sign-in, with every factor, and everything that can be staged.
fn sign_in(house: &House, seen: &mut Seen) {
    let first: InteractionId = seen.act(house, &Start::new(SignIn));
    let person = house.person(seen.act(house, &Start::new(SignIn).replacing(first)));
    seen.step(&person, &SwitchEvent::to(Register));
    seen.step(&person, &SwitchEvent::to(SignIn));
    // The longest: a digest of an outdated scheme.
    let jane = UserId::parse("jane").unwrap();
    let outdated = Argon2id::new(16, 1, 1).unwrap().hash(PASSWORD, &[2; 16]).unwrap();
    house.change(&jane, |user| user.set_password(outdated, house.now.get()));
    let id = seen.step(&person, &VerifyPassword::new(username("jane"), PASSWORD));
    seen.step(&person, &Identify::by(id));
    seen.step(&person, &VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0)));
    seen.step(&person, &VerifyBackupCode::new("00000000aa"));
    let sent = seen.step(&person, &SendMfaCode::to(MfaContact::Email));
    let code = sent.message.unwrap().code;
    seen.step(&person, &VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code.expose()));
    let started = seen.step(&person, &StartWebAuthn::new(WebAuthnCeremony::Authentication, pending()));
    seen.step(&person, &PendingWebAuthn::of(started));
    let used =
        WebAuthnReport::Authenticated { credential_id: "c1".into(), rp_id: "example.com".into(), counter: 1 };
    seen.step(&person, &VerifyWebAuthn::new(started, used));
    let codes = seen.step(&person, &GenerateBackupCodes);
    seen.step(&person, &BindMfa::new(MfaFactor::BackupCode, codes.verification_id));
    seen.step(&person, &DecideMfa::Skip);
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("j@google.example")),
        ..SocialUserInfo::new("g1")
    };
    let social = seen.step(&person, &StartSocial::new("google-connector", "state", "https://app.example"));
    seen.step(&person, &PendingSocial::of("google-connector", social));
    seen.step(&person, &VerifySocial::new("google-connector", social, "state", info));
    seen.step(&person, &UpdateProfile::new(ProfilePayload::social(social)));
    seen.step(&person, &ViewInteraction);
    seen.step(&person, &WhatRemains);
    seen.step(&person, &Submit);
}

/// A registration that binds a new app and a new mailbox, and the ways in that need no password.
fn register_and_more(house: &House, seen: &mut Seen) {
    let person = house.person(seen.act(house, &Start::new(Register)));
    let id = seen.step(&person, &NewPasswordIdentity::new("newcomer", OTHER_PASSWORD));
    seen.step(&person, &UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD)));
    let made = seen.step(&person, &Identify::by(id));
    let new = seen.step(&person, &GenerateTotpSecret::new("Shop"));
    seen.step(&person, &VerifyTotp::of_new_secret(code_of(house, &new), new.verification_id));
    seen.step(&person, &BindMfa::new(MfaFactor::Totp, new.verification_id));
    let contact = email("newcomer@example.com");
    let id = seen.prove(&person, &contact, Register);
    seen.step(&person, &BindMfa::new(MfaFactor::EmailVerificationCode, id));
    let codes = seen.step(&person, &GenerateBackupCodes);
    seen.step(&person, &BindMfa::new(MfaFactor::BackupCode, codes.verification_id));
    seen.step(&person, &DecideMfa::SkipPasskey);
    seen.step(&person, &Submit);

    let person = house.person(seen.act(house, &Start::new(Register)));
    let id = seen.prove(&person, &email("second@example.com"), Register);
    seen.step(&person, &UpdateProfile::new(ProfilePayload::username("second")));
    seen.step(&person, &UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD)));
    seen.step(&person, &Identify::by(id));

    let person = house.person(seen.act(house, &Start::new(SignIn)));
    seen.step(&person, &OfferPasskeys::new(username("jane"), "a secret of the host's"));
    let started = seen.step(&person, &StartSignInPasskey::new(pending()));
    seen.step(&person, &PendingSignInPasskey::of(started));
    let used = UsedPasskey {
        credential_id: "c1".into(),
        rp_id: "example.com".into(),
        counter: 2,
        user_verified: true,
    };
    seen.step(&person, &VerifySignInPasskey::new(started, Some(used)));
    let started = seen.step(&person, &StartSso::new("acme", "state", "https://app.example"));
    seen.step(&person, &PendingSso::of("acme", started));
    seen.step(&person, &VerifySso::new("acme", started, "state", SocialUserInfo::new("a1")));
    let issued = seen.act(house, &IssueOneTimeToken::new(Email::parse("new@example.com").unwrap()));
    let token = VerifyOneTimeToken::new(Email::parse("new@example.com").unwrap(), issued.token.expose());
    seen.step(&person, &token);
    let unused = seen.act(house, &IssueOneTimeToken::new(Email::parse("new@example.com").unwrap()));
    seen.act(house, &FindOneTimeToken::new(&unused.view.id));
    seen.act(house, &RevokeOneTimeToken::new(unused.view.id));
    acts_on(house, seen, made.user_id);
}

/// What a signed-in person and an operator do with an account.
fn acts_on(house: &House, seen: &mut Seen, id: UserId) {
    let patch = MePatch::default().username("renamed").first_name("New");
    seen.act(house, &UpdateMe::new(SignedIn::new(id.clone(), house.now.get()), patch));
    seen.act(house, &ViewMe::new(SignedIn::new(id.clone(), house.now.get())));
    let id = id.as_str();
    let new = NewUser { password: Some(Secret::new(PASSWORD).into()), ..NewUser::default() };
    let email = Some(Email::parse("made@example.com").unwrap());
    seen.act(house, &CreateUser::new(NewUser { primary_email: email, ..new }));
    seen.act(house, &FindUser::new(id));
    seen.act(house, &LinkIdentity::new(id, "github", SocialIdentity::new("7")));
    seen.act(house, &AddFactor::new(id, FactorType::Totp));
    seen.act(house, &PatchProfile::new(id, ProfilePatch::from_json(&json!({"profile": {"nickname": "n"}}))));
    let patch = serde_json::from_value(
        json!({"username": "patched", "primaryEmail": "patched@example.com", "primaryPhone": "61400000009"}),
    );
    seen.act(house, &PatchUser::new(id, patch.unwrap()));
    let password = serde_json::from_value(json!({"password": PASSWORD, "isExpired": true})).unwrap();
    seen.act(house, &SetPassword::new(id, password));
    seen.act(house, &LinkSsoIdentity::new(id, "acme", "a2", None));
    seen.act(house, &UnlinkIdentity::sso(id, "acme"));
    seen.act(house, &PatchMfa::new(id, serde_json::from_value(json!({"skipped": true})).unwrap()));
    seen.act(house, &RemoveFactor::new(id, FactorId::Totp));
    let organization = UserOrganization { id: "acme".into(), is_mfa_required: false };
    seen.act(house, &SetOrganizations::new(id, vec![organization]));
    seen.act(house, &Unlock::user(id));
    seen.act(house, &RekeyUser::new(id));
    seen.act(house, &SuspendUser::new(id, true));
    seen.act(house, &DeleteUser::new(id));
}

/// One's own account, with everything held.
fn manage(house: &House, seen: &mut Seen) {
    let jane = UserId::parse("jane").unwrap();
    house.change(&jane, |user| user.mfa.totp = Some(TotpFactor::new(totp_secret())));
    let start = Start::account(jane.clone(), house::SESSION, house.now.get());
    let person = house.person(seen.act(house, &start));
    seen.step(&person, &VerifyPassword::new(username("jane"), PASSWORD));
    seen.step(&person, &VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0)));
    seen.step(&person, &UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD)));
    seen.step(&person, &RemoveFromAccount::new(Removal::Phone));
    let key = house.account(&jane).mfa.web_authn.first().map(|own| own.id.clone()).unwrap();
    seen.step(&person, &NameFactor::new(FactorId::WebAuthn(key), "blue"));
    seen.step(&person, &ViewAccount);
    seen.step(&person, &WhatRemains);
    seen.step(&person, &Submit);
    let closing =
        house.person(seen.act(house, &Start::account(jane.clone(), house::SESSION, house.now.get())));
    seen.step(&closing, &VerifyPassword::new(username("jane"), OTHER_PASSWORD));
    house.wait(chrono::TimeDelta::minutes(1));
    seen.step(&closing, &VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0)));
    let due = seen.step(&closing, &CloseAccount);
    house.wait(due - house.now.get());
    seen.act(house, &DeleteClosedAccount::new(jane));
}

fn recover(house: &House, seen: &mut Seen) {
    let person = house.person(seen.act(house, &Start::new(ForgotPassword)));
    let id = seen.prove(&person, &email("jane@example.com"), ForgotPassword);
    seen.step(&person, &Identify::by(id));
    seen.step(&person, &ResetPassword::new(OTHER_PASSWORD));
    seen.step(&person, &Submit);
}

#[test]
fn the_table_of_rounds_reads_and_writes() {
    let (house, mut seen) = (house_of_everything(), Seen::default());
    sign_in(&house, &mut seen);
    register_and_more(&house, &mut seen);
    manage(&house_of_everything(), &mut seen);
    recover(&house, &mut seen);
    let found: Vec<_> = OperationName::ALL
        .iter()
        .filter_map(|name| Some((*name, *seen.0.get(name)?)))
        .map(|(name, cost)| (name, cost.rounds, cost.reads, cost.hashes, cost.writes))
        .collect();
    for (found, expected) in found.iter().zip(TABLE) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), OperationName::ALL.len(), "every operation is in the table");
    assert!(TABLE.iter().all(|(_, rounds, ..)| *rounds <= 3));
}

/// What comes of a step, and what it asked and wrote.
fn watched<O: Operation<Subject = Interaction>>(
    house: &House,
    event: InteractionEvent,
    operation: &O,
) -> (Option<&'static str>, Trace) {
    let person = house.start(event);
    let (decision, trace) = drive(house, operation, &person.id());
    (decision.outcome.err().map(|rejection| rejection.code()), trace)
}

#[test]
fn v1_a_stranger_and_somebody_known_cause_the_same_work() {
    let house = House::open();
    house.add_jane();
    house.add("joe", |user: &mut User| {
        user.primary_email = Some(Email::parse("joe@example.com").unwrap());
    });
    for identifier in
        [by_email("jane@example.com"), by_email("joe@example.com"), by_email("nobody@example.com")]
    {
        let (code, trace) = watched(&house, SignIn, &VerifyPassword::new(identifier.clone(), OTHER_PASSWORD));
        assert_eq!(code, Some("session.invalid_credentials"), "{identifier:?}");
        assert_eq!(trace.shape(), [[1, 2, 0, 0], [0, 0, 1, 0]], "{identifier:?}");
        assert_eq!((trace.writes_user, trace.writes_entries), (false, true), "{identifier:?}");
    }
    // A text that could be nobody's has no key to ask for; it costs the hash all the same.
    let (_, trace) = watched(&house, SignIn, &VerifyPassword::new(by_email("no address"), OTHER_PASSWORD));
    assert_eq!(trace.shape(), [[0, 2, 0, 0], [0, 0, 1, 0]]);
}

#[test]
fn v4_a_stranger_and_somebody_known_cause_the_same_questions() {
    let house = House::with(json!({"signInMode": "SignIn"}));
    house.add_jane();
    for (interaction, event) in [(SignIn, SignIn), (ForgotPassword, ForgotPassword), (SignIn, Register)] {
        let of = |text| watched(&house, interaction, &SendCode::new(email(text), event));
        let ((code, jane), (no_code, nobody)) = (of("jane@example.com"), of("nobody@example.com"));
        assert_eq!((code, no_code), (None, None));
        assert_eq!(jane.shape(), nobody.shape());
        assert_eq!(jane.cost(), nobody.cost());
    }
}
