//! The one idea: a rule asks, a driver answers, a decision is carried out in one commit.
//!
//! An [`Operation`] is one function. It reads what it needs where the rule reads it; a read of something not known yet
//! becomes a question, the draft's outcome is dropped, and the function runs again once the driver has answered.
//! [`Engine`](crate::engine::Engine) drives operations over the two stores; a host that does its own I/O calls [`decide`] itself.

mod context;
mod decision;
mod facts;
mod host_error;
mod questions;
mod step;
mod subject;

pub use self::context::{Context, Entropy, EntropyFailed};
pub use self::decision::{Decision, Progress};
pub use self::facts::Facts;
pub use self::host_error::HostError;
pub use self::questions::Questions;
pub use self::step::Step;
pub use self::subject::Subject;

use self::subject::Begun;
use self::subject::sealed::Sealed as _;
use crate::identifier::{UserKey, UserKeyKind};
use crate::rejection::{OperationName, Rejection};

/// What a person, an operator, or a host for them, wants to do: a step of an interaction, starting one, an act on an
/// account.
///
/// The trait is sealed: its operations are in [`flow`](crate::flow), [`me`](crate::me) and
/// [`operator`](crate::operator). A rule that lets somebody in is this crate's to write and to test; what a host adds
/// stands before or behind an operation.
pub trait Operation: sealed::Operation {
    /// What it is about: an [`Interaction`](crate::interaction::Interaction), or nothing that was there before.
    type Subject: Subject;

    /// What it answers.
    type Output;

    /// The operation's name in the error catalogue: it answers with no code that the catalogue does not give it.
    const NAME: OperationName;

    /// Decides, or drafts. Pure: the same facts give the same answer.
    ///
    /// # Errors
    /// A [`Rejection`], one of those that the catalogue gives this operation.
    fn decide(&self, step: &mut Step<'_, Self::Subject>) -> Result<Self::Output, Rejection>;

    /// What is worth asking the stores for together with the first question. It only ever saves a round; leaving it out
    /// is never wrong, and a rejection that comes before any question asks nothing.
    fn prefetch(&self, _context: &Context<'_>) -> Questions {
        Questions::none()
    }
}

pub(crate) mod sealed {
    pub trait Operation {}
}

/// Admits operations to the sealed trait.
macro_rules! admitted {
    ($($operation:ty),* $(,)?) => {$(impl $crate::operation::sealed::Operation for $operation {})*};
}

pub(crate) use admitted;

/// Decides one operation from facts that the host has looked up, or asks for more of them.
///
/// ```
/// use vestibule::experience::Experience;
/// use vestibule::flow::Start;
/// use vestibule::interaction::InteractionEvent;
/// use vestibule::operation::{Context, EntropyFailed, Facts, Progress, decide};
///
/// let experience = Experience::default();
/// let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
/// let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
/// let context = Context::new(&experience, now, &entropy);
///
/// let start = Start::new(InteractionEvent::SignIn);
/// let progress = decide(&start, &(), &Facts::new(&experience), &context)?;
/// let Progress::Decided(decision) = progress else { return Err("a question".into()) };
/// let _id = decision.outcome?; // for the client's cookie
/// assert_eq!(decision.entries.len(), 1); // the interaction, to be written
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`HostError`] if the context's entropy failed. A rule that does not hold is no error of the host's: it is the
/// decision's outcome.
pub fn decide<O: Operation>(
    operation: &O,
    id: &<O::Subject as Subject>::Id,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<Progress<O::Output>, HostError> {
    let progress = match O::Subject::begin(id, facts, context) {
        Begun::Unknown(key) => Progress::Ask(Questions::none().entries([key])),
        Begun::Refused(rejection) => Progress::Decided(Decision::refused(Err(rejection))),
        Begun::With(working) => {
            let keeps = O::Subject::begins_changed(&working);
            let mut step = Step::new(working, facts, context);
            let outcome = O::Subject::check_alive(&step).and_then(|()| {
                if keeps {
                    step.savepoint();
                }
                operation.decide(&mut step)
            });
            step.conclude(O::NAME, outcome)?
        }
    };
    Ok(match progress {
        Progress::Ask(questions) => {
            let early = facts.unanswered(operation.prefetch(context));
            Progress::Ask(questions.users(early.users).entries(early.entries))
        }
        decided @ Progress::Decided(_) => decided,
    })
}

/// The documented answer when somebody else holds a key (P-6).
pub(crate) fn already_in_use(key: &UserKey) -> Rejection {
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
