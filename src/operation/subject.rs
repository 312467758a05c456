//! What an operation is about: an interaction, or nothing that was there before.

use std::borrow::Cow;

use super::{Context, Facts, Step};
use crate::identifier::Revision;
use crate::interaction::{Interaction, InteractionId};
use crate::rejection::Rejection;
use crate::store::{EntryChange, EntryContent, EntryKey};

/// What an operation is about: an [`Interaction`]; or `()`, for starting one, for a signed-in person's `/me` and for the
/// operator's acts. Sealed: there are no others.
pub trait Subject: sealed::Sealed {
    /// How a host names it.
    type Id: Sync;
}

impl Subject for Interaction {
    type Id = InteractionId;
}

impl Subject for () {
    type Id = ();
}

pub(super) mod sealed {
    use super::{Begun, Context, EntryChange, Facts, Rejection};
    use crate::interaction::InteractionId;

    pub trait Sealed: Sized {
        /// The working copy of a step.
        type Working<'a>: Clone + std::fmt::Debug;

        fn begin<'a>(
            id: &<Self as super::Subject>::Id,
            facts: &'a Facts,
            context: &Context<'_>,
        ) -> Begun<Self::Working<'a>>
        where
            Self: super::Subject;

        /// Refuses a step whose subject is over for a reason that is not its own.
        ///
        /// # Errors
        /// [`Rejection::InteractionNotFound`] if the session that it needs is over (C-1).
        fn check_alive(_step: &super::super::Step<'_, Self>) -> Result<(), Rejection>
        where
            Self: super::Subject,
        {
            Ok(())
        }

        /// Whether a step begins with something that it keeps even if it is rejected (M-7).
        fn begins_changed(working: &Self::Working<'_>) -> bool;

        /// Whether what a step leaves can be kept, be it after a success or after a rejection.
        ///
        /// # Errors
        /// [`Rejection::InvalidInput`] if it is too large (I-8).
        fn check_bounds(working: &Self::Working<'_>, succeeds: bool) -> Result<(), Rejection>;

        /// What becomes of the subject, and its new id if it gets one, made of random bytes.
        fn end(
            working: Self::Working<'_>,
            random: impl FnOnce() -> [u8; 32],
        ) -> (Vec<EntryChange>, Option<InteractionId>);
    }
}

/// How a step begins.
#[derive(Debug)]
pub enum Begun<W> {
    /// The subject is not known yet.
    Unknown(EntryKey),
    /// There is no such subject.
    Refused(Rejection),
    /// With this working copy.
    With(W),
}

/// An interaction's working copy. It is copied when it is first changed.
#[derive(Clone, Debug)]
pub struct InInteraction<'a> {
    pub(super) key: EntryKey,
    pub(super) revision: Revision,
    pub(super) interaction: Cow<'a, Interaction>,
    pub(super) end: End,
}

/// What becomes of an interaction beside its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It stays where it is.
    Stays,
    /// It gets a new id (I-6).
    Moves,
    /// It is over (S-11).
    Closes,
}

impl sealed::Sealed for Interaction {
    type Working<'a> = InInteraction<'a>;

    fn begin<'a>(id: &InteractionId, facts: &'a Facts, context: &Context<'_>) -> Begun<InInteraction<'a>> {
        let key = EntryKey::interaction(id);
        let Some(entry) = facts.entry(&key) else { return Begun::Unknown(key) };
        match entry.as_ref().map(|entry| (entry.revision, &entry.content)) {
            Some((revision, EntryContent::Interaction(interaction))) => {
                match interaction.check_open(context.now) {
                    Ok(()) => {
                        let mut interaction = Cow::Borrowed(interaction);
                        if context.risk_is_elevated && !interaction.risk_is_elevated() {
                            interaction.to_mut().raise_risk();
                        }
                        Begun::With(InInteraction { key, revision, interaction, end: End::Stays })
                    }
                    Err(rejection) => Begun::Refused(rejection),
                }
            }
            // I-2
            _ => Begun::Refused(Rejection::InteractionNotFound),
        }
    }

    fn check_alive(step: &Step<'_, Self>) -> Result<(), Rejection> {
        if step.session_is_over() { Err(Rejection::InteractionNotFound) } else { Ok(()) }
    }

    fn begins_changed(working: &InInteraction<'_>) -> bool {
        matches!(working.interaction, Cow::Owned(_))
    }

    fn check_bounds(working: &InInteraction<'_>, succeeds: bool) -> Result<(), Rejection> {
        match &working.interaction {
            Cow::Owned(interaction) if interaction.is_too_large(succeeds) => {
                Err(Rejection::invalid_input("", "the interaction holds more than it can"))
            }
            Cow::Owned(_) | Cow::Borrowed(_) => Ok(()),
        }
    }

    fn end(
        working: InInteraction<'_>,
        random: impl FnOnce() -> [u8; 32],
    ) -> (Vec<EntryChange>, Option<InteractionId>) {
        let InInteraction { key, revision, interaction, end } = working;
        let put = |key, expected, interaction: Interaction| {
            let expires_at = interaction.expires_at();
            EntryChange::put(key, expected, expires_at, EntryContent::Interaction(interaction))
        };
        match (end, interaction) {
            (End::Stays, Cow::Borrowed(_)) => (Vec::new(), None),
            (End::Stays, Cow::Owned(interaction)) => (vec![put(key, revision, interaction)], None),
            (End::Moves, interaction) => {
                let id = InteractionId::from_bytes(random());
                let moved = put(EntryKey::interaction(&id), Revision::default(), interaction.into_owned());
                (vec![EntryChange::remove(key, revision), moved], Some(id))
            }
            (End::Closes, _) => (vec![EntryChange::remove(key, revision)], None),
        }
    }
}

impl sealed::Sealed for () {
    type Working<'a> = ();

    fn begin((): &(), _: &Facts, _: &Context<'_>) -> Begun<()> {
        Begun::With(())
    }

    fn begins_changed((): &()) -> bool {
        false
    }

    fn check_bounds((): &(), _: bool) -> Result<(), Rejection> {
        Ok(())
    }

    fn end((): (), _: impl FnOnce() -> [u8; 32]) -> (Vec<EntryChange>, Option<InteractionId>) {
        (Vec::new(), None)
    }
}
