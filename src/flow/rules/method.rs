//! Whether a way to identify is on (N-3), and which proofs identify (S-1, M-3).

use crate::experience::{Experience, ForgotPasswordMethod, SignInExperience};
use crate::identifier::IdentifierType;
use crate::interaction::{Channel, Interaction, InteractionEvent, Proof, Shown};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::User;
use crate::verification::Verification;

/// A way to identify, of a record or of a proof.
#[derive(Clone, Copy, Debug)]
enum Method {
    Password(IdentifierType),
    /// A code, and what it was sent for.
    Code(IdentifierType, Option<InteractionEvent>),
    /// A one-time token, and what it was made for.
    OneTimeToken(Option<InteractionEvent>),
    Social,
    EnterpriseSso,
    Passkey,
    /// It identifies nobody.
    None,
}

impl Method {
    fn of_record(verification: &Verification) -> Self {
        match verification {
            Verification::Password(password) => Self::Password(password.identifier.identifier_type()),
            Verification::EmailVerificationCode(code) => Self::Code(IdentifierType::Email, code.event()),
            Verification::PhoneVerificationCode(code) => Self::Code(IdentifierType::Phone, code.event()),
            Verification::OneTimeToken(token) => Self::OneTimeToken(token.event),
            Verification::Social(_) => Self::Social,
            Verification::EnterpriseSso(_) => Self::EnterpriseSso,
            Verification::SignInPasskey(_) => Self::Passkey,
            Verification::MfaEmailVerificationCode(_)
            | Verification::MfaPhoneVerificationCode(_)
            | Verification::Totp(_)
            | Verification::WebAuthn(_)
            | Verification::BackupCode(_)
            | Verification::NewPasswordIdentity(_) => Self::None,
        }
    }

    fn of_proof(shown: &Shown) -> Self {
        match shown {
            Shown::Password { identifier, .. } => Self::Password(identifier.identifier_type()),
            Shown::EmailVerificationCode { event, .. } => Self::Code(IdentifierType::Email, Some(*event)),
            Shown::PhoneVerificationCode { event, .. } => Self::Code(IdentifierType::Phone, Some(*event)),
            Shown::OneTimeToken { event, .. } => Self::OneTimeToken(*event),
            Shown::Social { .. } => Self::Social,
            Shown::EnterpriseSso { .. } => Self::EnterpriseSso,
            Shown::SignInPasskey { .. } => Self::Passkey,
            Shown::MfaEmailVerificationCode { .. }
            | Shown::MfaPhoneVerificationCode { .. }
            | Shown::Totp { .. }
            | Shown::WebAuthn { .. }
            | Shown::BackupCode { .. }
            | Shown::NewPasswordIdentity { .. } => Self::None,
        }
    }

    /// N-3 of an event. A registration has a list of its own (N-11), and asks nobody who exists already.
    fn check(self, event: InteractionEvent, settings: &SignInExperience) -> Result<(), Rejection> {
        match event {
            InteractionEvent::ForgotPassword => self.check_recovery(settings),
            InteractionEvent::SignIn | InteractionEvent::Register => self.check_sign_in(settings),
            InteractionEvent::Account => self.check_step_up(),
        }
    }

    /// C-2 (a): what shows an account's own person. Whether its method is on to sign in by is not asked: nobody signs in.
    fn check_step_up(self) -> Result<(), Rejection> {
        match self {
            Self::Password(_) | Self::Social | Self::EnterpriseSso | Self::Passkey => Ok(()),
            Self::Code(_, event) => check_code_is_no_recovery(event),
            Self::OneTimeToken(_) | Self::None => Err(Rejection::VerificationFailed),
        }
    }

    /// Only a code that was sent for it, or a token that was made for it.
    fn check_recovery(self, settings: &SignInExperience) -> Result<(), Rejection> {
        let recovery = Some(InteractionEvent::ForgotPassword);
        let method = match self {
            Self::Code(IdentifierType::Email, event) if event == recovery => {
                ForgotPasswordMethod::EmailVerificationCode
            }
            Self::Code(IdentifierType::Phone, event) if event == recovery => {
                ForgotPasswordMethod::PhoneVerificationCode
            }
            Self::OneTimeToken(event) if event == recovery => ForgotPasswordMethod::EmailVerificationCode,
            _ => return Err(Rejection::MethodNotSupportedForForgotPassword),
        };
        let methods = settings.forgot_password_methods.as_ref();
        if methods.is_none_or(|methods| methods.contains(&method)) {
            Ok(())
        } else {
            Err(Rejection::MethodNotSupportedForForgotPassword)
        }
    }

