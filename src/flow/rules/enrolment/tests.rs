//! The table of S-7 to S-9, as data, and every cell of it.
//!
//! Each table is read from the top: the first row that fits decides. `ANY` fits everything.

use chrono::DateTime;

use super::*;
use crate::identifier::UserId;
use InteractionEvent::{Register, SignIn};
use MfaFactor::{BackupCode, EmailVerificationCode as Email, PhoneVerificationCode as Phone, Totp, WebAuthn};
use MfaPolicy as P;

/// Policies by what they have in common.
const NO_SKIP: &[P] = &[P::Mandatory, P::PromptAtSignInAndSignUpMandatory, P::PromptOnlyAtSignInMandatory];
const SIGN_IN_ONLY: &[P] = &[P::PromptOnlyAtSignIn, P::PromptOnlyAtSignInMandatory];
const NO_PROMPT: &[P] = &[P::NoPrompt];
const ALL: &[P] = &P::ALL;
const ANY: Option<bool> = None;

/// S-9a: policy, a registration?, skipped?, required by an organisation?, MFA enabled (`None` fits all), holds anything?
type OfferRow =
    (&'static [P], Option<bool>, Option<bool>, Option<bool>, Option<Option<bool>>, Option<bool>, Offer);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Offer {
    Nothing,
    BecomesEnabled,
    Suggest,
}

const OFFER: &[OfferRow] = &[
    (NO_SKIP, ANY, ANY, ANY, None, ANY, Offer::Nothing),
    (NO_PROMPT, ANY, ANY, ANY, None, ANY, Offer::Nothing),
    (SIGN_IN_ONLY, Some(true), ANY, ANY, None, ANY, Offer::Nothing),
    (ALL, ANY, Some(true), ANY, None, ANY, Offer::Nothing),
    (ALL, ANY, ANY, Some(true), None, ANY, Offer::Nothing),
    (ALL, ANY, ANY, ANY, Some(Some(true)), ANY, Offer::Nothing),
    (ALL, ANY, ANY, ANY, Some(Some(false)), ANY, Offer::Suggest),
    (ALL, ANY, ANY, ANY, Some(None), Some(false), Offer::Suggest),
    (ALL, ANY, ANY, ANY, Some(None), Some(true), Offer::BecomesEnabled),
];

/// S-9b to S-9d: policy, a registration?, skipped?, required by an organisation? → are they asked, and is a missing
/// factor skippable?
type RequiredRow = (&'static [P], Option<bool>, Option<bool>, Option<bool>, Required);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Required {
    PassedOver,
    Skippable,
    Mandatory,
}

const REQUIRED: &[RequiredRow] = &[
    (SIGN_IN_ONLY, Some(true), ANY, ANY, Required::PassedOver),
    (NO_SKIP, ANY, ANY, ANY, Required::Mandatory),
    (ALL, ANY, ANY, Some(true), Required::Mandatory),
    (NO_PROMPT, ANY, ANY, ANY, Required::PassedOver),
    (ALL, ANY, Some(true), ANY, Required::PassedOver),
    (ALL, ANY, ANY, ANY, Required::Skippable),
];

/// S-9c: what is held, and what must be so besides, for one factor to be enough: passkey sign-in?, email an
/// identifier?, phone an identifier?
#[allow(clippy::type_complexity, reason = "a table")]
const ENOUGH: &[(MfaFactor, Option<bool>, Option<bool>, Option<bool>)] = &[
    (Totp, ANY, ANY, ANY),
    (BackupCode, ANY, ANY, ANY),
    (WebAuthn, Some(false), ANY, ANY),
    (Email, ANY, Some(false), ANY),
    (Phone, ANY, ANY, Some(false)),
];

fn fits(row: Option<bool>, cell: bool) -> bool {
    row.is_none_or(|row| row == cell)
}

