//! The flows. A flow whose interaction is gone with a lost answer is begun anew; an account that such a step made, or
//! wrote, is then found as it was to be.

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};
use vestibule::identifier::{Email, UserKey, Username, UsernameCase};

use crate::browser::{Answer, Browser, EXPERIENCE};
use crate::fleet::MAX_ATTEMPTS;
use crate::ledger::by_password;
use crate::life::{Account, Person};
use crate::load::Told;
use crate::program::TOKEN;
use crate::random;

const PASSWORD: &str = "Zk7vQw9pLm";

pub(crate) const VERIFY_PASSWORD: &str = "verification/password";
pub(crate) const LOCKED: &str = "session.verification_blocked_too_many_attempts";

/// More often than any number of kills makes a flow begin anew.
pub(crate) const OFTEN: usize = 100;

/// Begins a flow until it gets through.
macro_rules! until_done {
    ($flow:expr) => {{
        let mut tries = 0..$crate::flows::OFTEN;
        loop {
            assert!(tries.next().is_some(), "lost answers cost the owner the way in");
            if let Some(done) = $flow {
                break done;
            }
        }
    }};
}
pub(crate) use until_done;

impl Person {
    pub(crate) async fn register(&mut self) -> Account {
        let (username, nickname) = (self.name.clone(), format!("nick {}", self.name));
        self.browser.start("Register").await;
        self.browser.stage(json!({"type": "username", "value": username})).await;
        self.browser.stage(json!({"type": "password", "value": PASSWORD})).await;
        self.browser.stage(json!({"type": "extraProfile", "values": {"nickname": nickname}})).await;
        let key = Username::parse(&username).unwrap().key(UsernameCase::Sensitive);
        let submitted = match self.create(json!({}), &key).await {
            Some(()) => self.submit(None, 200).await,
            // The account is made, whole, and its person signs in (N-13).
            None => None,
        };
        let mut account = Account::new(String::new());
        account.username = Some(username);
        account.password = Some(PASSWORD.into());
        account.profile = json!({"nickname": nickname});
        let submitted = if let Some(submitted) = submitted {
            submitted
        } else {
            until_done!(self.try_sign_in(&mut account).await)
        };
        account.id = submitted.body["userId"].as_str().unwrap().into();
        account
    }

    pub(crate) async fn register_by_code(&mut self) -> Account {
        let email = format!("{}@example.com", self.name);
        let key = Email::parse(&email).unwrap().key();
        let made = until_done!({
            self.browser.start("Register").await;
            match self.prove(&email, "Register").await {
                Some(id) => Some(self.create(json!({"verificationId": id}), &key).await),
                None => None,
            }
        });
        let mut account = Account::new(String::new());
        let submitted = match made {
            Some(()) => self.submit(None, 200).await,
            None => None,
        };
        account.email = Some(email);
        let submitted = if let Some(submitted) = submitted {
            submitted
        } else {
            until_done!(self.try_sign_in_by_code(&mut account).await)
        };
        account.id = submitted.body["userId"].as_str().unwrap().into();
        account
    }

    /// Makes the account. `None`: it is made, and the answer was lost.
    async fn create(&mut self, body: Value, key: &UserKey) -> Option<()> {
        let path = &format!("{EXPERIENCE}/identification");
        if let Some(answer) = self.browser.once(&Method::POST, path, Some(&body)).await {
            answer.expect(201);
            return Some(());
        }
        let is_made = self.load.rows.holds(key).await;
        let answer = Answer { lost: true, ..self.browser.post(path, body).await }.given(201);
        if answer.is_none() {
            assert!(self.load.rows.holds(key).await, "the step is done, and there is no account");
        } else if is_made {
            Told::one(&self.load.told.halves);
        }
        answer.map(|_| ())
    }

