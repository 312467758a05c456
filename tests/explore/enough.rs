//! What is enough, by another reading of the rules: from the moves alone, and from what the account holds. It knows nothing of how the
//! library keeps proofs.

use std::collections::BTreeSet;

use vestibule::experience::{Experience, InteractionEvent, MfaFactor};
use vestibule::flow::MfaContact;
use vestibule::identifier::IdentifierType;
use vestibule::user::User;

use crate::account;
use crate::moves::{Move, SentFor, To};
use crate::world::{Broken, State};

/// What a proof came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Channel {
    Knowledge,
    Mailbox,
    Phone,
    App,
    Key,
    Paper,
    Provider,
}

/// What was proved of the owner in the last interaction of a path.
#[derive(Debug, Default)]
struct Proved {
    /// By what identifies, where its method is on.
    identifying: BTreeSet<Channel>,
    /// By factors that are on.
    factors: BTreeSet<Channel>,
    /// By anything at all that is the owner's.
    all: BTreeSet<Channel>,
    /// By single sign-on, or by a passkey with its PIN.
    needs_no_factor: bool,
    /// By a code that was sent to recover a password.
    recovering: BTreeSet<Channel>,
    event: Option<InteractionEvent>,
    has_session: bool,
}

fn is_on(experience: &Experience, factor: MfaFactor) -> bool {
    experience.settings().mfa.factors.contains(&factor)
}

impl Proved {
    fn in_last_interaction(experience: &Experience, path: &[Move]) -> Self {
        let settings = experience.settings();
        let method = |identifier, by_code: bool| {
            settings.sign_in.methods.iter().any(|method| {
                method.identifier == identifier
                    && if by_code { method.verification_code } else { method.password }
            })
        };
        let start = path.iter().rposition(|action| matches!(action, Move::Start(_))).unwrap_or_default();
        let mut proved = Self::default();
        for action in path.iter().skip(start) {
            let channel = match action {
                Move::Start(event) | Move::Switch(event) => {
                    proved.event = Some(*event);
                    proved.has_session |= *event == InteractionEvent::Account;
                    continue;
                }
                Move::Password => {
                    if settings.sign_in.methods.iter().any(|method| method.password) {
                        proved.identifying.insert(Channel::Knowledge);
                    }
                    Channel::Knowledge
                }
                Move::Code(to @ (To::OwnersMailbox | To::OwnersPhone), sent_for) => {
                    let (channel, identifier) = if *to == To::OwnersMailbox {
                        (Channel::Mailbox, IdentifierType::Email)
                    } else {
                        (Channel::Phone, IdentifierType::Phone)
                    };
                    let is_recovery = *sent_for == SentFor::Recovery
                        || proved.event == Some(InteractionEvent::ForgotPassword);
                    if is_recovery {
                        proved.recovering.insert(channel);
                        // It identifies nowhere else (N-3), and counts for no step-up.
                        continue;
                    }
                    if method(identifier, true) {
                        proved.identifying.insert(channel);
                    }
                    channel
                }
                Move::MfaCode(contact) => {
                    let (channel, factor) = match contact {
                        MfaContact::Email => (Channel::Mailbox, MfaFactor::EmailVerificationCode),
                        MfaContact::Phone => (Channel::Phone, MfaFactor::PhoneVerificationCode),
                    };
                    if is_on(experience, factor) {
                        proved.factors.insert(channel);
                    }
                    channel
                }
                Move::App => proved.factor(experience, MfaFactor::Totp, Channel::App),
                Move::BackupCode => proved.factor(experience, MfaFactor::BackupCode, Channel::Paper),
                Move::Key => proved.factor(experience, MfaFactor::WebAuthn, Channel::Key),
                Move::Passkey => {
                    if settings.passkey_sign_in.enabled {
                        proved.identifying.insert(Channel::Key);
                        proved.needs_no_factor = true;
                    }
                    Channel::Key
                }
                Move::Social => {
                    proved.identifying.insert(Channel::Provider);
                    Channel::Provider
                }
                Move::Sso => {
                    if settings.single_sign_on_enabled {
                        proved.identifying.insert(Channel::Provider);
                        proved.needs_no_factor = true;
                    }
                    Channel::Provider
                }
                _ => continue,
            };
            proved.all.insert(channel);
        }
        proved
    }

    fn factor(&mut self, experience: &Experience, factor: MfaFactor, channel: Channel) -> Channel {
        if is_on(experience, factor) {
            self.factors.insert(channel);
        }
        channel
    }

    /// M-1 to M-3: a factor through another channel than all that identified, where the account has one that is on.
    fn satisfies_mfa(&self, experience: &Experience, user: &User) -> bool {
        if self.needs_no_factor || !must_prove_factor(experience, user) {
            return true;
        }
        self.factors.iter().any(|factor| self.identifying.iter().any(|own| own != factor))
    }
}

/// The channels of the factors that an account holds, on or off.
fn held(user: &User) -> BTreeSet<Channel> {
    let mut held = BTreeSet::new();
    held.extend(user.mfa.totp.as_ref().map(|_| Channel::App));
    held.extend((!user.mfa.web_authn.is_empty()).then_some(Channel::Key));
    let is_left = user.mfa.backup_codes.iter().any(|code| code.used_at.is_none());
    held.extend(is_left.then_some(Channel::Paper));
    held
}

