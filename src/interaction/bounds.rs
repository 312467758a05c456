//! How large an interaction may become (I-8).

use std::io;

use serde_json::Value;

use super::{Interaction, Staged};
use crate::form::Written;
use crate::user::SocialUserInfo;
use crate::verification::{Verification, WebAuthnState};

/// The most that an interaction takes when it is stored, in bytes.
pub const MAX_STORED: usize = 64 * 1024;

/// What is left free by every step that succeeds, for what a refused one counts: a full interaction gives no guess that is
/// not counted.
const RESERVE: usize = 1024;

/// As long as texts that have no bound of their own take no more than this, the whole stays below [`MAX_STORED`], however
/// JSON escapes them: what takes six bytes for one leaves 16 KiB for the rest, whose parts all have bounds.
const SURELY_SMALL: usize = 8 * 1024;

impl Interaction {
    /// I-8: whether it takes more than [`MAX_STORED`] bytes when it is stored; after a step that succeeds, so much that
    /// nothing is left to count in. It is measured only if it may.
    pub(crate) fn is_too_large(&self, succeeds: bool) -> bool {
        let most = if succeeds { MAX_STORED - RESERVE } else { MAX_STORED };
        self.bulk() > SURELY_SMALL && stored_length(self) > most
    }

    /// The lengths of all texts that others send, roughly.
    fn bulk(&self) -> usize {
        let records = self.registry.records().iter().map(|record| bulk_of_record(&record.verification));
        let staged = self.staged().map_or(0, bulk_of_staged);
        let granted: usize = self.granted.iter().map(|own| 64 + 40 * own.marks.len()).sum();
        records.sum::<usize>() + staged + 256 * self.proofs.len() + granted
    }
}

fn bulk_of_record(verification: &Verification) -> usize {
    match verification {
        Verification::Social(social) => {
            social.session.state.expose().len()
                + social.session.redirect_uri.len()
                + social.user_info.as_ref().map_or(0, bulk_of_info)
        }
        Verification::EnterpriseSso(sso) => {
            let answer = sso.answer.as_ref().map_or(0, |answer| {
                let amr: usize = answer.amr.iter().map(|method| method.len() + 4).sum();
                2 * bulk_of_info(&answer.user_info) + answer.acr.as_ref().map_or(0, String::len) + 2 * amr
            });
            sso.session.state.expose().len() + sso.session.redirect_uri.len() + answer
        }
        Verification::WebAuthn(web_authn) => match &web_authn.state {
            WebAuthnState::Registering(pending) | WebAuthnState::Authenticating(pending) => {
                pending.challenge.expose().len()
            }
            WebAuthnState::Registered(credential) => credential.public_data.len() + credential.id.len(),
            WebAuthnState::Authenticated { credential_id } => credential_id.len(),
            WebAuthnState::Refused => 0,
        },
        Verification::SignInPasskey(passkey) => {
            passkey.pending.as_ref().map_or(0, |pending| pending.challenge.expose().len())
        }
        Verification::OneTimeToken(token) => token.jit_organization_ids.iter().map(|id| id.len() + 4).sum(),
        _ => 0,
    }
}

fn bulk_of_info(info: &SocialUserInfo) -> usize {
    let contacts = [&info.email, &info.phone].map(|contact| contact.as_ref().map_or(0, |c| c.value.len()));
    let texts = [&info.name, &info.avatar].map(|text| text.as_ref().map_or(0, String::len));
    contacts.iter().chain(&texts).sum::<usize>() + info.raw_data.as_ref().map_or(0, bulk_of_json)
}

fn bulk_of_staged(staged: Staged<'_>) -> usize {
    let profile = staged.profile;
    let social = profile.social_identity.as_ref().map_or(0, |social| bulk_of_info(&social.user_info));
    let sso = profile.sso_identity.as_ref().and_then(|sso| sso.details.as_ref()).map_or(0, bulk_of_json);
    let custom: usize = profile.custom_data.iter().map(|(key, value)| key.len() + bulk_of_json(value)).sum();
    let keys: usize = staged.mfa.web_authn.iter().map(|key| key.public_data.len() + key.id.len()).sum();
    let organizations: usize = profile.jit_organization_ids.iter().map(|id| id.len() + 4).sum();
    social + sso + custom + keys + organizations + profile.profile.texts().map(str::len).sum::<usize>()
}

fn bulk_of_json(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 24,
        Value::String(text) => text.len() + 4,
        Value::Array(items) => 4 + items.iter().map(bulk_of_json).sum::<usize>(),
        Value::Object(members) => {
            4 + members.iter().map(|(name, member)| name.len() + 4 + bulk_of_json(member)).sum::<usize>()
        }
    }
}

/// Counts what is written to it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stored_length(interaction: &Interaction) -> usize {
    let mut length = Length(0);
    match serde_json::to_writer(&mut length, &Written(interaction)) {
        Ok(()) => length.0,
        // What cannot be written is too large for any store.
        Err(_) => usize::MAX,
    }
}
