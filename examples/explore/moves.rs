//! What somebody can do next: each move is one or two operations of the library, with what it takes.

use std::fmt;

use vestibule::experience::{Experience, InteractionEvent, MfaFactor};
use vestibule::flow::{
    BindMfa, CloseAccount, DecideMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, MfaContact,
    ProfilePayload, Removal, RemoveFromAccount, ResetPassword, SendCode, SendMfaCode, Start,
    StartSignInPasskey, StartSocial, StartSso, StartWebAuthn, Submit, SwitchEvent, UpdateProfile,
    UsedPasskey, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyPassword, VerifySignInPasskey,
    VerifySocial, VerifySso, VerifyTotp, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport,
};
use vestibule::identifier::{Contact, VerificationId};
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::user::{FactorId, ReportedContact, SocialUserInfo, TotpSecret};
use vestibule::verification::{PendingChallenge, VerificationType};

use crate::account::{self, BACKUP_CODES, KEY, OTHER_KEY, OTHER_PASSWORD, PASSWORD};
use crate::means::Means;
use crate::search::event;
use crate::world::{Broken, SESSION, State};

/// Where a code goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    OwnersMailbox,
    OwnersPhone,
    /// Of whoever wants to get in.
    OwnMailbox,
    OwnPhone,
}

impl To {
    fn contact(self) -> Result<Contact, Broken> {
        match self {
            Self::OwnersMailbox => account::owners_email(),
            Self::OwnersPhone => account::owners_phone(),
            Self::OwnMailbox => account::email("mallory@example.com"),
            Self::OwnPhone => account::phone("61400000000"),
        }
    }
}

/// What a code is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentFor {
    /// What the interaction is for.
    ThisEvent,
    /// To recover a password, whatever the interaction is for.
    Recovery,
}

/// Something that is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Password,
    Email,
    Phone,
    App,
    Key,
}

/// What somebody does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Start(InteractionEvent),
    Switch(InteractionEvent),
    Password,
    /// The one that was set by whoever wants to get in.
    OtherPassword,
    Code(To, SentFor),
    MfaCode(MfaContact),
    App,
    BackupCode,
    Key,
    Passkey,
    Social,
    /// An account of one's own at a provider, which tells the owner's email, unverified.
    OwnSocial,
    Sso,
    Identify(VerificationType),
    /// By a social account that nobody has, to whoever is related to it.
    IdentifyRelated,
    Register,
    StageUsername,
    StagePassword,
    StageContact(To),
    LinkSocial,
    BindApp,
    BindKey,
    BindBackupCodes,
    /// Whatever may be skipped of what is offered about MFA.
    SkipOffers,
    Reset,
    Take(Taken),
    Close,
    Submit,
}

use InteractionEvent::{Account, ForgotPassword, Register, SignIn};

/// All that may be tried in any state. What does not hold is refused by the library.
pub(crate) fn all() -> Vec<Move> {
    let mut moves = vec![Move::Password, Move::OtherPassword, Move::App, Move::BackupCode, Move::Key];
    moves.extend([SignIn, Register, ForgotPassword, Account].map(Move::Start));
    moves.extend([SignIn, Register].map(Move::Switch));
    for to in [To::OwnersMailbox, To::OwnersPhone] {
        moves.extend([SentFor::ThisEvent, SentFor::Recovery].map(|event| Move::Code(to, event)));
    }
    moves.extend([To::OwnMailbox, To::OwnPhone].map(|to| Move::Code(to, SentFor::ThisEvent)));
    moves.extend([MfaContact::Email, MfaContact::Phone].map(Move::MfaCode));
    moves.extend([Move::Passkey, Move::Social, Move::OwnSocial, Move::Sso]);
    let identifying = [
        VerificationType::Password,
        VerificationType::EmailVerificationCode,
        VerificationType::PhoneVerificationCode,
        VerificationType::Social,
        VerificationType::EnterpriseSso,
        VerificationType::SignInPasskey,
    ];
    moves.extend(identifying.map(Move::Identify));
    moves.extend([Move::IdentifyRelated, Move::Register, Move::StageUsername, Move::StagePassword]);
    moves.extend([To::OwnMailbox, To::OwnPhone].map(Move::StageContact));
    moves.extend([Move::LinkSocial, Move::BindApp, Move::BindKey, Move::BindBackupCodes]);
    let takings = [Taken::Password, Taken::Email, Taken::Phone, Taken::App, Taken::Key];
    moves.extend(takings.map(Move::Take));
    moves.extend([Move::SkipOffers, Move::Reset, Move::Close, Move::Submit]);
    moves
}

