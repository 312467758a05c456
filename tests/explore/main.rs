//! Every sequence of moves against one owner, up to a length, under every class of policy and with every kind of account: what was
//! proved is enough by another reading of the rules (`enough.rs`), which knows the moves alone.
//!
//! The explorer is the one of `examples/explore`. A violation names itself, the settings, and the shortest path to it.
//! `VESTIBULE_EXPLORE_DEPTH=6 cargo test --release --test explore -- --nocapture` goes further, and says how many states there are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../../examples/explore/account.rs"]
mod account;
mod enough;
#[allow(dead_code, reason = "the example shows more")]
#[path = "../../examples/explore/means.rs"]
mod means;
#[path = "../../examples/explore/moves.rs"]
mod moves;
mod nobody;
#[allow(dead_code, reason = "the example shows more")]
#[path = "../../examples/explore/search.rs"]
mod search;
#[path = "../../examples/explore/world.rs"]
mod world;

use serde_json::{Value, json};
use vestibule::experience::Experience;
use vestibule::flow::ViewInteraction;

use self::account::KINDS;
use self::means::Gain;
use self::moves::Move;
use self::search::{Bounds, Explored, Reached, explore};
use self::world::{Broken, State};

const POLICIES: [&str; 6] = [
    "PromptAtSignInAndSignUp",
    "PromptOnlyAtSignIn",
    "NoPrompt",
    "Mandatory",
    "PromptAtSignInAndSignUpMandatory",
    "PromptOnlyAtSignInMandatory",
];

/// What the operator's settings can be.
fn settings(factors: &[&str], policy: &str, methods: &Value, rest: &Value) -> Experience {
    let mut all = json!({
        "signUp": {"identifiers": []},
        "signIn": {"methods": methods},
        "mfa": {"factors": factors, "policy": policy},
        "socialConnectors": [{"id": "social", "target": "social"}],
        "enterpriseSsoConnectors": [{"id": "acme", "domains": ["acme.example"], "issuer": "https://acme.example"}],
    });
    all.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    Experience::new(serde_json::from_value(all).unwrap()).unwrap()
}

fn methods(password: bool, code: bool) -> Value {
    let method = |identifier: &str, code: bool| json!({"identifier": identifier, "password": password, "verificationCode": code});
    json!([method("username", false), method("email", code), method("phone", code)])
}

/// Every policy, with what differs most beside it.
fn worlds() -> Vec<(String, Experience)> {
    let all = ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"];
    let everything = json!({"passkeySignIn": {"enabled": true}, "singleSignOnEnabled": true});
    let linking = json!({"socialSignIn": {"automaticAccountLinking": true}, "forgotPasswordMethods": ["EmailVerificationCode"]});
    let mut worlds = Vec::new();
    for policy in POLICIES {
        worlds.push((policy, settings(&all[..3], policy, &methods(true, true), &everything)));
        worlds.push((policy, settings(&all[3..], policy, &methods(true, true), &linking)));
    }
    worlds.push(("no factors", settings(&[], "NoPrompt", &methods(true, false), &json!({}))));
    worlds.push(("codes alone", settings(&all, "NoPrompt", &methods(false, true), &json!({}))));
    worlds.push((
        "only registration",
        settings(&all, "NoPrompt", &methods(true, true), &json!({"signInMode": "Register"})),
    ));
    worlds.push((
        "only sign-in",
        settings(&all, "NoPrompt", &methods(true, true), &json!({"signInMode": "SignIn"})),
    ));
    let passkeys = json!({"passkeySignIn": {"enabled": true}});
    worlds.push(("an app that is off", settings(&["WebAuthn"], "NoPrompt", &methods(true, true), &passkeys)));
    worlds.into_iter().map(|(name, experience)| (name.to_owned(), experience)).collect()
}

#[allow(clippy::disallowed_methods, reason = "how far to go is the caller's to say")]
fn depth() -> usize {
    std::env::var("VESTIBULE_EXPLORE_DEPTH")
        .ok()
        .map_or(if cfg!(debug_assertions) { 4 } else { 5 }, |depth| depth.parse().unwrap())
}

fn words(path: &[Move]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" > ")
}

