//! Many at once: of racing registrations one wins, every failed try counts, every code is spent once (N-13, L-2,
//! V-16). What must hold is held by compare-and-set, so the threads share nothing but the stores.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use chrono::{DateTime, Utc};
use vestibule::engine::{Answer, Engine, Outcome};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    Identify, NewPasswordIdentity, ProfilePayload, SendCode, Start, UpdateProfile, VerifyBackupCode,
    VerifyCode, VerifyOneTimeToken, VerifyPassword, VerifyTotp,
};
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, Username, UsernameCase};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::IssueOneTimeToken;
use vestibule::password::Argon2id;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore};
use vestibule::user::{BackupCode, TotpFactor, TotpSecret};

const THREADS: usize = 64;
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What a step on an id that was given up answers.
const GONE: &str = "session.interaction_not_found";

struct World {
    users: MemoryUserStore,
    verifications: MemoryVerificationStore,
    experience: Experience,
    hasher: Argon2id,
    drawn: AtomicU64,
}

impl World {
    fn new(settings: serde_json::Value) -> Self {
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        Self {
            users: MemoryUserStore::new(),
            verifications: MemoryVerificationStore::new(),
            experience: Experience::new(settings).unwrap(),
            hasher: Argon2id::new(8, 1, 1).unwrap(),
            drawn: AtomicU64::new(1),
        }
    }

