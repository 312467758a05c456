//! Any two operations on one interaction or one account, in every order of their reads and writes (I-9, V-16, L-2, N-13,
//! S-11): the answers are those of one after the other, and so is what is stored. No threads, no luck.
//!
//! There is one thing that two in a row do not show: an operation that wrote the account and then found that its
//! interaction has another id (I-6) is answered 404, and what it wrote stands. Its client tries again with the new id, and
//! then it is granted: nothing of the owner's is spent in vain. Where the interaction is over, what was used stays used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "interleavings/own_account.rs"]
mod own_account;
#[path = "support/snapshot.rs"]
mod snapshot;

use serde_json::{Value, json};
use snapshot::{Act, ActOf, Ended, Schedules, Seeded, Snapshot, StepOf, World, now};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, DecideMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, MfaContact, NewPasswordIdentity,
    ProfilePayload, ResetPassword, SendCode, SendMfaCode, Start, StartSocial, StartWebAuthn, Submit,
    SwitchEvent, UpdateProfile, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyOneTimeToken,
    VerifyPassword, VerifySocial, VerifyTotp, VerifyWebAuthn, ViewInteraction, WebAuthnCeremony,
    WebAuthnReport, WhatRemains,
};
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, Phone, UserId, Username};
use vestibule::interaction::{InteractionEvent, InteractionId};
use vestibule::me::{MePatch, SignedIn, UpdateMe};
use vestibule::operator::{
    DeleteUser, IssueOneTimeToken, LinkIdentity, PatchProfile, PatchUser, ProfilePatch, RemoveFactor,
    SetOrganizations, SuspendUser, Unlock,
};
use vestibule::secret::{PasswordDigest, Secret};
use vestibule::user::{
    BackupCode, FactorId, SocialIdentity, SocialUserInfo, TotpFactor, TotpSecret, User, WebAuthnCredential,
};
use vestibule::verification::PendingChallenge;

const GONE: &str = "session.interaction_not_found";
const PASSWORD: &str = "Zk7vQw9pLm";

/// Two operations, each on an interaction of its own or both on one.
struct Meeting<'a> {
    world: &'a World,
    before: &'a Snapshot,
    acts: [&'a dyn Act; 2],
    ids: [InteractionId; 2],
}

impl Meeting<'_> {
    fn names(&self) -> String {
        format!("{} and {}", self.acts[0].name(), self.acts[1].name())
    }

    /// Both, as the schedule says.
    fn interleaved(&self, schedules: &mut Schedules) -> ([Ended; 2], Snapshot) {
        self.world.held.replace(self.before.clone());
        let entropy = [Seeded::new(1), Seeded::new(2)];
        let begin = |at: usize| self.acts[at].begin(self.world, &entropy[at], &self.ids[at]);
        let (ended, _) = snapshot::interleaved(vec![begin(0), begin(1)], schedules);
        (ended.try_into().unwrap(), self.world.held.borrow().clone())
    }

    /// One operation to its end, as the stores are now.
    fn alone(&self, at: usize, id: &InteractionId) -> Ended {
        let entropy = Seeded::new(at as u64 + 1);
        let mut going = self.acts[at].begin(self.world, &entropy, id);
        while !going.go_on() {}
        going.ended()
    }

    /// One after the other.
    fn in_turn(&self, first: usize) -> ([Ended; 2], Snapshot) {
        self.world.held.replace(self.before.clone());
        let second = 1 - first;
        let ended = [self.alone(first, &self.ids[first]), self.alone(second, &self.ids[second])];
        let [one, other] = if first == 0 {
            ended
        } else {
            let [b, a] = ended;
            [a, b]
        };
        ([one, other], self.world.held.borrow().clone())
    }

    /// What comes of an operation that was told its interaction is gone, and tries again where it went.
    fn tried_again(&self, ended: &[Ended; 2]) -> Option<(Ended, Snapshot)> {
        let lost = ended.iter().position(|(answer, _)| *answer == GONE)?;
        let new_id = ended[1 - lost].1.clone()?;
        Some((self.alone(lost, &new_id), self.world.held.borrow().clone()))
    }

    /// One after the other, the second with the id that the first gave.
    fn one_after_the_other(&self, first: usize) -> Option<(Ended, Snapshot)> {
        self.world.held.replace(self.before.clone());
        let new_id = self.alone(first, &self.ids[first]).1?;
        Some((self.alone(1 - first, &new_id), self.world.held.borrow().clone()))
    }

    /// Every order. Says how many there were.
    fn check(&self) -> usize {
        let in_turn = [self.in_turn(0), self.in_turn(1)];
        let mut schedules = Schedules::default();
        loop {
            let (ended, held) = self.interleaved(&mut schedules);
            let of_these = |turn: &&([Ended; 2], Snapshot)| turn.0 == ended;
            let expected: Vec<_> = in_turn.iter().filter(of_these).collect();
            assert!(!expected.is_empty(), "{} answer {ended:?}, never in turn", self.names());
            if !expected.iter().any(|turn| turn.1.holds_the_same_as(&held)) {
                self.check_nothing_is_lost(&ended, &held, &expected);
            }
            if !schedules.next() {
                return schedules.explored;
            }
        }
    }

    /// The account was written for an answer that did not come.
    fn check_nothing_is_lost(
        &self,
        ended: &[Ended; 2],
        held: &Snapshot,
        expected: &[&([Ended; 2], Snapshot)],
    ) {
        if let Some((again, after)) = self.tried_again(ended) {
            let lost = ended.iter().position(|(answer, _)| *answer == GONE).unwrap();
            let (answer, expected) = self.one_after_the_other(1 - lost).unwrap();
            assert_eq!(again, answer, "{}, tried again", self.names());
            assert_eq!(after.held(), expected.held(), "{}, tried again", self.names());
            return;
        }
        let used = |held: &Snapshot| held.held().whatever_was_used();
        // Or as a step left it that was allowed to, before the other took away what it was to be granted.
        let written = || [0, 1].iter().any(|&first| used(&self.in_turn(first).1).users == used(held).users);
        let same = expected.iter().any(|turn| used(&turn.1) == used(held)) || written();
        assert!(same, "{} answer {ended:?} and leave {:#?}", self.names(), held.held());
    }
}

