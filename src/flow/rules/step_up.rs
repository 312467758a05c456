//! What somebody who is signed in proves before they change how their account is reached (C-2).

use chrono::{DateTime, Utc};

use super::mfa::{self, held_beside_contacts, is_excused_without_skipping, masked_identifiers};
use crate::experience::{Experience, MfaFactor};
use crate::interaction::{Channel, Interaction, Proof, Shown};
use crate::operation::Step;
use crate::rejection::{Rejection, StepUpRequired};
use crate::user::{Password, User};
use crate::verification::VerificationType;

/// C-2: refuses whoever has not proved, in this interaction and lately, that they are the account's own. It comes before
/// all other checks of a step. A session alone shows no more than that somebody once was.
pub(in crate::flow) fn check_step_up(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    check_step_up_in(step.interaction(), step.experience(), user, step.now())
}

/// As [`check_step_up`], of an interaction that is looked at from outside.
pub(crate) fn check_step_up_in(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    StepUp::of(interaction, experience, user, now).check()
}

/// As [`check_step_up`], of a verb that other events have too and ask otherwise.
pub(in crate::flow) fn is_account(step: &Step<'_>) -> bool {
    step.interaction().managing().is_some()
}

struct StepUp<'a> {
    experience: &'a Experience,
    user: &'a User,
    /// The user's own proofs that are fresh.
    proofs: Vec<&'a Proof>,
    interaction: &'a Interaction,
}

impl<'a> StepUp<'a> {
    fn of(
        interaction: &'a Interaction,
        experience: &'a Experience,
        user: &'a User,
        now: DateTime<Utc>,
    ) -> Self {
        let oldest = now - experience.settings().account_policy.step_up();
        let is_fresh = |proof: &&Proof| proof.at >= oldest && proof.is_of(user);
        let proofs = interaction.proofs().iter().filter(is_fresh).collect();
        Self { experience, user, proofs, interaction }
    }

    fn check(&self) -> Result<(), Rejection> {
        let first: Vec<Channel> = self.shown_by(|proof| self.shows_owner(proof));
        if first.is_empty() {
            return Err(self.rejection(self.owner_methods()));
        }
        // A passkey with UV is both.
        let is_both = |proof: &&Proof| matches!(proof.shown, Shown::SignInPasskey { .. });
        let Some(Second { factors, may_be_the_same }) = self.second(&first) else { return Ok(()) };
        if self.proofs.iter().any(is_both) {
            return Ok(());
        }
        let second = self.shown_by(|proof| proof.factor().is_some_and(|factor| is_among(factor, &factors)));
        let differ = |one: &Channel| first.iter().any(|other| may_be_the_same || other != one);
        if second.iter().any(differ) {
            return Ok(());
        }
        // Whoever has shown a factor alone is asked for anything else that shows them.
        let methods = if second.is_empty() {
            factors.iter().flat_map(|&factor| methods_of(factor)).collect()
        } else {
            let used = second.first();
            self.owner_methods().into_iter().filter(|&own| !self.is_of_channel(own, used)).collect()
        };
        Err(self.rejection(methods))
    }

    fn shown_by(&self, counts: impl Fn(&Proof) -> bool) -> Vec<Channel> {
        self.proofs.iter().filter(|proof| counts(proof)).map(|proof| proof.channel(self.user)).collect()
    }

    /// C-2 (a)
    fn shows_owner(&self, proof: &Proof) -> bool {
        match &proof.shown {
            // One that has expired says who somebody was (V-1).
            Shown::Password { expired, .. } => !expired,
            // Its message spoke of another thing (N-3).
            Shown::EmailVerificationCode { .. } | Shown::PhoneVerificationCode { .. } => {
                super::method::is_meant_to_sign_in(&proof.shown)
            }
            Shown::MfaEmailVerificationCode { .. }
            | Shown::MfaPhoneVerificationCode { .. }
            | Shown::Totp { .. }
            | Shown::WebAuthn { .. }
            | Shown::SignInPasskey { .. }
            | Shown::BackupCode { .. } => true,
            Shown::EnterpriseSso { .. } => self.experience.settings().single_sign_on_enabled,
            Shown::Social { .. } => self.own_methods().is_empty(),
            Shown::NewPasswordIdentity { .. } | Shown::OneTimeToken { .. } => false,
        }
    }

    /// What C-2 (a) takes of this user; their social identity, where there is nothing else.
    fn owner_methods(&self) -> Vec<VerificationType> {
        let own = self.own_methods();
        if own.is_empty() && !self.user.identities.is_empty() {
            return vec![VerificationType::Social];
        }
        own
    }

