//! Sixteen racers at once, on two servers' stores: of one username, one code, one token, one backup code, one time step and one
//! submission there is exactly one winner each time, and everybody else is told so (N-13, V-16, S-11).
//!
//! ```sh
//! VESTIBULE_RACE_ROUNDS=1000 VESTIBULE_TEST_POSTGRES=postgres://postgres@127.0.0.1/postgres \
//!     cargo test -p vestibule-sql-store --test stores one_winner -- --nocapture --test-threads=1
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use vestibule::engine::aio::{Engine, SlowWork};
use vestibule::engine::{Answer, Error};
use vestibule::experience::{Experience, InteractionEvent, SignInExperience};
use vestibule::flow::{
    Identify, NewPasswordIdentity, SendCode, Start, Submit, VerifyBackupCode, VerifyCode, VerifyOneTimeToken,
    VerifyPassword, VerifyTotp,
};
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, UserId, Username};
use vestibule::interaction::{Interaction, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::IssueOneTimeToken;
use vestibule::password::{HashingFailed, ImportedDigest, PasswordMatch};
use vestibule::secret::{PasswordDigest, Secret};
use vestibule::store::UserChange;
use vestibule::store::aio::UserStore;
use vestibule::user::{BackupCode, TotpFactor, TotpSecret, User};
use vestibule_sql_store::{HostStore as _, StoreError, StoreOptions};

use crate::place::{CASE, Place, Store};

const RACERS: usize = 16;

/// So many rounds in a test that anybody runs.
const FEW: usize = 10;

/// How many rounds the racers keep their interactions, which end within the hour.
const SEASON: usize = 50;

const PASSWORD: &str = "Zk7vQw9pLm";
const SECRET: [u8; 20] = *b"12345678901234567890";

/// What a step on an id that was given up answers.
const GONE: &str = "session.interaction_not_found";

crate::on_each_database!(
    a_username_has_one_winner,
    a_code_has_one_winner,
    a_token_has_one_winner,
    a_backup_code_has_one_winner,
    a_time_step_has_one_winner,
    a_submission_has_one_winner,
);

type Outcome<T> = Result<T, Error<StoreError, StoreError>>;

/// Two servers on one database.
struct World<S> {
    stores: [S; 2],
    experience: Experience,
}

/// One racer, at one of the servers.
struct Racer<S> {
    world: Arc<World<S>>,
    server: usize,
    now: DateTime<Utc>,
    id: InteractionId,
}

#[allow(clippy::unnecessary_wraps, reason = "as the library asks for it")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    let drawn = DRAWN.fetch_add(1, Ordering::SeqCst).to_be_bytes();
    bytes.iter_mut().rev().zip(drawn.iter().rev()).for_each(|(byte, drawn)| *byte = *drawn);
    Ok(())
}

impl<S: Store> World<S> {
    fn new(place: &impl Place<Store = S>) -> Arc<Self> {
        let settings = json!({
            "signUp": {"identifiers": []},
            "signIn": {"methods": [
                {"identifier": "username", "password": true}, {"identifier": "email", "verificationCode": true},
            ]},
            "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
        });
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        // Half of the racers at each server, and a connection for each.
        let options = StoreOptions::default().with_max_connections(8);
        let stores = [place.open(&options), place.open(&options)];
        Arc::new(Self { stores, experience: Experience::new(settings).unwrap() })
    }

    fn engine(&self, server: usize, now: DateTime<Utc>) -> Engine<'_, S, S, PlainText> {
        let store = &self.stores[server];
        Engine::new(store, store, &PlainText, Context::new(&self.experience, now, &entropy))
    }

    async fn start(self: &Arc<Self>, number: usize, event: InteractionEvent, now: DateTime<Utc>) -> Racer<S> {
        let (world, server) = (Arc::clone(self), number % 2);
        let id = self.engine(server, now).start(&Start::new(event)).await.unwrap();
        Racer { world, server, now, id }
    }

    /// Somebody who is identified as Jane.
    async fn jane(self: &Arc<Self>, number: usize, now: DateTime<Utc>) -> Racer<S> {
        let mut racer = self.start(number, InteractionEvent::SignIn, now).await;
        let jane = ClaimedIdentifier::new(IdentifierType::Username, "jane");
        let proof = racer.run(&VerifyPassword::new(jane, PASSWORD)).await.unwrap();
        racer.run(&Identify::by(proof)).await.unwrap();
        racer
    }

    async fn janes(self: &Arc<Self>, now: DateTime<Utc>) -> Vec<Racer<S>> {
        let mut racers = Vec::new();
        for number in 0..RACERS {
            racers.push(self.jane(number, now).await);
        }
        racers
    }

    /// Jane's account, as it is and with a change.
    async fn change_jane(&self, change: impl FnOnce(&mut User)) {
        let id = UserId::parse("u-jane").unwrap();
        let found = self.stores[0].find(&[id.key()]).await.unwrap().pop();
        let write = if let Some(user) = found {
            let mut user = Arc::unwrap_or_clone(user);
            change(&mut user);
            UserChange::update(user, CASE)
        } else {
            let mut user = User::new(id, DateTime::UNIX_EPOCH);
            user.username = Some(Username::parse("jane").unwrap());
            user.set_password(PasswordDigest::new(PASSWORD), DateTime::UNIX_EPOCH);
            change(&mut user);
            UserChange::create(user, CASE)
        };
        UserStore::commit(&self.stores[0], &write).await.unwrap();
    }
}

