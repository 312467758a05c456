//! What proofs are worth: V-17, the channels of section 1, N-3 of a proof, M-1 to M-4.

use serde_json::{Map, Value, json};
use vestibule::experience::{
    ForgotPasswordMethod, InteractionEvent, MfaFactor, MfaPolicy, OrganizationRequiredMfaPolicy,
};
use vestibule::identifier::{Email, IdentifierType, Phone};

use super::facts::{Account, Book, No, Proof, Shown, Told, Visit, no_with};
use super::look_up::{canonical, domain};

/// The order to show factors in (section 7): backup codes last.
pub const SHOWN: [MfaFactor; 5] = [
    MfaFactor::WebAuthn,
    MfaFactor::Totp,
    MfaFactor::PhoneVerificationCode,
    MfaFactor::EmailVerificationCode,
    MfaFactor::BackupCode,
];

/// The channel that proofs of a user's factor come through.
pub fn factor_channel(factor: MfaFactor, user: &Account) -> String {
    let contact = |kind| contact_channel(kind, user.identifier(kind).map_or("", String::as_str));
    match factor {
        MfaFactor::EmailVerificationCode => contact(IdentifierType::Email),
        MfaFactor::PhoneVerificationCode => contact(IdentifierType::Phone),
        MfaFactor::Totp => "app".into(),
        MfaFactor::WebAuthn => "key".into(),
        _ => "paper".into(),
    }
}

/// The channel of a contact.
pub fn contact_channel(kind: IdentifierType, contact: &str) -> String {
    format!("{kind}:{}", canonical(kind, contact, true).unwrap_or_default())
}

impl Book {
    /// Whether a proof counts: it is about this user, and its method is still theirs (V-17).
    pub fn counts(&self, proof: &Proof, user: &Account) -> bool {
        match &proof.shown {
            Shown::Password { user: of, version, .. } => {
                *of == user.id && user.password.as_ref().is_some_and(|own| own.version == *version)
            }
            Shown::Code { kind, contact, .. } => user.has_contact(*kind, contact),
            Shown::Social { target, told, .. } => user.social.get(target) == Some(&told.id),
            Shown::Sso { issuer, told, .. } => user.sso.contains(&(issuer.clone(), told.id.clone())),
            Shown::App { user: of, secret } => {
                *of == user.id && user.mfa.app.as_ref().is_some_and(|own| own.secret == *secret)
            }
            Shown::Key { user: of, key } | Shown::Passkey { user: of, key } => {
                *of == user.id && user.mfa.keys.iter().any(|own| own.id == *key)
            }
            Shown::Paper { user: of, set } => {
                *of == user.id && user.mfa.codes.as_ref().is_some_and(|own| own.set == *set)
            }
            Shown::Token { email, .. } => user.has_contact(IdentifierType::Email, email),
        }
    }

    /// Whether a proof identifies this user in this event: N-3, and it counts.
    pub fn identifies(&self, visit: &Visit, proof: &Proof, user: &Account) -> bool {
        let event = visit.event;
        let recovers = |wanted| {
            self.settings.forgot_password_methods.as_ref().is_none_or(|methods| methods.contains(&wanted))
        };
        let allowed = match (&proof.shown, event) {
            (Shown::Code { mfa: false, kind, event: of, .. }, InteractionEvent::ForgotPassword) => {
                *of == Some(InteractionEvent::ForgotPassword) && recovers(recovery_method(*kind))
            }
            (Shown::Token { event: of, .. }, InteractionEvent::ForgotPassword) => {
                *of == Some(InteractionEvent::ForgotPassword)
                    && recovers(ForgotPasswordMethod::EmailVerificationCode)
            }
            (_, InteractionEvent::ForgotPassword) => false,
            (Shown::Password { kind, .. }, _) => self.method_on(*kind, true),
            (Shown::Code { mfa: false, kind, event: of, .. }, _) => {
                *of != Some(InteractionEvent::ForgotPassword) && self.method_on(*kind, false)
            }
            (Shown::Token { event: of, .. }, _) => of.is_none() || *of == Some(InteractionEvent::SignIn),
            (Shown::Social { .. }, _) => true,
            (Shown::Sso { .. }, _) => self.settings.single_sign_on_enabled,
            (Shown::Passkey { .. }, _) => {
                self.settings.passkey_sign_in.enabled && !self.signs_in_by_company(user)
            }
            _ => false,
        };
        allowed && (linked_channel(visit, proof).is_some() || self.counts(proof, user))
    }

