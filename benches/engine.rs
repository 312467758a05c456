//! Whole steps through the engine, over stores in memory of two sizes. `cargo bench --bench engine`
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up ends there")]

#[path = "support/world.rs"]
mod world;

use std::sync::OnceLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use vestibule::flow::{Identify, ProfilePayload, UpdateProfile, VerifyPassword};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType};
use vestibule::interaction::{InteractionEvent, InteractionId};
use world::World;

const USERS: [usize; 2] = [1_000, 1_000_000];

/// How many different people take turns, so that no step finds its user in the processor's cache because the last
/// one was the same.
const TURNS: usize = 4_096;

fn main() {
    divan::main();
}

/// Filling a store takes longer than measuring it.
fn world_of(users: usize) -> &'static World {
    static SMALL: OnceLock<World> = OnceLock::new();
    static LARGE: OnceLock<World> = OnceLock::new();
    let world = if users == USERS[0] { &SMALL } else { &LARGE };
    world.get_or_init(|| World::of(users))
}

/// People spread over the whole store.
fn somebody(turn: usize, users: usize) -> usize {
    turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) % users
}

#[divan::bench(args = USERS, sample_count = 2_000, sample_size = 8)]
fn update_profile_username(bencher: Bencher<'_, '_>, users: usize) {
    let world = world_of(users);
    let id = world.start(InteractionEvent::Register);
    let names: Vec<UpdateProfile> = (0..TURNS)
        .map(|turn| UpdateProfile::new(ProfilePayload::username(format!("newcomer_{turn}"))))
        .collect();
    let mut turns = names.iter().cycle();
    world.with_context(|context| {
        let engine = world.engine(context);
        bencher
            .counter(ItemsCount::new(1_u32))
            .with_inputs(|| turns.next().unwrap())
            .bench_local_refs(|update| engine.run(&id, *update).is_ok());
    });
}

/// A sign-in of one of all, and their password.
fn about_to_verify(world: &World, turn: usize, users: usize) -> (InteractionId, VerifyPassword) {
    let name = world::username(somebody(turn, users));
    let claimed = ClaimedIdentifier::new(IdentifierType::Username, name);
    (world.start(InteractionEvent::SignIn), VerifyPassword::new(claimed, world::PASSWORD))
}

/// Each person is identified once: a step that identifies gives the interaction another id.
#[divan::bench(args = USERS, sample_count = 1_000, sample_size = 8)]
fn identify(bencher: Bencher<'_, '_>, users: usize) {
    let world = world_of(users);
    let people: Vec<(InteractionId, Identify)> = (0..TURNS * 2)
        .map(|turn| {
            let (mut id, verify) = about_to_verify(world, turn, users);
            let proof = world.run(&mut id, &verify);
            (id, Identify::by(proof))
        })
        .collect();
    let mut turns = people.iter();
    world.with_context(|context| {
        let engine = world.engine(context);
        bencher
            .counter(ItemsCount::new(1_u32))
            .with_inputs(|| turns.next().unwrap())
            .bench_local_refs(|(id, identify)| assert!(engine.run(id, identify).is_ok()));
    });
}

#[divan::bench(args = USERS, sample_count = 1_000, sample_size = 8)]
fn verify_password_without_the_hash(bencher: Bencher<'_, '_>, users: usize) {
    let world = world_of(users);
    let people: Vec<_> = (0..TURNS * 2).map(|turn| about_to_verify(world, turn, users)).collect();
    let mut turns = people.iter();
    world.with_context(|context| {
        let engine = world.engine(context);
        bencher
            .counter(ItemsCount::new(1_u32))
            .with_inputs(|| turns.next().unwrap())
            .bench_local_refs(|(id, verify)| assert!(engine.run(id, verify).is_ok()));
    });
}
