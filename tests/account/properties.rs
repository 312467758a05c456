//! What holds of every patch.

use proptest::prelude::*;
use serde_json::{Value, json};
use vestibule::me::{MePatch, UpdateMe};
use vestibule::operator::{PatchProfile, ProfilePatch, merge_patch};
use vestibule::user::Claims;

use crate::house::{House, signed_in};

fn field() -> impl Strategy<Value = Option<Value>> {
    prop::option::of(prop_oneof![
        2 => Just(Value::Null),
        6 => "[A-Za-z_][a-z0-9_]{0,4}| [a-zé]{0,3} ".prop_map(Value::from),
        1 => "\\PC{0,4}".prop_map(Value::from),
        1 => any::<u8>().prop_map(Value::from),
    ])
}

fn me_body() -> impl Strategy<Value = Value> {
    (field(), field(), field()).prop_map(|(first, last, username)| {
        let fields = [("first_name", first), ("last_name", last), ("username", username)];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 2 => "\\PC{0,4}".prop_map(Value::from)]
}

fn members(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let as_claim = |name: &str, value: Value| match (name, value.as_str()) {
        ("website" | "profile", Some(text)) => format!("https://x.example/?q={}", text.len()).into(),
        _ => value,
    };
    prop::collection::btree_map(prop::sample::select(names), text(), 0..6).prop_map(move |members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), as_claim(name, value))).collect()
    })
}

fn claims_patch() -> impl Strategy<Value = Value> {
    let address = prop_oneof![1 => Just(Value::Null), 3 => members(vestibule::user::Address::TEXT_MEMBERS)];
    (members(Claims::TEXT_MEMBERS), prop::option::of(address)).prop_map(|(mut claims, address)| {
        if let Some(address) = address {
            claims["address"] = address;
        }
        claims
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a2_a_patch_of_oneself_applied_twice_equals_once(before in me_body(), body in me_body(), optional: bool) {
        let identifier = if optional { "email" } else { "username" };
        let house = House::new(json!({"signUp": {"identifiers": [identifier]}}));
        house.update(&before);
        let first = house.update(&body);
        let user = house.jane();
        prop_assert_eq!(house.update(&body), first);
        prop_assert_eq!(house.jane(), user);
    }

    #[test]
    fn a2_a_patch_of_oneself_touches_only_what_it_names(before in me_body(), body in me_body()) {
        let house = House::new(json!({"signUp": {"identifiers": ["email"]}}));
        house.update(&before);
        let (old, answer, mut new) = (house.jane(), house.update(&body), house.jane());
        if !answer.is_success() {
            prop_assert_eq!(&new, &old);
        }
        // With what it names put back, nothing is left that changed.
        if body.get("first_name").is_some() {
            new.profile.given_name.clone_from(&old.profile.given_name);
        }
        if body.get("last_name").is_some() {
            new.profile.family_name.clone_from(&old.profile.family_name);
        }
        if body.get("username").is_some() {
            new.username.clone_from(&old.username);
        }
        (new.revision, new.updated_at) = (old.revision, old.updated_at);
        prop_assert_eq!(new, old);
    }

    #[test]
    fn a6_a_patch_of_claims_is_a_merge_patch_and_twice_equals_once(
        before in claims_patch(), patch in claims_patch(),
    ) {
        let house = House::new(json!({}));
        let mut expected = serde_json::to_value(house.patch(&before).unwrap()).unwrap();
        merge_patch(&mut expected, &patch);
        let once = house.patch(&patch).unwrap();
        prop_assert_eq!(serde_json::to_value(&once).unwrap(), expected);
        let user = house.jane();
        prop_assert_eq!(house.patch(&patch).unwrap(), once);
        prop_assert_eq!(house.jane(), user);
    }

    #[test]
    fn no_body_breaks_a_patch(body in "\\PC{0,60}") {
        let house = House::new(json!({"strictClaims": true}));
        house.run(&UpdateMe::new(signed_in(), MePatch::from_slice(body.as_bytes()))).unwrap();
        let answer = house.run(&PatchProfile::new(&body, ProfilePatch::from_slice(body.as_bytes())));
        prop_assert!(answer.unwrap_err().rejection().is_some());
    }
}
