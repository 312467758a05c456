//! `GET /me`.

use super::{AccountDecision, AccountOperation, Envelope, SignedIn};
use crate::experience::Experience;
use crate::operation::{Context, Facts, Misuse, Needs};
use crate::rejection::OperationName;
use crate::user::User;

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

/// What to look up about whoever is signed in.
pub(super) fn needs(signed_in: Option<&SignedIn>) -> Needs {
    Needs::none().users(signed_in.map(|signed_in| signed_in.user_id.key()))
}

/// who is signed in, and their account. A session that outlived its account, or its suspension (N-8), is none.
pub(super) fn authenticated<'a>(
    signed_in: Option<&'a SignedIn>,
    facts: &'a Facts,
) -> Result<Option<(&'a SignedIn, &'a User)>, Misuse> {
    let Some(signed_in) = signed_in else { return Ok(None) };
    let user = facts.user(&signed_in.user_id.key())?.filter(|user| !user.is_suspended);
    Ok(user.map(|user| (signed_in, user)))
}

impl AccountOperation for ViewMe {
    type Output = Envelope;

    const NAME: OperationName = OperationName::ViewMe;

    fn needs(&self, facts: &Facts, _experience: &Experience) -> Needs {
        needs(self.signed_in.as_ref()).unless_known(facts)
    }

    fn decide(&self, facts: &Facts, _context: &Context<'_>) -> Result<AccountDecision<Envelope>, Misuse> {
        let answer = match authenticated(self.signed_in.as_ref(), facts)? {
            Some((signed_in, user)) => Envelope::success(user, signed_in.session()),
            None => Envelope::not_authenticated("view profile"),
        };
        Ok(AccountDecision::unchanged(Ok(answer)))
    }
}
