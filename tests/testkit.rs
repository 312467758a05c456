//! The suite for storage implementors: the stores in memory pass it, and each broken store is caught by the obligation
//! that it breaks.
#![allow(missing_docs, unreachable_pub, clippy::expect_used, reason = "tests")]

#[path = "support/flawed.rs"]
mod flawed;

use flawed::{EntryFlaw, FlawedUsers, FlawedVerifications, Parking, SlowUsers, SlowVerifications, UserFlaw};
use serde_json::Value;
use vestibule::store::Stored;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::testkit::{Obligation, aio, check_user_store, check_verification_store, samples};

#[test]
fn the_stores_in_memory_keep_every_obligation() {
    assert_eq!(check_user_store(MemoryUserStore::new), Ok(()));
    assert_eq!(check_verification_store(MemoryVerificationStore::new), Ok(()));
}

#[test]
fn a_simple_store_without_a_flaw_passes() {
    assert_eq!(check_user_store(|| FlawedUsers::new(None)), Ok(()));
    assert_eq!(check_verification_store(|| FlawedVerifications::new(None)), Ok(()));
}

fn is_caught(flaw: UserFlaw, obligation: Obligation) {
    let violation = check_user_store(|| FlawedUsers::new(Some(flaw))).expect_err(&format!("{flaw:?}"));
    assert_eq!(violation.obligation(), obligation, "{flaw:?}: {violation}");
    assert!(violation.to_string().contains(&obligation.to_string()), "{violation}");
    assert!(!violation.seen().is_empty());
}

#[test]
fn every_flaw_of_a_user_store_is_caught() {
    for (flaw, obligation) in [
        (UserFlaw::Fails, Obligation::Works),
        (UserFlaw::ForgetsData, Obligation::Found),
        (UserFlaw::IgnoresPhones, Obligation::Found),
        (UserFlaw::IgnoresCredentials, Obligation::Found),
        (UserFlaw::FindsEverybody, Obligation::FoundOnlyIfAsked),
        (UserFlaw::FindsForEachKey, Obligation::FoundOnce),
        (UserFlaw::FoldsCase, Obligation::KeysAreBytes),
        (UserFlaw::TrimsKeys, Obligation::KeysAreBytes),
        (UserFlaw::CutsLongKeys, Obligation::KeysAreBytes),
        (UserFlaw::EndsKeysAtZero, Obligation::KeysAreBytes),
        (UserFlaw::IgnoresKind, Obligation::KeysAreBytes),
        (UserFlaw::NeverStale, Obligation::StaleIsRefused),
        (UserFlaw::KeepsHalfARevision, Obligation::StaleIsRefused),
        (UserFlaw::Upserts, Obligation::StaleIsRefused),
        (UserFlaw::TakenInsteadOfStale, Obligation::StaleIsRefused),
        (UserFlaw::NeverTaken, Obligation::TakenIsRefused),
        (UserFlaw::NamesTheLastTaken, Obligation::TakenIsRefused),
        (UserFlaw::NamesTheFirstInTheAlphabet, Obligation::TakenIsRefused),
        (UserFlaw::OwnKeysAreTaken, Obligation::Found),
        (UserFlaw::ClaimsBeforeRefusing, Obligation::AllOrNothing),
        (UserFlaw::ClaimsForTheRefused, Obligation::AllOrNothing),
        (UserFlaw::FreesEverybodysKeys, Obligation::Found),
        (UserFlaw::KeepsOldKeys, Obligation::GivenUpKeysAreFree),
        (UserFlaw::KeepsDeleted, Obligation::DeletedIsGone),
        (UserFlaw::KeepsKeysOfTheDeleted, Obligation::DeletedIsGone),
        (UserFlaw::ChecksBeforeLocking, Obligation::OneWins),
        (UserFlaw::ReadsInParts, Obligation::OneMoment),
        (UserFlaw::ReadsKeysFirst, Obligation::OneMoment),
        (UserFlaw::RemembersPerThread, Obligation::Visible),
    ] {
        is_caught(flaw, obligation);
    }
}

