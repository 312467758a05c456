//! Whole steps through the engine, over stores in memory of two sizes. `cargo bench --bench engine`
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up ends there")]

#[path = "support/world.rs"]
mod world;

use std::sync::OnceLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use vestibule::engine::Engine;
use vestibule::flow::{Identify, ProfilePayload, UpdateProfile, VerifyPassword};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType, VerificationId};
use vestibule::interaction::{Interaction, InteractionEvent};
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
    let interaction = world.start(InteractionEvent::Register);
    let names: Vec<UpdateProfile> = (0..TURNS)
        .map(|turn| UpdateProfile::new(ProfilePayload::username(format!("newcomer_{turn}"))))
        .collect();
    let mut turns = names.iter().cycle();
    world.with_context(|context| {
        let engine = Engine::new(&world.users, &world.verifications, context);
        bencher
            .counter(ItemsCount::new(1_u32))
            .with_inputs(|| (interaction.clone(), turns.next().unwrap()))
            .bench_local_refs(|(interaction, update)| engine.run(interaction, *update).is_ok());
    });
}

#[divan::bench(args = USERS, sample_count = 2_000, sample_size = 8)]
fn identify(bencher: Bencher<'_, '_>, users: usize) {
    let world = world_of(users);
    let people: Vec<(Interaction, VerificationId)> = (0..TURNS)
        .map(|turn| {
            let mut interaction = world.start(InteractionEvent::SignIn);
            let name = world::username(somebody(turn, users));
            let claimed = ClaimedIdentifier::new(IdentifierType::Username, name);
            let id = world.run(&mut interaction, &VerifyPassword::new(claimed, world::PASSWORD));
            (interaction, id)
        })
        .collect();
    let mut turns = people.iter().cycle();
    world.with_context(|context| {
        let engine = Engine::new(&world.users, &world.verifications, context);
        bencher
            .counter(ItemsCount::new(1_u32))
            .with_inputs(|| {
                let (interaction, id) = turns.next().unwrap();
                (interaction.clone(), Identify::by(*id))
            })
            .bench_local_refs(|(interaction, identify)| engine.run(interaction, identify).is_ok());
    });
}