fn settings() -> Value {
    json!({
        "signUp": {"identifiers": ["username"], "password": true},
        "signIn": {"methods": [
            {"identifier": "username", "password": true},
            {"identifier": "email", "password": true, "verificationCode": true},
        ]},
        "mfa": {"factors": ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode"], "policy": "NoPrompt"},
        "sentinelPolicy": {"maxAttempts": 2},
        "socialConnectors": [{"id": "github-connector", "target": "github"}],
    })
}

fn jane() -> User {
    let id = UserId::parse("jane").unwrap();
    let mut jane = User::new(id.clone(), now());
    jane.username = Some(Username::parse("jane").unwrap());
    jane.primary_email = Some(Email::parse("jane@example.com").unwrap());
    jane.set_password(PasswordDigest::new(PASSWORD), now());
    jane.mfa.totp = Some(TotpFactor::new(totp_secret()));
    jane.mfa.backup_codes = vec![BackupCode::new(&id, "00000000aa"), BackupCode::new(&id, "00000000bb")];
    jane.mfa.web_authn = vec![WebAuthnCredential {
        id: "c1".into(),
        rp_id: "example.com".into(),
        public_data: String::new(),
        counter: 3,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }];
    jane
}

fn totp_secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

fn totp_code(secret: &TotpSecret) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).unwrap();
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret);
    app.build().unwrap().generate(u64::try_from(now().timestamp()).unwrap()).to_string()
}

fn by_username(text: &str) -> ClaimedIdentifier {
    ClaimedIdentifier::new(IdentifierType::Username, text)
}

fn email(text: &str) -> Contact {
    Contact::Email(Email::parse(text).unwrap())
}

fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() }
}

fn start(world: &World, seed: u64, event: InteractionEvent) -> InteractionId {
    world.run(seed, &Start::new(event), &()).unwrap().output
}

/// A sign-in that has identified Jane by her password.
fn signed_in_as_jane(world: &World, seed: u64) -> InteractionId {
    let mut id = start(world, seed, InteractionEvent::SignIn);
    let proof = world.step(seed + 1, &VerifyPassword::new(by_username("jane"), PASSWORD), &mut id);
    world.step(seed + 2, &Identify::by(proof), &mut id);
    id
}

