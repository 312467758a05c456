//! Binding factors and deciding about them: M-5, M-6.

use serde_json::Value;
use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Body, Book, No, Shown, Staged, no, no_with, yes};
use super::proofs::{SHOWN, factor_channel, proved_factor, shown};

/// What somebody decides about MFA (M-6).
#[derive(Clone, Copy, Debug)]
pub enum Decision {
    Enable,
    Skip,
    SkipSuggestion,
    SkipPasskey,
}

impl Book {
    /// M-5: the app, keys and unused backup codes that a user holds, on or off.
    pub fn bound(&self, user: &Account) -> Vec<MfaFactor> {
        let held = |factor: &MfaFactor| match factor {
            MfaFactor::WebAuthn => !user.mfa.keys.is_empty(),
            MfaFactor::Totp => user.mfa.app.is_some(),
            MfaFactor::BackupCode => user.mfa.has_unused_code(),
            _ => false,
        };
        SHOWN.into_iter().filter(held).collect()
    }

    /// M-5: a user who holds an app, a key or an unused backup code proves one of them first, on or off.
    pub fn bound_first(&self, visit: usize, user: &Account) -> Result<(), No> {
        let own = &self.visits[visit];
        let bound = self.bound(user);
        if own.own || own.event == InteractionEvent::Account || bound.is_empty() {
            return Ok(());
        }
        let counting = own.proofs.iter().filter(|proof| self.counts(proof, user));
        let mut proved = counting.filter_map(|proof| match proof.shown {
            Shown::Passkey { .. } => Some(MfaFactor::WebAuthn),
            _ => proved_factor(proof),
        });
        let proved = proved.any(|factor| bound.contains(&factor));
        if proved {
            return Ok(());
        }
        no_with(403, "session.mfa.require_mfa_verification", shown(&bound, user))
    }

    /// M-5: stages a factor. `sign_in`: a passkey to sign in with.
    pub fn bind(&mut self, visit: usize, factor: MfaFactor, id: u64, sign_in: bool) -> Answer {
        let user = self.staging(visit)?;
        if self.visits[visit].event == InteractionEvent::Account {
            self.step_up(visit)?;
        }
        self.factor_before(visit, user.as_ref())?;
        if let Some(user) = &user {
            self.bound_first(visit, user)?;
        }
        match factor {
            MfaFactor::Totp => self.bind_app(visit, user.as_ref(), id)?,
            MfaFactor::WebAuthn => self.bind_key(visit, user.as_ref(), id, sign_in)?,
            MfaFactor::BackupCode => self.bind_codes(visit, user.as_ref(), id)?,
            _ => self.bind_contact(visit, user.as_ref(), factor, id)?,
        }
        if !sign_in {
            self.visits[visit].factors.enabled = true;
        }
        self.keep_what_is_staged(visit);
        yes(Value::Null)
    }

    fn bind_app(&mut self, visit: usize, user: Option<&Account>, id: u64) -> Result<(), No> {
        let Body::Totp { user: of, secret, is_new, verified } = self.record_of(visit, "Totp", id)?.body
        else {
            return no(404, "session.verification_session_not_found");
        };
        let Some(step) = verified else {
            return no(400, "session.verification_failed");
        };
        if !is_new {
            return no(400, "session.mfa.pending_info_not_found");
        }
        self.is_on(MfaFactor::Totp)?;
        let user = whose(user, &of)?;
        if user.mfa.app.is_some() && self.visits[visit].event != InteractionEvent::Account {
            return no(422, "user.totp_already_in_use");
        }
        self.visits[visit].factors.app = Some((secret, step));
        Ok(())
    }

    fn bind_key(&mut self, visit: usize, user: Option<&Account>, id: u64, sign_in: bool) -> Result<(), No> {
        let Body::WebAuthn { user: of, made, verified, .. } = self.record_of(visit, "WebAuthn", id)?.body
        else {
            return no(404, "session.verification_session_not_found");
        };
        if !verified {
            return no(400, "session.verification_failed");
        }
        let Some(key) = made else {
            return no(400, "session.mfa.pending_info_not_found");
        };
        if !self.settings.passkey_sign_in.enabled {
            self.is_on(MfaFactor::WebAuthn)?;
        }
        let _ = whose(user, &of)?;
        if sign_in && !(key.verified && key.discoverable) {
            return no(400, "session.mfa.webauthn_verification_failed");
        }
        if self.owner_of_key(&key.id).is_some() {
            return no(422, "user.identity_already_in_use");
        }
        let keys = &mut self.visits[visit].factors.keys;
        keys.retain(|own| own.id != key.id);
        keys.push(key);
        Ok(())
    }

