//! Having failed tries forgotten (L-1).

use super::named_user::named;
use crate::audit::{AuditAction, AuditSubject};
use crate::identifier::{ClaimedIdentifier, Email, IdentifierType, Phone, UserKey};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::store::EntryKey;
use crate::user::{User, WebAuthnCredential};
use crate::verification::Pool;

/// Has the failed tries of L-1 forgotten, from whatever source they came (L-5), and the locks that they made: of a user, or of an
/// identifier, whoever owns it.
///
/// Of a user it is what counts for the account and for each of its identifiers; of an identifier, what counts for it. The
/// wrong tries at one verification code (V-5), or at one authenticator app under enrolment, are counted with it, and are not
/// forgotten: its owner asks for a new code, or begins anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlock {
    of: Of,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    User(String),
    Identifier(ClaimedIdentifier),
}

/// What is tried once somebody is identified, and counts for the account.
const OF_ACCOUNT: [Pool; 7] = [
    Pool::Password,
    Pool::EmailCode,
    Pool::PhoneCode,
    Pool::Totp,
    Pool::WebAuthn,
    Pool::BackupCode,
    Pool::Comparison,
];

/// What is tried with an identifier before that.
fn of_identifier(identifier_type: IdentifierType) -> &'static [Pool] {
    match identifier_type {
        IdentifierType::Username => &[Pool::Password],
        IdentifierType::Email => &[Pool::Password, Pool::EmailCode],
        IdentifierType::Phone => &[Pool::Password, Pool::PhoneCode],
    }
}

impl Unlock {
    /// The user that a path names.
    pub fn user(user_id: impl Into<String>) -> Self {
        Self { of: Of::User(user_id.into()) }
    }

    /// Whoever says to have this identifier.
    pub fn identifier(claimed: ClaimedIdentifier) -> Self {
        Self { of: Of::Identifier(claimed) }
    }
}

/// Where the tries of a user count.
fn counters_of(step: &Step<'_, ()>, user: &User) -> Vec<EntryKey> {
    let counters = |pools: &[Pool], key: UserKey| -> Vec<EntryKey> {
        pools.iter().map(|&pool| EntryKey::counter(pool, &key, None)).collect()
    };
    let mut all = counters(&OF_ACCOUNT, user.id.key());
    let identifiers = [
        (IdentifierType::Username, user.username.as_ref().map(|username| username.key(step.case()))),
        (IdentifierType::Email, user.primary_email.as_ref().map(Email::key)),
        (IdentifierType::Phone, user.primary_phone.as_ref().map(Phone::key)),
    ];
    for (identifier_type, key) in identifiers {
        all.extend(key.into_iter().flat_map(|key| counters(of_identifier(identifier_type), key)));
    }
    let passkeys = user.mfa.web_authn.iter().map(|own| WebAuthnCredential::key_of(&own.id));
    all.extend(passkeys.flat_map(|key| counters(&[Pool::WebAuthn], key)));
    all
}

/// Where the tries of whoever says to have an identifier count, and what events call it. A text that is no identifier is counted
/// all the same.
fn counters_of_claimed(step: &Step<'_, ()>, claimed: &ClaimedIdentifier) -> (Vec<EntryKey>, AuditSubject) {
    let (kind, pools) = (claimed.identifier_type, of_identifier(claimed.identifier_type).iter());
    if let Some(identifier) = claimed.parse() {
        let key = identifier.key(step.case());
        let counters = pools.map(|&pool| EntryKey::counter(pool, &key, None));
        (counters.collect(), AuditSubject::unknown(key.kind().as_str(), key.value()))
    } else {
        let counters = pools.map(|&pool| EntryKey::counter_of_text(pool, claimed, None));
        (counters.collect(), AuditSubject::unknown(kind.as_str(), &claimed.value))
    }
}

impl Operation for Unlock {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::Unlock;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user. An identifier that nobody has is unlocked like any other.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let (counters, subject) = match &self.of {
            Of::User(user_id) => {
                let user = named(step, user_id)?;
                (counters_of(step, user), AuditSubject::from(&user.id))
            }
            Of::Identifier(claimed) => counters_of_claimed(step, claimed),
        };
        let now = step.now();
        // All are asked for at once.
        let known: Vec<_> = counters.into_iter().map(|key| (key, step.counter(&key))).collect();
        for (key, mut counter) in known {
            counter.forget(now);
            step.write_counter(key, counter);
        }
        step.emit(subject, AuditAction::Unlocked);
        Ok(())
    }
}
