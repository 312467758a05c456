//! That nothing is left out: a field or a kind that is added and not filled here does not build, or fails.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::form::to_value;
use crate::interaction::{Interaction, Shown};
use crate::store::testkit::generated::{ANYTHING, KINDS};
use crate::store::testkit::one_change::OneChangeEach;
use crate::verification::Verification;

/// Every place of a form, and whether any value has something there: not absent, no zero, nothing empty.
fn filled(value: &Value, place: &str, places: &mut BTreeMap<String, bool>) {
    let is_filled = match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_u64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    };
    *places.entry(place.into()).or_default() |= is_filled;
    match value {
        Value::Array(items) => items.iter().for_each(|item| filled(item, &format!("{place}/-"), places)),
        Value::Object(members) => {
            for (name, member) in members {
                if ANYTHING.contains(&name.as_str()) {
                    let is_filled = !member.is_null() && *member != json!({});
                    *places.entry(format!("{place}/{name}")).or_default() |= is_filled;
                } else {
                    filled(member, &format!("{place}/{name}"), places);
                }
            }
        }
        _ => {}
    }
}

fn unfilled(values: &[Value]) -> Vec<String> {
    let mut places = BTreeMap::new();
    for value in values {
        filled(value, "", &mut places);
    }
    places.into_iter().filter_map(|(place, filled)| (!filled).then_some(place)).collect()
}

/// Without `..`: a new field must be looked at here.
#[test]
fn the_full_user_has_no_field_at_its_default() {
    let bare = bare_user().unwrap();
    let User {
        id,
        revision,
        username,
        primary_email,
        email_verified_at,
        primary_phone,
        phone_verified_at,
        password,
        name,
        avatar,
        profile,
        custom_data,
        identities,
        sso_identities,
        organizations,
        mfa,
        is_suspended,
        sessions_valid_from,
        deletion_due_at,
        last_sign_in_at,
        created_at,
        updated_at,
        marks,
    } = user().unwrap();
    assert!(id != bare.id && revision != bare.revision && is_suspended);
    assert!(username.is_some() && primary_email.is_some() && primary_phone.is_some() && password.is_some());
    assert!(name.is_some() && avatar.is_some() && last_sign_in_at.is_some());
    assert!(!custom_data.is_empty() && identities.len() > 1 && sso_identities.len() > 1);
    assert!(organizations.len() > 1 && marks.len() > 1);
    let times = [
        Some(created_at),
        Some(updated_at),
        sessions_valid_from,
        deletion_due_at,
        last_sign_in_at,
        password.unwrap().updated_at,
        email_verified_at,
        phone_verified_at,
    ];
    let times: BTreeSet<DateTime<Utc>> = times.into_iter().flatten().collect();
    assert_eq!(times.len(), 8, "no time can be taken for another");
    assert!(times.iter().all(|time| time.timestamp_subsec_micros() % 1000 != 0));
    let Mfa {
        enabled,
        skipped,
        skip_mfa_on_sign_in,
        suggestion_skipped,
        passkey_skipped,
        totp,
        web_authn,
        backup_codes,
        backup_codes_made_at,
    } = mfa;
    assert!(enabled.is_some() && skipped && skip_mfa_on_sign_in && suggestion_skipped && passkey_skipped);
    assert!(backup_codes_made_at.is_some());
    assert!(totp.is_some() && web_authn.len() > 1 && backup_codes.len() > 1);
    // These leave out what is absent, so that the form does not show it.
    for name in Claims::TEXT_MEMBERS {
        assert!(profile.text(name).is_some(), "{name}");
    }
    for name in Address::TEXT_MEMBERS {
        assert!(profile.address.as_ref().unwrap().text(name).is_some(), "{name}");
    }
}