impl Move {
    /// What of the owner's it takes.
    pub(crate) fn takes(self, state: &State) -> Option<Means> {
        match self {
            Self::Password => Some(Means::Password),
            Self::Code(To::OwnersMailbox, _) | Self::MfaCode(MfaContact::Email) => Some(Means::Mailbox),
            Self::Code(To::OwnersPhone, _) | Self::MfaCode(MfaContact::Phone) => Some(Means::Phone),
            Self::App => Some(Means::App),
            Self::BackupCode => Some(Means::BackupCodes),
            Self::Key | Self::Passkey => Some(Means::Key),
            Self::Social => Some(Means::SocialAccount),
            Self::Sso => Some(Means::EnterpriseAccount),
            Self::Start(Account) if state.session.is_none() => Some(Means::Session),
            _ => None,
        }
    }

    /// Whether it stages a change of the account.
    pub(crate) fn stages(self) -> bool {
        matches!(
            self,
            Self::StageUsername
                | Self::StagePassword
                | Self::StageContact(_)
                | Self::LinkSocial
                | Self::BindApp
                | Self::BindKey
                | Self::BindBackupCodes
                | Self::Take(_)
        )
    }

    /// Does it. What comes of a move that is refused is to be forgotten.
    pub(crate) fn perform(
        self,
        experience: &Experience,
        state: &mut State,
    ) -> Result<Result<(), Rejection>, Broken> {
        match self {
            Self::Start(event) => start(experience, state, event),
            Self::Switch(event) => state.step(experience, &SwitchEvent::to(event)),
            Self::Password => verify_password(experience, state, PASSWORD),
            Self::OtherPassword => verify_password(experience, state, OTHER_PASSWORD),
            Self::Code(to, sent_for) => {
                let event = match sent_for {
                    SentFor::ThisEvent => event(state)?.unwrap_or(SignIn),
                    SentFor::Recovery => ForgotPassword,
                };
                verify_code(experience, state, &to.contact()?, event)
            }
            Self::MfaCode(contact) => verify_mfa_code(experience, state, contact),
            Self::App => {
                let code = code_of(&account::owners_app(), state)?;
                state.step(experience, &VerifyTotp::of_own_secret(code)).map(done)
            }
            Self::BackupCode => use_backup_code(experience, state),
            Self::Key => use_key(experience, state),
            Self::Passkey => use_passkey(experience, state),
            Self::Social => verify_social(experience, state, SocialUserInfo::new("jane")),
            Self::OwnSocial => {
                let email = Some(ReportedContact::unverified("jane@example.com"));
                verify_social(experience, state, SocialUserInfo { email, ..SocialUserInfo::new("mallory") })
            }
            Self::Sso => verify_sso(experience, state),
            Self::Identify(record) => match state.records.get(&record) {
                Some(&id) => state.step(experience, &Identify::by(id)).map(done),
                None => nothing(),
            },
            Self::IdentifyRelated => match state.records.get(&VerificationType::Social) {
                Some(&id) => state.step(experience, &Identify::by(id).linking_social_identity()).map(done),
                None => nothing(),
            },
            Self::Register => state.step(experience, &Identify::from_staged_profile()).map(done),
            Self::StageUsername => stage(experience, state, ProfilePayload::username("mallory")),
            Self::StagePassword => stage(experience, state, ProfilePayload::password(OTHER_PASSWORD)),
            Self::StageContact(to) => stage_contact(experience, state, to),
            Self::LinkSocial => match state.records.get(&VerificationType::Social) {
                Some(&id) => stage(experience, state, ProfilePayload::social(id).replacing()),
                None => nothing(),
            },
            Self::BindApp => bind_app(experience, state),
            Self::BindKey => bind_key(experience, state),
            Self::BindBackupCodes => match state.step(experience, &GenerateBackupCodes)? {
                Ok(made) => state
                    .step(experience, &BindMfa::new(MfaFactor::BackupCode, made.verification_id))
                    .map(done),
                Err(refused) => Ok(Err(refused)),
            },
            Self::SkipOffers => skip_offers(experience, state),
            Self::Reset => state.step(experience, &ResetPassword::new(OTHER_PASSWORD)).map(done),
            Self::Take(taken) => state.step(experience, &RemoveFromAccount::new(taken.removal())).map(done),
            Self::Close => end(experience, state, &CloseAccount),
            Self::Submit => end(experience, state, &Submit),
        }
    }
}

