//! What was answered to people whose lives are over, and must be so for ever.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Browser, EXPERIENCE};
use crate::flows::{LOCKED, VERIFY_PASSWORD, until_done};
use crate::life::Account;
use crate::load::{Load, Told};
use crate::random;

/// How many accounts are looked at after each kill.
const SOME: usize = 4;

/// A backup code that is tried again is a failed try: so many of an account's, and no more, so that it is not locked.
const TRIES_AGAIN: usize = 2;

#[derive(Default)]
pub(crate) struct Ledger {
    accounts: Mutex<Vec<Arc<Account>>>,
}

impl Ledger {
    pub(crate) fn enter(&self, account: Account) {
        self.accounts.lock().unwrap().push(Arc::new(account));
    }

    /// Looks at some accounts, or at all.
    pub(crate) async fn check(&self, load: &Arc<Load>, all: bool) {
        let accounts = self.accounts.lock().unwrap().clone();
        let some: Vec<_> = if all {
            accounts
        } else {
            // The latest of all first: there a crash did the most.
            let latest = accounts.last().cloned();
            let others = (0..SOME.min(accounts.len())).map(|_| Arc::clone(&accounts[random(accounts.len())]));
            latest.into_iter().chain(others).collect()
        };
        let mut operator = Browser::operator(load);
        for (number, account) in some.iter().enumerate() {
            account.check(&mut operator).await;
            account.is_over(load).await;
            // Passwords take long.
            if !all || number % 10 == 0 {
                account.still_signs_in(load).await;
            }
            if all && let Some(factors) = &account.factors {
                for spent in factors.spent.iter().rev().take(TRIES_AGAIN) {
                    spent.is_spent(load).await;
                }
            }
        }
    }
}

impl Account {
    /// What was submitted, spent and locked is so.
    async fn is_over(&self, load: &Arc<Load>) {
        let submitted = &self.submitted[random(self.submitted.len())];
        let mut browser = Browser::with_interaction(load, submitted);
        let again = browser.insist(Method::POST, &format!("{EXPERIENCE}/submit"), None).await;
        again.fails(404, "session.interaction_not_found");
        Told::one(&load.told.replays);
        for token in &self.spent_tokens {
            token.is_spent(load).await;
        }
        if self.is_locked {
            browser.start("SignIn").await;
            let identifier = json!({"type": "username", "value": self.username});
            let right = json!({"identifier": identifier, "password": self.password});
            browser.post(&format!("{EXPERIENCE}/{VERIFY_PASSWORD}"), right).await.fails(400, LOCKED);
            Told::one(&load.told.replays);
        }
        if let Some(session) = &self.session {
            let me = Browser::with_session(load, session).me().await;
            assert_eq!(me.map(|me| me["id"].clone()), Some(json!(self.id)), "a session was forgotten");
        }
    }

    async fn still_signs_in(&self, load: &Arc<Load>) {
        let password = by_password(self);
        let mut browser = Browser::new(load);
        until_done!(browser.identify(&password).await);
        let view = browser.get(&format!("{EXPERIENCE}/interaction")).await.expect(200).body;
        assert_eq!(view["userId"], self.id);
    }
}

/// The body that a password is verified with: by the email where there is one, for usernames are locked in the end.
pub(crate) fn by_password(account: &Account) -> Value {
    let identifier = match (&account.email, &account.username) {
        (Some(email), _) => json!({"type": "email", "value": email}),
        (None, username) => json!({"type": "username", "value": username}),
    };
    json!({"identifier": identifier, "password": account.password})
}