    /// N-3: while enterprise sign-on is on, a user with an identity of a connector that is still there.
    pub fn signs_in_by_company(&self, user: &Account) -> bool {
        let there = |issuer: &String| {
            self.settings.enterprise_sso_connectors.iter().any(|connector| connector.issuer == *issuer)
        };
        self.settings.single_sign_on_enabled && user.sso.iter().any(|own| there(&own.0))
    }

    /// The channel of a proof (section 1): a password may be worth no more than another channel (M-3).
    pub fn channel(&self, proof: &Proof, user: &Account) -> String {
        match &proof.shown {
            Shown::Password { .. } => {
                let through = user.password.as_ref().and_then(|own| own.through.clone());
                through.unwrap_or_else(|| "knowledge".into())
            }
            Shown::Code { kind, contact, .. } => contact_channel(*kind, contact),
            Shown::Token { email, .. } => contact_channel(IdentifierType::Email, email),
            Shown::Social { connector, .. } | Shown::Sso { connector, .. } => format!("idp:{connector}"),
            Shown::App { .. } => "app".into(),
            Shown::Key { .. } | Shown::Passkey { .. } => "key".into(),
            Shown::Paper { .. } => "paper".into(),
        }
    }

    /// The one channel that all identifying proofs at hand came through, if it is one.
    pub fn one_channel(&self, visit: &Visit, user: &Account) -> Option<String> {
        let identifying = visit.proofs.iter().filter(|proof| self.identifies(visit, proof, user));
        let mut channels: Vec<String> = identifying
            .map(|proof| {
                let by_contact = linked_channel(visit, proof).filter(|_| !self.counts(proof, user));
                by_contact.unwrap_or_else(|| self.channel(proof, user))
            })
            .collect();
        channels.sort();
        channels.dedup();
        if channels.len() == 1 { channels.pop() } else { None }
    }

    /// Section 7: the user's factors, in the order to show them. One that nothing can be sent for is none (`senders`).
    pub fn factors(&self, user: &Account) -> Vec<MfaFactor> {
        let held = |factor: &MfaFactor| match factor {
            MfaFactor::WebAuthn => !user.mfa.keys.is_empty(),
            MfaFactor::Totp => user.mfa.app.is_some(),
            MfaFactor::PhoneVerificationCode => user.phone.is_some(),
            MfaFactor::EmailVerificationCode => user.email.is_some(),
            _ => user.mfa.has_unused_code(),
        };
        let works = |factor: MfaFactor| self.factor_on(factor) && self.can_send(factor);
        SHOWN.into_iter().filter(|factor| works(*factor) && held(factor)).collect()
    }

    /// M-2: an organisation of the user asks for MFA, and that means something.
    pub fn organization_requires(&self, user: &Account) -> bool {
        let policy = self.settings.mfa.organization_required_mfa_policy;
        let asks =
            |id: &String| self.settings.organizations.iter().any(|own| own.id == *id && own.is_mfa_required);
        policy == Some(OrganizationRequiredMfaPolicy::Mandatory)
            && user.organizations.iter().any(|(id, requires)| *requires || asks(id))
    }

    /// Whether the policy lets nobody skip.
    pub fn no_skip(&self) -> bool {
        matches!(
            self.settings.mfa.policy,
            MfaPolicy::Mandatory
                | MfaPolicy::PromptAtSignInAndSignUpMandatory
                | MfaPolicy::PromptOnlyAtSignInMandatory
        )
    }

    /// M-7: the host's verdict, while that is on.
    pub fn at_risk(&self, visit: &Visit) -> bool {
        self.settings.adaptive_mfa.enabled && visit.risky
    }

    /// M-3: the factors of which one is asked of this user here. `None`: those that count by now are enough, or none is
    /// asked. A user who holds none of another channel is asked the same one only where nothing else could be had.
    pub fn asked(&self, visit: &Visit, user: &Account) -> Vec<MfaFactor> {
        let held = self.factors(user);
        let one = self.one_channel(visit, user).unwrap_or_default();
        let is_same = |factor: &&MfaFactor| factor_channel(**factor, user) == one;
        let Some(same) = held.iter().find(is_same).copied() else {
            return held;
        };
        let others: Vec<MfaFactor> = held.iter().copied().filter(|factor| *factor != same).collect();
        if !others.is_empty() {
            return others;
        }
        if self.could_have_another(same) { vec![] } else { vec![same] }
    }

    /// M-3: `mfa.factors` names one of another channel that can stand alone and be sent.
    pub fn could_have_another(&self, same: MfaFactor) -> bool {
        let named = self.settings.mfa.factors.iter();
        named.into_iter().any(|own| *own != same && *own != MfaFactor::BackupCode && self.can_send(*own))
    }

