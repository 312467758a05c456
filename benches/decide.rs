//! Deciding alone: no store, no hash worth the name. `cargo bench --bench decide`
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up ends there")]

#[path = "support/world.rs"]
mod world;

use divan::Bencher;
use divan::counter::ItemsCount;
use serde_json::json;
use vestibule::flow::{
    ExtraProfile, Identify, NewPasswordIdentity, ProfilePayload, Submit, UpdateProfile, VerifyPassword,
    VerifyTotp,
};
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, Phone, VerificationId};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::operation::{Facts, Operation, decide};
use vestibule::user::{TotpFactor, TotpSecret};
use world::World;

fn main() {
    divan::main();
}

/// Decides again and again, each time with all its drafts: what each one knows is looked up before.
fn bench<O: Operation<Subject = Interaction>>(
    bencher: Bencher<'_, '_>,
    world: &World,
    id: &InteractionId,
    operation: &O,
) {
    let drafts: Vec<Facts> = world.drafts(id, operation);
    world.with_context(|context| {
        bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
            for facts in &drafts {
                divan::black_box(decide(operation, id, facts, divan::black_box(&context)).is_ok());
            }
        });
    });
}

/// A payload for a registration; where it stands on a record, that record is made first.
fn bench_payload(
    bencher: Bencher<'_, '_>,
    payload: impl FnOnce(&World, &mut InteractionId) -> ProfilePayload,
) {
    let fields = json!([{"name": "company", "type": "Text"}, {"name": "size", "type": "Number"}]);
    let world = World::with(1_000, json!({"customProfileFields": fields}));
    let mut id = world.start(InteractionEvent::Register);
    let payload = payload(&world, &mut id);
    bench(bencher, &world, &id, &UpdateProfile::new(payload));
}

#[divan::bench_group]
mod update_profile {
    use super::{
        Bencher, Contact, Email, ExtraProfile, InteractionEvent, Phone, ProfilePayload, bench_payload,
    };

    #[divan::bench]
    fn username(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |_, _| ProfilePayload::username("jane_doe"));
    }

    #[divan::bench]
    fn password(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |_, _| ProfilePayload::password("Zk7vQw9pLm"));
    }

    #[divan::bench]
    fn email(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |world, interaction| {
            let contact = Contact::Email(Email::parse("jane@example.com").unwrap());
            ProfilePayload::email(world.prove(interaction, &contact, InteractionEvent::Register))
        });
    }

    #[divan::bench]
    fn phone(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |world, interaction| {
            let contact = Contact::Phone(Phone::parse("61412345678").unwrap());
            ProfilePayload::phone(world.prove(interaction, &contact, InteractionEvent::Register))
        });
    }

    #[divan::bench]
    fn social(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |world, interaction| ProfilePayload::social(world.prove_social(interaction)));
    }

    #[divan::bench]
    fn extra_profile(bencher: Bencher<'_, '_>) {
        bench_payload(bencher, |_, _| {
            let values = serde_json::json!({
                "name": "Jane Doe", "nickname": "jay", "company": "Acme", "size": 40,
            });
            ProfilePayload::extra_profile(ExtraProfile::new(values.as_object().unwrap().clone()).unwrap())
        });
    }
}

/// A sign-in in which the password of user 7 was verified.
fn signing_in(world: &World) -> (InteractionId, VerificationId) {
    let mut interaction = world.start(InteractionEvent::SignIn);
    let claimed = ClaimedIdentifier::new(IdentifierType::Username, world::username(7));
    let id = world.run(&mut interaction, &VerifyPassword::new(claimed, world::PASSWORD));
    (interaction, id)
}

#[divan::bench]
fn verify_password(bencher: Bencher<'_, '_>) {
    let world = World::of(1_000);
    let id = world.start(InteractionEvent::SignIn);
    let claimed = ClaimedIdentifier::new(IdentifierType::Username, world::username(7));
    bench(bencher, &world, &id, &VerifyPassword::new(claimed, world::PASSWORD));
}

#[divan::bench]
fn identify(bencher: Bencher<'_, '_>) {
    let world = World::of(1_000);
    let (interaction, id) = signing_in(&world);
    bench(bencher, &world, &interaction, &Identify::by(id));
}

#[divan::bench]
fn submit_sign_in(bencher: Bencher<'_, '_>) {
    let world = World::of(1_000);
    let (mut interaction, id) = signing_in(&world);
    world.run(&mut interaction, &Identify::by(id));
    bench(bencher, &world, &interaction, &Submit);
}

#[divan::bench]
fn submit_registration(bencher: Bencher<'_, '_>) {
    let world = World::of(1_000);
    let mut interaction = world.start(InteractionEvent::Register);
    let id = world.run(&mut interaction, &NewPasswordIdentity::new("jane_doe", "Zk7vQw9pLm"));
    world.run(&mut interaction, &Identify::by(id));
    bench(bencher, &world, &interaction, &Submit);
}

/// A sign-in of user 7, identified, who has an authenticator app: the one of RFC 6238, appendix B.
fn signing_in_with_app() -> (World, InteractionId) {
    let world = World::with(1_000, serde_json::json!({"mfa": {"factors": ["Totp"], "policy": "Mandatory"}}));
    let secret = TotpSecret::from_bytes(*b"12345678901234567890");
    world.change(7, |user| user.mfa.totp = Some(TotpFactor::new(secret)));
    let (mut interaction, id) = signing_in(&world);
    world.run(&mut interaction, &Identify::by(id));
    (world, interaction)
}

/// What the app shows.
fn app_shows(world: &World) -> String {
    let now = world.with_context(|context| u64::try_from(context.now.timestamp()).unwrap());
    let secret = totp_rs::Secret::new_stack(*b"12345678901234567890");
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret);
    app.build().unwrap().generate(now).to_string()
}

#[divan::bench]
fn verify_totp(bencher: Bencher<'_, '_>) {
    let (world, interaction) = signing_in_with_app();
    bench(bencher, &world, &interaction, &VerifyTotp::of_own_secret(app_shows(&world)));
}

#[divan::bench]
fn submit_sign_in_with_mfa(bencher: Bencher<'_, '_>) {
    let (world, mut interaction) = signing_in_with_app();
    world.run(&mut interaction, &VerifyTotp::of_own_secret(app_shows(&world)));
    bench(bencher, &world, &interaction, &Submit);
}

/// Reading an address: the plain one, and one whose domain is not ASCII.
#[divan::bench(args = ["jane.doe@mail.example.com", "Jane.Doe@Mail.Example.com", "jane@bücher.example"])]
fn parse_email(bencher: Bencher<'_, '_>, text: &str) {
    bencher.bench_local(|| Email::parse(divan::black_box(text)).is_ok());
}
