//! WebAuthn credentials, with an authenticator in software.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, Client, House, ORIGIN, PASSWORD};

const ROUTES: &str = "/api/experience/verification/web-authn";
const FAILED: &str = "session.mfa.webauthn_verification_failed";
const NOT_PENDING: &str = "session.mfa.pending_info_not_found";

/// P-256: the base point and the order of its group.
const X: [u8; 32] = *b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96";
const Y: [u8; 32] = *b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";
const ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// User present, user verified; and a credential is told.
const VERIFIED: u8 = 0x05;
const NEW_CREDENTIAL: u8 = 0x40;

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An authenticator in software, with one credential. Its private key is 1 and so is every nonce: the public key is
/// the base point, and a signature needs no more than a sum.
struct Authenticator {
    id: [u8; 16],
    counter: u32,
}

impl Authenticator {
    /// The authenticator's part of what is signed; each asks of a counter one higher.
    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        [Sha256::digest("localhost").as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// Makes the credential that the options ask for.
    fn create(&mut self, options: &Value) -> Value {
        let key = [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", &X[..], b"\x22\x58\x20", &Y].concat();
        let data = [&self.data(VERIFIED | NEW_CREDENTIAL)[..], &[0; 16], &[0, 16], &self.id, &key].concat();
        let length = u8::try_from(data.len()).unwrap();
        let attestation =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58", &[length][..], &data].concat();
        let client = client_data("webauthn.create", options);
        self.answer(json!({"attestationObject": base64(attestation), "clientDataJSON": base64(client)}))
    }

    /// Uses it.
    fn get(&mut self, options: &Value) -> Value {
        let (data, client) = (self.data(VERIFIED), client_data("webauthn.get", options));
        let signature = sign(&[&data[..], Sha256::digest(&client).as_slice()].concat());
        self.answer(json!({
            "authenticatorData": base64(data), "clientDataJSON": base64(client), "signature": base64(signature)
        }))
    }

    /// As a browser's `toJSON` gives it.
    fn answer(&self, response: Value) -> Value {
        let id = base64(self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}}, "response": response
        })
    }
}