    fn own_methods(&self) -> Vec<VerificationType> {
        let (user, settings) = (self.user, self.experience.settings());
        let has_passkey = user.mfa.web_authn.iter().any(crate::user::WebAuthnCredential::is_sign_in_passkey);
        [
            (VerificationType::Password, user.password.is_some()),
            (VerificationType::EmailVerificationCode, user.primary_email.is_some() && settings.senders.email),
            (VerificationType::PhoneVerificationCode, user.primary_phone.is_some() && settings.senders.phone),
            (VerificationType::SignInPasskey, has_passkey && settings.passkey_sign_in.enabled),
            (VerificationType::WebAuthn, !user.mfa.web_authn.is_empty()),
            (VerificationType::Totp, user.mfa.totp.is_some()),
            (VerificationType::EnterpriseSso, self.has_connected_sso_identity()),
            (VerificationType::BackupCode, user.mfa.has_unused_backup_code()),
        ]
        .into_iter()
        .filter_map(|(method, has)| has.then_some(method))
        .collect()
    }

    fn has_connected_sso_identity(&self) -> bool {
        let mut own = self.user.sso_identities.iter();
        self.experience.settings().single_sign_on_enabled
            && own.any(|own| self.experience.sso_connector_of_issuer(&own.issuer).is_some())
    }

    /// C-2 (b): the factors of which one is needed besides, after what was shown; `None` if none is.
    fn second(&self, first: &[Channel]) -> Option<Second> {
        let held: Vec<MfaFactor> = held_beside_contacts(self.user).collect();
        // The last backup code shows as much as the others, though with it none is left.
        if !held.is_empty() || self.proofs.iter().any(|proof| matches!(proof.shown, Shown::BackupCode { .. }))
        {
            return Some(Second { factors: held, may_be_the_same: false });
        }
        // M-3: an enterprise provider has asked for what it asks for.
        let by_sso =
            |proof: &&&Proof| matches!(proof.shown, Shown::EnterpriseSso { .. }) && self.shows_owner(proof);
        if self.proofs.iter().any(|proof| by_sso(&proof))
            || is_excused_without_skipping(self.interaction, self.experience, self.user)
        {
            return None;
        }
        let usable = mfa::usable_factors(self.experience, self.user);
        let only = first.first().filter(|one| first.iter().all(|other| other == *one));
        let factors = mfa::asked_beside(self.experience, usable, only);
        // Whoever has no other channel cannot show two.
        let may_be_the_same = !self.has_another_channel(only);
        (!factors.is_empty()).then_some(Second { factors, may_be_the_same })
    }

    fn has_another_channel(&self, than: Option<&Channel>) -> bool {
        self.own_methods().into_iter().any(|method| !self.is_of_channel(method, than))
    }

    fn is_of_channel(&self, method: VerificationType, channel: Option<&Channel>) -> bool {
        match (method, channel) {
            (VerificationType::Password, Some(channel)) => {
                self.user.password.as_ref().map(Password::channel).as_ref() == Some(channel)
            }
            (VerificationType::EmailVerificationCode, Some(Channel::Email(_)))
            | (VerificationType::PhoneVerificationCode, Some(Channel::Phone(_)))
            | (VerificationType::Totp, Some(Channel::App))
            | (VerificationType::WebAuthn | VerificationType::SignInPasskey, Some(Channel::Key))
            | (VerificationType::BackupCode, Some(Channel::Paper)) => true,
            _ => false,
        }
    }

    fn rejection(&self, available_methods: Vec<VerificationType>) -> Rejection {
        let has = |one, other| available_methods.contains(&one) || available_methods.contains(&other);
        let contacts = [
            (
                MfaFactor::EmailVerificationCode,
                has(VerificationType::EmailVerificationCode, VerificationType::MfaEmailVerificationCode),
            ),
            (
                MfaFactor::PhoneVerificationCode,
                has(VerificationType::PhoneVerificationCode, VerificationType::MfaPhoneVerificationCode),
            ),
        ];
        let contacts: Vec<MfaFactor> =
            contacts.into_iter().filter_map(|(contact, has)| has.then_some(contact)).collect();
        let masked_identifiers = masked_identifiers(self.user, &contacts);
        Rejection::StepUpRequired(StepUpRequired { available_methods, masked_identifiers })
    }
}

struct Second {
    factors: Vec<MfaFactor>,
    /// Whether it may come through the one channel that everything else came through.
    may_be_the_same: bool,
}

fn is_among(factor: MfaFactor, factors: &[MfaFactor]) -> bool {
    factors.contains(&factor) || factor == MfaFactor::BackupCode
}

fn methods_of(factor: MfaFactor) -> Vec<VerificationType> {
    match factor {
        MfaFactor::Totp => vec![VerificationType::Totp],
        MfaFactor::WebAuthn => vec![VerificationType::WebAuthn],
        MfaFactor::BackupCode => vec![VerificationType::BackupCode],
        MfaFactor::EmailVerificationCode => vec![VerificationType::MfaEmailVerificationCode],
        MfaFactor::PhoneVerificationCode => vec![VerificationType::MfaPhoneVerificationCode],
    }
}