    /// Ends the interaction, once. `None`: it is ended, and the answer was lost.
    async fn submit(&mut self, account: Option<&mut Account>, status: u16) -> Option<Answer> {
        let (id, since) = (self.browser.interaction(), Utc::now());
        let path = &format!("{EXPERIENCE}/submit");
        // Whoever lost the answer to a registration does not know yet who they are.
        let signs_in = status == 200 && account.as_ref().is_some_and(|account| !account.id.is_empty());
        let mut answer =
            self.browser.once(&Method::POST, path, None).await.map(|answer| answer.expect(status));
        if answer.is_none() {
            let is_written = match &account {
                Some(account) if signs_in => account.last_sign_in(&mut self.operator).await >= Some(since),
                _ => false,
            };
            let second = self.browser.insist(Method::POST, path, None).await;
            answer = Answer { lost: true, ..second }.given(status);
            if is_written && answer.is_some() {
                Told::one(&self.load.told.halves);
            }
        }
        if answer.is_none() {
            self.browser.forget_session();
        }
        Told::one(&self.load.told.replays);
        let mut again = Browser::with_interaction(&self.load, &id);
        again.insist(Method::POST, path, None).await.fails(404, "session.interaction_not_found");
        if let Some(account) = account {
            account.submitted.push(id);
            if signs_in {
                let last = account.last_sign_in(&mut self.operator).await;
                assert!(last >= Some(since), "a sign-in since {since} is not kept: {last:?}");
            }
        }
        answer
    }

    pub(crate) async fn sign_in(&mut self, account: &mut Account) {
        until_done!(self.try_sign_in(account).await);
    }

    async fn try_sign_in(&mut self, account: &mut Account) -> Option<Answer> {
        self.browser.identify(&by_password(account)).await?;
        self.finish(account).await
    }

    pub(crate) async fn sign_in_by_code(&mut self, account: &mut Account) {
        until_done!(self.try_sign_in_by_code(account).await);
    }

    async fn try_sign_in_by_code(&mut self, account: &mut Account) -> Option<Answer> {
        self.browser.start("SignIn").await;
        let email = account.email.clone().unwrap();
        let id = self.prove(&email, "SignIn").await?;
        self.browser.step("identification", json!({"verificationId": id}), 204).await?;
        self.finish(account).await
    }

    /// Whoever is identified brings what else the account asks, and is signed in.
    pub(crate) async fn finish(&mut self, account: &mut Account) -> Option<Answer> {
        if account.factors.is_some() {
            self.second_factor(account).await?;
        }
        self.submit(Some(account), 200).await
    }

    pub(crate) async fn add_email(&mut self, account: &mut Account) {
        let email = format!("{}.too@example.com", self.name);
        until_done!({
            let staged = self.try_stage_email(account, &email).await;
            if staged.is_some() {
                // Submitted, whether or not the answer arrives.
                self.submit(Some(account), 200).await;
            }
            staged
        });
        account.email = Some(email);
    }

    async fn try_stage_email(&mut self, account: &Account, email: &str) -> Option<()> {
        self.browser.identify(&by_password(account)).await?;
        let id = self.prove(email, "SignIn").await?;
        self.browser.stage(json!({"type": "email", "verificationId": id})).await;
        Some(())
    }

    /// Proves an email by a code. A code that was verified is spent.
    async fn prove(&mut self, email: &str, event: &str) -> Option<Value> {
        let identifier = json!({"type": "email", "value": email});
        let send = &format!("{EXPERIENCE}/verification/verification-code");
        let (id, code) = until_done!({
            let body = json!({"identifier": identifier, "interactionEvent": event});
            let sent = self.browser.post(send, body).await.expect(200);
            // What a server sent is in its memory: if it was killed, another code must be sent.
            self.last_code(&sent.from, email).await.map(|code| (sent.id(), code))
        });
        let verify = "verification/verification-code/verify";
        let body = json!({"identifier": identifier, "verificationId": id, "code": code});
        let before = self.browser.interaction();
        self.browser.step(verify, body.clone(), 200).await?;
        Told::one(&self.load.told.replays);
        let path = &format!("{EXPERIENCE}/{verify}");
        self.browser.post(path, body.clone()).await.fails(400, "verification_code.not_found");
        let mut planted = Browser::with_interaction(&self.load, &before);
        planted.post(path, body).await.fails(404, "session.interaction_not_found");
        Some(id)
    }

    async fn last_code(&self, server: &str, email: &str) -> Option<Value> {
        let url = format!("http://{server}/api/dev/outbox?to={email}");
        let sent = self.load.http.get(url).bearer_auth(TOKEN).send().await.ok()?;
        let sent: Value = sent.json().await.ok()?;
        sent.as_array().unwrap().last().map(|message| message["code"].clone())
    }

