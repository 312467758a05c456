//! A bounded run of the fuzz targets (`fuzz/`): whatever a stranger sends is read or refused, and nothing panics.
//!
//! `cargo +nightly fuzz run bodies` goes on for as long as one likes.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "../fuzz/inputs.rs"]
mod inputs;

use proptest::prelude::*;
use serde_json::{Map, Value};

/// What requests, stored forms and settings are made of.
const WORDS: &[&str] = &[
    "identifier",
    "type",
    "value",
    "password",
    "username",
    "email",
    "phone",
    "verificationId",
    "code",
    "interactionEvent",
    "SignIn",
    "Register",
    "ForgotPassword",
    "Account",
    "jane",
    "jane@example.com",
    "61412345678",
    "extraProfile",
    "values",
    "name",
    "avatar",
    "profile",
    "customData",
    "null",
    "Totp",
    "WebAuthn",
    "BackupCode",
    "enabled",
    "version",
    "data",
    "signIn",
    "methods",
    "signUp",
    "identifiers",
    "mfa",
    "factors",
    "policy",
    "customProfileFields",
    "Regex",
    "config",
    "format",
    "(a+)+$",
    "Date",
    "yyyy-MM-dd",
    "Address",
    "parts",
    "minLength",
    "maxLength",
    "usernamePolicy",
    "digest",
    "scheme",
    "isExpired",
    "first_name",
    "second_factor_policy",
    "\u{202e}",
    "\u{0}",
    "ä@ö.example",
    "address",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,24}",
        1 => "[a-z.+]{1,12}@[a-z0-9.-]{1,20}",
        1 => "\\+?[0-9 ().-]{1,20}",
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// A document of one's own in which one member, somewhere, became something else.
fn changed(documents: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(documents), any::<prop::sample::Index>(), json()).prop_map(
        |(document, at, other)| {
            let mut value: Value = serde_json::from_str(document).unwrap();
            let mut places = Vec::new();
            paths(&value, String::new(), &mut places);
            if let Some(place) = value.pointer_mut(at.get::<String>(&places)) {
                *place = other;
            }
            value.to_string().into_bytes()
        },
    )
}

fn paths(value: &Value, path: String, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| paths(member, format!("{path}/{name}"), all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| paths(item, format!("{path}/{at}"), all));
        }
        _ => {}
    }
    all.push(path);
}

const STORED: &[&str] = &[
    include_str!("golden/user.json"),
    include_str!("golden/user_bare.json"),
    include_str!("golden/sign_in_identified.json"),
    include_str!("golden/register_draft.json"),
    include_str!("golden/forgot_password_set.json"),
    include_str!("golden/account.json"),
    include_str!("golden/counter_blocking.json"),
    include_str!("golden/token_active.json"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bodies(json in json()) {
        inputs::bodies(json.to_string().as_bytes());
    }

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        inputs::bodies(&bytes);
        inputs::stored(&bytes);
        inputs::identifiers(&bytes);
        inputs::settings(&bytes);
        inputs::patches(&bytes);
    }

    #[test]
    fn stored(bytes in changed(STORED)) {
        inputs::stored(&bytes);
    }

    #[test]
    fn identifiers(text in text()) {
        inputs::identifiers(text.as_bytes());
    }

    #[test]
    fn settings(json in json(), bytes in changed(&[include_str!("../examples/explore/settings.json")])) {
        inputs::settings(json.to_string().as_bytes());
        inputs::settings(&bytes);
    }

    #[test]
    fn patches(target in json(), patch in json()) {
        inputs::patches(Value::from(vec![target, patch]).to_string().as_bytes());
    }
}