    fn bind_codes(&mut self, visit: usize, user: Option<&Account>, id: u64) -> Result<(), No> {
        let Body::BackupCode { user: of, made, .. } = self.record_of(visit, "BackupCode", id)?.body else {
            return no(404, "session.verification_session_not_found");
        };
        self.is_on(MfaFactor::BackupCode)?;
        let user = whose(user, &of)?;
        let mut beside = self.held(visit, user);
        beside.extend(self.factors(user)); // M-3 takes nothing away here
        // Nor does a sender that is off (section 7).
        let email = (MfaFactor::EmailVerificationCode, user.email.is_some());
        let phone = (MfaFactor::PhoneVerificationCode, user.phone.is_some());
        let on = |own: &(MfaFactor, bool)| own.1 && self.factor_on(own.0);
        beside.extend([email, phone].into_iter().filter(on).map(|own| own.0));
        if !beside.iter().any(|factor| *factor != MfaFactor::BackupCode) {
            return no(422, "session.mfa.backup_code_can_not_be_alone");
        }
        let Some(set) = made else {
            return no(400, "session.mfa.pending_info_not_found");
        };
        self.visits[visit].factors.codes = Some(set);
        Ok(())
    }

    fn bind_contact(
        &mut self,
        visit: usize,
        user: Option<&Account>,
        factor: MfaFactor,
        id: u64,
    ) -> Result<(), No> {
        let kind = match factor {
            MfaFactor::EmailVerificationCode => IdentifierType::Email,
            _ => IdentifierType::Phone,
        };
        let contact = self.proved_contact(visit, kind, id)?;
        let mut one = Staged::default();
        if kind == IdentifierType::Email {
            one.email = Some(contact.clone());
        } else {
            one.phone = Some(contact.clone());
        }
        if let Some(user) = user.filter(|_| self.visits[visit].event != InteractionEvent::Account) {
            self.has_not(&one, user)?;
        }
        self.nobody_has(&one, user.map(|user| user.id.as_str()))?;
        self.stage_contact(visit, kind, &contact);
        let contacts = &mut self.visits[visit].factors.contacts;
        if !contacts.contains(&factor) && self.settings.mfa.factors.contains(&factor) {
            contacts.push(factor);
        }
        Ok(())
    }

    /// M-5, S-8: the factor is on.
    fn is_on(&self, factor: MfaFactor) -> Result<(), No> {
        if self.factor_on(factor) { Ok(()) } else { no(400, "session.mfa.mfa_factor_not_enabled") }
    }

    /// S-9, *held*: the user's factors, and those that are staged here; without one that M-3 does not let count.
    pub fn held(&self, visit: usize, user: &Account) -> Vec<MfaFactor> {
        let own = &self.visits[visit];
        let one = self.one_channel(own, user).unwrap_or_default();
        let held = self.factors(user);
        let others = held.iter().any(|factor| factor_channel(*factor, user) != one);
        let discounted = |factor: &MfaFactor| {
            !own.own && !others && factor_channel(*factor, user) == one && self.could_have_another(*factor)
        };
        let staged = |factor: &MfaFactor| match factor {
            MfaFactor::WebAuthn => !own.factors.keys.is_empty(),
            MfaFactor::Totp => own.factors.app.is_some(),
            MfaFactor::PhoneVerificationCode => own.staged.phone.is_some(),
            MfaFactor::EmailVerificationCode => own.staged.email.is_some(),
            _ => false, // codes that are staged are staged, not held (S-9)
        };
        let is_held = |factor: &MfaFactor| {
            (held.contains(factor) && !discounted(factor)) || (self.factor_on(*factor) && staged(factor))
        };
        SHOWN.into_iter().filter(is_held).collect()
    }

    /// M-6.
    pub fn decide(&mut self, visit: usize, decision: Decision) -> Answer {
        let user = self.staging(visit)?;
        // A-2 says that lowering the policy needs C-2's proofs; here every decision does.
        if self.visits[visit].event == InteractionEvent::Account {
            self.step_up(visit)?;
        }
        self.factor_before(visit, user.as_ref())?;
        if matches!(decision, Decision::Skip) {
            let Some(user) = user else {
                return no(404, "session.identifier_not_found");
            };
            let at_risk = self.at_risk(&self.visits[visit]) && self.factors(&user).is_empty();
            if self.must(visit, &user) || at_risk {
                return no(422, "session.mfa.mfa_policy_not_user_controlled");
            }
        }
        let factors = &mut self.visits[visit].factors;
        match decision {
            Decision::Enable => factors.enabled = true,
            Decision::Skip => factors.skipped = true,
            Decision::SkipSuggestion => factors.suggestion_skipped = true,
            Decision::SkipPasskey => factors.passkey_skipped = true,
        }
        yes(Value::Null)
    }

    /// Whether nobody lets this user skip: the policy, an organisation, the host's verdict (M-6, M-7).
    pub fn must(&self, visit: usize, user: &Account) -> bool {
        // M-7 is as a no-skip policy for whoever is without a factor.
        let at_risk = self.at_risk(&self.visits[visit]) && self.held(visit, user).is_empty();
        self.no_skip() || self.organization_requires(user) || at_risk
    }
}

/// V-10, V-12, V-13: a record made for a user is that user's.
fn whose<'a>(user: Option<&'a Account>, of: &str) -> Result<&'a Account, No> {
    match user {
        None => no(404, "session.identifier_not_found"),
        Some(user) if user.id == of => Ok(user),
        Some(_) => no(404, "session.verification_session_not_found"),
    }
}
