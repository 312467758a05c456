//! Whoever has nothing of the owner's learns nothing: every step answers as if there were no owner.

use serde_json::json;
use vestibule::experience::InteractionEvent;
use vestibule::flow::{SendCode, VerifyPassword, WhatRemains};

use crate::account::{self, KINDS};
use crate::search::{Bounds, explore};
use crate::world::{Broken, State, Stores};
use crate::{methods, settings, words};

/// What somebody is told who tries this in a state.
fn answers(experience: &vestibule::experience::Experience, state: &State) -> Result<Vec<String>, Broken> {
    let mut answers = Vec::new();
    for event in [InteractionEvent::SignIn, InteractionEvent::Register, InteractionEvent::ForgotPassword] {
        for contact in [account::owners_email()?, account::owners_phone()?] {
            let sent = state.clone().step(experience, &SendCode::new(contact, event))?;
            answers.push(sent.map_or_else(|refused| refused.code().to_owned(), |_| "sent".to_owned()));
        }
    }
    let wrong = VerifyPassword::new(account::claimed(experience), "not-the-0ne");
    let tried = state.clone().step(experience, &wrong)?;
    answers.push(tried.map_or_else(|refused| refused.code().to_owned(), |_| "right".to_owned()));
    let remains = state.clone().step(experience, &WhatRemains)?;
    answers.push(remains.map_or_else(
        |refused| refused.code().to_owned(),
        |remains| serde_json::to_string(&remains).unwrap_or_default(),
    ));
    Ok(answers)
}

#[test]
fn whoever_has_nothing_learns_nothing() {
    let factors = ["Totp", "WebAuthn", "BackupCode"];
    for mode in ["SignInAndRegister", "SignIn", "Register"] {
        let rest =
            json!({"signInMode": mode, "passkeySignIn": {"enabled": true}, "singleSignOnEnabled": true});
        let experience = settings(&factors, "NoPrompt", &methods(true, true), &rest);
        let user = KINDS[4].user(&experience).unwrap();
        let bounds = Bounds { depth: 4, interactions: 1, means: 0, changes: 1 };
        let explored = explore(&experience, user, bounds, &mut |_, _, _, _| Ok(())).unwrap();
        assert!(explored.reached.len() > 20, "{} states", explored.reached.len());
        for (at, reached) in explored.reached.iter().enumerate() {
            let path = explored.path(at);
            let mut without = State::new(Stores::default());
            for action in &path {
                without.now += chrono::TimeDelta::seconds(31);
                let done = action.perform(&experience, &mut without).unwrap();
                assert_eq!(done, Ok(()), "{mode}: {}", words(&path));
            }
            let (with, without) = (answers(&experience, &reached.state), answers(&experience, &without));
            assert_eq!(with.unwrap(), without.unwrap(), "{mode}: {}", words(&path));
        }
        let gains: Vec<_> = explored.findings.keys().collect();
        assert!(gains.is_empty(), "{mode}: {gains:?}");
    }
}
