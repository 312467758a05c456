//! A driver that can be watched: it answers an operation's questions from the house's stores, round by round, and notes
//! what was asked and written.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "test support")]
#![allow(missing_docs, unreachable_pub, reason = "test support")]

use std::sync::atomic::{AtomicUsize, Ordering};

use vestibule::interaction::InteractionId;
use vestibule::operation::{Context, Decision, Facts, Operation, Progress, Questions, Subject, decide};
use vestibule::password::PasswordHasher;
use vestibule::store::{UserStore, VerificationStore};

use crate::house::House;

/// What an operation asked and wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What was asked, round by round.
    pub rounds: Vec<Questions>,
    pub writes_user: bool,
    pub writes_entries: bool,
}

/// A trace in numbers: rounds; reads of the store of users, and of verifications; passwords hashed and verified;
/// writes of the two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub rounds: usize,
    pub reads: (usize, usize),
    pub hashes: usize,
    pub writes: (usize, usize),
}

impl Trace {
    pub fn cost(&self) -> Cost {
        let count = |asks: fn(&Questions) -> bool| self.rounds.iter().filter(|round| asks(round)).count();
        Cost {
            rounds: self.rounds.len(),
            reads: (count(|round| !round.users.is_empty()), count(|round| !round.entries.is_empty())),
            hashes: self.rounds.iter().map(|round| round.hash.len() + round.verify.len()).sum(),
            writes: (self.writes_user.into(), self.writes_entries.into()),
        }
    }

    /// How much was asked of whom, whatever it was about.
    pub fn shape(&self) -> Vec<[usize; 4]> {
        let shape = |round: &Questions| {
            let hashes = round.hash.len() + round.verify.len();
            [round.users.len(), round.entries.len(), hashes, round.breached.len() + round.disposable.len()]
        };
        self.rounds.iter().map(shape).collect()
    }
}

/// Drives an operation, and carries out what it decides. A draft that draws randomness fails the test.
pub fn drive<O: Operation>(
    house: &House,
    operation: &O,
    id: &<O::Subject as Subject>::Id,
) -> (Decision<O::Output>, Trace) {
    let drawn = AtomicUsize::new(0);
    house.with_context(|context| {
        let entropy = |bytes: &mut [u8]| {
            drawn.fetch_add(1, Ordering::SeqCst);
            context.entropy.fill(bytes)
        };
        let (mut facts, mut trace) = (Facts::new(&house.experience), Trace::default());
        loop {
            let before = drawn.load(Ordering::SeqCst);
            let watched = Context::new(&house.experience, context.now, &entropy);
            let watched = context.session.into_iter().fold(watched, Context::with_session);
            match decide(operation, id, &facts, &watched).unwrap() {
                Progress::Ask(questions) => {
                    let name = O::NAME.as_str();
                    assert!(!questions.is_empty(), "{name} asks nothing, and decides nothing");
                    assert_eq!(drawn.load(Ordering::SeqCst), before, "{name} draws in a draft");
                    answer(house, &mut facts, &questions);
                    trace.rounds.push(questions);
                }
                Progress::Decided(decision) => {
                    (trace.writes_user, trace.writes_entries) =
                        (decision.user.is_some(), !decision.entries.is_empty());
                    if let Some(change) = &decision.user {
                        house.users.store.commit(change).unwrap();
                    }
                    house.verifications.store.commit(&decision.entries).unwrap();
                    return (decision, trace);
                }
            }
        }
    })
}

/// Answers everything that is asked.
pub fn answer(house: &House, facts: &mut Facts, questions: &Questions) {
    if !questions.entries.is_empty() {
        let Ok(entries) = house.verifications.store.load(&questions.entries);
        facts.add_entries(questions, entries).unwrap();
    }
    if !questions.users.is_empty() {
        let Ok(users) = house.users.store.find(&questions.users);
        facts.add_users(questions, &users).unwrap();
    }
    for password in &questions.hash {
        let digest = house.hasher.hash(password.expose(), &[7; 16]).unwrap();
        facts.add_hashed(password.clone(), digest);
    }
    for (password, digest) in &questions.verify {
        let found = house.hasher.verify(password.expose(), digest);
        facts.add_verified(password.clone(), digest.clone(), found);
    }
    for password in &questions.breached {
        facts.add_breached(password.clone(), false);
    }
    for domain in &questions.disposable {
        facts.add_disposable(domain.clone(), false);
    }
}

/// The id that a client has after a step.
pub fn id_after<T>(decision: &Decision<T>, before: &InteractionId) -> InteractionId {
    decision.new_id.clone().unwrap_or_else(|| before.clone())
}
