//! Signing in without the engine: the host does its own look-ups and writes, and the library only decides.
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
use vestibule::identifier::{ClaimedIdentifier, IdentifierType, UserId, Username, UsernameCase};
use vestibule::interaction::{Interaction, InteractionEvent};
use vestibule::operation::{Context, EntropyFailed, Facts, Operation, decide};
use vestibule::password::{Argon2id, PasswordHasher};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, UserChange, UserStore, VerificationStore};
use vestibule::user::User;

/// How often a step is decided again because somebody else wrote in between.
const MAX_ROUNDS: usize = 16;

/// What the host keeps its data in. Here it is memory; it could be tables, files, or somebody's service.
#[derive(Default)]
struct Host {
    users: MemoryUserStore,
    verifications: MemoryVerificationStore,
}

fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::default();
    let (experience, passwords) = (Experience::default(), Argon2id::default());
    host.add_jane(&passwords)?;

    let context = Context::new(&experience, time()?, &entropy, &passwords);
    let mut interaction = Start::new(InteractionEvent::SignIn).decide(&context)?;

    println!("verify a password");
    let jane = ClaimedIdentifier::new(IdentifierType::Username, "jane");
    let verify = VerifyPassword::new(jane, "Zk7vQw9pLm");
    let verification_id = host.step(&mut interaction, &verify, &context)?;

    println!("\nidentify");
    let identified = host.step(&mut interaction, &Identify::by(verification_id), &context)?;
    println!("\nthis is {}", identified.user_id);

    println!("\nsubmit");
    let submitted = host.step(&mut interaction, &Submit, &context)?;
    println!("\n{} is signed in, by {:?}", submitted.user_id, submitted.amr);
    Ok(())
}

impl Host {
    /// One step: facts, decision, writes; from the facts again if somebody was faster.
    fn step<O: Operation>(
        &self,
        interaction: &mut Interaction,
        operation: &O,
        context: &Context<'_>,
    ) -> Result<O::Output, Box<dyn Error>> {
        for round in 1..=MAX_ROUNDS {
            println!("  round {round}");
            let facts = self.look_up(interaction, operation, context.experience)?;

            let decision = decide(operation, interaction, &facts, context)?;
            match &decision.outcome {
                Ok(_) => println!("    decide  yes"),
                Err(rejection) => println!("    decide  no: {} {}", rejection.status(), rejection.code()),
            }

            // What is used up is the user's, and is spent before a record is granted for it: the user first.
            if let Some(change) = &decision.user {
                println!("    write   the user {}", change.id());
                if !written(self.users.commit(change))? {
                    continue;
                }
            }
            if !decision.records.is_empty() {
                let changes = &decision.records;
                println!(
                    "    write   {} records, {} counters",
                    changes.records.len(),
                    changes.attempts.len()
                );
                if !written(self.verifications.commit(changes))? {
                    continue;
                }
            }
            // Only now does the decision hold; after a rejection too, what the rules let stand is in it.
            println!("    keep    the interaction");
            *interaction = decision.interaction;
            return Ok(decision.outcome?);
        }
        Err("too many others were writing: try again".into())
    }

    /// Looks up what the operation needs, until it needs nothing more. What a record says may lead to users.
    fn look_up<O: Operation>(
        &self,
        interaction: &Interaction,
        operation: &O,
        experience: &Experience,
    ) -> Result<Facts, Box<dyn Error>> {
        let mut facts = Facts::new(experience);
        loop {
            let needs = operation.needs(interaction, &facts, experience);
            if needs.is_empty() {
                return Ok(facts);
            }
            if !needs.records.is_empty() || !needs.attempts.is_empty() {
                println!("    needs   {} records, {} counters", needs.records.len(), needs.attempts.len());
                let loaded = self.verifications.load(&needs.records, &needs.attempts)?;
                println!("    facts   {} and {} exist", loaded.records.len(), loaded.attempts.len());
                facts.add_records(&needs, loaded)?;
            }
            if !needs.users.is_empty() {
                println!("    needs   the users of {:?}", needs.users);
                let found = self.users.find(&needs.users)?;
                println!("    facts   {} found", found.len());
                facts.add_users(&needs, found)?;
            }
        }
    }

    fn add_jane(&self, passwords: &Argon2id) -> Result<(), Box<dyn Error>> {
        let mut jane = User::new(UserId::parse("user_1")?, time()?);
        jane.username = Some(Username::parse("jane")?);
        let mut salt = [0; 16];
        entropy(&mut salt)?;
        jane.set_password(passwords.hash("Zk7vQw9pLm", &salt)?, time()?);
        Ok(self.users.commit(&UserChange::create(jane, UsernameCase::Sensitive))?)
    }
}

/// Whether it was written; if not, somebody was faster, and nothing of the decision holds. Deciding again gives a key
/// that was taken its documented answer.
fn written<E: Error + 'static>(result: Result<(), CommitError<E>>) -> Result<bool, E> {
    match result {
        Ok(()) => Ok(true),
        Err(CommitError::Stale | CommitError::Taken(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error),
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
