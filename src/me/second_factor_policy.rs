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

    /// Whether to decide it takes from what is asked now. It is what is written that counts: whoever never decided is asked more
    /// than whoever has turned it off.
    pub(super) fn lowers(self, mfa: &Mfa) -> bool {
        let mut after = mfa.clone();
        self.apply(&mut after);
        let turns_off = mfa.enabled != Some(false) && after.enabled == Some(false);
        turns_off || (!mfa.skip_mfa_on_sign_in && after.skip_mfa_on_sign_in)
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
        assert!(
            SecondFactorPolicy::Optional.lowers(&Mfa::default()),
            "it turns off what nobody had turned off"
        );
        let skips = Mfa { enabled: Some(true), skip_mfa_on_sign_in: true, ..Mfa::default() };
        assert!(SecondFactorPolicy::None.lowers(&skips));
        assert!(!SecondFactorPolicy::Enforced.lowers(&skips));
        let off = Mfa { enabled: Some(false), ..Mfa::default() };
        assert!(!SecondFactorPolicy::Optional.lowers(&off) && SecondFactorPolicy::None.lowers(&off));
    }
}
