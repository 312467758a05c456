//! A signed-in person's own account: 11.3.

use serde_json::{Value, json};
use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Book, No, Proof, Shown, no, no_with, yes};
use super::proofs::{contact_channel, factor_channel};

/// What is taken away.
#[derive(Clone, Debug)]
pub enum Gone {
    Username,
    Email,
    Phone,
    Password,
    Social(String),
    Sso(String),
    Factor(String),
}

impl Book {
    /// C-2: fresh proofs of the user's own, through two channels where the account has them.
    pub fn step_up(&self, visit: usize) -> Result<(), No> {
        let Some(user) = self.user(visit) else {
            return no(404, "session.identifier_not_found");
        };
        if self.is_stepped_up(visit, &user) {
            return Ok(());
        }
        no_with(403, "session.step_up_required", Value::Null)
    }

    /// C-2, for an account.
    pub fn is_stepped_up(&self, visit: usize, user: &Account) -> bool {
        let own = &self.visits[visit];
        let duration = i64::from(self.settings.account_policy.step_up_duration);
        let fresh: Vec<&Proof> = own
            .proofs
            .iter()
            .filter(|proof| self.now - proof.at <= duration && self.counts(proof, user))
            .collect();
        let with_passkey = fresh.iter().any(|proof| matches!(proof.shown, Shown::Passkey { .. }));
        if with_passkey && self.settings.passkey_sign_in.enabled {
            return true; // both
        }
        let contacts = own.managing.as_ref().map(|managing| managing.contacts.clone()).unwrap_or_default();
        let had = |kind: IdentifierType, contact: &str| {
            let channel = contact_channel(kind, contact);
            contacts.iter().any(|own| channel == format!("{kind}:{own}"))
        };
        // What stands beside a factor; see `known::SOCIAL_BESIDE_FACTORS`.
        let senders = self.settings.senders;
        let has_passkey = self.settings.passkey_sign_in.enabled
            && user.mfa.keys.iter().any(|key| key.verified && key.discoverable);
        let has_others = user.password.is_some()
            || (user.email.is_some() && senders.reach(IdentifierType::Email))
            || (user.phone.is_some() && senders.reach(IdentifierType::Phone))
            || (!user.sso.is_empty() && self.settings.single_sign_on_enabled)
            || has_passkey;
        let is_a = |proof: &Proof| match &proof.shown {
            Shown::Password { expired, .. } => !expired,
            Shown::App { .. } | Shown::Key { .. } | Shown::Paper { .. } | Shown::Passkey { .. } => true,
            Shown::Code { kind, contact, event, .. } => {
                *event != Some(InteractionEvent::ForgotPassword) && had(*kind, contact)
            }
            Shown::Sso { .. } => self.settings.single_sign_on_enabled,
            Shown::Social { .. } => !has_others,
            Shown::Token { .. } => false,
        };
        let a: Vec<String> =
            fresh.iter().filter(|proof| is_a(proof)).map(|proof| self.channel(proof, user)).collect();
        let by_company = fresh.iter().any(|proof| matches!(proof.shown, Shown::Sso { .. }));
        let by_company = by_company && self.settings.single_sign_on_enabled;
        let bound = self.bound(user);
        if bound.is_empty() && by_company {
            return !a.is_empty(); // M-3
        }
        let Some(asked) = self.second_of_step_up(visit, user) else {
            return !a.is_empty();
        };
        if bound.is_empty() && self.has_one_channel(user) {
            let is_code = |proof: &Proof| match &proof.shown {
                Shown::Code { kind, contact, .. } => {
                    let channel = contact_channel(*kind, contact);
                    asked.iter().any(|factor| factor_channel(*factor, user) == channel)
                }
                _ => false,
            };
            return !a.is_empty() && fresh.iter().any(|proof| is_code(proof));
        }
        // Whatever comes through the factor's channel, but a password.
        let mut second = fresh
            .iter()
            .filter(|proof| !matches!(proof.shown, Shown::Password { .. }))
            .map(|proof| self.channel(proof, user))
            .filter(|channel| asked.iter().any(|factor| factor_channel(*factor, user) == *channel));
        second.any(|channel| a.iter().any(|own| *own != channel))
    }

