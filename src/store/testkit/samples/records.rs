//! A record of each type, in each of its states.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{Violation, works};
use super::{at, backup_codes, password_digest, totp_secret, user_info, web_authn};
use crate::experience::{InteractionEvent, VerificationCodePolicy};
use crate::identifier::{Email, Identifier, Phone, UserId, Username};
use crate::secret::Secret;
use crate::verification::{
    BackupCodeVerification, CodeVerification, ConnectorSession, NewPasswordVerification,
    OneTimeTokenVerification, PasswordVerification, PendingChallenge, SignInPasskeyVerification,
    SocialVerification, SsoAnswer, SsoVerification, TotpVerification, Verification, WebAuthnState,
    WebAuthnVerification,
};

/// In how many rounds every type has shown all of its states.
pub(super) const ROUNDS: usize = 5;

/// A record of each type, in another of its states in each round.
pub(super) fn in_round(round: usize) -> Result<Vec<Verification>, Violation> {
    let user_id = works(UserId::parse("u-jane"))?;
    let username = works(Username::parse("jane"))?;
    let email = works(Email::parse("Jane@Example.com"))?;
    let phone = works(Phone::parse("61412345678"))?;
    let identifier = match round {
        1 => Identifier::Email(email.clone()),
        2 => Identifier::Phone(phone.clone()),
        _ => Identifier::Username(username.clone()),
    };
    let stamp = format!("stamp-{round}");
    let event = Some(match round {
        2 => InteractionEvent::Register,
        3 => InteractionEvent::ForgotPassword,
        _ => InteractionEvent::SignIn,
    });
    Ok(vec![
        Verification::Password(PasswordVerification {
            user_id: user_id.clone(),
            identifier,
            stamp,
            expired: round == 1,
        }),
        Verification::EmailVerificationCode(code(email.clone(), event, round)),
        Verification::PhoneVerificationCode(code(phone.clone(), event, round + 1)),
        Verification::MfaEmailVerificationCode(code(email.clone(), None, round + 2)),
        Verification::MfaPhoneVerificationCode(code(phone, None, round)),
        Verification::Social(social(round)),
        Verification::EnterpriseSso(sso(round + 1)),
        Verification::Totp(totp(&user_id, round)),
        Verification::WebAuthn(web_authn_ceremony(&user_id, round)),
        Verification::SignInPasskey(passkey(&user_id, round)),
        Verification::BackupCode(backup_code(&user_id, round)),
        Verification::NewPasswordIdentity(NewPasswordVerification {
            username,
            password: password_digest("new"),
        }),
        Verification::OneTimeToken(OneTimeTokenVerification {
            email,
            jit_organization_ids: vec!["org-1".into(), "org-2".into()],
            event: event.filter(|_| round != 0),
        }),
    ])
}

/// Sent and tried in vain; withheld; used.
fn code<R>(recipient: R, event: Option<InteractionEvent>, state: usize) -> CodeVerification<R> {
    let right = (state % 3 != 1).then(|| Secret::new("012345"));
    let mut code = CodeVerification::sent(recipient, event, right, at(40));
    let given = if state % 3 == 2 { "012345" } else { "543210" };
    // A wrong try is a state as well.
    let _ = code.try_code(given, &VerificationCodePolicy::default(), at(41));
    code
}

fn session() -> ConnectorSession {
    ConnectorSession {
        state: Secret::new("state \u{0} ünïcode ✓"),
        redirect_uri: "https://app.example/callback".into(),
    }
}

/// Under way; answered.
fn social(state: usize) -> SocialVerification {
    SocialVerification {
        connector_id: "github-connector".into(),
        target: "github".into(),
        session: session(),
        user_info: (state % 2 == 1).then(|| user_info("42")),
    }
}

/// Under way; answered.
fn sso(state: usize) -> SsoVerification {
    let answer = || SsoAnswer {
        issuer: "https://sso.example".into(),
        user_info: user_info("jane|42"),
        email: Email::parse("Jane@Provider.example").ok(),
        acr: Some("urn:mace:incommon:iap:silver".into()),
        amr: vec!["pwd".into(), "otp".into()],
    };
    SsoVerification {
        connector_id: "sso-connector".into(),
        session: session(),
        answer: (state % 2 == 1).then(answer),
    }
}

/// A new secret; one that was used; the user's own.
fn totp(user_id: &UserId, state: usize) -> TotpVerification {
    if state % 3 == 2 {
        return TotpVerification::of_own_secret(user_id.clone(), &totp_secret());
    }
    let mut totp = TotpVerification::of_new_secret(user_id.clone(), totp_secret());
    if state % 3 == 1 {
        // Of RFC 6238, appendix B.
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_111_111_111_123_456);
        totp.try_code("050471", now);
    }
    totp
}

fn pending(challenge: &str) -> PendingChallenge {
    PendingChallenge { challenge: Secret::new(challenge), rp_id: "example.com".into() }
}

/// Asked for a new one; made; asked for; used; refused.
fn web_authn_ceremony(user_id: &UserId, state: usize) -> WebAuthnVerification {
    let state = match state % 5 {
        0 => WebAuthnState::Registering(pending(r#"{"challenge":"bmV3"}"#)),
        1 => WebAuthnState::Registered(web_authn("Y3JlZC0z")),
        2 => WebAuthnState::Authenticating(pending(r#"{"challenge":"b3du"}"#)),
        3 => WebAuthnState::Authenticated { credential_id: "Y3JlZC0x".into() },
        _ => WebAuthnState::Refused,
    };
    WebAuthnVerification { user_id: user_id.clone(), state }
}

/// Asked for; used.
fn passkey(user_id: &UserId, state: usize) -> SignInPasskeyVerification {
    let used = state % 2 == 1;
    SignInPasskeyVerification {
        pending: (!used).then(|| pending(r#"{"challenge":"a2V5"}"#)),
        user_id: used.then(|| user_id.clone()),
        credential_id: used.then(|| "Y3JlZC0y".into()),
    }
}

/// New ones; one that was used.
fn backup_code(user_id: &UserId, state: usize) -> BackupCodeVerification {
    if state % 2 == 1 {
        return BackupCodeVerification::spent(user_id.clone(), "stamp of a set".into());
    }
    BackupCodeVerification::of_new_codes(user_id.clone(), backup_codes(user_id))
}
