//! Signing in without the engine: the host does its own look-ups, its own hashing and its own writes, and the library
//! only decides.
//!
//! ```text
//! cargo run --example sans_io
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::experience::Experience;
use vestibule::flow::{Identify, Start, Submit, VerifyPassword};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType, Username};
use vestibule::interaction::InteractionEvent;
use vestibule::operation::{Context, EntropyFailed, Facts, Operation, Progress, Questions, Subject, decide};
use vestibule::operator::{CreateUser, NewUser};
use vestibule::password::{Argon2id, PasswordHasher};
use vestibule::secret::Secret;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserStore, VerificationStore};

/// What the host keeps its data in. Here it is memory; it could be tables, files, or somebody's service.
#[derive(Default)]
struct Host {
    users: MemoryUserStore,
    verifications: MemoryVerificationStore,
    experience: Experience,
    passwords: Argon2id,
}

fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::default();
    let (username, password) = (Username::parse("jane")?, Secret::new("Zk7vQw9pLm").into());
    let jane = NewUser { username: Some(username), password: Some(password), ..NewUser::default() };
    host.run(&CreateUser::new(jane), &())?;

    let (id, _) = host.run(&Start::new(InteractionEvent::SignIn), &())?;
    let claimed = ClaimedIdentifier::new(IdentifierType::Username, "jane");
    let (proof, id) = host.step(&VerifyPassword::new(claimed, "Zk7vQw9pLm"), id)?;
    let (identified, id) = host.step(&Identify::by(proof), id)?;
    println!("\nthis is {}", identified.user_id);
    let (submitted, _) = host.step(&Submit, id)?;
    println!("\n{} is signed in, by {:?}", submitted.user_id, submitted.amr);
    Ok(())
}

/// An interaction's id, as a host hands it on.
type Id = vestibule::interaction::InteractionId;

impl Host {
    /// A step of an interaction: its answer, and the id to go on with.
    fn step<O>(&self, operation: &O, id: Id) -> Result<(O::Output, Id), Box<dyn Error>>
    where
        O: Operation<Subject = vestibule::interaction::Interaction>,
    {
        let (output, new_id) = self.run(operation, &id)?;
        Ok((output, new_id.unwrap_or(id)))
    }

    /// Decides, answers what is asked, and decides again; then carries the decision out.
    fn run<O: Operation>(
        &self,
        operation: &O,
        id: &<O::Subject as Subject>::Id,
    ) -> Result<(O::Output, Option<Id>), Box<dyn Error>> {
        println!("\n{}", O::NAME.as_str());
        let context = Context::new(&self.experience, time()?, &entropy);
        let mut facts = Facts::new(&self.experience);
        loop {
            match decide(operation, id, &facts, &context)? {
                Progress::Ask(questions) => self.answer(&mut facts, questions)?,
                Progress::Decided(decision) => {
                    // What is used up is the user's, and is spent before anything is granted for it: the user first. A
                    // refused write, stale or taken, would mean: forget the facts of the stores, and decide again.
                    if let Some(change) = &decision.user {
                        println!("  write   the user {}", change.id());
                        self.users.commit(change)?;
                    }
                    if !decision.entries.is_empty() {
                        println!("  write   {} entries", decision.entries.len());
                        self.verifications.commit(&decision.entries)?;
                    }
                    return Ok((decision.outcome?, decision.new_id));
                }
            }
        }
    }

    /// One round: each store is asked once, and the slow work is done.
    fn answer(&self, facts: &mut Facts, questions: Questions) -> Result<(), Box<dyn Error>> {
        if !questions.entries.is_empty() {
            println!("  read    {} entries", questions.entries.len());
            facts.add_entries(&questions, self.verifications.load(&questions.entries)?)?;
        }
        if !questions.users.is_empty() {
            println!("  read    the users of {:?}", questions.users);
            facts.add_users(&questions, &self.users.find(&questions.users)?)?;
        }
        for password in questions.hash {
            println!("  hash    a password");
            let mut salt = [0; 16];
            entropy(&mut salt)?;
            let digest = self.passwords.hash(password.expose(), &salt)?;
            facts.add_hashed(password, digest);
        }
        for (password, digest) in questions.verify {
            println!("  verify  a password");
            let found = self.passwords.verify(password.expose(), &digest);
            facts.add_verified(password, digest, found);
        }
        // This host has no lists.
        questions.breached.into_iter().for_each(|password| facts.add_breached(password, false));
        questions.disposable.into_iter().for_each(|domain| facts.add_disposable(domain, false));
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a host brings the time")]
fn time() -> Result<DateTime<Utc>, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(DateTime::UNIX_EPOCH + TimeDelta::from_std(since).map_err(|error| error.to_string())?)
}

#[expect(clippy::disallowed_methods, reason = "a host brings the randomness")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}