    /// M-1 to M-3: whether a factor must still be proved, and of which.
    pub fn owes_a_factor(&self, visit: &Visit, user: &Account) -> Option<Vec<MfaFactor>> {
        let held = self.factors(user);
        if visit.own || held.is_empty() {
            return None; // M-1, M-3
        }
        let bound = user.mfa.app.is_some() || !user.mfa.keys.is_empty() || user.mfa.has_unused_code();
        let excused = (user.mfa.enabled == Some(false) && !bound) || user.mfa.skip_on_sign_in;
        if excused && !self.no_skip() && !self.organization_requires(user) && !self.at_risk(visit) {
            return None; // M-2, M-7
        }
        let counting = || visit.proofs.iter().filter(|proof| self.counts(proof, user));
        let by_company = || {
            counting().any(|proof| matches!(proof.shown, Shown::Sso { .. }))
                && self.settings.single_sign_on_enabled
        };
        let by_passkey = || {
            counting().any(|proof| matches!(proof.shown, Shown::Passkey { .. }))
                && self.settings.passkey_sign_in.enabled
        };
        if by_company() || by_passkey() {
            return None; // M-3
        }
        let asked = self.asked(visit, user);
        let proved = counting().filter_map(proved_factor).any(|factor| asked.contains(&factor));
        (!asked.is_empty() && !proved).then_some(asked)
    }

    /// M-3, P-3, S-3: the refusal.
    pub fn factor_first(&self, visit: &Visit, user: &Account) -> Result<(), No> {
        match self.owes_a_factor(visit, user) {
            None => Ok(()),
            Some(asked) => no_with(403, "session.mfa.require_mfa_verification", shown(&asked, user)),
        }
    }
}

/// The channel that an identity is worth that identified its user by a contact: it is not the user's yet, and is linked at
/// submit (N-6, N-7).
fn linked_channel(visit: &Visit, proof: &Proof) -> Option<String> {
    let (at, told): (&String, &Told) = match &proof.shown {
        Shown::Social { target, told, .. } => (target, told),
        Shown::Sso { issuer, told, .. } => (issuer, told),
        _ => return None,
    };
    visit.linked.iter().find(|own| own.0 == *at && own.1 == told.id).map(|own| own.2.clone())
}

/// How a password can be recovered through a contact.
pub fn recovery_method(kind: IdentifierType) -> ForgotPasswordMethod {
    match kind {
        IdentifierType::Phone => ForgotPasswordMethod::PhoneVerificationCode,
        _ => ForgotPasswordMethod::EmailVerificationCode,
    }
}

/// M-3: the factor that a proof is one of.
pub fn proved_factor(proof: &Proof) -> Option<MfaFactor> {
    match &proof.shown {
        Shown::Code { mfa: true, kind: IdentifierType::Email, .. } => Some(MfaFactor::EmailVerificationCode),
        Shown::Code { mfa: true, .. } => Some(MfaFactor::PhoneVerificationCode),
        Shown::App { .. } => Some(MfaFactor::Totp),
        Shown::Key { .. } => Some(MfaFactor::WebAuthn),
        Shown::Paper { .. } => Some(MfaFactor::BackupCode),
        _ => None,
    }
}

/// The data of a refusal that names factors.
pub fn shown(factors: &[MfaFactor], user: &Account) -> Value {
    json!({"availableFactors": factors, "maskedIdentifiers": masked(factors, user)})
}

/// M-4: where codes of these factors would go.
pub fn masked(factors: &[MfaFactor], user: &Account) -> Value {
    let mut all = Map::new();
    for factor in factors {
        let text = match factor {
            MfaFactor::EmailVerificationCode => user.email.as_deref().map(masked_email),
            MfaFactor::PhoneVerificationCode => user.phone.as_deref().map(masked_phone),
            _ => None,
        };
        if let Some(text) = text {
            all.insert(format!("{factor:?}"), json!(text));
        }
    }
    Value::Object(all)
}

/// M-4: four characters of a local part that is longer than four.
fn masked_email(email: &str) -> String {
    let local: String = Email::parse(email).map(|email| email.local_part().to_owned()).unwrap_or_default();
    let shown = if local.chars().count() > 4 { local.chars().take(4).collect() } else { String::new() };
    format!("{shown}****@{}", domain(email))
}

/// M-4: the last four digits.
fn masked_phone(phone: &str) -> String {
    let digits = Phone::parse(phone).map(|phone| phone.digits().to_owned()).unwrap_or_default();
    format!("****{}", digits.get(digits.len().saturating_sub(4)..).unwrap_or_default())
}

impl super::facts::Mfa {
    /// Whether a backup code is left.
    pub fn has_unused_code(&self) -> bool {
        self.codes.as_ref().is_some_and(|codes| codes.used.iter().any(|used| !used))
    }
}
