//! The awaiting engine: the three flows, and what it makes of refused writes, as the blocking one does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test support")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::Thread;

use chrono::{DateTime, Utc};
use serde_json::json;
use vestibule::audit::{AuditAction, AuditEvent};
use vestibule::engine::aio::{Engine, SlowWork};
use vestibule::engine::{self, Answer, MAX_TRIES};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    Identify, NewPasswordIdentity, ProfilePayload, ResetPassword, SendCode, Start, Submit, UpdateProfile,
    VerifyCode, VerifyPassword,
};
use vestibule::identifier::{
    ClaimedIdentifier, Contact, Email, IdentifierType, UserKey, Username, UsernameCase,
};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::me::{MePatch, SignedIn, UpdateMe};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::{HashingFailed, ImportedDigest, PasswordMatch};
use vestibule::secret::{PasswordDigest, Secret};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{self, CommitError, Entry, EntryChange, EntryContent, EntryKey, UserChange};
use vestibule::user::User;
use vestibule::verification::Pool;

/// Drives one future on this thread.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Lets others go first, once.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Stores in memory behind a network that is slow, and refuses writes when told to.
#[derive(Default)]
struct Remote<S> {
    store: S,
    refusals: Mutex<VecDeque<CommitError<Infallible>>>,
    reads: AtomicU64,
}

impl<S> Remote<S> {
    fn refuse(&self, refusals: impl IntoIterator<Item = CommitError<Infallible>>) {
        self.refusals.lock().unwrap().extend(refusals);
    }

    fn refusal(&self) -> Result<(), CommitError<Infallible>> {
        self.refusals.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }

    fn read(&self) {
        self.reads.fetch_add(1, Ordering::SeqCst);
    }
}

impl store::aio::UserStore for Remote<MemoryUserStore> {
    type Error = Infallible;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        self.read();
        pause().await;
        store::UserStore::find(&self.store, keys)
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        pause().await;
        self.refusal()?;
        store::UserStore::commit(&self.store, change)
    }
}

impl store::aio::VerificationStore for Remote<MemoryVerificationStore> {
    type Error = Infallible;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Infallible> {
        self.read();
        pause().await;
        store::VerificationStore::load(&self.store, keys)
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        pause().await;
        self.refusal()?;
        store::VerificationStore::commit(&self.store, changes)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        store::VerificationStore::purge_expired(&self.store, now, limit)
    }
}

/// No hashing: these tests are about the loop. It takes its time all the same.
struct PlainText;

impl SlowWork for PlainText {
    async fn hash(&self, password: &Secret, _: [u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        pause().await;
        Ok(PasswordDigest::new(password.expose()))
    }

    async fn verify(
        &self,
        password: &Secret,
        digest: &PasswordDigest,
    ) -> Result<PasswordMatch, HashingFailed> {
        pause().await;
        Ok(if digest.expose() == password.expose() { PasswordMatch::Yes } else { PasswordMatch::No })
    }

    async fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }

    async fn is_breached(&self, password: &Secret) -> bool {
        pause().await;
        password.expose() == "letmein-letmein"
    }

    async fn is_disposable(&self, _: &str) -> bool {
        pause().await;
        false
    }
}

struct World {
    users: Remote<MemoryUserStore>,
    verifications: Remote<MemoryVerificationStore>,
    experience: Experience,
    events: Mutex<Vec<AuditEvent>>,
    drawn: AtomicU64,
}

type Failed = engine::Error<Infallible, Infallible>;

impl World {
    fn new() -> Self {
        let settings = json!({
            "signUp": {"identifiers": ["username"], "password": true},
            "signIn": {"methods": [{"identifier": "username", "password": true}]},
        });
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        Self {
            users: Remote::default(),
            verifications: Remote::default(),
            experience: Experience::new(settings).unwrap(),
            events: Mutex::default(),
            drawn: AtomicU64::new(1),
        }
    }

