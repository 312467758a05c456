//! `GET /me`.

use super::account::authenticated;
use super::{Envelope, SignedIn};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Shows a signed-in person their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewMe {
    signed_in: Option<SignedIn>,
}

impl ViewMe {
    /// For whoever is signed in, if anybody is.
    pub fn new(signed_in: impl Into<Option<SignedIn>>) -> Self {
        Self { signed_in: signed_in.into() }
    }
}

impl Operation for ViewMe {
    type Subject = ();
    type Output = Envelope;

    const NAME: OperationName = OperationName::ViewMe;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<Envelope, Rejection> {
        Ok(match authenticated(step, self.signed_in.as_ref()) {
            Some((user, session)) => Envelope::success(user, session),
            None => Envelope::not_authenticated("view profile"),
        })
    }
}
