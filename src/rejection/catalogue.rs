//! The catalogue: every code with its status, its sentence, and the operations that may answer it.

use super::data::{
    Blocked, EmailNotAllowed, IdentityNotExist, InvalidInput, InvalidProfile, MissingMfa, MissingProfile,
    NameConflict, PasswordIssue, RequireMfaVerification, SsoEnabled, StepUpRequired, SuggestAdditionalMfa,
    UserNotExist,
};
use super::operation_name::OperationName;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident $(($data:ty))? = $status:literal $code:literal $message:literal by [$($op:ident)*];)*) => {
        /// A documented answer that is not a success. Each variant is one row of the catalogue.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Rejection { $($(#[$doc])* $name $(($data))?),* }

        /// One row of the catalogue: a [`Rejection`] without its data.
        ///
        /// A few code texts stand in two rows, because the contract gives them two statuses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name),* }

        impl Rejection {
            /// The row of the catalogue.
            pub fn entry(&self) -> Code {
                match self { $(Self::$name { .. } => Code::$name),* }
            }
        }

        impl Code {
            /// The whole catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable text, `group.name`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// One English sentence.
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message),* }
            }

            /// The operations that may answer with it.
            pub fn operations(self) -> &'static [OperationName] {
                match self { $(Self::$name => &[$(OperationName::$op),*]),* }
            }
        }
    };
}