/// What the tables say of a cell.
fn expected(cell: &Enrolment<'_>) -> Result<bool, &'static str> {
    let register = cell.event == Register;
    if cell.signed_in_by_sso || cell.configured.is_empty() {
        return Ok(false);
    }
    let offer = OFFER.iter().find(|(policies, event, skipped, organization, enabled, holds, _)| {
        policies.contains(&cell.policy)
            && fits(*event, register)
            && fits(*skipped, cell.skipped)
            && fits(*organization, cell.required_by_organization)
            && enabled.is_none_or(|enabled| enabled == cell.enabled)
            && fits(*holds, !cell.held.is_empty())
    });
    let becomes_enabled = match offer.unwrap().6 {
        Offer::Suggest => return Err("user.suggest_mfa"),
        Offer::BecomesEnabled => true,
        Offer::Nothing => false,
    };
    let required = REQUIRED.iter().find(|(policies, event, skipped, organization, _)| {
        policies.contains(&cell.policy)
            && fits(*event, register)
            && fits(*skipped, cell.skipped)
            && fits(*organization, cell.required_by_organization)
    });
    let skippable = match required.unwrap().4 {
        Required::PassedOver => return Ok(becomes_enabled),
        Required::Skippable => true,
        Required::Mandatory => false,
    };
    let primary: Vec<_> = cell.configured.iter().filter(|factor| **factor != BackupCode).collect();
    if !primary.iter().any(|factor| cell.held.contains(factor)) {
        return Err(if skippable { "user.missing_mfa, skippable" } else { "user.missing_mfa" });
    }
    let enough = ENOUGH.iter().any(|(factor, passkey, email, phone)| {
        cell.held.contains(factor)
            && fits(*passkey, cell.passkey_sign_in)
            && fits(*email, cell.email_is_identifier)
            && fits(*phone, cell.phone_is_identifier)
    });
    if !enough && !cell.suggestion_skipped && !primary.iter().all(|factor| cell.held.contains(factor)) {
        return Err("session.mfa.suggest_additional_mfa");
    }
    if cell.configured.contains(&BackupCode) && !cell.held.contains(&BackupCode) {
        return Err("session.mfa.backup_code_required");
    }
    Ok(becomes_enabled)
}

fn answered(cell: &Enrolment<'_>) -> Result<bool, &'static str> {
    cell.check().map_err(|rejection| match &rejection {
        Rejection::MissingMfa(MissingMfa { skippable: true, .. }) => "user.missing_mfa, skippable",
        _ => rejection.code(),
    })
}

fn user() -> User {
    User::new(UserId::parse("u").unwrap(), DateTime::UNIX_EPOCH)
}

fn cell(user: &User) -> Enrolment<'_> {
    Enrolment {
        policy: P::default(),
        event: SignIn,
        configured: &[],
        passkey_sign_in: false,
        email_is_identifier: false,
        phone_is_identifier: false,
        held: Vec::new(),
        stages_backup_codes: false,
        has_passkey: true,
        stages_a_factor_that_is_off: false,
        enabled: None,
        required_by_organization: false,
        skipped: false,
        suggestion_skipped: false,
        passkey_skipped: false,
        signed_in_by_sso: false,
        user,
    }
}

const FACTORS: [MfaFactor; 5] = [WebAuthn, Totp, Phone, Email, BackupCode];

/// All subsets of some factors.
fn subsets(factors: &[MfaFactor]) -> Vec<Vec<MfaFactor>> {
    (0..1_usize << factors.len())
        .map(|bits| {
            factors
                .iter()
                .enumerate()
                .filter(|(at, _)| bits >> at & 1 == 1)
                .map(|(_, &factor)| factor)
                .collect()
        })
        .collect()
}

#[test]
fn s9_every_cell_of_the_table() {
    let user = user();
    let mut cells = 0;
    for configured in subsets(&FACTORS) {
        for held in subsets(&configured) {
            for policy in P::ALL {
                for bits in 0..512_u32 {
                    let bit = |n: u32| bits >> n & 1 == 1;
                    if bit(1) && bit(2) {
                        continue; // `enabled` has three values
                    }
                    let cell = Enrolment {
                        policy,
                        event: if bit(0) { Register } else { SignIn },
                        enabled: if bit(1) { None } else { Some(bit(2)) },
                        skipped: bit(3),
                        required_by_organization: bit(4),
                        suggestion_skipped: bit(5),
                        passkey_sign_in: bit(6),
                        email_is_identifier: bit(7),
                        phone_is_identifier: bit(8),
                        configured: &configured,
                        held: held.clone(),
                        ..cell(&user)
                    };
                    assert_eq!(answered(&cell), expected(&cell), "{cell:?}");
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 243 * 6 * 384);
}

#[test]
fn s7_a_passkey_is_preferred_before_anything_else_is_asked() {
    let user = user();
    let asked = Enrolment {
        passkey_sign_in: true,
        has_passkey: false,
        stages_a_factor_that_is_off: true,
        configured: &[Totp],
        policy: P::Mandatory,
        ..cell(&user)
    };
    assert_eq!(answered(&asked), Err("user.passkey_preferred"));
    for passed in [
        Enrolment { passkey_sign_in: false, ..asked.clone() },
        Enrolment { has_passkey: true, ..asked.clone() },
        Enrolment { passkey_skipped: true, ..asked.clone() },
        Enrolment { signed_in_by_sso: true, ..asked.clone() },
    ] {
        assert_eq!(answered(&passed), Err("session.mfa.mfa_factor_not_enabled"), "S-8, before S-9");
    }
    let usable = Enrolment { has_passkey: true, stages_a_factor_that_is_off: false, ..asked };
    assert_eq!(answered(&usable), Err("user.missing_mfa"));
}

#[test]
fn s9_staged_backup_codes_count_for_s9d_alone() {
    let user = user();
    let second = Enrolment {
        configured: &[Email, Totp, BackupCode],
        held: vec![Email],
        email_is_identifier: true,
        policy: P::Mandatory,
        stages_backup_codes: true,
        ..cell(&user)
    };
    assert_eq!(answered(&second), Err("session.mfa.suggest_additional_mfa"));
    assert_eq!(answered(&Enrolment { suggestion_skipped: true, ..second.clone() }), Ok(false));
    let none = Enrolment { suggestion_skipped: true, stages_backup_codes: false, ..second };
    assert_eq!(answered(&none), Err("session.mfa.backup_code_required"));
}

#[test]
fn s9_an_enterprise_identity_is_asked_nothing() {
    let user = user();
    let by_sso =
        Enrolment { signed_in_by_sso: true, configured: &[Totp], policy: P::Mandatory, ..cell(&user) };
    assert_eq!(answered(&by_sso), Ok(false));
}

#[test]
fn s9_answers_carry_what_a_client_needs() {
    let mut user = user();
    user.primary_email = Some(crate::identifier::Email::parse("jane.roe@example.com").unwrap());
    let missing = Enrolment { configured: &[BackupCode, Totp, Email], policy: P::Mandatory, ..cell(&user) };
    assert_eq!(
        missing.check().unwrap_err().data().unwrap(),
        serde_json::json!({"availableFactors": ["Totp", "EmailVerificationCode"]})
    );
    let second = Enrolment { held: vec![Email], email_is_identifier: true, ..missing };
    assert_eq!(
        second.check().unwrap_err().data().unwrap(),
        serde_json::json!({
            "availableFactors": ["Totp", "EmailVerificationCode"],
            "maskedIdentifiers": {"EmailVerificationCode": "jane****@example.com"},
            "isWebAuthnUsedAsSignInPasskey": false, "skippable": true, "suggestion": true,
        })
    );
}