fn client_data(kind: &str, options: &Value) -> String {
    let challenge = options["challenge"].as_str().unwrap();
    json!({"type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false}).to_string()
}

/// ECDSA with key and nonce 1: r is the base point's x, and s the hash and r, added modulo the order.
fn sign(message: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(message);
    let mut sum = [0; 33];
    let mut carry = 0;
    for at in (0..32).rev() {
        carry += u16::from(hash[at]) + u16::from(X[at]);
        sum[at + 1] = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    sum[0] = carry.to_le_bytes()[0];
    let order = [&[0][..], &ORDER].concat();
    while sum[..] >= order[..] {
        let mut borrow = false;
        for at in (0..33).rev() {
            let (once, below) = sum[at].overflowing_sub(order[at]);
            let (twice, below_again) = once.overflowing_sub(u8::from(borrow));
            (sum[at], borrow) = (twice, below || below_again);
        }
    }
    let integers = [der_integer(&X), der_integer(&sum)].concat();
    [&[0x30, u8::try_from(integers.len()).unwrap()], &integers[..]].concat()
}

fn der_integer(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|&&byte| byte == 0).count();
    let digits = &big_endian[zeros..];
    let sign = if digits[0] >= 0x80 { &[0][..] } else { &[] };
    [&[2, u8::try_from(sign.len() + digits.len()).unwrap()], sign, digits].concat()
}

impl Client {
    async fn ask(&self, ceremony: &str) -> Answer {
        self.call(reqwest::Method::POST, &format!("{ROUTES}/{ceremony}"), None).await
    }

    async fn answer(&self, ceremony: &str, asked: &Answer, payload: &Value) -> Answer {
        let body = json!({"verificationId": asked.id(), "payload": payload});
        self.post(&format!("{ROUTES}/{ceremony}/verify"), body).await
    }

    /// Makes and stages a credential.
    async fn enrol(&self, authenticator: &mut Authenticator) {
        let asked = self.ask("registration").await.is(200);
        let made = authenticator.create(&asked.body["registrationOptions"]);
        assert_eq!(self.answer("registration", &asked, &made).await.is(200).id(), asked.id());
        self.answer("registration", &asked, &made).await.fails(400, NOT_PENDING);
        self.bind("WebAuthn", &asked.id()).await;
    }
}

async fn house_of_jane() -> House {
    let house = House::with_mfa(json!({"factors": ["WebAuthn"], "policy": "Mandatory"})).await;
    house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    house
}

#[tokio::test]
async fn a_person_enrols_and_signs_in_with_a_credential() {
    let (house, mut authenticator) = (house_of_jane().await, Authenticator { id: [7; 16], counter: 0 });
    let browser = house.signing_in().await;
    browser.submit().await.fails(422, "user.missing_mfa");
    browser.enrol(&mut authenticator).await;
    browser.submit().await.is(200);

    let browser = house.signing_in().await;
    browser.submit().await.fails(403, "session.mfa.require_mfa_verification");
    let asked = browser.ask("authentication").await.is(200);
    let options = &asked.body["authenticationOptions"];
    assert_eq!((&options["rpId"], &options["userVerification"]), (&json!("localhost"), &json!("required")));
    assert_eq!(options["allowCredentials"][0]["id"], base64(authenticator.id));
    let used = authenticator.get(options);
    browser.answer("authentication", &asked, &used).await.is(200);
    browser.answer("authentication", &asked, &used).await.fails(400, NOT_PENDING);
    browser.submit().await.is(200);

    let browser = house.signing_in().await;
    let asked = browser.ask("registration").await.is(200);
    let excluded = &asked.body["registrationOptions"]["excludeCredentials"];
    assert_eq!(
        (excluded.as_array().unwrap().len(), &excluded[0]["id"]),
        (1, &json!(base64(authenticator.id)))
    );
}

#[tokio::test]
async fn a_new_credential_must_be_the_answer_to_what_was_asked() {
    let (house, mut authenticator) = (house_of_jane().await, Authenticator { id: [7; 16], counter: 0 });
    let browser = house.start("SignIn").await;
    for ceremony in ["registration", "authentication"] {
        browser.ask(ceremony).await.fails(404, "session.identifier_not_found");
    }
    let browser = house.signing_in().await;
    browser.ask("authentication").await.fails(400, "session.mfa.webauthn_verification_not_found");
    let other = browser.ask("registration").await.is(200);
    let asked = browser.ask("registration").await.is(200);
    let options = &asked.body["registrationOptions"];
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("localhost"), &json!("jane")));

    let forged = authenticator.create(&other.body["registrationOptions"]);
    browser.answer("registration", &asked, &forged).await.fails(400, FAILED);
    browser.answer("registration", &asked, &forged).await.fails(400, NOT_PENDING);
    let gone = browser.answer("registration", &other, &forged).await;
    gone.fails(404, "session.verification_session_not_found");
    let of_other_kind = authenticator.get(options);
    let asked = browser.ask("registration").await.is(200);
    browser.answer("authentication", &asked, &of_other_kind).await.fails(400, FAILED);
    let malformed = browser.answer("registration", &asked, &of_other_kind).await;
    let malformed = malformed.fails(400, "guard.invalid_input");
    assert_eq!(malformed.body["data"]["issues"][0]["path"], "payload.response.attestationObject");
    browser.submit().await.fails(422, "user.missing_mfa");
}