/// Whether signing in asks for a factor (M-1, M-2).
fn must_prove_factor(experience: &Experience, user: &User) -> bool {
    let on = |factor| is_on(experience, factor);
    let bound = [
        (user.mfa.totp.is_some(), MfaFactor::Totp),
        (!user.mfa.web_authn.is_empty(), MfaFactor::WebAuthn),
        (held(user).contains(&Channel::Paper), MfaFactor::BackupCode),
        // With both, one is always of another channel than a contact that identified.
        (user.primary_email.is_some(), MfaFactor::EmailVerificationCode),
        (user.primary_phone.is_some(), MfaFactor::PhoneVerificationCode),
    ];
    bound.iter().any(|(is_bound, factor)| *is_bound && on(*factor))
}

/// Whether anything lets this account in at all (C-8).
pub(crate) fn can_sign_in(experience: &Experience, user: &User) -> bool {
    let settings = experience.settings();
    if settings.sign_in_mode == vestibule::experience::SignInMode::Register {
        return false;
    }
    let method = |method: &vestibule::experience::SignInMethod| {
        (method.password && user.password.is_some())
            || (method.verification_code && method.identifier != IdentifierType::Username)
    };
    let by_key = settings.passkey_sign_in.enabled && !user.mfa.web_authn.is_empty();
    let no_skip = settings.mfa.policy.is_no_skip();
    // Under a no-skip policy somebody without a factor, or without backup codes (S-9d), enrols first, which is not explored here.
    let lacks_codes = is_on(experience, MfaFactor::BackupCode) && !held(user).contains(&Channel::Paper);
    let enrols = no_skip && (held(user).is_empty() || lacks_codes);
    !enrols && (settings.sign_in.methods.iter().any(method) || by_key || !user.identities.is_empty())
}

/// S-1, S-3: somebody who signs in was identified, and proved a factor where the account has one.
pub(crate) fn a_session_is_granted_only_to_whoever_proved_enough(
    experience: &Experience,
    before: &State,
    after: &State,
    path: &dyn Fn() -> Vec<Move>,
) -> Result<(), Broken> {
    let id = account::owner_id()?;
    let (Some(old), Some(new)) = (before.stores.user(&id), after.stores.user(&id)) else { return Ok(()) };
    if old.last_sign_in_at == new.last_sign_in_at {
        return Ok(());
    }
    let proved = Proved::in_last_interaction(experience, &path());
    let identified = !proved.identifying.is_empty();
    if identified && proved.satisfies_mfa(experience, old) {
        return Ok(());
    }
    Err(format!("a_session_is_granted_only_to_whoever_proved_enough: {proved:?}").into())
}

/// C-2, M-5, S-2: what lets somebody in changes only for whoever proved it all.
pub(crate) fn an_account_changes_only_for_whoever_proved_enough(
    experience: &Experience,
    before: &State,
    after: &State,
    path: &dyn Fn() -> Vec<Move>,
) -> Result<(), Broken> {
    let id = account::owner_id()?;
    let (Some(old), Some(new)) = (before.stores.user(&id), after.stores.user(&id)) else { return Ok(()) };
    if ways(old) == ways(new) && old.deletion_due_at.is_some() == new.deletion_due_at.is_some() {
        return Ok(());
    }
    let path = path();
    let proved = Proved::in_last_interaction(experience, &path);
    let is_enough = match proved.event {
        Some(InteractionEvent::Account) => {
            let held = held(old);
            let strong = proved.all.intersection(&held).next().is_some();
            let by_passkey = path.contains(&Move::Passkey);
            let two = proved.all.len() >= 2 || by_passkey;
            // C-4: a username is set without step-up through A-2 alone.
            proved.has_session && !proved.all.is_empty() && (held.is_empty() || (strong && two))
        }
        Some(InteractionEvent::ForgotPassword) => {
            !proved.recovering.is_empty() && ways(old)[1..] == ways(new)[1..]
        }
        _ => {
            let held = held(old);
            let strong = held.is_empty() || proved.all.intersection(&held).next().is_some();
            let binds = ways(old)[1..] != ways(new)[1..];
            !proved.identifying.is_empty()
                && proved.satisfies_mfa(experience, old)
                && (!binds || strong || proved.needs_no_factor)
        }
    };
    if is_enough {
        return Ok(());
    }
    let what = ways(old).into_iter().zip(ways(new)).find(|(old, new)| old != new);
    Err(format!("an_account_changes_only_for_whoever_proved_enough: {what:?} by {proved:?}").into())
}

/// All that lets somebody in, the password first.
fn ways(user: &User) -> Vec<String> {
    let password = user.password.as_ref().map(|own| own.digest.expose().to_owned());
    let app = user.mfa.totp.as_ref().map(|own| own.secret.expose_base32().to_owned());
    let mut ways = vec![
        format!("password {password:?}"),
        format!("email {:?}", user.primary_email),
        format!("phone {:?}", user.primary_phone),
        format!("app {}", app.unwrap_or_default()),
        format!("keys {:?}", user.mfa.web_authn.iter().map(|own| &own.id).collect::<Vec<_>>()),
        format!("{} backup codes", user.mfa.backup_codes.len()),
    ];
    let social = user.identities.iter().map(|(target, own)| format!("{target}:{}", own.user_id));
    let sso = user.sso_identities.iter().map(|own| format!("{}:{}", own.issuer, own.user_id));
    ways.push(social.chain(sso).collect::<Vec<_>>().join(" "));
    ways
}
