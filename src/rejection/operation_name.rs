//! The operations, by name, and who acts by them: what the catalogue and events refer to.

use serde::Serialize;

use super::catalogue::Code;

/// Who acts by an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// Whoever takes the steps of an interaction, or is signed in: the owner of the account, or somebody who tries to be.
    Person,
    /// The operator.
    Operator,
    /// The host itself, in the course of its work.
    Host,
}

macro_rules! operations {
    ($($actor:ident { $($(#[$doc:meta])* $name:ident)* })*) => {
        /// The operations, by name: what the catalogue and events refer to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum OperationName { $($($(#[$doc])* $name),*),* }

        impl OperationName {
            /// All operations.
            pub const ALL: &'static [Self] = &[$($(Self::$name),*),*];

            /// The name as it is written in code.
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name)),*),* }
            }

            /// Who acts by it.
            pub fn actor(self) -> Actor {
                match self { $($(Self::$name)|* => Actor::$actor),* }
            }
        }
    };
}

operations! {
    Person {
        /// [`flow::Start`](crate::flow::Start)
        Start
        /// [`flow::SwitchEvent`](crate::flow::SwitchEvent)
        SwitchEvent
        /// [`flow::VerifyPassword`](crate::flow::VerifyPassword)
        VerifyPassword
        /// [`flow::SendCode`](crate::flow::SendCode)
        SendCode
        /// [`flow::VerifyCode`](crate::flow::VerifyCode)
        VerifyCode
        /// [`flow::NewPasswordIdentity`](crate::flow::NewPasswordIdentity)
        NewPasswordIdentity
        /// [`flow::StartSocial`](crate::flow::StartSocial)
        StartSocial
        /// [`flow::PendingSocial`](crate::flow::PendingSocial)
        PendingSocial
        /// [`flow::VerifySocial`](crate::flow::VerifySocial)
        VerifySocial
        /// [`flow::StartSso`](crate::flow::StartSso)
        StartSso
        /// [`flow::PendingSso`](crate::flow::PendingSso)
        PendingSso
        /// [`flow::VerifySso`](crate::flow::VerifySso)
        VerifySso
        /// [`flow::SendMfaCode`](crate::flow::SendMfaCode)
        SendMfaCode
        /// [`flow::VerifyMfaCode`](crate::flow::VerifyMfaCode)
        VerifyMfaCode
        /// [`flow::GenerateTotpSecret`](crate::flow::GenerateTotpSecret)
        GenerateTotpSecret
        /// [`flow::VerifyTotp`](crate::flow::VerifyTotp)
        VerifyTotp
        /// [`flow::GenerateBackupCodes`](crate::flow::GenerateBackupCodes)
        GenerateBackupCodes
        /// [`flow::VerifyBackupCode`](crate::flow::VerifyBackupCode)
        VerifyBackupCode
        /// [`flow::StartWebAuthn`](crate::flow::StartWebAuthn)
        StartWebAuthn
        /// [`flow::PendingWebAuthn`](crate::flow::PendingWebAuthn)
        PendingWebAuthn
        /// [`flow::VerifyWebAuthn`](crate::flow::VerifyWebAuthn)
        VerifyWebAuthn
        /// [`flow::OfferPasskeys`](crate::flow::OfferPasskeys)
        OfferPasskeys
        /// [`flow::StartSignInPasskey`](crate::flow::StartSignInPasskey)
        StartSignInPasskey
        /// [`flow::PendingSignInPasskey`](crate::flow::PendingSignInPasskey)
        PendingSignInPasskey
        /// [`flow::VerifySignInPasskey`](crate::flow::VerifySignInPasskey)
        VerifySignInPasskey
        /// [`flow::VerifyOneTimeToken`](crate::flow::VerifyOneTimeToken)
        VerifyOneTimeToken
        /// [`flow::Identify`](crate::flow::Identify)
        Identify
        /// [`flow::UpdateProfile`](crate::flow::UpdateProfile)
        UpdateProfile
        /// [`flow::BindMfa`](crate::flow::BindMfa)
        BindMfa
        /// [`flow::DecideMfa`](crate::flow::DecideMfa)
        DecideMfa
        /// [`flow::ResetPassword`](crate::flow::ResetPassword)
        ResetPassword
        /// [`flow::Submit`](crate::flow::Submit)
        Submit
        /// [`flow::RemoveFromAccount`](crate::flow::RemoveFromAccount)
        RemoveFromAccount
        /// [`flow::NameFactor`](crate::flow::NameFactor)
        NameFactor
        /// [`flow::CloseAccount`](crate::flow::CloseAccount)
        CloseAccount
        /// [`flow::ViewAccount`](crate::flow::ViewAccount)
        ViewAccount
        /// [`flow::ViewInteraction`](crate::flow::ViewInteraction)
        ViewInteraction
        /// [`flow::WhatRemains`](crate::flow::WhatRemains)
        WhatRemains
        /// [`me::UpdateMe`](crate::me::UpdateMe)
        UpdateMe
        /// [`me::ViewMe`](crate::me::ViewMe)
        ViewMe
    }
    Operator {
        /// [`operator::CreateUser`](crate::operator::CreateUser)
        CreateUser
        /// [`operator::FindUser`](crate::operator::FindUser)
        FindUser
        /// [`operator::PatchUser`](crate::operator::PatchUser)
        PatchUser
        /// [`operator::PatchProfile`](crate::operator::PatchProfile)
        PatchProfile
        /// [`operator::SetPassword`](crate::operator::SetPassword)
        SetPassword
        /// [`operator::SuspendUser`](crate::operator::SuspendUser)
        SuspendUser
        /// [`operator::LinkIdentity`](crate::operator::LinkIdentity)
        LinkIdentity
        /// [`operator::LinkSsoIdentity`](crate::operator::LinkSsoIdentity)
        LinkSsoIdentity
        /// [`operator::UnlinkIdentity`](crate::operator::UnlinkIdentity)
        UnlinkIdentity
        /// [`operator::AddFactor`](crate::operator::AddFactor)
        AddFactor
        /// [`operator::RemoveFactor`](crate::operator::RemoveFactor)
        RemoveFactor
        /// [`operator::PatchMfa`](crate::operator::PatchMfa)
        PatchMfa
        /// [`operator::SetOrganizations`](crate::operator::SetOrganizations)
        SetOrganizations
        /// [`operator::Unlock`](crate::operator::Unlock)
        Unlock
        /// [`operator::DeleteUser`](crate::operator::DeleteUser)
        DeleteUser
        /// [`operator::IssueOneTimeToken`](crate::operator::IssueOneTimeToken)
        IssueOneTimeToken
        /// [`operator::FindOneTimeToken`](crate::operator::FindOneTimeToken)
        FindOneTimeToken
        /// [`operator::RevokeOneTimeToken`](crate::operator::RevokeOneTimeToken)
        RevokeOneTimeToken
    }
    Host {
        /// [`operator::DeleteClosedAccount`](crate::operator::DeleteClosedAccount)
        DeleteClosedAccount
        /// [`operator::RekeyUser`](crate::operator::RekeyUser)
        RekeyUser
    }
}

impl OperationName {
    /// The rows of the catalogue that this operation may answer with.
    pub fn codes(self) -> impl Iterator<Item = Code> {
        Code::ALL.iter().copied().filter(move |code| code.operations().contains(&self))
    }
}
