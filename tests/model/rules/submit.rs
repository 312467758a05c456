//! Submitting, and what remains: section 8.

use serde_json::{Value, json};
use vestibule::experience::{InteractionEvent, MfaFactor, MfaPolicy};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, App, Book, Codes, No, Password, Shown, Staged, no, no_with, yes};
use super::proofs::{factor_channel, masked, proved_factor};

impl Book {
    /// S-1 to S-11.
    pub fn submit(&mut self, visit: usize) -> Answer {
        if let Some(first) = self.left(visit).into_iter().next() {
            return Err(first);
        }
        let Some(user) = self.user(visit) else {
            return no(404, "session.identifier_not_found");
        };
        let told = self.write(visit, user);
        self.visits[visit].over = true;
        yes(told)
    }

    /// S-1 to S-9: what submit would refuse, each asked as if those before were met.
    pub fn left(&self, visit: usize) -> Vec<No> {
        let own = &self.visits[visit];
        let event = own.event;
        let account = event == InteractionEvent::Account;
        let asks = if account { Ok(()) } else { self.captcha(visit) }; // I-5, C-1
        let mut left: Vec<Result<(), No>> = vec![asks];
        let Some(user) = self.user(visit) else {
            left.push(no(404, "session.identifier_not_found"));
            return left.into_iter().filter_map(Result::err).collect();
        };
        if user.suspended {
            left.push(no(401, "user.suspended"));
        }
        if account {
            let step_up = self.left_of_account(visit, &user);
            return left.into_iter().filter_map(Result::err).chain(step_up).collect();
        }
        let at_hand = own.proofs.iter().any(|proof| self.identifies(own, proof, &user));
        if !own.own && !at_hand {
            left.push(no(400, "session.verification_failed")); // V-17
        }
        if event == InteractionEvent::ForgotPassword {
            if own.staged.password.is_none() {
                left.push(no(422, "user.new_password_required_in_profile")); // S-2
            }
            return left.into_iter().filter_map(Result::err).collect();
        }
        if self.replaces_expired(visit, &user) && own.staged.password.is_none() {
            left.push(no(422, "user.new_password_required_in_profile")); // V-1
        }
        left.push(self.factor_first(own, &user)); // S-3
        left.push(self.staged_again(visit, &user)); // S-4
        left.push(self.mandatory_profile(visit, Some(&user))); // S-5
        left.push(self.custom_fields(visit, Some(&user))); // S-6
        left.push(self.passkey(visit, &user)); // S-7
        left.extend(self.enrolment(visit, &user).into_iter().map(Err)); // S-9
        left.into_iter().filter_map(Result::err).collect()
    }

    /// S-4: what is staged, under P-5 and P-6.
    fn staged_again(&self, visit: usize, user: &Account) -> Result<(), No> {
        let own = &self.visits[visit];
        let mut staged: Staged = own.staged.clone();
        if self.replaces_expired(visit, user) {
            staged.password = None;
        }
        self.has_not(&staged, user)?;
        self.nobody_has(&staged, Some(&user.id))?;
        if own.factors.app.is_some() && user.mfa.app.is_some() {
            return no(422, "user.totp_already_in_use");
        }
        if own.factors.keys.iter().any(|key| self.owner_of_key(&key.id).is_some()) {
            return no(422, "user.identity_already_in_use");
        }
        Ok(())
    }

    /// S-9: a proof by SSO, while on, of an identity that is the user's or staged.
    fn by_company(&self, visit: usize, user: &Account) -> bool {
        let own = &self.visits[visit];
        self.settings.single_sign_on_enabled
            && own.proofs.iter().any(|proof| match &proof.shown {
                Shown::Sso { issuer, told, .. } => {
                    let identity = (issuer.clone(), told.id.clone());
                    user.sso.contains(&identity) || own.staged.sso.as_ref() == Some(&identity)
                }
                _ => false,
            })
    }

    /// S-7.
    fn passkey(&self, visit: usize, user: &Account) -> Result<(), No> {
        let own = &self.visits[visit];
        let mut keys = user.mfa.keys.iter().chain(&own.factors.keys);
        let held = keys.any(|key| key.verified && key.discoverable);
        let skipped = own.factors.passkey_skipped || user.mfa.passkey_skipped;
        if self.settings.passkey_sign_in.enabled && !held && !skipped && !self.by_company(visit, user) {
            return no(422, "user.passkey_preferred");
        }
        Ok(())
    }