/// The path to a state, and one move more.
fn path(reached: &[Reached], at: usize, action: Move) -> Vec<Move> {
    let mut path = vec![action];
    let mut state = reached.get(at);
    while let Some((from, action)) = state.and_then(|reached| reached.came) {
        path.push(action);
        state = reached.get(from);
    }
    path.reverse();
    path
}

/// The invariants of every transition that is granted.
fn check(
    experience: &Experience,
    reached: &[Reached],
    at: usize,
    action: Move,
    after: &State,
) -> Result<(), Broken> {
    let before = &reached[at].state;
    let path = || path(reached, at, action);
    enough::an_account_changes_only_for_whoever_proved_enough(experience, before, after, &path)?;
    enough::a_session_is_granted_only_to_whoever_proved_enough(experience, before, after, &path)?;
    keys_are_unique(after, experience)?;
    the_view_holds_no_secret(experience, after)
}

fn keys_are_unique(state: &State, experience: &Experience) -> Result<(), Broken> {
    let case = experience.username_case();
    let mut keys: Vec<_> = state.stores.users().flat_map(|user| user.keys(case)).collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    if keys.len() == all { Ok(()) } else { Err("keys_are_unique: two accounts hold one key".into()) }
}

fn the_view_holds_no_secret(experience: &Experience, state: &State) -> Result<(), Broken> {
    let mut looking = state.clone();
    let Ok(view) = looking.step(experience, &ViewInteraction)? else { return Ok(()) };
    let view = serde_json::to_string(&view)?;
    let secrets = [account::PASSWORD, account::OTHER_PASSWORD, "GEZDGNBVGY3TQOJQ", "challenge"];
    match secrets.iter().find(|secret| view.contains(**secret)) {
        Some(secret) => Err(format!("the_view_holds_no_secret: {secret} in {view}").into()),
        None => Ok(()),
    }
}

/// Whoever has all of the owner's gets in.
fn no_dead_ends(explored: &Explored, can_sign_in: bool) -> Result<(), Broken> {
    let gets_in = explored.findings.contains_key(&Gain::SignsIn);
    if gets_in || !can_sign_in { Ok(()) } else { Err("no_dead_ends: the owner does not get in".into()) }
}

#[test]
fn nothing_is_granted_for_less_than_the_rules_ask() {
    let (mut states, mut transitions) = (0, 0);
    let bounds = Bounds { depth: depth(), interactions: 1, means: 2, changes: 1 };
    for (at, (name, experience)) in worlds().into_iter().enumerate() {
        // Without optimisation, each world with one kind of account.
        let is_left_out = |other: usize| cfg!(debug_assertions) && other != at % KINDS.len();
        for (_, kind) in KINDS.iter().enumerate().filter(|(other, _)| !is_left_out(*other)) {
            let user = kind.user(&experience).unwrap();
            let explored = explore(&experience, user, bounds, &mut |reached, at, action, after| {
                check(&experience, reached, at, action, after)
                    .map_err(|error| format!("{error}\n  by: {}", words(&path(reached, at, action))).into())
            });
            let explored =
                explored.unwrap_or_else(|error| panic!("{name}, an owner with {}:\n  {error}", kind.name));
            states += explored.reached.len();
            transitions += explored.transitions;
        }
    }
    println!("{states} states, {transitions} moves, {} deep", bounds.depth);
}

#[test]
fn whoever_has_all_of_the_owners_gets_in() {
    // Without optimisation, whoever needs no factor.
    let (depth, step, kinds) = if cfg!(debug_assertions) { (5, 16, 3) } else { (6, 3, 1) };
    let bounds = Bounds { depth, interactions: 1, means: 2, changes: 0 };
    for (name, experience) in worlds().into_iter().step_by(step) {
        for kind in KINDS.iter().take(4).step_by(kinds) {
            let user = kind.user(&experience).unwrap();
            let can = enough::can_sign_in(&experience, &user);
            let explored = explore(&experience, user, bounds, &mut |_, _, _, _| Ok(())).unwrap();
            no_dead_ends(&explored, can).unwrap_or_else(|error| panic!("{name}, {}: {error}", kind.name));
        }
    }
}
