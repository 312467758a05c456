//! What is good once: tokens, one-time passwords of an app, backup codes. Whoever's answer was lost goes on with the same step;
//! sometimes somebody else tries first. One of the two has it, never both, never neither.

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser, EXPERIENCE};
use crate::flows::until_done;
use crate::ledger::by_password;
use crate::life::{Account, Person};
use crate::load::{Load, Told};
use crate::random;

/// What a person's app shows and paper says.
pub(crate) struct Factors {
    secret: String,
    /// The last time step that was tried.
    last_step: i64,
    unspent: Vec<Value>,
    pub(crate) spent: Vec<Spending>,
}

/// Something that is good once.
#[derive(Clone)]
pub(crate) struct Spending {
    step: &'static str,
    body: Value,
    refusal: (u16, &'static str),
    /// Of whom, for who must be identified to spend it: their password.
    of: Option<Value>,
    /// After this time it is refused whether or not it was spent.
    good_until: Option<i64>,
}

impl Spending {
    fn token(email: &str, token: &Value) -> Self {
        Self {
            step: "verification/one-time-token/verify",
            body: json!({"identifier": {"type": "email", "value": email}, "token": token}),
            refusal: (400, "one_time_token.token_consumed"),
            of: None,
            good_until: None,
        }
    }

    fn backup_code(account: &Account, code: &Value) -> Self {
        Self {
            step: "verification/backup-code/verify",
            body: json!({"code": code}),
            refusal: (400, "session.mfa.invalid_backup_code"),
            of: Some(by_password(account)),
            good_until: None,
        }
    }

    fn time_step(account: &Account, code: &str, step: i64) -> Self {
        Self {
            step: "verification/totp/verify",
            body: json!({"code": code}),
            refusal: (400, "session.mfa.invalid_totp_code"),
            of: Some(by_password(account)),
            good_until: Some((step + 2) * 30),
        }
    }

    /// Another browser, which is as far as one must be to spend this.
    async fn another(&self, load: &std::sync::Arc<Load>) -> Browser {
        let mut browser = Browser::new(load);
        match &self.of {
            Some(password) => until_done!(browser.identify(password).await),
            None => browser.start("SignIn").await,
        }
        browser
    }

    /// Somebody else tries: whether it was granted.
    async fn try_elsewhere(&self, load: &std::sync::Arc<Load>) -> bool {
        let mut thief = self.another(load).await;
        let answer = thief.post(&format!("{EXPERIENCE}/{}", self.step), self.body.clone()).await;
        if answer.is(self.refusal.0, self.refusal.1) {
            return false;
        }
        // Granted, and perhaps without the answer.
        answer.given(200);
        true
    }

    /// It was spent, and nobody spends it again.
    pub(crate) async fn is_spent(&self, load: &std::sync::Arc<Load>) {
        if self.good_until.is_some_and(|until| Utc::now().timestamp() >= until) {
            return;
        }
        Told::one(&load.told.replays);
        assert!(!self.try_elsewhere(load).await, "{} was granted twice", self.step);
    }
}

impl Person {
    /// Spends it. `None`: somebody has spent it, and this interaction is over, or has nothing of it.
    async fn spend(&mut self, what: &Spending) -> Option<Answer> {
        let path = &format!("{EXPERIENCE}/{}", what.step);
        let mut answer =
            self.browser.once(&Method::POST, path, Some(&what.body)).await.map(|answer| answer.expect(200));
        if answer.is_none() {
            let stolen = if random(2) == 0 { Some(what.try_elsewhere(&self.load).await) } else { None };
            let second = self.browser.post(path, what.body.clone()).await;
            if stolen == Some(true) {
                second.fails(what.refusal.0, what.refusal.1);
            } else {
                answer = Answer { lost: true, ..second }.given(200);
                // Others were refused it, for it was spent; and still it was not spent in vain.
                if stolen == Some(false) && answer.is_some() {
                    Told::one(&self.load.told.halves);
                }
            }
        }
        what.is_spent(&self.load).await;
        answer
    }

    pub(crate) async fn sign_in_by_token(&mut self, account: &mut Account) {
        until_done!(self.try_sign_in_by_token(account).await);
    }

    async fn try_sign_in_by_token(&mut self, account: &mut Account) -> Option<Answer> {
        let email = account.email.clone().unwrap();
        let body = json!({"email": email, "context": {"interactionEvent": "SignIn"}});
        let issued = self.operator.post("/api/one-time-tokens", body).await.expect(201);
        let token = Spending::token(&email, &issued.body["token"]);
        self.browser.start("SignIn").await;
        let proof = self.spend(&token).await;
        account.spent_tokens.push(token);
        let id = proof?.id();
        self.browser.step("identification", json!({"verificationId": id}), 204).await?;
        self.finish(account).await
    }

    /// The operator gives an app and a paper. A gift whose answer was lost is given again.
    pub(crate) async fn take_factors(&mut self, account: &mut Account) {
        let path = format!("/api/users/{}/mfa-verifications", account.id);
        let app = self.operator.post(&path, json!({"type": "Totp"})).await.expect(200);
        let paper = self.operator.post(&path, json!({"type": "BackupCode"})).await.expect(200);
        account.factors = Some(Factors {
            secret: app.body["secret"].as_str().unwrap().into(),
            last_step: 0,
            unspent: paper.body["codes"].as_array().unwrap().clone(),
            spent: Vec::new(),
        });
    }

    /// What the app shows, if it shows something new; else a code from the paper.
    pub(crate) async fn second_factor(&mut self, account: &mut Account) -> Option<()> {
        let now = Utc::now().timestamp() / 30;
        let factors = account.factors.as_mut().unwrap();
        let step = now.max(factors.last_step + 1);
        // The app is not asked for the very last time: the paper's turn comes too.
        let what = if step <= now + 1 && random(3) > 0 {
            factors.last_step = step;
            let secret = totp_rs::Secret::try_from_base32(&factors.secret).unwrap();
            let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
            let code = app.generate(u64::try_from(step * 30).unwrap()).to_string();
            Spending::time_step(account, &code, step)
        } else {
            let code = factors.unspent.pop().unwrap();
            Spending::backup_code(account, &code)
        };
        let answer = self.spend(&what).await;
        account.factors.as_mut().unwrap().spent.push(what);
        answer.map(|_| ())
    }
}
