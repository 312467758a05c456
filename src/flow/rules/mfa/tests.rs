//! M-1 to M-3 and M-7 as a table: who is asked for which factor, every cell.

use chrono::DateTime;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::experience::VerificationCodePolicy;
use crate::identifier::{Identifier, UserId, Username, VerificationId};
use crate::secret::{PasswordDigest, Secret};
use crate::user::{BackupCode, TotpFactor, TotpSecret, UserOrganization, WebAuthnCredential};
use crate::verification::{CodeVerification, PasswordVerification, Verification};

use MfaFactor::{
    BackupCode as Backup, EmailVerificationCode as Mail, PhoneVerificationCode as Call, Totp, WebAuthn,
};

const NOW: DateTime<chrono::Utc> = DateTime::UNIX_EPOCH;

/// Through what the person was identified.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Through {
    Password,
    /// One that a mailbox recovered.
    RecoveredPassword,
    Mailbox,
    Phone,
    PasswordAndMailbox,
}

/// One cell.
#[allow(clippy::struct_excessive_bools, reason = "the columns of the table")]
#[derive(Clone, Debug)]
struct Cell {
    through: Through,
    configured: &'static [MfaFactor],
    /// In the order to show them.
    held: Vec<MfaFactor>,
    enabled: Option<bool>,
    skips_at_sign_in: bool,
    is_no_skip: bool,
    in_organization: bool,
    is_risky: bool,
    is_own: bool,
}

impl Cell {
    /// The rules' words, once more.
    fn asked(&self) -> Vec<MfaFactor> {
        let binds = self.held.iter().any(|factor| [WebAuthn, Totp, Backup].contains(factor));
        let is_off = (self.enabled == Some(false) && !binds) || self.skips_at_sign_in;
        let is_forced = self.is_no_skip || self.in_organization || self.is_risky;
        let own: Vec<_> = self.held.iter().copied().filter(|held| self.configured.contains(held)).collect();
        if self.is_own || own.is_empty() || (is_off && !is_forced) {
            return Vec::new();
        }
        let same = match self.through {
            Through::Password | Through::PasswordAndMailbox => None,
            Through::RecoveredPassword | Through::Mailbox => Some(Mail),
            Through::Phone => Some(Call),
        };
        let of_another: Vec<_> = own.iter().copied().filter(|factor| Some(*factor) != same).collect();
        let could_have = self.configured.iter().any(|factor| *factor != Backup && Some(*factor) != same);
        match (of_another.is_empty(), could_have) {
            (false, _) => of_another,
            (true, true) => Vec::new(),
            (true, false) => own,
        }
    }

    fn experience(configured: &[MfaFactor], is_no_skip: bool) -> Experience {
        let settings = json!({
            "signIn": {"methods": [
                {"identifier": "username", "password": true},
                {"identifier": "email", "verificationCode": true},
                {"identifier": "phone", "verificationCode": true},
            ]},
            "mfa": {
                "factors": configured,
                "policy": if is_no_skip { "Mandatory" } else { "NoPrompt" },
                "organizationRequiredMfaPolicy": "Mandatory",
            },
            "organizations": [{"id": "org", "isMfaRequired": true}],
            "adaptiveMfa": {"enabled": true},
        });
        Experience::new(serde_json::from_value(settings).unwrap()).unwrap()
    }

    fn user(&self) -> User {
        let mut user = User::new(UserId::parse("jane").unwrap(), NOW);
        user.primary_email = Some(mailbox());
        user.set_password(PasswordDigest::new("digest"), NOW);
        if let (Through::RecoveredPassword, Some(password)) = (self.through, &mut user.password) {
            password.set_through = Some(Channel::Email(mailbox()));
        }
        user.primary_phone = Some(number());
        // A contact is a factor by being there: one that is not held is not there.
        if !self.held.contains(&Mail) && !self.needs(Mail) {
            user.primary_email = None;
        }
        if !self.held.contains(&Call) && !self.needs(Call) {
            user.primary_phone = None;
        }
        if self.held.contains(&Totp) {
            user.mfa.totp = Some(TotpFactor::new(TotpSecret::from_bytes([7; 20])));
        }
        if self.held.contains(&WebAuthn) {
            user.mfa.web_authn = vec![WebAuthnCredential {
                id: "c1".into(),
                rp_id: "example.com".into(),
                public_data: String::new(),
                counter: 0,
                user_verified: true,
                discoverable: true,
                name: None,
                created_at: None,
                last_used_at: None,
            }];
        }
        if self.held.contains(&Backup) {
            user.mfa.backup_codes = vec![BackupCode::new(&user.id, "code")];
        }
        (user.mfa.enabled, user.mfa.skip_mfa_on_sign_in) = (self.enabled, self.skips_at_sign_in);
        if self.in_organization {
            user.organizations.push(UserOrganization { id: "org".into(), is_mfa_required: false });
        }
        user
    }