impl Taken {
    fn removal(self) -> Removal {
        match self {
            Self::Password => Removal::Password,
            Self::Email => Removal::Email,
            Self::Phone => Removal::Phone,
            Self::App => Removal::Factor(FactorId::Totp),
            Self::Key => Removal::Factor(FactorId::WebAuthn(KEY.into())),
        }
    }
}

type Outcome = Result<Result<(), Rejection>, Broken>;

fn done<T>(outcome: Result<T, Rejection>) -> Result<(), Rejection> {
    outcome.map(|_| ())
}

/// There is nothing to do it with.
#[allow(clippy::unnecessary_wraps, reason = "it is an outcome like the others")]
fn nothing() -> Outcome {
    Ok(Err(Rejection::VerificationSessionNotFound))
}

/// What an operation answers, or its refusal.
macro_rules! granted {
    ($outcome:expr) => {
        match $outcome? {
            Ok(output) => output,
            Err(refused) => return Ok(Err(refused)),
        }
    };
}

fn start(experience: &Experience, state: &mut State, event: InteractionEvent) -> Outcome {
    let start = if event == Account {
        let opened = *state.session.get_or_insert(state.now);
        Start::account(account::owner_id()?, SESSION, opened)
    } else {
        Start::new(event)
    };
    let id = granted!(state.act(experience, &start));
    state.interaction = Some(id);
    state.records.clear();
    Ok(Ok(()))
}

#[allow(clippy::unnecessary_wraps, reason = "it is an outcome like the others")]
fn verified(state: &mut State, record: VerificationType, id: VerificationId) -> Outcome {
    state.records.insert(record, id);
    Ok(Ok(()))
}

fn verify_password(experience: &Experience, state: &mut State, password: &str) -> Outcome {
    let verify = VerifyPassword::new(account::claimed(experience), password);
    let id = granted!(state.step(experience, &verify));
    verified(state, VerificationType::Password, id)
}

fn verify_code(
    experience: &Experience,
    state: &mut State,
    contact: &Contact,
    event: InteractionEvent,
) -> Outcome {
    let sent = granted!(state.step(experience, &SendCode::new(contact.clone(), event)));
    let Some(message) = sent.message else { return nothing() };
    let verify = VerifyCode::new(contact.clone(), sent.verification_id, message.code.expose());
    let id = granted!(state.step(experience, &verify));
    let record = match contact {
        Contact::Email(_) => VerificationType::EmailVerificationCode,
        Contact::Phone(_) => VerificationType::PhoneVerificationCode,
    };
    verified(state, record, id)
}

fn verify_mfa_code(experience: &Experience, state: &mut State, contact: MfaContact) -> Outcome {
    let sent = granted!(state.step(experience, &SendMfaCode::to(contact)));
    let Some(message) = sent.message else { return nothing() };
    let verify = VerifyMfaCode::new(contact, sent.verification_id, message.code.expose());
    state.step(experience, &verify).map(done)
}

/// What an authenticator app shows.
fn code_of(secret: &TotpSecret, state: &State) -> Result<String, Broken> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).map_err(|_| "no secret")?;
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret);
    let app = app.build().map_err(|_| "no app")?;
    Ok(app.generate(u64::try_from(state.now.timestamp())?).to_string())
}

fn skip_offers(experience: &Experience, state: &mut State) -> Outcome {
    let mut skipped = false;
    for decision in [DecideMfa::Skip, DecideMfa::SkipSuggestion, DecideMfa::SkipPasskey] {
        skipped |= state.step(experience, &decision)?.is_ok();
    }
    if skipped { Ok(Ok(())) } else { nothing() }
}

fn use_backup_code(experience: &Experience, state: &mut State) -> Outcome {
    for code in BACKUP_CODES {
        let before = state.clone();
        if state.step(experience, &VerifyBackupCode::new(code))?.is_ok() {
            return Ok(Ok(()));
        }
        *state = before;
    }
    nothing()
}

fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() }
}

/// Counters only go forward.
fn counter(state: &State) -> u32 {
    u32::try_from(state.now.timestamp() - crate::world::now().timestamp()).unwrap_or(u32::MAX)
}

fn use_key(experience: &Experience, state: &mut State) -> Outcome {
    let start = StartWebAuthn::new(WebAuthnCeremony::Authentication, pending());
    let id = granted!(state.step(experience, &start));
    let report = WebAuthnReport::Authenticated {
        credential_id: KEY.into(),
        rp_id: "example.com".into(),
        counter: counter(state),
    };
    state.step(experience, &VerifyWebAuthn::new(id, report)).map(done)
}