    /// Whether all that an account could show, and all factors that it holds, come through one channel.
    fn has_one_channel(&self, user: &Account) -> bool {
        let means = self.means(user);
        let one =
            means.first().filter(|one| means.iter().all(|own| own == *one)).cloned().unwrap_or_default();
        self.factors(user).iter().all(|factor| factor_channel(*factor, user) == one)
    }

    /// C-2 (b): the factors of which one is asked: what the user holds, on or off; else what M-3 would ask.
    fn second_of_step_up(&self, visit: usize, user: &Account) -> Option<Vec<MfaFactor>> {
        let bound = self.bound(user);
        if !bound.is_empty() {
            return Some(bound);
        }
        let held = self.factors(user);
        let off = user.mfa.enabled == Some(false) && !self.at_risk(&self.visits[visit]);
        if held.is_empty() || (off && !self.no_skip() && !self.organization_requires(user)) {
            return None;
        }
        // M-3: a user who holds no factor of another channel is asked this one only where nothing else could be had. What
        // the account could show counts here, not what was shown: else the weakest would be enough.
        let asked =
            !self.has_one_channel(user) || held.iter().any(|factor| !self.could_have_another(*factor));
        asked.then_some(held)
    }

    /// The channels through which an account can show (a).
    fn means(&self, user: &Account) -> Vec<String> {
        let mut means = vec![];
        if let Some(password) = &user.password {
            means.push(password.through.clone().unwrap_or_else(|| "knowledge".into()));
        }
        for kind in [IdentifierType::Email, IdentifierType::Phone] {
            if let Some(contact) = user.identifier(kind).filter(|_| self.settings.senders.reach(kind)) {
                means.push(contact_channel(kind, contact));
            }
        }
        let connectors = &self.settings.enterprise_sso_connectors;
        let mut own = connectors.iter().filter(|own| user.sso.iter().any(|had| had.0 == own.issuer));
        if let Some(own) = own.next().filter(|_| self.settings.single_sign_on_enabled) {
            means.push(format!("idp:{}", own.id));
        }
        means
    }

    /// C-3 to C-8: stages that something is taken away.
    pub fn remove(&mut self, visit: usize, what: &Gone) -> Answer {
        let Some(user) = self.user(visit).filter(|_| self.visits[visit].managing.is_some()) else {
            return no(400, "session.invalid_interaction_type");
        };
        self.step_up(visit)?;
        match what {
            Gone::Social(target) if !user.social.contains_key(target) => {
                return no_with(404, "user.identity_not_exist", json!({}));
            }
            Gone::Sso(issuer) if !user.sso.iter().any(|own| own.0 == *issuer) => {
                return no_with(404, "user.identity_not_exist", json!({}));
            }
            Gone::Factor(id) if !holds(&user, id) => return no(400, "session.mfa.mfa_factor_not_enabled"),
            _ => {}
        }
        let before = self.visits[visit].clone();
        let absent = match what {
            Gone::Username => user.username.is_none(),
            Gone::Email => user.email.is_none(),
            Gone::Phone => user.phone.is_none(),
            Gone::Password => user.password.is_none(),
            _ => false,
        };
        let own = &mut self.visits[visit];
        let Some(managing) = own.managing.as_mut() else { return yes(Value::Null) };
        match what {
            Gone::Username => (managing.username, own.staged.username) = (!absent, None),
            Gone::Email => (managing.email, own.staged.email) = (!absent, None),
            Gone::Phone => (managing.phone, own.staged.phone) = (!absent, None),
            Gone::Password => (managing.password, own.staged.password) = (!absent, None),
            Gone::Social(target) => managing.social.push(target.clone()),
            Gone::Sso(issuer) => managing.sso.push(issuer.clone()),
            Gone::Factor(id) => managing.factors.push(id.clone()),
        }
        let left = self.stays_reachable(visit, &user, true);
        if left.is_err() {
            self.visits[visit] = before;
        }
        left?;
        yes(Value::Null)
    }

