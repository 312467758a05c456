//! Where the library is known to differ from the book, each with its reason: the comparison passes over exactly these.

use serde_json::Value;

use crate::differential::Compared;
use crate::rules::facts::{Body, Book};
use crate::rules::profile::Payload;
use crate::steps::Action;

/// What is known: a name, and the reason.
#[allow(dead_code, reason = "it is read by people")]
pub const KNOWN_DIFFERENCES: &[(&str, &str)] = &[
    (
        SAME_SOCIAL,
        "P-5: staging the very same social identity is no change; the library says that it is in use",
    ),
    (
        SOCIAL_BESIDE_FACTORS,
        "C-2 (a) takes a social identity only of who has none of its list, in which an app, a key and backup codes are; \
         who has nothing else could then show two channels in no way",
    ),
    (
        CODES_OF_NOBODY,
        "V-6: a code that went to an account which was deleted since is still verified; it proves nothing of anybody",
    ),
    (
        FORM_CLEARS_NAME,
        "P-12 lets a form take the place of a form; the library takes a provider's name and avatar away with it",
    ),
    (
        PASSWORD_METHOD_OFF,
        "D-25 speaks of a SignIn; the library refuses the password in every event, but one's own in one's own account",
    ),
    (
        DECISIONS_STEP_UP,
        "A-2 lets who is signed in raise the policy; in `Account` the library asks C-2 for every decision about MFA",
    ),
];

// Of these the model follows the library.
const SOCIAL_BESIDE_FACTORS: &str =
    "a social identity is a proof of the owner's, where they have nothing else but factors";
const CODES_OF_NOBODY: &str = "an MFA code is verified after its account was deleted";
const FORM_CLEARS_NAME: &str = "an extraProfile without a name clears the one that a provider told";
const PASSWORD_METHOD_OFF: &str =
    "a password is refused where its method is off, also while registering or recovering";
const DECISIONS_STEP_UP: &str = "enabling MFA, or skipping a suggestion, needs a step-up";
const SAME_SOCIAL: &str = "a social identity that the user has is staged once more";

/// A step that is not played at all.
pub fn is_skipped(action: &Action, book: &Book) -> bool {
    match action {
        // SAME_SOCIAL
        Action::Update { visit, payload: Payload::Social(record, _) } => {
            let told = book.record(*visit, *record).ok().and_then(|record| match record.body {
                Body::Social { connector, told: Some(told) } => Some((book.target(&connector)?, told.id)),
                _ => None,
            });
            let user = book.user(*visit);
            told.zip(user).is_some_and(|(own, user)| user.social.get(&own.0) == Some(&own.1))
        }
        // CODES_OF_NOBODY
        Action::TryCode { visit, mfa: true, .. } => book.user(*visit).is_none(),
        _ => false,
    }
}

/// An answer that may differ.
pub fn is_excused(_action: &Action, _before: &Book, _model: &Compared, _library: &Compared) -> bool {
    false
}

/// What remains may differ.
pub fn is_excused_remaining(_book: &Book, _visit: usize, _model: &Value, _library: &Value) -> bool {
    false
}