impl<S: Store> Racer<S> {
    async fn run<O>(&mut self, operation: &O) -> Outcome<O::Output>
    where
        O: Operation<Subject = Interaction, Output: Send> + Sync,
    {
        let Answer { output, new_id } =
            self.world.engine(self.server, self.now).run(&self.id, operation).await?;
        self.id = new_id.unwrap_or(self.id.clone());
        Ok(output)
    }
}

/// All at once take the same step. Who did so is given back.
async fn race<S, O>(racers: Vec<Racer<S>>, operation: O, lost: &'static str) -> Vec<Racer<S>>
where
    S: Store,
    O: Operation<Subject = Interaction, Output: Send> + Clone + Send + Sync + 'static,
{
    let start = Arc::new(Barrier::new(racers.len()));
    let mut racing = JoinSet::new();
    for mut racer in racers {
        let (operation, start) = (operation.clone(), Arc::clone(&start));
        racing.spawn(async move {
            start.wait().await;
            let outcome = racer.run(&operation).await.map(|_| ());
            (racer, outcome)
        });
    }
    let mut answers = BTreeMap::new();
    let mut racers = Vec::new();
    for (racer, outcome) in racing.join_all().await {
        racers.push(racer);
        let code = outcome.err().map(|error| match error.rejection() {
            Some(rejection) => rejection.code(),
            None => panic!("{error:?}"),
        });
        *answers.entry(code).or_insert(0) += 1;
    }
    assert_eq!(answers, BTreeMap::from([(None, 1), (Some(lost), RACERS - 1)]));
    racers
}

/// Runs the rounds, and says how long they took.
fn rounds<P: Place>(place: &P, name: &str, all: impl AsyncFnOnce(usize, Arc<World<P::Store>>)) {
    let rounds = std::env::var("VESTIBULE_RACE_ROUNDS").map_or(FEW, |rounds| rounds.parse().unwrap());
    place.block_on(async {
        let world = World::new(place);
        let begun = Instant::now();
        all(rounds, world).await;
        let store = std::any::type_name::<P::Store>().rsplit("::").next().unwrap();
        println!(
            "| {name} | {store} | {RACERS} racers | {rounds} rounds | {rounds} winners | {:.1?} |",
            begun.elapsed()
        );
    });
}

fn a_username_has_one_winner<P: Place>(place: &P) {
    rounds(place, "username", async |rounds, world| {
        for round in 0..rounds {
            let identity = NewPasswordIdentity::new(format!("racer_{round}"), PASSWORD);
            let mut racers = Vec::new();
            for number in 0..RACERS {
                let mut racer = world.start(number, InteractionEvent::Register, DateTime::UNIX_EPOCH).await;
                let proof = racer.run(&identity).await.unwrap();
                racers.push((racer, proof));
            }
            // Each by a proof of its own.
            let start = Arc::new(Barrier::new(RACERS));
            let mut racing = JoinSet::new();
            for (mut racer, proof) in racers {
                let start = Arc::clone(&start);
                racing.spawn(async move {
                    start.wait().await;
                    racer.run(&Identify::by(proof)).await
                });
            }
            let (won, lost): (Vec<_>, Vec<_>) = racing.join_all().await.into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1, "{lost:?}");
            let taken = |outcome: &Outcome<_>| {
                let rejection = outcome.as_ref().err().and_then(Error::rejection);
                rejection.is_some_and(|rejection| rejection.code() == "user.username_already_in_use")
            };
            assert!(lost.iter().all(taken), "{lost:?}");
            assert_eq!(world.stores[1].user_ids().await.unwrap().len(), round + 1, "an account too many");
        }
    });
}

