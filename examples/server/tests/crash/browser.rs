//! A browser, or the operator, whose answers may be lost: it asks again until there is one, and knows whether one was lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::load::Load;
use crate::program::TOKEN;

pub(crate) const EXPERIENCE: &str = "/api/experience";

const INTERACTION: &str = "_interaction";
const SESSION: &str = "__session";

pub(crate) struct Browser {
    pub(crate) load: Arc<Load>,
    is_operator: bool,
    cookies: BTreeMap<String, String>,
}

/// An answer that arrived.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// Which server gave it.
    pub(crate) from: String,
    /// Whether an answer to the same request was lost before: it may have been carried out already.
    pub(crate) lost: bool,
}

impl Answer {
    pub(crate) fn id(&self) -> Value {
        self.body["verificationId"].clone()
    }

    pub(crate) fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.body["code"] == code
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn fails(&self, status: u16, code: &str) {
        assert!(self.is(status, code), "not {code}: {self:?}");
    }
}

impl Browser {
    pub(crate) fn new(load: &Arc<Load>) -> Self {
        Self { load: Arc::clone(load), is_operator: false, cookies: BTreeMap::new() }
    }

    pub(crate) fn operator(load: &Arc<Load>) -> Self {
        Self { is_operator: true, ..Self::new(load) }
    }

    /// A browser with somebody's interaction.
    pub(crate) fn with_interaction(load: &Arc<Load>, id: &str) -> Self {
        Self { cookies: [(INTERACTION.into(), id.into())].into(), ..Self::new(load) }
    }

    /// A browser with somebody's session.
    pub(crate) fn with_session(load: &Arc<Load>, id: &str) -> Self {
        Self { cookies: [(SESSION.into(), id.into())].into(), ..Self::new(load) }
    }

    pub(crate) fn interaction(&self) -> String {
        self.cookies[INTERACTION].clone()
    }

    pub(crate) fn session(&self) -> Option<String> {
        self.cookies.get(SESSION).cloned()
    }

    pub(crate) fn forget_session(&mut self) {
        self.cookies.remove(SESSION);
    }

    /// Sends a request to a server, once. `None`: the answer was lost, and nobody knows whether it was carried out.
    pub(crate) async fn once(&mut self, method: &Method, path: &str, body: Option<&Value>) -> Option<Answer> {
        loop {
            let from = self.load.fleet.any().await;
            let mut request = self.load.http.request(method.clone(), format!("http://{from}{path}"));
            if self.is_operator {
                request = request.bearer_auth(TOKEN);
            }
            if !self.cookies.is_empty() {
                let cookies: Vec<_> =
                    self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
                request = request.header(header::COOKIE, cookies.join("; "));
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            match request.send().await {
                // It was never sent.
                Err(error) if error.is_connect() => sleep(Duration::from_millis(5)).await,
                Err(_) => return self.lost(),
                Ok(response) => return self.take(response, from).await,
            }
        }
    }

    fn lost(&self) -> Option<Answer> {
        self.load.told.lost.fetch_add(1, Ordering::Relaxed);
        None
    }

    async fn take(&mut self, response: reqwest::Response, from: String) -> Option<Answer> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let Ok(text) = response.text().await else { return self.lost() };
        // Nobody knows either what became of a request whose store failed.
        if self.load.may_be_away && status == 503 {
            assert!(text.contains("\"storage.unavailable\""), "{text}");
            self.load.told.unavailable.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        for cookie in headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        self.load.told.answers.fetch_add(1, Ordering::Relaxed);
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Some(Answer { status, body, from, lost: false })
    }

    /// Sends a request until there is an answer.
    pub(crate) async fn insist(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut lost = false;
        loop {
            match self.once(&method, path, body.as_ref()).await {
                Some(answer) => return Answer { lost, ..answer },
                None => lost = true,
            }
            if self.load.may_be_away {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.insist(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.insist(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn start(&mut self, event: &str) {
        let body = json!({"interactionEvent": event});
        self.insist(Method::PUT, EXPERIENCE, Some(body)).await.expect(204);
    }

    /// Stages something, which leaves the interaction's id as it is: whatever was lost, the same step goes through.
    pub(crate) async fn stage(&mut self, body: Value) {
        self.post("/api/experience/profile", body).await.expect(204);
    }

    /// A step that gives the interaction another id. `None`: it was done, and its answer was lost, and the id with it
    /// (I-6): whoever took the step begins anew. It is never refused because it was done by half.
    pub(crate) async fn step(&mut self, path: &str, body: Value, status: u16) -> Option<Answer> {
        let answer = self.post(&format!("{EXPERIENCE}/{path}"), body).await;
        answer.given(status)
    }

    /// Tells who is signed in, `None` if nobody is.
    pub(crate) async fn me(&mut self) -> Option<Value> {
        let answer = self.get("/me").await;
        (answer.status != 401).then(|| answer.expect(200).body["data"].clone())
    }
}

impl Answer {
    /// The answer of a step, as [`Browser::step`] tells it.
    #[track_caller]
    pub(crate) fn given(self, status: u16) -> Option<Self> {
        let gone = self.lost && self.is(404, "session.interaction_not_found");
        (!gone).then(|| self.expect(status))
    }
}

/// A time of an answer's.
pub(crate) fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}
