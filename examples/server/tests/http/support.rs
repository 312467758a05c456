//! A server on a port of its own, and a browser and an operator to talk to it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule::secret::Secret;
use vestibule_server::cookies::Cookies;
use vestibule_server::relying_party::RelyingParty;
use vestibule_server::serve::{Patience, serve};
use vestibule_server::server::{Config, Server};
use vestibule_server::stores::Stores;

use crate::program::TOKEN;

pub(crate) const PASSWORD: &str = "Zk7vQw9pLm";

/// Where the pages that ask for WebAuthn credentials would be.
pub(crate) const ORIGIN: &str = "http://localhost:3900";

/// A running server. It stops with the test.
pub(crate) struct House {
    pub(crate) base: String,
    pub(crate) server: Arc<Server>,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(true, false, Stores::memory()).await
    }

    pub(crate) async fn with(dev: bool, secure: bool, stores: Stores) -> Self {
        Self::with_patience(dev, secure, stores, Patience::default()).await
    }

    pub(crate) async fn with_patience(dev: bool, secure: bool, stores: Stores, patience: Patience) -> Self {
        let relying_party = RelyingParty::new("localhost", ORIGIN).unwrap();
        let config = Config {
            dev,
            token: Secret::new(TOKEN),
            cookies: Cookies { secure },
            origin: None,
            relying_party,
            hashing_slots: NonZeroUsize::new(2).unwrap(),
        };
        let server = Server::new(config, stores).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(Arc::clone(&server), listener, std::future::pending(), patience));
        Self { base, server }
    }

    pub(crate) fn browser(&self) -> Client {
        Client::new(&self.base, None)
    }

    pub(crate) fn operator(&self) -> Client {
        Client::new(&self.base, Some(TOKEN))
    }

    /// A browser with an interaction for this event.
    pub(crate) async fn start(&self, event: &str) -> Client {
        let browser = self.browser();
        browser.put("/api/experience", json!({"interactionEvent": event})).await.is(204);
        browser
    }

    /// The last code that would have been sent to an address.
    pub(crate) async fn code(&self, to: &str) -> String {
        let path = format!("/api/dev/outbox?to={to}");
        let sent = self.operator().get(&path).await.is(200).body;
        sent.as_array().unwrap().last().unwrap()["code"].as_str().unwrap().into()
    }

    pub(crate) async fn add_user(&self, user: Value) -> String {
        let made = self.operator().post("/api/users", user).await.is(200).body;
        made["id"].as_str().unwrap().into()
    }
}

/// Somebody who sends requests: with the cookies that answers set, and with the operator's token if it is the operator.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    http: reqwest::Client,
    token: Option<&'static str>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(base: &str, token: Option<&'static str>) -> Self {
        Self { base: base.into(), http: reqwest::Client::new(), token, cookies: Arc::default() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    pub(crate) async fn submit(&self) -> Answer {
        self.call(Method::POST, "/api/experience/submit", None).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.take(request.send().await.unwrap()).await
    }

    /// A request with this client's cookies and token, to be given a body of any kind.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        match self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn take(&self, response: Response) -> Answer {
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
        let text = response.text().await.unwrap();
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        Answer { status, headers, body }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.into(), value.into());
    }

    /// Asks for a code, reads it where it went, and verifies it: the record's id.
    pub(crate) async fn prove(&self, house: &House, kind: &str, address: &str, event: &str) -> String {
        let identifier = json!({"type": kind, "value": address});
        let path = "/api/experience/verification/verification-code";
        let sent = self.post(path, json!({"identifier": identifier, "interactionEvent": event})).await;
        let id = sent.is(200).id();
        let code = house.code(address).await;
        let tried = json!({"identifier": identifier, "verificationId": id, "code": code});
        self.post(&format!("{path}/verify"), tried).await.is(200);
        id
    }

    /// Verifies a password and identifies by it.
    pub(crate) async fn identify_by_password(&self, kind: &str, value: &str, password: &str) -> Answer {
        let body = json!({"identifier": {"type": kind, "value": value}, "password": password});
        let id = self.post("/api/experience/verification/password", body).await.is(200).id();
        self.post("/api/experience/identification", json!({"verificationId": id})).await
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// It is a problem of this status and code.
    #[track_caller]
    pub(crate) fn fails(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.body["code"], code, "{}", answer.body);
        assert!(answer.body["message"].as_str().is_some_and(|message| !message.is_empty()));
        answer
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.body["verificationId"].as_str().unwrap().into()
    }
}