    fn with_context<T>(&self, use_context: impl FnOnce(Context<'_>) -> T) -> T {
        let entropy = |bytes: &mut [u8]| {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            bytes.iter_mut().rev().zip(drawn.iter().rev()).for_each(|(byte, drawn)| *byte = *drawn);
            Ok::<(), EntropyFailed>(())
        };
        use_context(Context::new(&self.experience, DateTime::UNIX_EPOCH, &entropy))
    }

    fn start(&self, event: InteractionEvent) -> InteractionId {
        self.with_context(|context| {
            let engine = Engine::new(&self.users, &self.verifications, &PlainText, context);
            block_on(engine.start(&Start::new(event)))
        })
        .unwrap()
    }

    /// Runs a step, and takes the new id along.
    fn run<O>(&self, id: &mut InteractionId, operation: &O) -> Result<O::Output, Failed>
    where
        O: Operation<Subject = Interaction, Output: Send> + Sync,
    {
        let Answer { output, new_id } = self.with_context(|context| {
            let listener = |event: &AuditEvent| self.events.lock().unwrap().push(event.clone());
            let engine =
                Engine::new(&self.users, &self.verifications, &PlainText, context).with_listener(&listener);
            block_on(engine.run(id, operation))
        })?;
        if let Some(new_id) = new_id {
            *id = new_id;
        }
        Ok(output)
    }

    fn act<O>(&self, operation: &O) -> Result<O::Output, Failed>
    where
        O: Operation<Subject = (), Output: Send> + Sync,
    {
        self.with_context(|context| {
            block_on(Engine::new(&self.users, &self.verifications, &PlainText, context).act(operation))
        })
    }

    /// Jane's account.
    fn register(&self) {
        let mut interaction = self.start(InteractionEvent::Register);
        let id = self.run(&mut interaction, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm")).unwrap();
        self.run(&mut interaction, &Identify::by(id)).unwrap();
        self.run(&mut interaction, &Submit).unwrap();
    }

    fn interaction(&self, id: &InteractionId) -> Vec<Arc<Entry>> {
        store::VerificationStore::load(&self.verifications.store, &[EntryKey::interaction(id)]).unwrap()
    }

    fn reads(&self) -> (u64, u64) {
        (self.users.reads.load(Ordering::SeqCst), self.verifications.reads.load(Ordering::SeqCst))
    }
}

fn code<T>(outcome: Result<T, Failed>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(error) => error.rejection().map_or("no rejection", |rejection| rejection.code()),
    }
}

fn jane() -> ClaimedIdentifier {
    ClaimedIdentifier::new(IdentifierType::Username, "jane")
}

fn username(text: &str) -> UserKey {
    Username::parse(text).unwrap().key(UsernameCase::Sensitive)
}

fn users(world: &World, name: &str) -> usize {
    store::UserStore::find(&world.users.store, &[username(name)]).unwrap().len()
}

#[test]
fn the_three_flows() {
    let world = World::new();
    world.register();

    let mut interaction = world.start(InteractionEvent::SignIn);
    let wrong = world.run(&mut interaction, &VerifyPassword::new(jane(), "guess"));
    assert_eq!(code(wrong), "session.invalid_credentials");
    let id = world.run(&mut interaction, &VerifyPassword::new(jane(), "Zk7vQw9pLm")).unwrap();
    world.run(&mut interaction, &Identify::by(id)).unwrap();
    let contact = Contact::Email(Email::parse("jane@example.com").unwrap());
    let prove = |interaction: &mut InteractionId, event| {
        let sent = world.run(interaction, &SendCode::new(contact.clone(), event)).unwrap();
        let code = sent.message.unwrap().code;
        world
            .run(interaction, &VerifyCode::new(contact.clone(), sent.verification_id, code.expose()))
            .unwrap()
    };
    let id = prove(&mut interaction, InteractionEvent::SignIn);
    world.run(&mut interaction, &UpdateProfile::new(ProfilePayload::email(id))).unwrap();
    world.run(&mut interaction, &Submit).unwrap();

    let mut interaction = world.start(InteractionEvent::ForgotPassword);
    let id = prove(&mut interaction, InteractionEvent::ForgotPassword);
    world.run(&mut interaction, &Identify::by(id)).unwrap();
    world.run(&mut interaction, &ResetPassword::new("mNb8!kLp2x")).unwrap();
    world.events.lock().unwrap().clear();
    let submitted = world.run(&mut interaction, &Submit).unwrap();
    assert_eq!(submitted.event, InteractionEvent::ForgotPassword);
    let events: Vec<_> = world.events.lock().unwrap().iter().map(|event| event.action.clone()).collect();
    assert_eq!(events, [AuditAction::PasswordSet]);
    assert_eq!(code(world.run(&mut interaction, &Submit)), "session.interaction_not_found");

    let mut interaction = world.start(InteractionEvent::SignIn);
    assert!(world.run(&mut interaction, &VerifyPassword::new(jane(), "mNb8!kLp2x")).is_ok());

    let patch = MePatch::from_json(&json!({"first_name": "Jane"}));
    let answer = world.act(&UpdateMe::new(SignedIn::new(submitted.user_id, submitted.at), patch));
    assert_eq!(answer.unwrap().status, 200);
}

#[test]
fn the_slow_work_is_awaited_too() {
    let world = World::new();
    let mut interaction = world.start(InteractionEvent::Register);
    let breached = world.run(&mut interaction, &NewPasswordIdentity::new("jane", "letmein-letmein"));
    assert_eq!(code(breached), "password.rejected");
}

#[test]
fn a_stale_write_is_decided_again_from_fresh_facts() {
    let world = World::new();
    world.register();
    let mut interaction = world.start(InteractionEvent::SignIn);
    let before = world.reads();
    world.verifications.refuse([CommitError::Stale, CommitError::Stale]);
    world.run(&mut interaction, &VerifyPassword::new(jane(), "Zk7vQw9pLm")).unwrap();
    // The interaction and the prefetched facts come in one round; what was hashed stays hashed.
    assert_eq!(world.reads(), (before.0 + 3, before.1 + 3));
}

#[test]
fn a_step_that_is_always_too_late_gives_up_and_leaves_the_interaction_alone() {
    let world = World::new();
    let mut interaction = world.start(InteractionEvent::SignIn);
    let before = world.interaction(&interaction);
    world.verifications.refuse(std::iter::repeat_n(CommitError::Stale, MAX_TRIES));
    let wrong = world.run(&mut interaction, &VerifyPassword::new(jane(), "guess"));
    assert_eq!(wrong.unwrap_err(), Failed::Contention);
    assert_eq!(world.interaction(&interaction), before);
    assert!(world.events.lock().unwrap().is_empty());
}

#[test]
fn a_taken_key_is_answered_and_creates_nobody() {
    let world = World::new();
    let mut interaction = world.start(InteractionEvent::Register);
    let id = world.run(&mut interaction, &NewPasswordIdentity::new("racer", "Zk7vQw9pLm")).unwrap();
    // The store knows better than the read before it, and than the one after.
    world.users.refuse([CommitError::Taken(username("racer"))]);
    assert_eq!(code(world.run(&mut interaction, &Identify::by(id))), "user.username_already_in_use");
    assert_eq!(users(&world, "racer"), 0);
    assert_eq!(code(world.run(&mut interaction, &Identify::by(id))), "ok");
    assert_eq!(users(&world, "racer"), 1);
}

#[test]
fn n13_of_many_at_once_one_registers() {
    let world = World::new();
    let answers: Vec<&str> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let mut interaction = world.start(InteractionEvent::Register);
                    let identity = NewPasswordIdentity::new("racer", "Zk7vQw9pLm");
                    match world.run(&mut interaction, &identity) {
                        Ok(id) => code(world.run(&mut interaction, &Identify::by(id))),
                        Err(error) => code::<()>(Err(error)),
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| **answer == "ok").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == "user.username_already_in_use").count(), 15);
    assert_eq!(users(&world, "racer"), 1);
}

