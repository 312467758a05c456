//! The suite for storage implementors: the stores in memory pass it, and each broken store is caught by the obligation
//! that it breaks.
#![allow(missing_docs, unreachable_pub, reason = "tests")]

#[path = "support/flawed.rs"]
mod flawed;

use flawed::{FlawedUsers, FlawedVerifications, UserFlaw, VerificationFlaw};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::testkit::{Obligation, check_user_store, check_verification_store};

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

#[test]
fn every_flaw_of_a_user_store_is_caught() {
    for (flaw, obligation) in [
        (UserFlaw::Fails, Obligation::Works),
        (UserFlaw::ForgetsData, Obligation::Found),
        (UserFlaw::IgnoresPhones, Obligation::Found),
        (UserFlaw::FindsEverybody, Obligation::FoundOnlyIfAsked),
        (UserFlaw::FindsForEachKey, Obligation::FoundOnce),
        (UserFlaw::FoldsCase, Obligation::KeysAreBytes),
        (UserFlaw::TrimsKeys, Obligation::KeysAreBytes),
        (UserFlaw::IgnoresKind, Obligation::KeysAreBytes),
        (UserFlaw::NeverStale, Obligation::StaleIsRefused),
        (UserFlaw::Upserts, Obligation::StaleIsRefused),
        (UserFlaw::TakenInsteadOfStale, Obligation::StaleIsRefused),
        (UserFlaw::NeverTaken, Obligation::TakenIsRefused),
        (UserFlaw::NamesTheLastTaken, Obligation::TakenIsRefused),
        (UserFlaw::OwnKeysAreTaken, Obligation::Found),
        (UserFlaw::ClaimsBeforeRefusing, Obligation::AllOrNothing),
        (UserFlaw::KeepsOldKeys, Obligation::GivenUpKeysAreFree),
        (UserFlaw::KeepsDeleted, Obligation::DeletedIsGone),
        (UserFlaw::ChecksBeforeLocking, Obligation::OneWins),
        (UserFlaw::ReadsInParts, Obligation::OneMoment),
        (UserFlaw::RemembersPerThread, Obligation::Visible),
    ] {
        let violation = check_user_store(|| FlawedUsers::new(Some(flaw))).expect_err(&format!("{flaw:?}"));
        assert_eq!(violation.obligation(), obligation, "{flaw:?}: {violation}");
        assert!(violation.to_string().contains(&obligation.to_string()), "{violation}");
        assert!(!violation.seen().is_empty());
    }
}

#[test]
fn every_flaw_of_a_verification_store_is_caught() {
    for (flaw, obligation) in [
        (VerificationFlaw::Fails, Obligation::Works),
        (VerificationFlaw::ForgetsData, Obligation::Found),
        (VerificationFlaw::LoadsEverything, Obligation::FoundOnlyIfAsked),
        (VerificationFlaw::IgnoresPools, Obligation::Found),
        (VerificationFlaw::NeverStale, Obligation::StaleIsRefused),
        (VerificationFlaw::ChecksTheFirstOnly, Obligation::StaleIsRefused),
        (VerificationFlaw::ChecksRecordsOnly, Obligation::StaleIsRefused),
        (VerificationFlaw::AppliesHalfABatch, Obligation::AllOrNothing),
        (VerificationFlaw::AnswersTaken, Obligation::NeverTaken),
        (VerificationFlaw::PurgesRecordsOnly, Obligation::PurgesTheExpired),
        (VerificationFlaw::PurgesEverything, Obligation::PurgesTheExpired),
        (VerificationFlaw::CountsNoPurge, Obligation::PurgeCounts),
        (VerificationFlaw::ChecksBeforeLocking, Obligation::OneWins),
        (VerificationFlaw::ReadsInParts, Obligation::OneMoment),
    ] {
        let check = check_verification_store(|| FlawedVerifications::new(Some(flaw)));
        let violation = check.expect_err(&format!("{flaw:?}"));
        assert_eq!(violation.obligation(), obligation, "{flaw:?}: {violation}");
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