    /// The account as it would be.
    pub fn as_it_would_be(&self, visit: usize, user: &Account) -> Account {
        let mut then = user.clone();
        let own = &self.visits[visit];
        let staged = own.staged.clone();
        if let Some(managing) = &own.managing {
            then.username = then.username.filter(|_| !managing.username);
            then.email = then.email.filter(|_| !managing.email);
            then.phone = then.phone.filter(|_| !managing.phone);
            then.password = then.password.filter(|_| !managing.password);
            then.social.retain(|target, _| !managing.social.contains(target));
            then.sso.retain(|own| !managing.sso.contains(&own.0));
            then.mfa.keys.retain(|key| !managing.factors.contains(&key.id));
            let gone = |name: &str| managing.factors.iter().any(|own| own == name);
            then.mfa.app = then.mfa.app.filter(|_| !gone("Totp"));
            then.mfa.codes = then.mfa.codes.filter(|_| !gone("BackupCode"));
            // C-7: backup codes go with the last factor that they stand beside.
            let takes_factor = !managing.factors.is_empty() || managing.email || managing.phone;
            let beside = |user: &Account| {
                let bound = user.mfa.app.is_some() || !user.mfa.keys.is_empty();
                let staged = own.factors.app.is_some() || !own.factors.keys.is_empty();
                bound || staged || self.factors(user).iter().any(|factor| *factor != MfaFactor::BackupCode)
            };
            if takes_factor && beside(user) && !beside(&then) {
                then.mfa.codes = None;
            }
        }
        then.username = staged.username.or(then.username);
        then.email = staged.email.or(then.email);
        then.phone = staged.phone.or(then.phone);
        then.social.extend(staged.social);
        if let Some(sso) = staged.sso {
            then.sso.retain(|own| own.0 != sso.0);
            then.sso.push(sso);
        }
        then.mfa.keys.extend(own.factors.keys.clone());
        then
    }

    /// C-7, C-8: of the account as it would be.
    pub fn stays_reachable(&self, visit: usize, user: &Account, at_once: bool) -> Result<(), No> {
        let own = &self.visits[visit];
        let Some(managing) = &own.managing else { return Ok(()) };
        let then = self.as_it_would_be(visit, user);
        let takes = managing.username
            || managing.email
            || managing.phone
            || managing.password
            || !managing.social.is_empty()
            || !managing.sso.is_empty()
            || !managing.factors.is_empty();
        if !takes && !at_once {
            return Ok(());
        }
        let counts = |user: &Account| {
            let staged = own.factors.app.is_some() || !own.factors.keys.is_empty();
            staged || self.factors(user).iter().any(|factor| *factor != MfaFactor::BackupCode)
        };
        if self.no_skip() && counts(user) && !counts(&then) {
            return no(422, "session.mfa.mfa_policy_not_user_controlled");
        }
        let has_password = then.password.is_some() || own.staged.password.is_some();
        if !self.way_in(&then, has_password) {
            return no(422, "user.last_sign_in_method_required");
        }
        let mut lacks = |item: &str| match item {
            "username" => user.username.is_some() && then.username.is_none(),
            "email" => user.email.is_some() && then.email.is_none(),
            "phone" => user.phone.is_some() && then.phone.is_none(),
            "emailOrPhone" => {
                (user.email.is_some() || user.phone.is_some()) && then.email.is_none() && then.phone.is_none()
            }
            _ => user.password.is_some() && !has_password && then.social.is_empty() && then.sso.is_empty(),
        };
        if self.mandatory().into_iter().any(&mut lacks) {
            return no(422, "user.last_sign_in_method_required");
        }
        Ok(())
    }