/// It compiles, so a work-stealing executor can take a step to another thread, whatever the stores and the operation.
#[allow(dead_code, reason = "compiling is the test")]
fn a_step_can_move_between_threads<U, V, W, O>(
    engine: &Engine<'_, U, V, W>,
    id: &InteractionId,
    operation: &O,
) where
    U: store::aio::UserStore,
    V: store::aio::VerificationStore,
    W: SlowWork,
    O: Operation<Subject = Interaction, Output: Send> + Sync,
{
    fn is_send(_: impl Send) {}
    is_send(engine.run(id, operation));
}

/// Two steps of one host, each getting its turn while the other waits.
#[test]
fn steps_interleave_on_one_thread() {
    let world = World::new();
    world.register();
    let wrong = VerifyPassword::new(jane(), "guess");
    let (first, second) = (world.start(InteractionEvent::SignIn), world.start(InteractionEvent::SignIn));
    world.with_context(|context| {
        let engine = Engine::new(&world.users, &world.verifications, &PlainText, context);
        block_on(async {
            let mut one = pin!(async { code(engine.run(&first, &wrong).await) });
            let mut two = pin!(async { code(engine.run(&second, &wrong).await) });
            let mut answers = [None; 2];
            std::future::poll_fn(|context| {
                answers[0] = answers[0].or_else(|| ready(one.as_mut().poll(context)));
                answers[1] = answers[1].or_else(|| ready(two.as_mut().poll(context)));
                if answers.contains(&None) { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            assert_eq!(answers, [Some("session.invalid_credentials"); 2]);
        });
    });
    let counter = EntryKey::counter(Pool::Password, &username("jane"), None);
    let loaded = store::VerificationStore::load(&world.verifications.store, &[counter]).unwrap();
    let [entry] = loaded.as_slice() else { panic!("{loaded:?}") };
    let EntryContent::Counter(counter) = &entry.content else { panic!("{entry:?}") };
    assert_eq!(counter.at().len(), 2, "neither count was lost");
    assert!(world.verifications.reads.load(Ordering::SeqCst) >= 3, "the slower one read again");
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
