//! How much a person wants to be asked for a second factor.

use serde::{Deserialize, Serialize};

use crate::user::Mfa;

/// How much a person wants to be asked for a second factor, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorPolicy {
    /// Not at all: also a factor that is bound is not asked for at sign-in, where the operator lets one.
    None,
    /// For a factor that is bound.
    Optional,
    /// Always.
    Enforced,
}

impl SecondFactorPolicy {
    /// What somebody has decided so far.
    pub fn of(mfa: &Mfa) -> Self {
        match mfa {
            Mfa { skip_mfa_on_sign_in: true, .. } => Self::None,
            Mfa { enabled: Some(true), .. } => Self::Enforced,
            Mfa { .. } => Self::Optional,
        }
    }

    /// Decides it.
    pub(super) fn apply(self, mfa: &mut Mfa) {
        mfa.enabled = Some(self == Self::Enforced);
        mfa.skip_mfa_on_sign_in = self == Self::None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_what_is_decided_is_what_was_wanted() {
        for policy in [SecondFactorPolicy::None, SecondFactorPolicy::Optional, SecondFactorPolicy::Enforced] {
            let mut mfa = Mfa::default();
            policy.apply(&mut mfa);
            assert_eq!(SecondFactorPolicy::of(&mfa), policy);
        }
        assert_eq!(SecondFactorPolicy::of(&Mfa::default()), SecondFactorPolicy::Optional);
    }
}