    /// Whether the person was identified through this contact.
    fn needs(&self, contact: MfaFactor) -> bool {
        match self.through {
            Through::Mailbox | Through::PasswordAndMailbox => contact == Mail,
            Through::Phone => contact == Call,
            Through::Password | Through::RecoveredPassword => false,
        }
    }

    fn interaction(&self, user: &User) -> Interaction {
        let own = if self.is_own { user.id.clone() } else { UserId::parse("new").unwrap() };
        let mut interaction = Interaction::new(crate::interaction::AnonymousEvent::SignIn, own, false, NOW);
        let password = || {
            Verification::Password(PasswordVerification {
                user_id: user.id.clone(),
                identifier: Identifier::Username(Username::parse("jane").unwrap()),
                stamp: user.password.as_ref().unwrap().stamp(),
                expired: false,
            })
        };
        let mail = || Verification::EmailVerificationCode(verified(mailbox()));
        let records = match self.through {
            Through::Password | Through::RecoveredPassword => vec![password()],
            Through::Mailbox => vec![mail()],
            Through::Phone => vec![Verification::PhoneVerificationCode(verified(number()))],
            Through::PasswordAndMailbox => vec![password(), mail()],
        };
        for (at, record) in records.into_iter().enumerate() {
            let id = VerificationId::from_uuid(Uuid::from_u128(u128::try_from(at).unwrap()));
            interaction.put_record(id, record, NOW);
        }
        interaction.identify(user.id.clone(), crate::interaction::StagedProfile::default());
        if self.is_risky {
            interaction.raise_risk();
        }
        interaction
    }
}

fn mailbox() -> Email {
    Email::parse("jane@example.com").unwrap()
}

fn number() -> Phone {
    Phone::parse("61412345678").unwrap()
}

fn verified<R>(recipient: R) -> CodeVerification<R> {
    let code = Some(Secret::new("123456"));
    let mut sent = CodeVerification::sent(recipient, Some(InteractionEvent::SignIn), code, NOW);
    sent.try_code("123456", &VerificationCodePolicy::default(), NOW).unwrap();
    sent
}

/// Every selection of some factors, in the order to show them.
fn selections() -> Vec<Vec<MfaFactor>> {
    let all = [WebAuthn, Totp, Call, Mail, Backup];
    (0..32_u32).map(|bits| (0..5).filter(|at| bits & (1 << at) != 0).map(|at| all[at]).collect()).collect()
}

const CONFIGURED: [&[MfaFactor]; 8] = [
    &[Totp],
    &[Mail],
    &[Call, Mail],
    &[Totp, Mail],
    &[Backup, Mail],
    &[WebAuthn, Backup],
    &[Totp, Call, Backup],
    &[WebAuthn, Totp, Call, Mail, Backup],
];

#[test]
fn m3_every_cell_of_the_table() {
    let through = [
        Through::Password,
        Through::RecoveredPassword,
        Through::Mailbox,
        Through::Phone,
        Through::PasswordAndMailbox,
    ];
    let (mut cells, mut asked) = (0, 0);
    for (through, configured) in through.into_iter().flat_map(|through| CONFIGURED.map(|own| (through, own)))
    {
        let experiences = [false, true].map(|is_no_skip| Cell::experience(configured, is_no_skip));
        for (held, bits) in
            selections().into_iter().flat_map(|held| (0..64).map(move |bits| (held.clone(), bits)))
        {
            let on = |bit: u32| bits & (1_u32 << bit) != 0;
            let cell = Cell {
                through,
                configured,
                held,
                enabled: on(0).then_some(false),
                skips_at_sign_in: on(1),
                is_no_skip: on(2),
                in_organization: on(3),
                is_risky: on(4),
                is_own: on(5),
            };
            // Whoever was identified through a contact has it.
            if [Mail, Call].iter().any(|contact| cell.needs(*contact) && !cell.held.contains(contact)) {
                continue;
            }
            let [skippable, no_skip] = &experiences;
            let (experience, user) = (if cell.is_no_skip { no_skip } else { skippable }, cell.user());
            let interaction = cell.interaction(&user);
            let found = Asked::of(&interaction, experience, &user);
            assert_eq!(found.factors, cell.asked(), "{cell:?}");
            assert_eq!(found.is_met(), cell.asked().is_empty(), "{cell:?}");
            cells += 1;
            asked += usize::from(!cell.asked().is_empty());
        }
    }
    assert!(cells > 40_000 && asked > 10_000, "{cells} cells, {asked} of them asked");
}

#[test]
fn m4_identifiers_are_masked() {
    for (text, masked) in [
        ("jane.roe@example.com", "jane****@example.com"),
        ("janes@example.com", "jane****@example.com"),
        ("jane@example.com", "****@example.com"),
    ] {
        assert_eq!(mask_email(&Email::parse(text).unwrap()), masked);
    }
    assert_eq!(mask_phone(&Phone::parse("61412345678").unwrap()), "****5678");
}