/// Everything that Jane could do next in a sign-in, with something begun of each kind.
fn steps(world: &World, id: &mut InteractionId) -> Vec<Box<dyn Act>> {
    let mailbox = email("new@example.com");
    let sent = world.step(100, &SendCode::new(mailbox.clone(), InteractionEvent::SignIn), id);
    let code = sent.message.unwrap().code;
    let mfa = world.step(101, &SendMfaCode::to(MfaContact::Email), id);
    let mfa_code = mfa.message.unwrap().code;
    let social = world.step(102, &StartSocial::new("github-connector", "state", "https://app.example"), id);
    let web_authn = world.step(103, &StartWebAuthn::new(WebAuthnCeremony::Authentication, pending()), id);
    let issue = IssueOneTimeToken::new(Email::parse("new@example.com").unwrap());
    let token = world.run(104, &issue, &()).unwrap().output.token;
    // Proved, so that a sign-in may stage and submit.
    world.step(105, &VerifyBackupCode::new("00000000bb"), id);
    let codes = world.step(106, &GenerateBackupCodes, id).verification_id;
    let report =
        WebAuthnReport::Authenticated { credential_id: "c1".into(), rp_id: "example.com".into(), counter: 9 };
    let (verification_id, mfa_id) = (sent.verification_id, mfa.verification_id);
    vec![
        Box::new(StepOf(VerifyTotp::of_own_secret(totp_code(&totp_secret())))),
        Box::new(StepOf(VerifyTotp::of_own_secret("000000"))),
        Box::new(StepOf(VerifyBackupCode::new("00000000aa"))),
        Box::new(StepOf(VerifyWebAuthn::new(web_authn, report))),
        Box::new(StepOf(VerifyCode::new(mailbox.clone(), verification_id, code.expose()))),
        Box::new(StepOf(VerifyCode::new(mailbox.clone(), verification_id, "wrong"))),
        Box::new(StepOf(VerifyMfaCode::new(MfaContact::Email, mfa_id, mfa_code.expose()))),
        Box::new(StepOf(VerifyPassword::new(by_username("jane"), PASSWORD))),
        Box::new(StepOf(VerifyPassword::new(by_username("jane"), "wrong"))),
        Box::new(StepOf(VerifySocial::new("github-connector", social, "state", SocialUserInfo::new("42")))),
        Box::new(StepOf(VerifyOneTimeToken::new(Email::parse("new@example.com").unwrap(), token.expose()))),
        Box::new(StepOf(SendCode::new(email("other@example.com"), InteractionEvent::SignIn))),
        Box::new(StepOf(GenerateTotpSecret::new("Shop"))),
        Box::new(StepOf(BindMfa::new(MfaFactor::BackupCode, codes))),
        Box::new(StepOf(DecideMfa::SkipSuggestion)),
        Box::new(StepOf(SwitchEvent::to(InteractionEvent::Register))),
        Box::new(StepOf(ViewInteraction)),
        Box::new(StepOf(WhatRemains)),
        Box::new(StepOf(Submit)),
    ]
}

/// A code to her own mailbox, so that a sign-in may be submitted.
fn prove_a_factor(world: &World, seed: u64, id: &mut InteractionId) {
    let sent = world.step(seed, &SendMfaCode::to(MfaContact::Email), id);
    let code = sent.message.unwrap().code;
    let verify = VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code.expose());
    world.step(seed + 1, &verify, id);
}

/// Every pair of some acts, each on the id that is given for it.
fn check_pairs(
    world: &World,
    acts: &[Box<dyn Act>],
    others: &[Box<dyn Act>],
    ids: &[InteractionId; 2],
) -> usize {
    let before = world.held.borrow().clone();
    let mut explored = 0;
    for (at, one) in acts.iter().enumerate() {
        // Two that meet in one interaction meet in either order.
        let met = if ids[0] == ids[1] && acts.len() == others.len() { at } else { 0 };
        for other in &others[met..] {
            let acts = [&**one, &**other];
            explored += Meeting { world, before: &before, acts, ids: ids.clone() }.check();
        }
    }
    explored
}

#[test]
fn any_two_steps_of_one_interaction() {
    let world = World::new(settings());
    world.add(jane());
    let mut id = signed_in_as_jane(&world, 10);
    let acts = steps(&world, &mut id);
    let explored = check_pairs(&world, &acts, &acts, &[id.clone(), id]);
    assert!(explored > 5_000, "{explored} orders");
}

