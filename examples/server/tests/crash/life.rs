//! A life: somebody registers, signs in by every way there is, recovers, is locked out. One request after the other, so that all
//! that was answered is known, and the account with it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::browser::{Browser, time};
use crate::load::{Load, Told};
use crate::random;
use crate::spending::{Factors, Spending};

/// What a person knows of their account.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) profile: Value,
    pub(crate) factors: Option<Factors>,
    /// The ids of interactions that were submitted.
    pub(crate) submitted: Vec<String>,
    pub(crate) spent_tokens: Vec<Spending>,
    pub(crate) is_locked: bool,
    pub(crate) session: Option<String>,
}

pub(crate) struct Person {
    pub(crate) load: Arc<Load>,
    pub(crate) name: String,
    pub(crate) browser: Browser,
    pub(crate) operator: Browser,
}

/// Lives one life.
pub(crate) async fn live(load: Arc<Load>, name: String) {
    let mut person = Person::new(&load, name);
    // Not everybody does the same at the same time.
    if random(2) == 0 {
        person.live_by_username().await;
        person.live_by_email().await;
    } else {
        person.live_by_email().await;
        person.live_by_username().await;
    }
}

impl Person {
    fn new(load: &Arc<Load>, name: String) -> Self {
        Self { load: Arc::clone(load), name, browser: Browser::new(load), operator: Browser::operator(load) }
    }

    async fn live_by_username(&mut self) {
        self.browser = Browser::new(&self.load);
        let mut account = self.register().await;
        self.flow(&mut account).await;
        self.add_email(&mut account).await;
        self.flow(&mut account).await;
        let mut flows = [0, 1, 2, 3];
        flows.rotate_left(random(4));
        for flow in flows {
            match flow {
                0 => self.sign_in(&mut account).await,
                1 => self.sign_in_by_code(&mut account).await,
                2 => self.sign_in_by_token(&mut account).await,
                _ => self.change_names(&mut account).await,
            }
            self.flow(&mut account).await;
        }
        self.take_factors(&mut account).await;
        for _ in 0..3 {
            self.sign_in(&mut account).await;
            self.flow(&mut account).await;
        }
        self.lock_out(&mut account).await;
        self.flow(&mut account).await;
        account.session = self.browser.session();
        self.load.ledger.enter(account);
    }

    async fn live_by_email(&mut self) {
        self.browser = Browser::new(&self.load);
        let mut account = self.register_by_code().await;
        self.flow(&mut account).await;
        for number in 0..2 {
            self.recover(&mut account, &format!("Xu8mTr2kNe{number}")).await;
            self.flow(&mut account).await;
        }
        account.session = self.browser.session();
        self.load.ledger.enter(account);
    }

    /// A flow is over: what was answered is in the store.
    async fn flow(&mut self, account: &mut Account) {
        Told::one(&self.load.told.flows);
        account.check(&mut self.operator).await;
    }
}

impl Account {
    pub(crate) fn new(id: String) -> Self {
        Self {
            id,
            username: None,
            email: None,
            password: None,
            profile: json!({}),
            factors: None,
            submitted: Vec::new(),
            spent_tokens: Vec::new(),
            is_locked: false,
            session: None,
        }
    }

    /// The account is as its person knows it.
    pub(crate) async fn check(&self, operator: &mut Browser) {
        let user = self.stored(operator).await;
        assert_eq!(
            (&user["username"], &user["primaryEmail"], &user["hasPassword"], &user["profile"]),
            (&json!(self.username), &json!(self.email), &json!(self.password.is_some()), &self.profile),
            "{user}"
        );
    }

    pub(crate) async fn stored(&self, operator: &mut Browser) -> Value {
        operator.get(&format!("/api/users/{}", self.id)).await.expect(200).body
    }

    pub(crate) async fn last_sign_in(&self, operator: &mut Browser) -> Option<DateTime<Utc>> {
        time(&self.stored(operator).await["lastSignInAt"])
    }
}