    /// S-9: what is asked of enrolment, one after the other.
    fn enrolment(&self, visit: usize, user: &Account) -> Vec<No> {
        let own = &self.visits[visit];
        let mfa = &self.settings.mfa;
        if self.by_company(visit, user) || mfa.factors.is_empty() {
            return vec![];
        }
        let mut asks: Vec<No> = vec![];
        let held = self.held(visit, user);
        let sign_in_only =
            matches!(mfa.policy, MfaPolicy::PromptOnlyAtSignIn | MfaPolicy::PromptOnlyAtSignInMandatory);
        let silent = own.event == InteractionEvent::Register && sign_in_only;
        let skipped = own.factors.skipped || user.mfa.skipped;
        let must = self.must(visit, user);
        let forced = self.no_skip() || self.organization_requires(user);
        // S-9a
        if self.is_offered(visit, user) && !self.enabled(visit, user, &held) {
            asks.extend(no::<()>(422, "user.suggest_mfa").err());
        }
        // S-9b
        let at_risk = self.at_risk(own) && held.is_empty();
        let unprompted = mfa.policy == MfaPolicy::NoPrompt && !self.organization_requires(user);
        if (silent || unprompted || (skipped && !forced)) && !at_risk {
            return asks;
        }
        let configured: Vec<MfaFactor> = [
            MfaFactor::WebAuthn,
            MfaFactor::Totp,
            MfaFactor::PhoneVerificationCode,
            MfaFactor::EmailVerificationCode,
        ]
        .into_iter()
        .filter(|factor| self.factor_on(*factor))
        .collect();
        let missing = !held.iter().any(|factor| configured.contains(factor));
        if missing {
            let mut data = json!({"availableFactors": configured});
            if !must {
                data["skippable"] = json!(true);
            }
            asks.extend(no_with::<()>(422, "user.missing_mfa", data).err());
        }
        // S-9c; as long as the first is missing, nobody knows whether a second is
        if !missing && !self.has_enough(visit, user, &held) {
            let data = json!({
                "availableFactors": configured,
                "maskedIdentifiers": masked(&held, user),
                "isWebAuthnUsedAsSignInPasskey":
                    self.settings.passkey_sign_in.enabled && held.contains(&MfaFactor::WebAuthn),
                "skippable": true,
                "suggestion": true,
            });
            asks.extend(no_with::<()>(422, "session.mfa.suggest_additional_mfa", data).err());
        }
        // S-9d
        if self.factor_on(MfaFactor::BackupCode)
            && !held.contains(&MfaFactor::BackupCode)
            && own.factors.codes.is_none()
        {
            asks.extend(no::<()>(422, "session.mfa.backup_code_required").err());
        }
        asks
    }

    /// S-9a: whether it is asked at all.
    fn is_offered(&self, visit: usize, user: &Account) -> bool {
        let own = &self.visits[visit];
        let skipped = own.factors.skipped || user.mfa.skipped;
        let policy = self.settings.mfa.policy;
        let silent = own.event == InteractionEvent::Register && policy == MfaPolicy::PromptOnlyAtSignIn;
        !self.must(visit, user)
            && policy != MfaPolicy::NoPrompt
            && !silent
            && !skipped
            && !self.by_company(visit, user)
            && !self.settings.mfa.factors.is_empty()
    }

    /// S-9a: whether MFA is enabled, or becomes so.
    fn enabled(&self, visit: usize, user: &Account, held: &[MfaFactor]) -> bool {
        let staged = self.visits[visit].factors.enabled;
        staged || user.mfa.enabled.unwrap_or(!held.is_empty())
    }

    /// S-9c, *unless*.
    fn has_enough(&self, visit: usize, user: &Account, held: &[MfaFactor]) -> bool {
        let skipped = self.visits[visit].factors.suggestion_skipped || user.mfa.suggestion_skipped;
        let has = |factor| held.contains(&factor);
        let passkey = self.settings.passkey_sign_in.enabled;
        skipped
            || self.settings.mfa.factors.iter().all(|factor| has(*factor) || *factor == MfaFactor::BackupCode)
            || has(MfaFactor::Totp)
            || has(MfaFactor::BackupCode)
            || (has(MfaFactor::WebAuthn) && !passkey)
            || (has(MfaFactor::EmailVerificationCode) && !self.signs_up_with(IdentifierType::Email))
            || (has(MfaFactor::PhoneVerificationCode) && !self.signs_up_with(IdentifierType::Phone))
    }