/// What is nested as well, private fields included.
#[test]
fn nothing_of_any_sample_is_left_at_its_default() {
    assert_eq!(unfilled(&[to_value(&user().unwrap()).unwrap()]), [""; 0]);
    let all: Vec<Value> = entries().unwrap().iter().map(|(_, entry)| to_value(entry).unwrap()).collect();
    // A secret that is not bound was bound at no time.
    let not_bound = "/content/interaction/registry/records/-/verification/totp/state/newSecret/createdAt";
    assert_eq!(unfilled(&all), [not_bound]);
}

fn interactions() -> Vec<Interaction> {
    let contents = entries().unwrap().into_iter().map(|(_, entry)| entry.content);
    contents
        .filter_map(|content| match content {
            EntryContent::Interaction(interaction) => Some(interaction),
            EntryContent::OneTimeToken(_) | EntryContent::Counter(_) => None,
        })
        .collect()
}

#[test]
fn there_is_a_proof_of_every_kind_in_every_event() {
    // A new kind does not build: give it a number, and a record that shows it.
    let number = |shown: &Shown| match shown {
        Shown::Password { .. } => 0,
        Shown::EmailVerificationCode { .. } => 1,
        Shown::PhoneVerificationCode { .. } => 2,
        Shown::MfaEmailVerificationCode { .. } => 3,
        Shown::MfaPhoneVerificationCode { .. } => 4,
        Shown::Social { .. } => 5,
        Shown::EnterpriseSso { .. } => 6,
        Shown::Totp { .. } => 7,
        Shown::WebAuthn { .. } => 8,
        Shown::SignInPasskey { .. } => 9,
        Shown::BackupCode { .. } => 10,
        Shown::NewPasswordIdentity { .. } => 11,
        Shown::OneTimeToken { .. } => 12,
    };
    let mut events = Vec::new();
    for interaction in interactions().iter().filter(|interaction| !interaction.proofs().is_empty()) {
        let kinds: BTreeSet<u8> = interaction.proofs().iter().map(|proof| number(&proof.shown)).collect();
        assert_eq!(kinds, (0..13).collect());
        events.push(interaction.event());
    }
    let all = [
        InteractionEvent::SignIn,
        InteractionEvent::Register,
        InteractionEvent::ForgotPassword,
        InteractionEvent::Account,
    ];
    assert!(all.iter().all(|event| events.contains(event)));
}