#[test]
fn a_step_of_each_of_two_interactions_of_one_account() {
    let world = World::new(settings());
    world.add(jane());
    let mut id = signed_in_as_jane(&world, 10);
    let acts = steps(&world, &mut id);
    let mut second = signed_in_as_jane(&world, 20);
    let others: Vec<Box<dyn Act>> = vec![
        Box::new(StepOf(VerifyTotp::of_own_secret(totp_code(&totp_secret())))),
        Box::new(StepOf(VerifyBackupCode::new("00000000aa"))),
        Box::new(StepOf(VerifyTotp::of_own_secret("000000"))),
        Box::new(StepOf(VerifyPassword::new(by_username("jane"), "wrong"))),
        Box::new(StepOf(VerifyPassword::new(by_username("jane"), PASSWORD))),
        Box::new(StepOf(SendCode::new(email("new@example.com"), InteractionEvent::SignIn))),
        Box::new(StepOf(Submit)),
    ];
    prove_a_factor(&world, 25, &mut second);
    let explored = check_pairs(&world, &acts, &others, &[id, second]);
    assert!(explored > 3_000, "{explored} orders");
}

#[test]
fn a_submit_and_whatever_else_is_done_to_the_account() {
    let world = World::new(settings());
    world.add(jane());
    let jane = UserId::parse("jane").unwrap();
    let mut id = signed_in_as_jane(&world, 10);
    prove_a_factor(&world, 20, &mut id);
    let sent = world.step(30, &SendCode::new(phone(), InteractionEvent::SignIn), &mut id);
    let code = sent.message.unwrap().code;
    let proof = world.step(31, &VerifyCode::new(phone(), sent.verification_id, code.expose()), &mut id);
    world.step(32, &UpdateProfile::new(ProfilePayload::phone(proof)), &mut id);
    // The same phone, staged by a newcomer.
    let mut newcomer = start(&world, 40, InteractionEvent::Register);
    let sent = world.step(41, &SendCode::new(phone(), InteractionEvent::Register), &mut newcomer);
    let code = sent.message.unwrap().code;
    let proof = world.step(42, &VerifyCode::new(phone(), sent.verification_id, code.expose()), &mut newcomer);
    world.step(43, &UpdateProfile::new(ProfilePayload::phone(proof)), &mut newcomer);
    let named = world.step(44, &NewPasswordIdentity::new("newcomer", PASSWORD), &mut newcomer);
    // A recovery of Jane's.
    let mut recovery = start(&world, 50, InteractionEvent::ForgotPassword);
    let mailbox = email("jane@example.com");
    let sent =
        world.step(51, &SendCode::new(mailbox.clone(), InteractionEvent::ForgotPassword), &mut recovery);
    let code = sent.message.unwrap().code;
    let proof = world.step(52, &VerifyCode::new(mailbox, sent.verification_id, code.expose()), &mut recovery);
    world.step(53, &Identify::by(proof), &mut recovery);
    world.step(54, &ResetPassword::new("mNb8!kLp2x"), &mut recovery);

    let submit: Vec<Box<dyn Act>> = vec![Box::new(StepOf(Submit))];
    let acts: Vec<Box<dyn Act>> = vec![
        Box::new(ActOf(SuspendUser::new("jane", true))),
        Box::new(ActOf(DeleteUser::new("jane"))),
        Box::new(ActOf(UpdateMe::new(
            SignedIn::new(jane, chrono::DateTime::<chrono::Utc>::MAX_UTC),
            MePatch::default().username("renamed").first_name("J"),
        ))),
        Box::new(ActOf(PatchUser::new(
            "jane",
            serde_json::from_value(json!({"username": "patched", "customData": {"plan": "gold"}})).unwrap(),
        ))),
        Box::new(ActOf(LinkIdentity::new("jane", "google", SocialIdentity::new("g1")))),
        Box::new(ActOf(RemoveFactor::new("jane", FactorId::Totp))),
        Box::new(ActOf(SetOrganizations::new("jane", vec![]))),
        Box::new(ActOf(Unlock::user("jane"))),
        Box::new(ActOf(PatchProfile::new(
            "jane",
            ProfilePatch::from_json(&json!({"profile": {"nickname": "j"}})),
        ))),
    ];
    let mut explored = check_pairs(&world, &submit, &acts, &[id.clone(), id.clone()]);
    explored += check_pairs(&world, &submit, &submit, &[id.clone(), recovery]);
    let register: Vec<Box<dyn Act>> = vec![Box::new(StepOf(Identify::by(named)))];
    explored += check_pairs(&world, &submit, &register, &[id, newcomer]);
    assert!(explored > 100, "{explored} orders");
}