    /// C-8: whether anything lets this account in now (N-3, N-4, `senders`, V-14).
    fn way_in(&self, user: &Account, has_password: bool) -> bool {
        let company = user.email.as_ref().map(|email| self.connectors_of(email)).unwrap_or_default();
        let sso = self.settings.single_sign_on_enabled
            && self.settings.enterprise_sso_connectors.iter().any(|connector| {
                let own = user.sso.iter().any(|own| own.0 == connector.issuer);
                // N-6: the owner of an email of its domains, too.
                (own && company.is_empty()) || company.contains(&connector.id)
            });
        if !company.is_empty() {
            return sso; // N-4
        }
        let kinds = [IdentifierType::Username, IdentifierType::Email, IdentifierType::Phone];
        let mut own = kinds.into_iter().filter(|kind| user.identifier(*kind).is_some());
        let typed = own.any(|kind| {
            (has_password && self.method_on(kind, true))
                || (self.method_on(kind, false) && self.settings.senders.reach(kind))
        });
        let social = self.settings.social_connectors.iter().any(|own| user.social.contains_key(&own.target));
        let passkey = self.settings.passkey_sign_in.enabled
            && !self.signs_in_by_company(user)
            && user.mfa.keys.iter().any(|key| key.verified && key.discoverable);
        sso || typed || social || passkey
    }

    /// C-2, S-1, S-4, C-8: what submit of an `Account` interaction would refuse.
    pub fn left_of_account(&self, visit: usize, user: &Account) -> Vec<No> {
        let own = &self.visits[visit];
        let mut left = vec![];
        if self.needs_step_up(visit) {
            left.extend(self.step_up(visit).err());
        }
        left.extend(self.nobody_has(&own.staged, Some(&user.id)).err());
        left.extend(self.stays_reachable(visit, user, false).err());
        left
    }

    /// Whether what is staged changes how the account is reached.
    pub fn needs_step_up(&self, visit: usize) -> bool {
        let own = &self.visits[visit];
        let staged = &own.staged;
        let takes = own.managing.as_ref().is_some_and(|managing| {
            managing.username
                || managing.email
                || managing.phone
                || managing.password
                || !(managing.social.is_empty() && managing.sso.is_empty() && managing.factors.is_empty())
        });
        let sets = staged.username.is_some()
            || staged.email.is_some()
            || staged.phone.is_some()
            || staged.password.is_some()
            || staged.social.is_some()
            || staged.sso.is_some();
        let factors = &own.factors;
        let binds = factors.app.is_some() || !factors.keys.is_empty() || factors.codes.is_some();
        let decides =
            factors.enabled || factors.skipped || factors.suggestion_skipped || factors.passkey_skipped;
        takes || sets || binds || decides
    }

    /// C-10: closes the account, at once.
    pub fn close(&mut self, visit: usize) -> Answer {
        if self.visits[visit].event != InteractionEvent::Account {
            return no(400, "session.invalid_interaction_type");
        }
        self.step_up(visit)?;
        let due = self.now + i64::from(self.settings.account_policy.deletion_grace_days) * 86_400;
        let now = self.now;
        self.visits[visit].over = true;
        let id = self.visits[visit].user.clone().unwrap_or_default();
        if let Some(user) = self.account_mut(&id) {
            user.deletion_due_at = Some(due);
            user.sessions_valid_from = Some(now);
        }
        yes(json!(due))
    }
}

/// Whether an account holds a factor of this name.
fn holds(user: &Account, id: &str) -> bool {
    match id {
        "Totp" => user.mfa.app.is_some(),
        "BackupCode" => user.mfa.codes.is_some(),
        id => user.mfa.keys.iter().any(|key| key.id == id),
    }
}
