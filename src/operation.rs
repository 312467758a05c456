//! The one idea: every step is a pure function, (interaction, facts, step) → decision.
//!
//! An [`Operation`] says what it [`needs`](Operation::needs) to know; somebody looks that up; it
//! [`decide`](Operation::decide)s. [`Engine`](crate::engine::Engine) does the looking up over the two stores; a host
//! that does its own I/O calls [`decide`] itself.

mod context;
mod facts;
mod misuse;
mod needs;
mod step;

pub use self::context::{Context, Entropy, EntropyFailed};
pub use self::facts::Facts;
pub use self::misuse::Misuse;
pub use self::needs::Needs;
pub use self::step::Step;
pub(crate) use self::step::uuid_v7;

use crate::event::Event;
use crate::experience::Experience;
use crate::identifier::{UserKey, UserKeyKind};
use crate::interaction::Interaction;
use crate::rejection::{OperationName, Rejection};
use crate::store::{RecordChanges, UserChange};

/// One step of an interaction: what a person, or a host for them, wants to do.
///
/// The crate's operations are in [`flow`](crate::flow). A host can write its own on the same footing.
pub trait Operation {
    /// What a successful step answers.
    type Output;

    /// The operation's name in the error catalogue: it answers with no code that the catalogue does not give it.
    const NAME: OperationName;

    /// What the decision must still know, given what is known; empty when it is ready.
    ///
    /// It asks for all that can be asked at once, and for each store at most once: what a record says may lead to
    /// users, so users are asked for after the records.
    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs;

    /// Decides. Pure: the same step gives the same answer.
    ///
    /// # Errors
    /// A [`Rejection`], one of those that the catalogue gives this operation.
    fn decide(&self, step: &mut Step<'_>) -> Result<Self::Output, Rejection>;
}

/// What was decided, for the host to carry out: write `user`, then `records`, then keep `interaction`.
///
/// In that order, because what is used up must be spent before anything is granted for it: a one-time password's step,
/// a backup code, a signature counter are the user's, and the record is what is granted. If a write is refused as
/// stale or taken, nothing of the decision holds: read the facts again and decide again.
#[derive(Clone, Debug)]
#[must_use = "a decision does nothing until it is carried out"]
pub struct Decision<T> {
    /// The answer.
    pub outcome: Result<T, Rejection>,
    /// The interaction afterwards. After a rejection it is the one before, but for what the rules let stand.
    pub interaction: Interaction,
    /// What to write to the [`UserStore`](crate::store::UserStore), first.
    pub user: Option<UserChange>,
    /// What to write to the [`VerificationStore`](crate::store::VerificationStore), second.
    pub records: RecordChanges,
    /// What happened, once all is written.
    pub events: Vec<Event>,
}

/// Decides one step from facts that the host has looked up.
///
/// ```
/// use vestibule::experience::Experience;
/// use vestibule::flow::{Start, SwitchEvent};
/// use vestibule::interaction::InteractionEvent;
/// use vestibule::operation::{Context, EntropyFailed, Facts, decide};
/// use vestibule::password::Argon2id;
///
/// let (experience, passwords) = (Experience::default(), Argon2id::default());
/// let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
/// let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
/// let context = Context::new(&experience, now, &entropy, &passwords);
/// let interaction = Start::new(InteractionEvent::SignIn).decide(&context)?;
///
/// let facts = Facts::new(&experience);
/// let decision = decide(&SwitchEvent::to(InteractionEvent::Register), &interaction, &facts, &context)?;
/// assert!(decision.outcome.is_ok());
/// assert_eq!(decision.interaction.event(), InteractionEvent::Register);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Misuse`] if facts are missing that the operation needs, or the context's hasher or entropy failed. A rule that
/// does not hold is no error of the host's: it is the decision's outcome.
pub fn decide<O: Operation>(
    operation: &O,
    interaction: &Interaction,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Decision<O::Output>, Misuse> {
    if let Err(rejection) = interaction.check_open(context.now) {
        return Ok(Decision::unchanged(Err(rejection), interaction.clone()));
    }
    let missing = operation.needs(interaction, facts, context.experience);
    if !missing.is_empty() {
        return Err(Misuse::MissingFacts(missing));
    }
    let mut step = Step::new(interaction.clone(), facts, context);
    let outcome = operation.decide(&mut step);
    step.conclude(outcome, interaction)
}

impl<T> Decision<T> {
    fn unchanged(outcome: Result<T, Rejection>, interaction: Interaction) -> Self {
        Self { outcome, interaction, records: RecordChanges::default(), user: None, events: Vec::new() }
    }
}

/// The documented answer when a store finds that somebody else holds a key (P-6).
pub fn already_in_use(key: &UserKey) -> Rejection {
    match key.kind() {
        UserKeyKind::Username => Rejection::UsernameAlreadyInUse,
        UserKeyKind::Email => Rejection::EmailAlreadyInUse,
        UserKeyKind::Phone => Rejection::PhoneAlreadyInUse,
        UserKeyKind::SocialIdentity
        | UserKeyKind::SsoIdentity
        | UserKeyKind::WebAuthnCredential
        | UserKeyKind::Id => Rejection::IdentityAlreadyInUse,
    }
}
