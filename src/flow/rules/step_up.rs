//! What somebody who is signed in proves before they change how their account is reached (C-2).

use chrono::{DateTime, Utc};

use super::method::{has_connected_sso_identity, is_meant_to_sign_in};
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

/// Whether somebody changes their own account: of a verb that other events have too, and ask otherwise.
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
        if self.proofs.iter().any(|proof| self.is_both(proof)) {
            return Ok(());
        }
        match self.second(&first) {
            Second::None => Ok(()),
            Second::AnotherChannel(than) => Err(self.rejection(self.methods_beside(&than))),
            Second::Factor { factors, may_be_the_same } => {
                let shown = self.shown_by(|proof| is_of_one(proof, self.user, &factors));
                let differs = |one: &Channel| first.iter().any(|other| may_be_the_same || other != one);
                match shown.first() {
                    _ if shown.iter().any(differs) => Ok(()),
                    None => Err(self.rejection(factors.into_iter().map(method_of).collect())),
                    // Whoever has shown a factor alone is asked for anything else that shows them.
                    Some(used) => Err(self.rejection(self.methods_beside(used))),
                }
            }
        }
    }

    /// A passkey with UV is both, while it may sign in.
    fn is_both(&self, proof: &Proof) -> bool {
        let is_on = self.experience.settings().passkey_sign_in.enabled;
        is_on && matches!(proof.shown, Shown::SignInPasskey { .. })
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
                is_meant_to_sign_in(&proof.shown)
            }
            Shown::MfaEmailVerificationCode { .. }
            | Shown::MfaPhoneVerificationCode { .. }
            | Shown::Totp { .. }
            | Shown::WebAuthn { .. }
            | Shown::SignInPasskey { .. }
            | Shown::BackupCode { .. } => true,
            Shown::EnterpriseSso { .. } => self.experience.settings().single_sign_on_enabled,
            Shown::Social { .. } => self.has_factors_alone(),
            Shown::NewPasswordIdentity { .. } | Shown::OneTimeToken { .. } => false,
        }
    }

    /// What C-2 (a) takes of this user; their social identity, where there is nothing else but what (b) asks besides: whoever
    /// signs in by both could show two channels in no other way.
    fn owner_methods(&self) -> Vec<VerificationType> {
        let mut own = self.own_methods();
        if self.has_factors_alone() && !self.user.identities.is_empty() {
            own.insert(0, VerificationType::Social);
        }
        own
    }

    fn has_factors_alone(&self) -> bool {
        let is_factor = |method: &VerificationType| {
            matches!(
                method,
                VerificationType::WebAuthn | VerificationType::Totp | VerificationType::BackupCode
            )
        };
        self.own_methods().iter().all(is_factor)
    }

    /// What shows the owner through another channel.
    fn methods_beside(&self, channel: &Channel) -> Vec<VerificationType> {
        let is_other = |method: &VerificationType| !self.is_of_channel(*method, Some(channel));
        self.owner_methods().into_iter().filter(is_other).collect()
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
            (VerificationType::EnterpriseSso, has_connected_sso_identity(self.experience, user)),
            (VerificationType::BackupCode, user.mfa.has_unused_backup_code()),
        ]
        .into_iter()
        .filter_map(|(method, has)| has.then_some(method))
        .collect()
    }

    /// C-2 (b): what is needed besides what was shown.
    fn second(&self, first: &[Channel]) -> Second {
        let held: Vec<MfaFactor> = held_beside_contacts(self.user).collect();
        // The last backup code shows as much as the others, though with it none is left.
        if !held.is_empty() || self.proofs.iter().any(|proof| matches!(proof.shown, Shown::BackupCode { .. }))
        {
            return Second::Factor { factors: held, may_be_the_same: false };
        }
        // M-3: an enterprise provider has asked for what it asks for.
        let by_sso =
            |proof: &&&Proof| matches!(proof.shown, Shown::EnterpriseSso { .. }) && self.shows_owner(proof);
        if self.proofs.iter().any(|proof| by_sso(&proof))
            || is_excused_without_skipping(self.interaction, self.experience, self.user)
        {
            return Second::None;
        }
        self.second_contact(first, mfa::usable_factors(self.experience, self.user))
    }

    /// Of somebody whose factors are their contacts: two channels, one of them a factor's. Whoever has shown one contact alone
    /// shows anything else that they have. It is never worth less to show more.
    fn second_contact(&self, first: &[Channel], usable: Vec<MfaFactor>) -> Second {
        let only = first.first().filter(|one| first.iter().all(|other| other == *one));
        let shows_factor = self.proofs.iter().any(|proof| is_of_one(proof, self.user, &usable));
        if usable.is_empty() || (only.is_none() && shows_factor) {
            return Second::None;
        }
        let factors = mfa::asked_beside(self.experience, usable, only);
        let is_same = |factor: &MfaFactor| only.is_some_and(|only| only.is_of_factor(*factor));
        match only {
            _ if factors.iter().any(|factor| !is_same(factor)) => {
                Second::Factor { factors, may_be_the_same: false }
            }
            Some(only) if self.has_another_channel(Some(only)) => Second::AnotherChannel(only.clone()),
            // Whoever has no other channel cannot show two.
            _ if !factors.is_empty() => Second::Factor { factors, may_be_the_same: true },
            _ => Second::None,
        }
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

/// What C-2 (b) asks.
enum Second {
    None,
    /// Anything that shows the owner and comes through another channel than this one.
    AnotherChannel(Channel),
    /// One of these factors.
    Factor {
        factors: Vec<MfaFactor>,
        /// Whether it may come through the one channel that everything else came through.
        may_be_the_same: bool,
    },
}

/// Whether a proof is by one of these factors: by what it came through, whatever it was asked for as. A password is none, also
/// where it is worth no more than a mailbox.
fn is_of_one(proof: &Proof, user: &User, factors: &[MfaFactor]) -> bool {
    let channel = proof.channel(user);
    !matches!(proof.shown, Shown::Password { .. } | Shown::NewPasswordIdentity { .. })
        && (channel == Channel::Paper || factors.iter().any(|&factor| channel.is_of_factor(factor)))
}

fn method_of(factor: MfaFactor) -> VerificationType {
    match factor {
        MfaFactor::Totp => VerificationType::Totp,
        MfaFactor::WebAuthn => VerificationType::WebAuthn,
        MfaFactor::BackupCode => VerificationType::BackupCode,
        MfaFactor::EmailVerificationCode => VerificationType::MfaEmailVerificationCode,
        MfaFactor::PhoneVerificationCode => VerificationType::MfaPhoneVerificationCode,
    }
}