fn use_passkey(experience: &Experience, state: &mut State) -> Outcome {
    let id = granted!(state.step(experience, &StartSignInPasskey::new(pending())));
    let used = UsedPasskey {
        credential_id: KEY.into(),
        rp_id: "example.com".into(),
        counter: counter(state),
        user_verified: true,
    };
    let id = granted!(state.step(experience, &VerifySignInPasskey::new(id, Some(used))));
    verified(state, VerificationType::SignInPasskey, id)
}

fn verify_social(experience: &Experience, state: &mut State, info: SocialUserInfo) -> Outcome {
    let Some(connector) = experience.settings().social_connectors.first() else { return nothing() };
    let start = StartSocial::new(connector.id.as_str(), "state", "https://app.example");
    let id = granted!(state.step(experience, &start));
    let verify = VerifySocial::new(connector.id.as_str(), id, "state", info);
    let id = granted!(state.step(experience, &verify));
    verified(state, VerificationType::Social, id)
}

fn verify_sso(experience: &Experience, state: &mut State) -> Outcome {
    let Some(connector) = experience.settings().enterprise_sso_connectors.first() else { return nothing() };
    let start = StartSso::new(connector.id.as_str(), "state", "https://app.example");
    let id = granted!(state.step(experience, &start));
    let verify = VerifySso::new(connector.id.as_str(), id, "state", SocialUserInfo::new("jane"));
    let id = granted!(state.step(experience, &verify));
    verified(state, VerificationType::EnterpriseSso, id)
}

fn stage(experience: &Experience, state: &mut State, payload: ProfilePayload) -> Outcome {
    state.step(experience, &UpdateProfile::new(payload)).map(done)
}

/// The last code went to a mailbox or a phone of one's own.
fn stage_contact(experience: &Experience, state: &mut State, to: To) -> Outcome {
    let (record, payload): (_, fn(VerificationId) -> ProfilePayload) = match to.contact()? {
        Contact::Email(_) => (VerificationType::EmailVerificationCode, ProfilePayload::email),
        Contact::Phone(_) => (VerificationType::PhoneVerificationCode, ProfilePayload::phone),
    };
    match state.records.get(&record) {
        Some(&id) => stage(experience, state, payload(id)),
        None => nothing(),
    }
}

fn bind_app(experience: &Experience, state: &mut State) -> Outcome {
    let made = granted!(state.step(experience, &GenerateTotpSecret::new("Shop")));
    let secret = totp_rs::Secret::try_from_base32(made.secret.expose()).map_err(|_| "no secret")?;
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret);
    let app = app.build().map_err(|_| "no app")?;
    let code = app.generate(u64::try_from(state.now.timestamp())?).to_string();
    let id = granted!(state.step(experience, &VerifyTotp::of_new_secret(code, made.verification_id)));
    state.step(experience, &BindMfa::new(MfaFactor::Totp, id)).map(done)
}

fn bind_key(experience: &Experience, state: &mut State) -> Outcome {
    let start = StartWebAuthn::new(WebAuthnCeremony::Registration, pending());
    let id = granted!(state.step(experience, &start));
    let made = WebAuthnReport::Registered(account::key(OTHER_KEY));
    let id = granted!(state.step(experience, &VerifyWebAuthn::new(id, made)));
    state.step(experience, &BindMfa::sign_in_passkey(id)).map(done)
}

/// The interaction is over by it.
fn end<O>(experience: &Experience, state: &mut State, operation: &O) -> Outcome
where
    O: vestibule::operation::Operation<Subject = vestibule::interaction::Interaction>,
{
    granted!(state.step(experience, operation));
    state.interaction = None;
    state.records.clear();
    Ok(Ok(()))
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(event) => write!(f, "start {event:?}"),
            Self::Switch(event) => write!(f, "switch to {event:?}"),
            Self::OtherPassword => f.write_str("use the new password"),
            Self::Code(to, SentFor::ThisEvent) => write!(f, "prove {to:?} by a code"),
            Self::Code(to, SentFor::Recovery) => write!(f, "prove {to:?} by a code for recovery"),
            Self::MfaCode(contact) => write!(f, "prove the owner's {contact:?} as a factor"),
            Self::Identify(record) => write!(f, "identify by {record:?}"),
            Self::Take(taken) => write!(f, "remove {taken:?}"),
            Self::StageContact(to) => write!(f, "stage {to:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}