    fn check_sign_in(self, settings: &SignInExperience) -> Result<(), Rejection> {
        let on = match self {
            Self::Password(identifier) => settings.sign_in.offers_password(identifier),
            Self::Code(identifier, _) => settings.sign_in.offers_verification_code(identifier),
            Self::OneTimeToken(event) => is_token_for_sign_in(event),
            Self::Social => true,
            Self::EnterpriseSso => settings.single_sign_on_enabled,
            Self::Passkey => settings.passkey_sign_in.enabled,
            Self::None => false,
        };
        match self {
            _ if !on => Err(Rejection::SignInMethodNotEnabled),
            Self::Code(_, event) => check_code_is_no_recovery(event),
            _ => Ok(()),
        }
    }
}

/// N-3: a code sent for a recovery identifies nowhere else. Its message said so to whoever read it.
fn check_code_is_no_recovery(event: Option<InteractionEvent>) -> Result<(), Rejection> {
    if event == Some(InteractionEvent::ForgotPassword) { Err(Rejection::VerificationFailed) } else { Ok(()) }
}

/// N-3: a token is for the event that it was made for, or for any.
fn is_token_for_sign_in(event: Option<InteractionEvent>) -> bool {
    event.is_none_or(|event| event == InteractionEvent::SignIn)
}

/// N-7: as N-3 has it of what a code or a token was for.
pub(in crate::flow) fn is_meant_to_sign_in(shown: &Shown) -> bool {
    match Method::of_proof(shown) {
        Method::Code(_, event) => check_code_is_no_recovery(event).is_ok(),
        Method::OneTimeToken(event) => is_token_for_sign_in(event),
        _ => true,
    }
}

/// N-3: the method is on for the event.
pub(in crate::flow) fn check_method(
    step: &Step<'_>,
    event: InteractionEvent,
    verification: &Verification,
) -> Result<(), Rejection> {
    let settings = step.experience().settings();
    Method::of_record(verification).check(event, settings)?;
    if let Verification::SignInPasskey(passkey) = verification {
        let user = passkey.user_id.as_ref().and_then(|id| step.user_by_id(id));
        if user.is_some_and(|user| has_connected_sso_identity(step.experience(), user)) {
            return Err(Rejection::PasskeySsoUsersNotAllowed);
        }
    }
    Ok(())
}

/// N-11: as N-3 has it of codes, in a registration.
pub(in crate::flow) fn check_not_of_recovery(verification: &Verification) -> Result<(), Rejection> {
    match Method::of_record(verification) {
        Method::Code(_, event) => check_code_is_no_recovery(event),
        _ => Ok(()),
    }
}

/// V-1: whether N-3 would let the user recover through any contact that they have and a code can be sent to.
pub(in crate::flow) fn can_recover(experience: &Experience, user: &User) -> bool {
    let settings = experience.settings();
    let contacts = [
        (IdentifierType::Email, user.primary_email.is_some()),
        (IdentifierType::Phone, user.primary_phone.is_some()),
    ];
    contacts.into_iter().any(|(contact, has)| {
        let code = Method::Code(contact, Some(InteractionEvent::ForgotPassword));
        has && settings.senders.reach(contact) && code.check_recovery(settings).is_ok()
    })
}

/// Whether single sign-on is on, and the user has an identity of an enterprise connector that is still there.
pub(super) fn has_connected_sso_identity(experience: &Experience, user: &User) -> bool {
    experience.settings().single_sign_on_enabled
        && user.sso_identities.iter().any(|own| experience.sso_connector_of_issuer(&own.issuer).is_some())
}

/// The channels of the proofs at hand that identify this user (N-3), in whatever order they were shown, and still count
/// (V-17).
pub(in crate::flow) fn identifying_channels<'a>(
    interaction: &'a Interaction,
    experience: &'a Experience,
    user: &'a User,
) -> impl Iterator<Item = Channel> + 'a {
    let (event, settings) = (interaction.event(), experience.settings());
    let staged = interaction.staged().map(|staged| staged.profile);
    let identifies = move |proof: &&Proof| Method::of_proof(&proof.shown).check(event, settings).is_ok();
    interaction.proofs().iter().filter(identifies).filter_map(move |proof| {
        let own = proof.is_of(user).then(|| proof.channel(user));
        own.or_else(|| proof.channel_of_staged(user, staged?))
    })
}

/// S-1: refuses an interaction whose identified user is identified by nothing that still counts: the password was changed
/// since, the contact taken away, the method turned off. The own account is identified by having been made.
pub(in crate::flow) fn check_still_identified(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let interaction = step.interaction();
    let proved = || identifying_channels(interaction, step.experience(), user).next().is_some();
    // C-1: of whoever is signed in, the session says who they are.
    let is_known = interaction.is_own_account() || interaction.managing().is_some();
    if is_known || proved() { Ok(()) } else { Err(Rejection::VerificationFailed) }
}