fn phone() -> Contact {
    Contact::Phone(Phone::parse("61412345678").unwrap())
}

#[test]
fn n13_two_registrations_and_one_name() {
    let world = World::new(settings());
    let proposed = |seed, name: &str| {
        let mut id = start(&world, seed, InteractionEvent::Register);
        let named = world.step(seed + 1, &NewPasswordIdentity::new(name, PASSWORD), &mut id);
        let identify: Vec<Box<dyn Act>> = vec![Box::new(StepOf(Identify::by(named)))];
        (id, identify)
    };
    let (one, identify) = proposed(10, "racer");
    let (other, identify_other) = proposed(20, "racer");
    let apart = check_pairs(&world, &identify, &identify_other, &[one.clone(), other]);
    let together = check_pairs(&world, &identify, &identify, &[one.clone(), one]);
    assert!(apart > 10 && together > 5, "{apart} and {together} orders");
}

const BLOCKED: &str = "session.verification_blocked_too_many_attempts";

/// L-2: one failure short of the lock, a right and a wrong try meet. In whatever order, the right one is refused where the
/// wrong one was counted before it was done.
fn check_lock(world: &World, right: &dyn Act, wrong: &dyn Act, ids: [InteractionId; 2], refusal: &str) {
    let (unlocked, entropy) = (world.held.borrow().clone(), Seeded::new(3));
    let mut first = wrong.begin(world, &entropy, &ids[1]);
    while !first.go_on() {}
    assert_eq!(first.ended().0, refusal);
    let before = world.held.borrow().clone();
    let (mut schedules, mut refused, mut granted) = (Schedules::default(), 0, 0);
    loop {
        world.held.replace(before.clone());
        let entropy = [Seeded::new(1), Seeded::new(2)];
        let goings = vec![right.begin(world, &entropy[0], &ids[0]), wrong.begin(world, &entropy[1], &ids[1])];
        let (ended, done) = snapshot::interleaved(goings, &mut schedules);
        if ended[1].0 == BLOCKED && done == [1, 0] {
            assert_eq!(ended[0].0, BLOCKED, "{}", right.name());
            refused += 1;
        } else {
            assert_eq!(ended[0].0, "ok", "{}", right.name());
            granted += 1;
        }
        if !schedules.next() {
            break;
        }
    }
    world.held.replace(unlocked);
    assert!(refused > 1 && granted > 1, "{}: {refused} refused, {granted} granted", right.name());
}

#[test]
fn l2_no_order_of_tries_gets_further_than_in_turn() {
    let world = World::new(settings());
    world.add(jane());
    let started = |seed| start(&world, seed, InteractionEvent::SignIn);
    let ids = || [started(10), started(11)];
    let password = |text| StepOf(VerifyPassword::new(by_username("jane"), text));
    let refusal = "session.invalid_credentials";
    check_lock(&world, &password(PASSWORD), &password("wrong"), ids(), refusal);

    let ids = [20, 30].map(|seed| signed_in_as_jane(&world, seed));
    let totp = |code: &str| StepOf(VerifyTotp::of_own_secret(code));
    let refusal = "session.mfa.invalid_totp_code";
    check_lock(&world, &totp(&totp_code(&totp_secret())), &totp("000000"), ids.clone(), refusal);
    let backup = |code: &str| StepOf(VerifyBackupCode::new(code));
    let refusal = "session.mfa.invalid_backup_code";
    check_lock(&world, &backup("00000000aa"), &backup("wrong"), ids.clone(), refusal);

    let mailbox = email("new@example.com");
    let mut sent = ids.iter().cloned().zip(50..).map(|(mut id, seed)| {
        world.step(seed, &SendCode::new(mailbox.clone(), InteractionEvent::SignIn), &mut id)
    });
    let right = sent.next().unwrap();
    let code = right.message.unwrap().code;
    let verify = |id, code: &str| StepOf(VerifyCode::new(mailbox.clone(), id, code));
    let wrong = verify(sent.next().unwrap().verification_id, "wrong");
    let of_first = verify(right.verification_id, code.expose());
    check_lock(&world, &of_first, &wrong, ids, "verification_code.code_mismatch");
}