catalogue! {
    /// The request does not have the documented form (N-1, V-8, P-9, 9.1, 9.4, A-7, A-8), or would make the interaction
    /// larger than it can be (I-8).
    InvalidInput(InvalidInput) = 400 "guard.invalid_input" "the request does not have the documented form"
        by [SwitchEvent VerifyPassword SendCode VerifyCode NewPasswordIdentity StartSocial VerifySocial Identify UpdateProfile ResetPassword Submit StartSso VerifySso SendMfaCode VerifyMfaCode GenerateTotpSecret VerifyTotp GenerateBackupCodes VerifyBackupCode StartWebAuthn VerifyWebAuthn StartSignInPasskey VerifySignInPasskey VerifyOneTimeToken BindMfa DecideMfa PatchProfile CreateUser LinkIdentity NameFactor PatchUser SetPassword LinkSsoIdentity SetOrganizations IssueOneTimeToken];
    /// The operator's `signInMode` does not allow this event (I-3, N-2, N-12).
    Forbidden = 403 "auth.forbidden" "the sign-in mode does not allow this event"
        by [SwitchEvent Identify];
    /// Something that finishes a sign-in at a provider is missing (V-8, V-9).
    InsufficientInfo = 400 "session.insufficient_info" "the `state` and the redirect URI are required"
        by [StartSocial StartSso];
    /// There is no interaction, it timed out, or it was submitted (I-2, I-6, S-11).
    InteractionNotFound = 404 "session.interaction_not_found" "there is no open interaction: start one"
        by [SwitchEvent VerifyPassword SendCode VerifyCode NewPasswordIdentity StartSocial VerifySocial Identify UpdateProfile ResetPassword Submit ViewInteraction WhatRemains StartSso VerifySso SendMfaCode VerifyMfaCode GenerateTotpSecret VerifyTotp GenerateBackupCodes VerifyBackupCode StartWebAuthn PendingWebAuthn VerifyWebAuthn StartSignInPasskey VerifySignInPasskey VerifyOneTimeToken BindMfa DecideMfa PendingSocial PendingSso OfferPasskeys PendingSignInPasskey Start RemoveFromAccount NameFactor CloseAccount ViewAccount];
    /// The host's captcha verdict was a failure (I-1).
    CaptchaFailed = 422 "session.captcha_failed" "the captcha was not passed"
        by [Start];
    /// A captcha is asked for and was neither passed nor skipped (I-5).
    CaptchaRequired = 422 "session.captcha_required" "a captcha must be passed first"
        by [SendCode Identify Submit];
    /// A password recovery cannot do this, nor become another event (I-3, P-1).
    NotSupportedForForgotPassword = 400 "session.not_supported_for_forgot_password"
        "a password recovery does not support this"
        by [SwitchEvent UpdateProfile BindMfa DecideMfa];
    /// This way to identify is not offered for a password recovery (N-3).
    MethodNotSupportedForForgotPassword = 422 "session.not_supported_for_forgot_password"
        "this way to identify is not offered for a password recovery"
        by [Identify];
    /// This kind of interaction cannot do this (I-3, P-13, C-1).
    InvalidInteractionType = 400 "session.invalid_interaction_type" "this is for another kind of interaction"
        by [ResetPassword SwitchEvent Identify SendCode RemoveFromAccount NameFactor CloseAccount ViewAccount];
    /// No such verification record in this interaction (section 4).
    VerificationSessionNotFound = 404 "session.verification_session_not_found"
        "this interaction has no such verification"
        by [VerifyCode VerifySocial Identify UpdateProfile VerifySso VerifyMfaCode VerifyTotp PendingWebAuthn VerifyWebAuthn VerifySignInPasskey BindMfa PendingSocial PendingSso PendingSignInPasskey];
    /// The verification record is not verified, or cannot do this (N-5, N-11, P-4).
    VerificationFailed = 400 "session.verification_failed" "the verification is not complete"
        by [Identify UpdateProfile BindMfa VerifySocial VerifySso PendingSocial PendingSso Submit];
    /// Nobody is identified yet (P-2, P-13, S-1).
    IdentifierNotFound = 404 "session.identifier_not_found" "nobody is identified in this interaction yet"
        by [UpdateProfile ResetPassword Submit GenerateTotpSecret VerifyTotp GenerateBackupCodes VerifyBackupCode StartWebAuthn VerifyWebAuthn BindMfa DecideMfa];
    /// Nobody is identified to send a code to (V-6), or nobody has this passkey (V-14).
    MfaIdentifierNotFound = 400 "session.identifier_not_found" "nobody is identified by this"
        by [SendMfaCode VerifySignInPasskey];
    /// Somebody else is identified already, or the account exists already (N-9, D-1).
    IdentityConflict = 409 "session.identity_conflict" "this interaction already belongs to a user"
        by [Identify VerifySignInPasskey];
    /// Unknown person, no password, or the wrong one (V-1).
    InvalidCredentials = 422 "session.invalid_credentials" "the identifier or the password is wrong"
        by [VerifyPassword];
    /// Too many failed tries for this identifier (L-1).
    VerificationBlocked(Blocked) = 400 "session.verification_blocked_too_many_attempts"
        "there were too many failed tries: wait before the next one"
        by [VerifyPassword VerifyCode VerifyMfaCode VerifyTotp VerifyBackupCode VerifyWebAuthn VerifySignInPasskey ResetPassword UpdateProfile];
    /// The email's domain signs in through an enterprise connector (N-4).
    SsoEnabled(SsoEnabled) = 422 "session.sso_enabled" "this email signs in through its organisation"
        by [Identify UpdateProfile BindMfa];
    /// The email has no domain to check (9.3).
    InvalidEmail = 400 "session.email_blocklist.invalid_email" "the email address has no domain"
        by [Identify UpdateProfile];
    /// The operator does not take subaddresses (9.3).
    EmailSubaddressingNotAllowed = 422 "session.email_blocklist.email_subaddressing_not_allowed"
        "email addresses with a `+` are not taken"
        by [SendCode Identify UpdateProfile BindMfa CreateUser PatchUser];
    /// The operator does not take this address (9.3).
    EmailNotAllowed(EmailNotAllowed) = 422 "session.email_blocklist.email_not_allowed"
        "this email address is not taken"
        by [SendCode Identify UpdateProfile BindMfa CreateUser PatchUser];
    /// No code is waiting: it was never sent, or is used up (V-5).
    CodeNotFound = 400 "verification_code.not_found" "no verification code is waiting"
        by [VerifyCode VerifyMfaCode];
    /// The code went to another email (V-5).
    CodeEmailMismatch = 400 "verification_code.email_mismatch" "the verification code went to another email"
        by [VerifyCode];
    /// The code went to another phone (V-5).
    CodePhoneMismatch = 400 "verification_code.phone_mismatch" "the verification code went to another phone"
        by [VerifyCode];
    /// The code is too old (V-5).
    CodeExpired = 400 "verification_code.expired" "the verification code is too old"
        by [VerifyCode VerifyMfaCode];
    /// The code was tried wrongly too often (V-5).
    CodeExceedMaxTry = 400 "verification_code.exceed_max_try"
        "the verification code was tried too often: ask for a new one"
        by [VerifyCode VerifyMfaCode];
    /// The wrong code (V-5).
    CodeMismatch = 400 "verification_code.code_mismatch" "the verification code is wrong"
        by [VerifyCode VerifyMfaCode];
    /// The right password, but it is too old (V-1).
    PasswordExpired = 422 "password.expired" "the password has expired"
        by [VerifyPassword];
    /// The host's password hasher cannot read the digest that is to be imported (11.4).
    UnsupportedDigest = 422 "user.unsupported_digest" "the password digest is of a scheme that cannot be read"
        by [CreateUser PatchUser SetPassword];
    /// The password policy refuses it (V-7, P-7).
    PasswordRejected(Vec<PasswordIssue>) = 422 "password.rejected" "the password does not meet the policy"
        by [NewPasswordIdentity UpdateProfile ResetPassword];
    /// The account is suspended (V-1, N-8).
    Suspended = 401 "user.suspended" "this account is suspended"
        by [VerifyPassword Identify Submit Start CloseAccount];
    /// The operator does not offer this way to sign in (N-3).
    SignInMethodNotEnabled = 422 "user.sign_in_method_not_enabled" "this way to sign in is not offered"
        by [Identify StartSso VerifySso];
    /// Nobody has this identifier (N-6).
    UserNotExist(UserNotExist) = 404 "user.user_not_exist" "nobody has this identifier"
        by [Identify];
    /// Nobody has this social identity (N-6, N-7).
    IdentityNotExist(IdentityNotExist) = 404 "user.identity_not_exist" "nobody has this social identity"
        by [Identify RemoveFromAccount UnlinkIdentity];
    /// Nobody has this enterprise identity, nor its email (N-6).
    SsoIdentityNotExist = 404 "user.sso_identity_not_exist" "nobody has this enterprise identity"
        by [Identify];
    /// Something an account must have is missing (N-12, S-5, S-6).
    MissingProfile(MissingProfile) = 422 "user.missing_profile" "the profile is not complete"
        by [Identify Submit];
    /// A recovery without a new password (S-2).
    NewPasswordRequired = 422 "user.new_password_required_in_profile" "a new password must be set first"
        by [Submit];
    /// The user already has a username (P-5).
    UsernameExistsInProfile = 422 "user.username_exists_in_profile" "this user already has a username"
        by [Identify UpdateProfile Submit];
    /// The user already has an email (P-5).
    EmailExistsInProfile = 422 "user.email_exists_in_profile" "this user already has an email"
        by [Identify UpdateProfile Submit BindMfa];
    /// The user already has a phone (P-5).
    PhoneExistsInProfile = 422 "user.phone_exists_in_profile" "this user already has a phone"
        by [Identify UpdateProfile Submit BindMfa];
    /// The user already has a password (P-5).
    PasswordExistsInProfile = 422 "user.password_exists_in_profile" "this user already has a password"
        by [Identify UpdateProfile Submit];
    /// The user already has another social identity of this target (D-5).
    SocialAccountExistsInProfile = 422 "user.social_account_exists_in_profile"
        "this user already has an account at this provider"
        by [Identify UpdateProfile Submit];
    /// The username belongs to somebody (V-7, P-6).
    UsernameAlreadyInUse = 422 "user.username_already_in_use" "this username belongs to another user"
        by [NewPasswordIdentity Identify UpdateProfile Submit CreateUser RekeyUser PatchUser];
    /// The email belongs to somebody (P-6).
    EmailAlreadyInUse = 422 "user.email_already_in_use" "this email belongs to another user"
        by [Identify UpdateProfile Submit BindMfa CreateUser PatchUser];
    /// The phone belongs to somebody (P-6).
    PhoneAlreadyInUse = 422 "user.phone_already_in_use" "this phone belongs to another user"
        by [Identify UpdateProfile Submit BindMfa CreateUser PatchUser];
    /// The social or enterprise identity, or the credential, belongs to somebody (P-6, V-13).
    IdentityAlreadyInUse = 422 "user.identity_already_in_use" "this identity already belongs to a user"
        by [Identify UpdateProfile Submit BindMfa CreateUser LinkIdentity PatchUser LinkSsoIdentity];
    /// The new password is the current one (P-7).
    SamePassword = 422 "user.same_password" "the new password is the same as the current one"
        by [UpdateProfile ResetPassword];
    /// No username (9.1).
    UsernameRequired = 422 "user.username_required" "a username is required"
        by [UpdateProfile NewPasswordIdentity];
    /// The username starts with a digit (9.1).
    UsernameStartsWithNumber = 422 "user.username_starts_with_number" "a username cannot start with a number"
        by [UpdateProfile NewPasswordIdentity];
    /// The username has a character that no operator can allow (9.1).
    UsernameInvalidCharset = 422 "user.username_invalid_charset_hard"
        "a username has only letters, digits and underscores"
        by [UpdateProfile NewPasswordIdentity];
    /// The username is shorter than the operator's minimum (9.1).
    UsernameTooShort = 422 "user.username_too_short" "the username is too short"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// The username is longer than the operator's maximum (9.1).
    UsernameTooLong = 422 "user.username_too_long" "the username is too long"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// The operator does not allow upper-case letters (9.1).
    UsernameUppercaseNotAllowed = 422 "user.username_uppercase_not_allowed"
        "upper-case letters are not allowed in usernames"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// The operator does not allow lower-case letters (9.1).
    UsernameLowercaseNotAllowed = 422 "user.username_lowercase_not_allowed"
        "lower-case letters are not allowed in usernames"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// The operator does not allow digits (9.1).
    UsernameNumbersNotAllowed = 422 "user.username_numbers_not_allowed" "numbers are not allowed in usernames"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// The operator does not allow underscores (9.1).
    UsernameUnderscoreNotAllowed = 422 "user.username_underscore_not_allowed"
        "underscores are not allowed in usernames"
        by [UpdateProfile NewPasswordIdentity Identify Submit CreateUser PatchUser];
    /// Profile values of the wrong type, or not what the operator's fields allow (P-10, P-11).
    InvalidProfile(InvalidProfile) = 422 "user.invalid_profile" "some profile values cannot be taken"
        by [UpdateProfile CreateUser PatchUser];
    /// Keys that are claims with rules of their own (P-9).
    NameConflictBuiltInProp(NameConflict) = 400 "custom_profile_fields.name_conflict_built_in_prop"
        "some names are reserved for built-in profile properties"
        by [UpdateProfile];
    /// Keys that are identifiers, which must be verified (P-9).
    NameConflictSignInIdentifier(NameConflict) = 400 "custom_profile_fields.name_conflict_sign_in_identifier"
        "some names are reserved for identifiers"
        by [UpdateProfile];
    /// Keys that the operator reserves (P-9).
    NameConflictCustomData(NameConflict) = 400 "custom_profile_fields.name_conflict_custom_data"
        "some names are reserved by the operator"
        by [UpdateProfile];
    /// A sign-in must prove a factor first (P-3, M-5, S-3).
    RequireMfaVerification(RequireMfaVerification) = 403 "session.mfa.require_mfa_verification"
        "another factor must be verified first"
        by [UpdateProfile BindMfa DecideMfa Submit];
    /// Whoever is signed in must prove once more that they are the account's own (C-2).
    StepUpRequired(StepUpRequired) = 403 "session.step_up_required"
        "the account's owner must be verified once more"
        by [UpdateProfile BindMfa DecideMfa RemoveFromAccount NameFactor CloseAccount Submit];
    /// Nothing would be left to sign in by, or something mandatory would be missing (C-8).
    LastSignInMethodRequired = 422 "user.last_sign_in_method_required"
        "this cannot be removed: nothing else would let its owner in, or everybody must have it"
        by [RemoveFromAccount Submit];
    /// The wrong one-time password, one that was used, or no authenticator app (V-10, V-11).
    InvalidTotpCode = 400 "session.mfa.invalid_totp_code" "the one-time password is wrong"
        by [VerifyTotp];
    /// No unused backup code like this (V-12).
    InvalidBackupCode = 400 "session.mfa.invalid_backup_code" "the backup code is wrong"
        by [VerifyBackupCode];
    /// The factor is not on, or the user lacks what it needs (V-6, M-5, S-8).
    MfaFactorNotEnabled = 400 "session.mfa.mfa_factor_not_enabled" "this factor is not available"
        by [SendMfaCode BindMfa Submit RemoveFromAccount NameFactor];
    /// The record holds nothing new to bind, or no challenge is pending (V-13, M-5).
    MfaPendingInfoNotFound = 400 "session.mfa.pending_info_not_found" "nothing is pending in this verification"
        by [PendingWebAuthn VerifyWebAuthn BindMfa];
    /// The WebAuthn answer does not hold (V-13, V-14).
    WebAuthnVerificationFailed = 400 "session.mfa.webauthn_verification_failed"
        "the credential could not be verified"
        by [VerifyWebAuthn VerifySignInPasskey BindMfa];
    /// The user has no credential to use (V-13).
    WebAuthnVerificationNotFound = 400 "session.mfa.webauthn_verification_not_found" "this user has no credential"
        by [StartWebAuthn];
    /// No passkey challenge is pending (V-14).
    PasskeyPendingInfoNotFound = 400 "session.passkey_sign_in.pending_info_not_found" "no passkey is asked for"
        by [VerifySignInPasskey PendingSignInPasskey];
    /// The passkey was used for another relying party (V-14).
    PasskeyConflictRpId = 400 "session.passkey_sign_in.conflict_rp_id" "the passkey is for another site"
        by [VerifySignInPasskey];
    /// Users with an enterprise identity do not sign in by passkey (N-3).
    PasskeySsoUsersNotAllowed = 400 "session.passkey_sign_in.sso_users_not_allowed"
        "this account signs in through its organisation"
        by [Identify];
    /// Backup codes need another factor beside them (M-5).
    BackupCodeCanNotBeAlone = 422 "session.mfa.backup_code_can_not_be_alone"
        "backup codes need another factor beside them"
        by [BindMfa];
    /// The policy, or an organisation, does not let people skip (M-6).
    MfaPolicyNotUserControlled = 422 "session.mfa.mfa_policy_not_user_controlled"
        "multi-factor authentication cannot be skipped"
        by [DecideMfa RemoveFromAccount Submit];
    /// The user has an authenticator app (M-5).
    TotpAlreadyInUse = 422 "user.totp_already_in_use" "this user already has an authenticator app"
        by [BindMfa Submit];
    /// A passkey is suggested first (S-7).
    PasskeyPreferred = 422 "user.passkey_preferred" "a passkey is suggested"
        by [Submit];
    /// MFA is suggested (S-9a).
    SuggestMfa = 422 "user.suggest_mfa" "multi-factor authentication is suggested"
        by [Submit];
    /// A factor is missing (S-9b).
    MissingMfa(MissingMfa) = 422 "user.missing_mfa" "a factor must be bound first"
        by [Submit];
    /// A second factor is suggested (S-9c).
    SuggestAdditionalMfa(SuggestAdditionalMfa) = 422 "session.mfa.suggest_additional_mfa"
        "a second factor is suggested"
        by [Submit];
    /// Backup codes are missing (S-9d).
    BackupCodeRequired = 422 "session.mfa.backup_code_required" "backup codes must be made first"
        by [Submit];
    /// No such token (V-15).
    TokenNotFound = 404 "one_time_token.token_not_found" "there is no such token"
        by [VerifyOneTimeToken];
    /// The token is for another email (V-15).
    TokenEmailMismatch = 400 "one_time_token.email_mismatch" "the token is for another email"
        by [VerifyOneTimeToken];
    /// The token is too old (V-15).
    TokenExpired = 400 "one_time_token.token_expired" "the token is too old"
        by [VerifyOneTimeToken];
    /// The token was used (V-15).
    TokenConsumed = 400 "one_time_token.token_consumed" "the token was used already"
        by [VerifyOneTimeToken];
    /// The token was taken back (V-15).
    TokenRevoked = 400 "one_time_token.token_revoked" "the token was taken back"
        by [VerifyOneTimeToken];
    /// The token is for another event (V-15).
    TokenEventMismatch = 400 "one_time_token.interaction_event_mismatch" "the token is for another event"
        by [VerifyOneTimeToken Identify];
    /// Too many messages to one recipient, or of one interaction (L-3, L-4).
    MessageRateLimited = 429 "request.message_rate_limited" "too many messages were sent"
        by [SendCode SendMfaCode];
    /// Nobody has this enterprise connector (V-9).
    EntityNotExistsWithId = 404 "entity.not_exists_with_id" "there is no such connector"
        by [StartSso LinkSsoIdentity];
    /// The operator cannot send to this kind of contact (V-3, V-6).
    ConnectorNotFound = 501 "connector.not_found" "nothing can be sent to this kind of contact"
        by [SendCode SendMfaCode];
    /// No such connector (V-8), or no such user.
    EntityNotFound = 404 "entity.not_found" "there is no such thing"
        by [StartSocial PatchProfile FindUser SuspendUser LinkIdentity AddFactor DeleteUser RekeyUser Start PatchUser SetPassword LinkSsoIdentity UnlinkIdentity RemoveFactor PatchMfa SetOrganizations Unlock FindOneTimeToken RevokeOneTimeToken];
}