#[test]
fn there_is_a_record_of_every_type_in_every_state() {
    // The tags of a form name the type and the state. A new type does not build.
    let states = |verification: &Verification| match verification {
        Verification::Password(_) | Verification::NewPasswordIdentity(_) => 1,
        Verification::EmailVerificationCode(_)
        | Verification::MfaEmailVerificationCode(_)
        | Verification::PhoneVerificationCode(_)
        | Verification::MfaPhoneVerificationCode(_)
        | Verification::Totp(_) => 3,
        Verification::WebAuthn(_) | Verification::OneTimeToken(_) => 4,
        Verification::Social(_)
        | Verification::EnterpriseSso(_)
        | Verification::SignInPasskey(_)
        | Verification::BackupCode(_) => 2,
    };
    let mut seen = BTreeMap::new();
    for interaction in interactions() {
        for record in interaction.registry().records() {
            let form = to_value(&record.verification).unwrap();
            let own = seen.entry(record.verification.verification_type());
            let (_, forms) = own.or_insert_with(|| (states(&record.verification), Vec::new()));
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    assert_eq!(seen.len(), 13);
    for (record_type, (states, forms)) in seen {
        assert!(forms.len() >= states, "{record_type:?}");
    }
}

/// The suite changes all of it. Only what names a kind has no other text.
#[test]
fn everything_of_a_sample_is_changed_once() {
    let user = user().unwrap();
    let changed: BTreeSet<String> = OneChangeEach::of(&user, &["id", "revision"]).map(|(at, _)| at).collect();
    let mut leaves = Vec::new();
    collect_leaves(&to_value(&user).unwrap(), "", &mut leaves);
    leaves.retain(|leaf| !changed.contains(leaf));
    assert_eq!(leaves, ["/id", "/revision"]);
    let mut names = BTreeSet::new();
    for (_, entry) in entries().unwrap() {
        let changed: BTreeSet<String> =
            OneChangeEach::of(&entry, &["key", "revision"]).map(|(at, _)| at).collect();
        let form = to_value(&entry).unwrap();
        let mut leaves = Vec::new();
        collect_leaves(&form, "", &mut leaves);
        // What is absent here is there in another sample: `nothing_of_any_sample_is_left_at_its_default`.
        leaves.retain(|leaf| !changed.contains(leaf) && form.pointer(leaf) != Some(&Value::Null));
        names.extend(leaves.iter().map(|leaf| leaf.rsplit_once('/').unwrap().1.to_owned()));
    }
    // A code's event and state are the second and third of a tuple; a stage where nobody is identified has no data.
    let kinds = ["1", "2", "event", "forgotPassword", "signIn", "status", "type"];
    assert_eq!(names, ["key", "revision"].into_iter().chain(kinds).map(String::from).collect());
}

/// The suite draws all of it anew, a field that is added later included; but no name of a kind.
#[test]
fn everything_of_a_sample_is_generated() {
    let same = |samples: &[Value], generated: &[Value]| {
        let (mut of_samples, mut drawn) = (BTreeMap::new(), BTreeMap::new());
        for form in samples {
            collect_by_place(form, "", &mut of_samples);
        }
        for form in samples.iter().chain(generated) {
            collect_by_place(form, "", &mut drawn);
        }
        // A switch may be seen both ways already.
        let is_same = |place: &String, own: &BTreeSet<String>| {
            drawn[place] == *own && !(own.contains("true") && own.contains("false"))
        };
        let same = of_samples.into_iter().filter(|(place, own)| is_same(place, own));
        same.map(|(place, _)| place).collect::<Vec<String>>()
    };
    let users = [to_value(&user().unwrap()).unwrap()];
    let generated: Vec<Value> =
        (0..64).map(|seed| to_value(&generated_user(seed).unwrap()).unwrap()).collect();
    assert_eq!(same(&users, &generated), ["/id", "/revision"]);
    let forms = |all: Vec<(&str, Entry)>| -> Vec<Value> {
        all.iter().map(|(_, entry)| to_value(entry).unwrap()).collect()
    };
    let generated: Vec<Value> = (0..32).flat_map(|seed| forms(generated_entries(seed).unwrap())).collect();
    let same: BTreeSet<String> = same(&forms(entries().unwrap()), &generated)
        .iter()
        .map(|place| place.trim_end_matches("/-").rsplit_once('/').unwrap().1.to_owned())
        .collect();
    // The contacts are kinds as well.
    assert_eq!(same, ["contacts", "key", "revision"].into_iter().chain(KINDS).map(String::from).collect());
}

/// The values of each place, wherever it is in its list.
fn collect_by_place(value: &Value, place: &str, values: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Array(items) => {
            for item in items {
                collect_by_place(item, &format!("{place}/-"), values);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                if ANYTHING.contains(&name.as_str()) {
                    values.entry(place).or_default().insert(member.to_string());
                } else {
                    collect_by_place(member, &place, values);
                }
            }
        }
        // What is absent here is there in another sample.
        Value::Null => {}
        _ => drop(values.entry(place.into()).or_default().insert(value.to_string())),
    }
}

fn collect_leaves(value: &Value, place: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_leaves(item, &format!("{place}/{index}"), leaves);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_leaves(member, &format!("{place}/{name}"), leaves);
            }
        }
        _ => leaves.push(place.into()),
    }
}

#[test]
fn samples_have_keys_of_their_own() {
    let keys: BTreeSet<EntryKey> = entries().unwrap().iter().map(|(_, entry)| entry.key).collect();
    assert_eq!(keys.len(), entries().unwrap().len());
}