    /// A new password: the old one is nobody's from then on.
    pub(crate) async fn recover(&mut self, account: &mut Account, password: &str) {
        let email = account.email.clone().unwrap();
        until_done!(match self.try_set_password(&email, password).await {
            // A new password ends all sessions.
            Some(()) => {
                self.browser.forget_session();
                self.submit(Some(account), 204).await;
                Some(())
            }
            None => None,
        });
        if let Some(old) = account.password.replace(password.into()) {
            let mut browser = Browser::new(&self.load);
            browser.start("SignIn").await;
            let by_old = json!({"identifier": {"type": "email", "value": email}, "password": old});
            let refused = browser.post(&format!("{EXPERIENCE}/{VERIFY_PASSWORD}"), by_old).await;
            refused.fails(422, "session.invalid_credentials");
            Told::one(&self.load.told.replays);
        }
        self.sign_in(account).await;
    }

    async fn try_set_password(&mut self, email: &str, password: &str) -> Option<()> {
        self.browser.start("ForgotPassword").await;
        let id = self.prove(email, "ForgotPassword").await?;
        self.browser.step("identification", json!({"verificationId": id}), 204).await?;
        let body = json!({"password": password});
        let path = &format!("{EXPERIENCE}/profile/password");
        self.browser.insist(Method::PUT, path, Some(body)).await.expect(204);
        Some(())
    }

    /// Wrong passwords, until the username is locked: not a try later than it must be, whatever was lost. Then it is, also for
    /// the right one.
    pub(crate) async fn lock_out(&mut self, account: &mut Account) {
        let (path, username) =
            (&format!("{EXPERIENCE}/{VERIFY_PASSWORD}"), account.username.clone().unwrap());
        let password =
            |text: &str| json!({"identifier": {"type": "username", "value": username}, "password": text});
        self.browser.start("SignIn").await;
        // How many tries are counted at least, and at most.
        let (mut least, mut most) = (0, 0);
        loop {
            match self.browser.once(&Method::POST, path, Some(&password("wrong"))).await {
                None => most += 1,
                Some(answer) if answer.is(422, "session.invalid_credentials") => {
                    least += 1;
                    most = MAX_ATTEMPTS.min(most + 2) - 1;
                    assert!(least < MAX_ATTEMPTS, "{least} tries, and no lock");
                }
                Some(answer) => {
                    answer.fails(400, LOCKED);
                    assert!(most + 1 >= MAX_ATTEMPTS, "locked after {most} tries");
                    break;
                }
            }
        }
        account.is_locked = true;
        // A kill or two may be now.
        sleep(Duration::from_millis(random(800) as u64)).await;
        self.browser.post(path, password(PASSWORD)).await.fails(400, LOCKED);
        Told::one(&self.load.told.replays);
    }

    /// Changes both names by `/me`: both, or neither.
    pub(crate) async fn change_names(&mut self, account: &mut Account) {
        let mut names = (Value::Null, Value::Null);
        for number in 0..OFTEN {
            let new = (json!(format!("Jane {number}")), json!(format!("Smith {number}")));
            let body = json!({"first_name": new.0, "last_name": new.1});
            match self.browser.once(&Method::PATCH, "/me", Some(&body)).await {
                None => {
                    let stored = account.stored(&mut self.operator).await;
                    let claim = |name: &str| stored["profile"].get(name).cloned().unwrap_or_default();
                    let found = (claim("givenName"), claim("familyName"));
                    assert!(found == names || found == new, "{found:?} of {names:?} and {new:?}");
                    names = found;
                }
                Some(answer) if answer.status == 401 => {
                    // Signed in, and then forgotten: the submission's answer may have been lost.
                    assert!(self.browser.session().is_none(), "a session was forgotten");
                    self.sign_in(account).await;
                }
                Some(answer) => {
                    let data = &answer.expect(200).body["data"];
                    assert_eq!((&data["first_name"], &data["last_name"]), (&new.0, &new.1));
                    account.profile["givenName"] = new.0;
                    account.profile["familyName"] = new.1;
                    return;
                }
            }
        }
        panic!("nobody stays signed in long enough");
    }
}

impl Browser {
    /// Starts a sign-in, and identifies by a password.
    pub(crate) async fn identify(&mut self, by_password: &Value) -> Option<()> {
        self.start("SignIn").await;
        let id = self.step(VERIFY_PASSWORD, by_password.clone(), 200).await?.id();
        self.step("identification", json!({"verificationId": id}), 204).await?;
        Some(())
    }
}