    /// S-10, S-2, and what M-3 remembers.
    fn write(&mut self, visit: usize, mut user: Account) -> Value {
        let own = self.visits[visit].clone();
        let now = self.now;
        let (event, recovery) = (own.event, own.event == InteractionEvent::ForgotPassword);
        let one = self.one_channel(&own, &user);
        let other_factor = own.proofs.iter().any(|proof| {
            let counts = self.counts(proof, &user);
            let channel = proved_factor(proof).map(|factor| factor_channel(factor, &user));
            let against = user.password.as_ref().and_then(|own| own.through.clone()).or(one.clone());
            counts && channel.is_some() && channel != against
        });
        let version = self.next();
        let mut ends = false;
        if let Some(text) = own.staged.password.clone() {
            ends = true;
            let mut through = None;
            if !own.own && !other_factor {
                through.clone_from(&one);
            }
            let set_at = Some(now);
            let through = through.filter(|one| one != "knowledge");
            user.password =
                Some(Password { text, outdated: false, set_at, expired: false, through, version });
            user.sessions_valid_from = Some(now);
        } else if let Some(password) = user.password.as_mut().filter(|_| other_factor) {
            password.through = None; // M-3
        }
        ends |= own.managing.as_ref().is_some_and(|gone| gone.password) && user.password.is_some();
        if !recovery {
            self.merge(visit, &mut user);
        }
        self.proved_contacts(visit, &mut user);
        if let Some(account) = self.account_mut(&user.id) {
            *account = user.clone();
        }
        json!({"user": user.id, "event": event, "ends": ends})
    }

    /// Section 6, *merging at submit*, M-6, N-14, C-10.
    fn merge(&mut self, visit: usize, user: &mut Account) {
        let own = self.visits[visit].clone();
        let asked = own.event != InteractionEvent::Account && self.is_offered(visit, user);
        let becomes_enabled = asked && !self.held(visit, user).is_empty();
        let now = self.now;
        let staged = own.staged;
        if own.event == InteractionEvent::Account {
            let then = self.as_it_would_be(visit, user);
            let gone = own.managing.clone().unwrap_or_default();
            (user.username, user.social, user.sso) = (then.username, then.social, then.sso);
            if then.email.is_none() {
                user.email_proved_at = None;
            }
            if then.phone.is_none() {
                user.phone_proved_at = None;
            }
            (user.email, user.phone) = (then.email, then.phone);
            user.mfa.keys.retain(|key| !gone.factors.contains(&key.id));
            (user.mfa.app, user.mfa.codes) = (then.mfa.app, then.mfa.codes);
            if gone.password && user.password.take().is_some() {
                user.sessions_valid_from = Some(now);
            }
        }
        if staged.email.is_some() {
            user.email_proved_at = Some(now);
        }
        if staged.phone.is_some() {
            user.phone_proved_at = Some(now);
        }
        user.username = staged.username.or(user.username.take());
        user.email = staged.email.clone().or(user.email.take());
        user.phone = staged.phone.or(user.phone.take());
        user.name = staged.name.or(user.name.take());
        user.avatar = staged.avatar.or(user.avatar.take());
        user.claims.extend(staged.claims);
        user.custom.extend(staged.custom);
        user.social.extend(staged.social);
        let linked = staged.sso.clone().filter(|own| !user.sso.contains(own));
        user.sso.extend(linked.clone());
        let issuer = linked.map(|own| own.0);
        self.joins(user, &staged.organizations, None, issuer.as_deref());
        let factors = own.factors;
        let mfa = &mut user.mfa;
        if factors.enabled {
            mfa.enabled = Some(true);
        } else if mfa.enabled.is_none() && becomes_enabled {
            mfa.enabled = Some(true); // S-9a
        }
        mfa.skipped |= factors.skipped;
        mfa.suggestion_skipped |= factors.suggestion_skipped;
        if own.event == InteractionEvent::SignIn {
            mfa.passkey_skipped |= factors.passkey_skipped;
        }
        if let Some((secret, step)) = factors.app {
            mfa.app = Some(App { secret, last_step: Some(step) }); // V-16: no code twice
        }
        mfa.keys.extend(factors.keys);
        if let Some(set) = factors.codes {
            mfa.codes = Some(Codes { set, used: vec![false; 10] });
        }
        if own.event != InteractionEvent::Account {
            user.last_sign_in_at = Some(now);
            user.deletion_due_at = None; // C-10
        }
    }

    /// a contact that was ever proved, in whatever event.
    fn proved_contacts(&self, visit: usize, user: &mut Account) {
        let proved = |user: &Account, kind| {
            self.visits[visit].proofs.iter().any(|proof| match &proof.shown {
                Shown::Code { kind: of, contact, .. } => *of == kind && user.has_contact(kind, contact),
                Shown::Token { email, .. } => kind == IdentifierType::Email && user.has_contact(kind, email),
                _ => false,
            })
        };
        if proved(user, IdentifierType::Email) {
            user.email_proved_at = Some(self.now);
        }
        if proved(user, IdentifierType::Phone) {
            user.phone_proved_at = Some(self.now);
        }
    }
}
