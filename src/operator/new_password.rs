//! A password that an operator gives a user.

use crate::change::Change;
use crate::operation::Step;
use crate::password::ImportedDigest;
use crate::rejection::{InputIssue, Rejection};
use crate::secret::{PasswordDigest, Secret};
use crate::user::User;

/// A password that an operator gives a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPassword {
    /// The password, of at least one character. The policy of 9.2 is for people, not for operators.
    Text(Secret),
    /// Its digest, which another system made. The host's hasher must read it, and V-2 makes it anew when its owner signs in.
    Digest(ImportedDigest),
}

impl From<Secret> for NewPassword {
    fn from(text: Secret) -> Self {
        Self::Text(text)
    }
}

impl From<ImportedDigest> for NewPassword {
    fn from(digest: ImportedDigest) -> Self {
        Self::Digest(digest)
    }
}

/// A body has parts of both forms, or not all of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `password`, or `digest` and `scheme`")]
pub struct InvalidNewPassword;

impl NewPassword {
    /// As JSON has it: `password`, or `digest` and `scheme`.
    pub(super) fn from_parts(
        password: Change<Secret>,
        digest: Option<Secret>,
        scheme: Option<String>,
    ) -> Result<Change<Self>, InvalidNewPassword> {
        match (password, digest, scheme) {
            (password, None, None) => Ok(password.map(Self::Text)),
            (Change::Keep, Some(digest), Some(scheme)) => {
                Ok(Change::Set(Self::Digest(ImportedDigest::new(scheme, digest.expose()))))
            }
            _ => Err(InvalidNewPassword),
        }
    }

    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<InputIssue> {
        let is_empty = matches!(self, Self::Text(text) if text.expose().is_empty());
        let message = "expected at least one character";
        is_empty.then(|| InputIssue { path: "password".into(), message: message.into() })
    }

    /// Gives it to a user. One that the user has already, as where an import is repeated, is no new one: it ends no session.
    pub(super) fn give(&self, step: &Step<'_, ()>, user: &mut User) -> Result<(), Rejection> {
        let digest = self.digest(step)?;
        let is_own = user.password.as_ref().is_some_and(|own| own.is_of(&digest));
        if !is_own {
            user.set_password(digest, step.now());
        }
        Ok(())
    }

    /// The digest to keep.
    fn digest(&self, step: &Step<'_, ()>) -> Result<PasswordDigest, Rejection> {
        match self {
            Self::Text(text) => Ok(step.hash_password(text)),
            Self::Digest(imported) => step.import_digest(imported).ok_or(Rejection::UnsupportedDigest),
        }
    }
}