#[tokio::test]
async fn a_use_must_be_signed_and_its_counter_must_go_forward() {
    let (house, mut authenticator) = (house_of_jane().await, Authenticator { id: [7; 16], counter: 5 });
    let browser = house.signing_in().await;
    browser.enrol(&mut authenticator).await;
    browser.submit().await.is(200);

    let browser = house.signing_in().await;
    let asked = browser.ask("authentication").await.is(200);
    let options = &asked.body["authenticationOptions"];
    let mut forged = authenticator.get(options);
    forged["response"]["signature"] = base64(sign(b"something else")).into();
    browser.answer("authentication", &asked, &forged).await.fails(400, FAILED);
    browser.submit().await.fails(403, "session.mfa.require_mfa_verification");
    let asked = browser.ask("authentication").await.is(200);
    let used = authenticator.get(&asked.body["authenticationOptions"]);
    browser.answer("authentication", &asked, &used).await.is(200);

    // A copy of the credential counts from where it was made.
    let mut copy = Authenticator { id: authenticator.id, counter: 6 };
    let asked = browser.ask("authentication").await.is(200);
    let used = copy.get(&asked.body["authenticationOptions"]);
    browser.answer("authentication", &asked, &used).await.fails(400, FAILED);
    let asked = browser.ask("authentication").await.is(200);
    let used = authenticator.get(&asked.body["authenticationOptions"]);
    browser.answer("authentication", &asked, &used).await.is(200);
    browser.submit().await.is(200);
}

#[tokio::test]
async fn v14_a_passkey_signs_in_alone_and_tells_nobody_who_exists() {
    let house = House::with_mfa(json!({"factors": ["WebAuthn"]})).await;
    house.operator().patch("/api/sign-in-exp", json!({"passkeySignIn": {"enabled": true}})).await.is(200);
    let id = house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    house.add_user(json!({"username": "joe", "password": PASSWORD})).await;
    let mut authenticator = Authenticator { id: [7; 16], counter: 0 };
    let browser = house.signing_in().await;
    browser.submit().await.fails(422, "user.passkey_preferred");
    let asked = browser.ask("registration").await.is(200);
    let made = authenticator.create(&asked.body["registrationOptions"]);
    browser.answer("registration", &asked, &made).await.is(200);
    let bind = "/api/experience/profile/mfa/passkey";
    browser.post(bind, json!({"verificationId": asked.id()})).await.is(204);
    browser.post("/api/experience/profile/mfa/mfa-skipped", json!({})).await.is(204);
    browser.submit().await.is(200);

    let path = "/api/experience/verification/sign-in-passkey/authentication";
    let ask = async |browser: &Client, name: Option<&str>| {
        let body = name.map_or(json!({}), |name| json!({"identifier": {"type": "username", "value": name}}));
        browser.post(path, body).await.is(200)
    };
    for name in [None, Some("jane")] {
        let browser = house.start("SignIn").await;
        let asked = ask(&browser, name).await;
        let used = authenticator.get(&asked.body["authenticationOptions"]);
        let answer = json!({"verificationId": asked.id(), "payload": used});
        browser.post(&format!("{path}/verify"), answer.clone()).await.is(200);
        let again = browser.post(&format!("{path}/verify"), answer).await;
        again.fails(400, "session.passkey_sign_in.pending_info_not_found");
        let identify = json!({"verificationId": asked.id()});
        browser.post("/api/experience/identification", identify).await.is(204);
        assert_eq!(browser.submit().await.is(200).body["userId"], id);
    }

    let browser = house.start("SignIn").await;
    let mut shapes = Vec::new();
    for name in ["jane", "joe", "nobody"] {
        let (first, second) = (ask(&browser, Some(name)).await, ask(&browser, Some(name)).await);
        let offered = |answer: &Answer| answer.body["authenticationOptions"]["allowCredentials"].clone();
        assert_eq!(offered(&first), offered(&second), "{name}: the same each time");
        let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        shapes.push((members(&first.body["authenticationOptions"]), members(&offered(&first)[0])));
    }
    assert_eq!((&shapes[0], &shapes[1]), (&shapes[1], &shapes[2]));
    let asked = ask(&browser, Some("nobody")).await;
    let mut strange = Authenticator { id: [9; 16], counter: 0 };
    let answer =
        json!({"verificationId": asked.id(), "payload": strange.get(&asked.body["authenticationOptions"])});
    browser.post(&format!("{path}/verify"), answer).await.fails(400, "session.identifier_not_found");
}