#[test]
fn a_user_store_that_forgets_any_field_is_caught() {
    for place in [
        "/isSuspended",
        "/ssoIdentities",
        "/organizations",
        "/marks",
        "/mfa/backupCodes",
        "/mfa/webAuthn",
        "/mfa/totp",
        "/mfa/skipped",
        "/mfa/skipMfaOnSignIn",
        "/mfa/suggestionSkipped",
        "/mfa/passkeySkipped",
        "/mfa/enabled",
        "/lastSignInAt",
        "/avatar",
    ] {
        is_caught(UserFlaw::Forgets(place), Obligation::Found);
    }
    for flaw in [
        UserFlaw::ForgetsUsedCodes,
        UserFlaw::ForgetsSpelling,
        UserFlaw::TruncatesTimes,
        UserFlaw::FloatsNumbers,
        UserFlaw::DropsNulls,
        UserFlaw::CutsAtZero,
        UserFlaw::CutsLongNames,
        UserFlaw::KeepsFewOfMany,
        UserFlaw::KeepsTheFirst("/customData"),
    ] {
        is_caught(flaw, Obligation::Found);
    }
}

/// Whichever field it is, and however deep, private ones included.
#[test]
fn a_user_store_that_forgets_one_field_on_an_update_is_caught() {
    let form = Stored::new(&samples::user().unwrap()).to_bytes().unwrap();
    let form: Value = serde_json::from_slice(&form).unwrap();
    let mut places = Vec::new();
    collect_members(&form["data"], "", &mut places);
    places.retain(|place| place != "/id" && place != "/revision");
    assert!(places.len() > 70, "{places:?}");
    for place in places {
        is_caught(UserFlaw::KeepsTheFirst(place.leak()), Obligation::Found);
    }
}