    fn in_context<T>(&self, use_context: impl FnOnce(Context<'_>) -> T) -> T {
        let entropy = |bytes: &mut [u8]| {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            bytes.iter_mut().rev().zip(drawn.iter().rev()).for_each(|(byte, drawn)| *byte = *drawn);
            Ok::<(), EntropyFailed>(())
        };
        use_context(Context::new(&self.experience, NOW, &entropy))
    }

    fn engine<'a>(&'a self, context: Context<'a>) -> Engine<'a, MemoryUserStore, MemoryVerificationStore> {
        Engine::new(&self.users, &self.verifications, &self.hasher, context)
    }

    fn start(&self, event: InteractionEvent) -> InteractionId {
        self.in_context(|context| self.engine(context).start(&Start::new(event))).unwrap()
    }

    /// Runs a step, and takes the new id along.
    fn run<O: Operation<Subject = Interaction>>(
        &self,
        id: &mut InteractionId,
        operation: &O,
    ) -> Outcome<O::Output, MemoryUserStore, MemoryVerificationStore> {
        let Answer { output, new_id } = self.in_context(|context| self.engine(context).run(id, operation))?;
        if let Some(new_id) = new_id {
            *id = new_id;
        }
        Ok(output)
    }
}

/// What all threads answer when they start at once.
fn at_once(act: impl Fn() -> Result<(), String> + Sync) -> (usize, Vec<String>) {
    let barrier = Barrier::new(THREADS);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    act()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    (won, answers.into_iter().filter_map(Result::err).collect())
}

fn code<T, U: std::fmt::Debug, V: std::fmt::Debug>(
    answer: Result<T, vestibule::engine::Error<U, V>>,
) -> Result<(), String> {
    answer.map(|_| ()).map_err(|error| match error.rejection() {
        Some(rejection) => rejection.code().to_owned(),
        None => format!("{error:?}"),
    })
}

#[test]
fn n13_64_threads_register_one_username_and_one_account_is_made() {
    let world = World::new(serde_json::json!({}));
    let (won, answers) = at_once(|| {
        let mut interaction = world.start(InteractionEvent::Register);
        let identity = NewPasswordIdentity::new("racer", "Zk7vQw9pLm");
        let id = world.run(&mut interaction, &identity);
        match id {
            Ok(id) => code(world.run(&mut interaction, &Identify::by(id))),
            Err(error) => code::<(), _, _>(Err(error)),
        }
    });
    assert_eq!((won, answers.len()), (1, 63));
    assert!(answers.iter().all(|answer| answer == "user.username_already_in_use"), "{answers:?}");
    assert_eq!(world.users.len(), 1);
    let key = Username::parse("racer").unwrap().key(UsernameCase::Sensitive);
    assert_eq!(world.users.find(&[key]).unwrap().len(), 1);
}

#[test]
fn n13_64_threads_that_staged_one_name_make_one_account() {
    let world = World::new(
        serde_json::json!({"signUp": {"identifiers": ["username"]}, "usernamePolicy": {"caseSensitive": false}}),
    );
    let staged = AtomicU64::new(0);
    let (won, answers) = at_once(|| {
        let mut interaction = world.start(InteractionEvent::Register);
        let name = if staged.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { "racer" } else { "RACER" };
        code(world.run(&mut interaction, &UpdateProfile::new(ProfilePayload::username(name))))?;
        code(world.run(&mut interaction, &Identify::from_staged_profile()))
    });
    assert_eq!((won, world.users.len()), (1, 1));
    assert!(answers.iter().all(|answer| answer == "user.username_already_in_use"), "{answers:?}");
}

#[test]
fn l2_n_parallel_wrong_tries_count_n() {
    let world = World::new(serde_json::json!({"sentinelPolicy": {"maxAttempts": THREADS}}));
    let verify = || VerifyPassword::new(ClaimedIdentifier::new(IdentifierType::Username, "nobody"), "wrong");
    let (_, answers) = at_once(|| code(world.run(&mut world.start(InteractionEvent::SignIn), &verify())));
    let locked = "session.verification_blocked_too_many_attempts";
    assert_eq!(answers.iter().filter(|answer| *answer == locked).count(), 1, "the last: {answers:?}");
    let next = code(world.run(&mut world.start(InteractionEvent::SignIn), &verify()));
    assert_eq!(next, Err("session.verification_blocked_too_many_attempts".into()), "all 64 were counted");
}

#[test]
fn l2_no_more_tries_are_looked_at_than_allowed() {
    let world = World::new(serde_json::json!({"sentinelPolicy": {"maxAttempts": 5}}));
    let verify = || VerifyPassword::new(ClaimedIdentifier::new(IdentifierType::Username, "nobody"), "wrong");
    let (_, answers) = at_once(|| code(world.run(&mut world.start(InteractionEvent::SignIn), &verify())));
    assert_eq!(answers.iter().filter(|answer| *answer == "session.invalid_credentials").count(), 4);
}

#[test]
fn v16_a_code_is_spent_once() {
    let world = World::new(serde_json::json!({}));
    let mut interaction = world.start(InteractionEvent::SignIn);
    let contact = Contact::Email(Email::parse("new@example.com").unwrap());
    let sent =
        world.run(&mut interaction, &SendCode::new(contact.clone(), InteractionEvent::SignIn)).unwrap();
    let right = sent.message.unwrap().code;
    let (won, answers) = at_once(|| {
        let verify = VerifyCode::new(contact.clone(), sent.verification_id, right.expose());
        code(world.run(&mut interaction.clone(), &verify))
    });
    assert_eq!(won, 1);
    assert!(answers.iter().all(|answer| answer == GONE), "I-6: the id is another by then: {answers:?}");
}

#[test]
fn v5_parallel_wrong_codes_never_get_a_free_try() {
    let world = World::new(serde_json::json!({"verificationCodePolicy": {"maxRetryAttempts": 10}}));
    let mut interaction = world.start(InteractionEvent::SignIn);
    let contact = Contact::Email(Email::parse("new@example.com").unwrap());
    let sent =
        world.run(&mut interaction, &SendCode::new(contact.clone(), InteractionEvent::SignIn)).unwrap();
    let (_, answers) =
        at_once(|| {
            code(world.run(
                &mut interaction.clone(),
                &VerifyCode::new(contact.clone(), sent.verification_id, "wrong"),
            ))
        });
    let count = |code: &str| answers.iter().filter(|answer| *answer == code).count();
    assert_eq!(count("verification_code.code_mismatch"), 10);
    assert_eq!(count("verification_code.exceed_max_try"), THREADS - 10);
}

#[test]
fn v16_a_totp_step_a_backup_code_and_a_token_are_spent_once() {
    let world = World::new(serde_json::json!({
        "signUp": {"identifiers": []}, "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
        "signIn": {"methods": [{"identifier": "username", "password": true}]},
    }));
    let mut interaction = world.start(InteractionEvent::Register);
    let identity = NewPasswordIdentity::new("jane", "Zk7vQw9pLm");
    let id = world.run(&mut interaction, &identity).unwrap();
    let user_id = world.run(&mut interaction, &Identify::by(id)).unwrap().user_id;
    let mut user = Arc::unwrap_or_clone(world.users.find(&[user_id.key()]).unwrap().pop().unwrap());
    user.mfa.totp = Some(TotpFactor::new(TotpSecret::from_bytes(*b"12345678901234567890")));
    user.mfa.backup_codes = vec![BackupCode::new(&user_id, "00000000aa")];
    world.users.commit(&UserChange::update(user, UsernameCase::Sensitive)).unwrap();
    // Each thread in an interaction of its own, and then all in one.
    let identified = || {
        let mut id = world.start(InteractionEvent::SignIn);
        let jane = ClaimedIdentifier::new(IdentifierType::Username, "jane");
        let proof = world.run(&mut id, &VerifyPassword::new(jane, "Zk7vQw9pLm")).unwrap();
        world.run(&mut id, &Identify::by(proof)).unwrap();
        id
    };

    // The code of the first step of RFC 4226, appendix D: the epoch's.
    let (won, answers) = at_once(|| code(world.run(&mut identified(), &VerifyTotp::of_own_secret("755224"))));
    assert_eq!(won, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer == "session.mfa.invalid_totp_code"), "{answers:?}");

    let one = identified();
    let (won, answers) = at_once(|| code(world.run(&mut one.clone(), &VerifyBackupCode::new("00000000aa"))));
    assert_eq!(won, 1, "{answers:?}");
    let refused = |answer: &String| answer == "session.mfa.invalid_backup_code" || answer == GONE;
    assert!(answers.iter().all(refused), "{answers:?}");

    let email = Email::parse("new@example.com").unwrap();
    let issue = IssueOneTimeToken::new(email.clone());
    let token = world.in_context(|context| world.engine(context).act(&issue)).unwrap().token;
    let verify = || VerifyOneTimeToken::new(email.clone(), token.expose());
    let (won, answers) = at_once(|| code(world.run(&mut world.start(InteractionEvent::SignIn), &verify())));
    assert_eq!(won, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer == "one_time_token.token_consumed"), "{answers:?}");
}