fn a_code_has_one_winner<P: Place>(place: &P) {
    rounds(place, "code", async |rounds, world| {
        for round in 0..rounds {
            let contact = Contact::Email(Email::parse(&format!("new{round}@example.com")).unwrap());
            let mut first = world.start(0, InteractionEvent::SignIn, DateTime::UNIX_EPOCH).await;
            let sent = first.run(&SendCode::new(contact.clone(), InteractionEvent::SignIn)).await.unwrap();
            let right = sent.message.unwrap().code;
            let verify = VerifyCode::new(contact, sent.verification_id, right.expose());
            let racers = (0..RACERS).map(|number| Racer {
                world: Arc::clone(&world),
                server: number % 2,
                now: first.now,
                id: first.id.clone(),
            });
            race(racers.collect(), verify, GONE).await;
        }
    });
}

fn a_token_has_one_winner<P: Place>(place: &P) {
    rounds(place, "token", async |rounds, world| {
        let (now, email) = (DateTime::UNIX_EPOCH, Email::parse("new@example.com").unwrap());
        let mut racers = Vec::new();
        for round in 0..rounds {
            if round % SEASON == 0 {
                racers.clear();
                for number in 0..RACERS {
                    racers.push(world.start(number, InteractionEvent::SignIn, now).await);
                }
            }
            let issued = world.engine(0, now).act(&IssueOneTimeToken::new(email.clone())).await.unwrap();
            let verify = VerifyOneTimeToken::new(email.clone(), issued.token.expose());
            racers = race(racers, verify, "one_time_token.token_consumed").await;
        }
    });
}

fn a_backup_code_has_one_winner<P: Place>(place: &P) {
    rounds(place, "backup code", async |rounds, world| {
        let now = DateTime::UNIX_EPOCH;
        let mut racers = Vec::new();
        for round in 0..rounds {
            let code = format!("{round:010x}");
            world.change_jane(|user| user.mfa.backup_codes = vec![BackupCode::new(&user.id, &code)]).await;
            if round % SEASON == 0 {
                racers = world.janes(now).await;
            }
            racers = race(racers, VerifyBackupCode::new(&code), "session.mfa.invalid_backup_code").await;
        }
    });
}

fn a_time_step_has_one_winner<P: Place>(place: &P) {
    rounds(place, "time step", async |rounds, world| {
        let with_app =
            |user: &mut User| user.mfa.totp = Some(TotpFactor::new(TotpSecret::from_bytes(SECRET)));
        world.change_jane(with_app).await;
        let base32 = TotpSecret::from_bytes(SECRET);
        let secret = totp_rs::Secret::try_from_base32(base32.expose_base32()).unwrap();
        let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        let (mut now, mut racers) = (DateTime::UNIX_EPOCH, Vec::new());
        for round in 0..rounds {
            now += TimeDelta::seconds(30);
            if round % SEASON == 0 {
                racers = world.janes(now).await;
            }
            for racer in &mut racers {
                racer.now = now;
            }
            let code = app.generate(u64::try_from(now.timestamp()).unwrap()).to_string();
            racers = race(racers, VerifyTotp::of_own_secret(code), "session.mfa.invalid_totp_code").await;
        }
    });
}

fn a_submission_has_one_winner<P: Place>(place: &P) {
    rounds(place, "submission", async |rounds, world| {
        world.change_jane(|_| ()).await;
        for round in 0..rounds {
            let first = world.jane(round, DateTime::UNIX_EPOCH).await;
            let racers = (0..RACERS).map(|number| Racer {
                world: Arc::clone(&world),
                server: number % 2,
                now: first.now,
                id: first.id.clone(),
            });
            race(racers.collect(), Submit, GONE).await;
        }
    });
}

/// Passwords are not what is raced for: a digest is the text.
struct PlainText;

impl SlowWork for PlainText {
    async fn hash(&self, password: &Secret, _: [u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Ok(PasswordDigest::new(password.expose()))
    }

    async fn verify(&self, text: &Secret, digest: &PasswordDigest) -> Result<PasswordMatch, HashingFailed> {
        Ok(if text.expose() == digest.expose() { PasswordMatch::Yes } else { PasswordMatch::No })
    }

    async fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }

    async fn is_breached(&self, _: &Secret) -> bool {
        false
    }

    async fn is_disposable(&self, _: &str) -> bool {
        false
    }
}