fn collect_members(form: &Value, place: &str, places: &mut Vec<String>) {
    match form {
        Value::Object(members) => {
            for (name, member) in members {
                let place = format!("{place}/{name}");
                if name != "customData" && name != "details" {
                    collect_members(member, &place, places);
                }
                places.push(place);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                collect_members(item, &format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

#[test]
fn every_flaw_of_a_verification_store_is_caught() {
    for (flaw, obligation) in [
        (EntryFlaw::Fails, Obligation::Works),
        (EntryFlaw::ForgetsExpiry, Obligation::Found),
        (EntryFlaw::Forgets("granted"), Obligation::Found),
        (EntryFlaw::Forgets("proofs"), Obligation::Found),
        (EntryFlaw::Forgets("wrongTries"), Obligation::Found),
        (EntryFlaw::Forgets("blockedUntil"), Obligation::Found),
        (EntryFlaw::Forgets("usedAt"), Obligation::Found),
        (EntryFlaw::Forgets("captchaPassed"), Obligation::Found),
        (EntryFlaw::Forgets("newPassword"), Obligation::Found),
        (EntryFlaw::TruncatesTimes, Obligation::Found),
        (EntryFlaw::CutsLongTexts, Obligation::Found),
        (EntryFlaw::NeverCountsRevisions, Obligation::Found),
        (EntryFlaw::LoadsOneKind, Obligation::Found),
        (EntryFlaw::LoadsEverything, Obligation::FoundOnlyIfAsked),
        (EntryFlaw::ConfusesKinds, Obligation::KeysAreBytes),
        (EntryFlaw::CutsDigests, Obligation::KeysAreBytes),
        (EntryFlaw::RemovesEveryKind, Obligation::KeysAreBytes),
        (EntryFlaw::PurgesEveryKind, Obligation::KeysAreBytes),
        (EntryFlaw::EndsDigestsAtZero, Obligation::KeysAreBytes),
        (EntryFlaw::NeverStale, Obligation::StaleIsRefused),
        (EntryFlaw::KeepsHalfARevision, Obligation::StaleIsRefused),
        (EntryFlaw::ChecksTheFirstOnly, Obligation::StaleIsRefused),
        (EntryFlaw::ChecksInteractionsOnly, Obligation::StaleIsRefused),
        (EntryFlaw::NeverChecksRemovals, Obligation::StaleIsRefused),
        (EntryFlaw::AppliesHalfABatch, Obligation::AllOrNothing),
        (EntryFlaw::RemovesBeforeRefusing, Obligation::AllOrNothing),
        (EntryFlaw::ForgetsRemovals, Obligation::RemovedIsGone),
        (EntryFlaw::ForgetsRemovalsBesidePuts, Obligation::AllOrNothing),
        (EntryFlaw::KeepsTombstones, Obligation::RemovedIsGone),
        (EntryFlaw::AnswersTaken, Obligation::NeverTaken),
        (EntryFlaw::LosesTheExpired, Obligation::ThereUntilPurged),
        (EntryFlaw::ReplacesTheExpired, Obligation::ThereUntilPurged),
        (EntryFlaw::PurgesInteractionsOnly, Obligation::PurgesTheExpired),
        (EntryFlaw::PurgesEverything, Obligation::PurgesTheExpired),
        (EntryFlaw::PurgesTheTick, Obligation::PurgesTheExpired),
        (EntryFlaw::BeginsIn1970, Obligation::PurgesTheExpired),
        (EntryFlaw::EndsIn2106, Obligation::PurgesTheExpired),
        (EntryFlaw::LosesTheLastDay, Obligation::PurgesTheExpired),
        (EntryFlaw::CountsNoPurge, Obligation::PurgeCounts),
        (EntryFlaw::IgnoresTheLimit, Obligation::PurgesAtMost),
        (EntryFlaw::PurgesOneLess, Obligation::PurgesAtMost),
        (EntryFlaw::PurgesAHundred, Obligation::PurgesAtMost),
        (EntryFlaw::LimitsWhatItLooksAt, Obligation::PurgesAtMost),
        (EntryFlaw::KeepsTheFirstExpiry, Obligation::PurgesByTheLastWrite),
        (EntryFlaw::ChecksBeforeLocking, Obligation::OneWins),
        (EntryFlaw::ReadsInParts, Obligation::OneMoment),
        (EntryFlaw::PurgesByKey, Obligation::NoneIsLost),
    ] {
        let check = check_verification_store(|| FlawedVerifications::new(Some(flaw)));
        let violation = check.expect_err(&format!("{flaw:?}"));
        assert_eq!(violation.obligation(), obligation, "{flaw:?}: {violation}");
        assert!(!violation.seen().is_empty());
    }
}

#[test]
fn a_violation_says_what_is_broken_and_what_was_seen() {
    let violation = check_user_store(|| FlawedUsers::new(Some(UserFlaw::NeverTaken))).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "a key that another user holds is refused as taken, naming the first in order, \
         but a second username=\"jane\" was accepted"
    );
}

/// What was generated can be generated again.
#[test]
fn a_violation_names_the_seed_of_what_was_generated() {
    let flaw = UserFlaw::KeepsFewOfMany;
    let seen = check_user_store(|| FlawedUsers::new(Some(flaw))).unwrap_err().to_string();
    let (_, seed) = seen.rsplit_once("(generated from seed ").expect(&seen);
    let seed = seed.trim_end_matches(')').parse().unwrap();
    assert_eq!(samples::generated_user(seed), samples::generated_user(seed));
    assert_ne!(samples::generated_user(seed), samples::user());
}

/// A place is named; what stands there may be a secret.
#[test]
fn a_violation_names_a_place_and_shows_no_value() {
    let flaw = UserFlaw::ForgetsUsedCodes;
    let violation = check_user_store(|| FlawedUsers::new(Some(flaw))).unwrap_err();
    assert!(violation.seen().ends_with("has another /mfa/backupCodes/0/usedAt"), "{violation}");
    let check = check_verification_store(|| FlawedVerifications::new(Some(EntryFlaw::Forgets("wrongTries"))));
    let seen = check.unwrap_err().to_string();
    assert!(seen.ends_with("/wrongTries") && !seen.contains("012345"), "{seen}");
}

#[test]
fn awaited_stores_that_write_at_once_pass() {
    assert_eq!(aio::check_user_store(|| SlowUsers::new(false), &Parking), Ok(()));
    assert_eq!(aio::check_verification_store(|| SlowVerifications::new(false), &Parking), Ok(()));
}

#[test]
fn awaited_stores_that_can_be_interrupted_are_caught() {
    let users = aio::check_user_store(|| SlowUsers::new(true), &Parking).unwrap_err();
    assert_eq!(users.obligation(), Obligation::DroppedIsWhole, "{users}");
    let entries = aio::check_verification_store(|| SlowVerifications::new(true), &Parking).unwrap_err();
    assert_eq!(entries.obligation(), Obligation::DroppedIsWhole, "{entries}");
}
