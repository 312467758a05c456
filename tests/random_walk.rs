//! People who do anything at any time, under any settings. Whatever they do, a step answers in the words that the
//! catalogue gives it, knows every fact that it reads, and reads and writes each store at most once: the house holds
//! every step to that. On top, a client is shown no secret, an interaction survives being stored, and an interaction
//! of which nothing remains but to submit it can be submitted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, PASSWORD, Person, all_methods, email, phone};
use serde_json::{Value, json};
use vestibule::audit::Actor;
use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::flow::{
    BindMfa, CaptchaVerdict, CloseAccount, DecideMfa, ExtraProfile, GenerateBackupCodes, GenerateTotpSecret,
    Identify, MfaContact, NameFactor, NewPasswordIdentity, OfferPasskeys, PendingSignInPasskey,
    PendingSocial, PendingSso, PendingWebAuthn, ProfilePayload, RemainingStep, Removal, RemoveFromAccount,
    ResetPassword, SendCode, SendMfaCode, SentCode, Start, StartSignInPasskey, StartSocial, StartSso,
    StartWebAuthn, Submit, SwitchEvent, UpdateProfile, UsedPasskey, VerifyBackupCode, VerifyCode,
    VerifyMfaCode, VerifyOneTimeToken, VerifyPassword, VerifySignInPasskey, VerifySocial, VerifySso,
    VerifyTotp, VerifyWebAuthn, ViewAccount, ViewInteraction, WebAuthnCeremony, WebAuthnReport, WhatRemains,
};
use vestibule::identifier::{ClaimedIdentifier, Contact, Email, IdentifierType, UserId, VerificationId};
use vestibule::interaction::Interaction;
use vestibule::operation::Operation;
use vestibule::operator::IssueOneTimeToken;
use vestibule::rejection::{OperationName, Rejection};
use vestibule::secret::{Secret, ShownOnce};
use vestibule::store::{Entry, EntryContent, Stored};
use vestibule::user::{
    BackupCode, FactorId, ReportedContact, SocialUserInfo, SsoIdentity, TotpFactor, TotpSecret,
    WebAuthnCredential,
};
use vestibule::verification::PendingChallenge;

const WALKS: u64 = 450;
const STEPS: usize = 60;
const STATE: &str = "state-of-a-connector";
const CHALLENGE: &str = "challenge-of-a-ceremony";
const BACKUP_CODE: &str = "00000000aa";
const RP: &str = "example.com";
const EMAILS: [&str; 4] = ["jane@example.com", "JANE@example.com", "new@example.com", "joe@acme.example"];
const PHONES: [&str; 2] = ["61412345678", "61498765432"];
const NAMES: [&str; 5] = ["jane", "JANE", "neo", "no name", ""];
const EVENTS: [InteractionEvent; 3] =
    [InteractionEvent::SignIn, InteractionEvent::Register, InteractionEvent::ForgotPassword];
const FACTORS: [MfaFactor; 5] = [
    MfaFactor::Totp,
    MfaFactor::WebAuthn,
    MfaFactor::BackupCode,
    MfaFactor::EmailVerificationCode,
    MfaFactor::PhoneVerificationCode,
];

/// Chance, the same in every run: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn some_of(&mut self, choices: &[&str]) -> Vec<String> {
        choices.iter().filter(|_| self.once_in(2)).map(ToString::to_string).collect()
    }
}

fn settings(chance: &mut Chance) -> Value {
    let policies = [
        "UserControlled",
        "Mandatory",
        "PromptOnlyAtSignIn",
        "PromptAtSignInAndSignUp",
        "NoPrompt",
        "PromptAtSignInAndSignUpMandatory",
        "PromptOnlyAtSignInMandatory",
    ];
    let mut factors =
        chance.some_of(&["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"]);
    let policy = chance.of(&policies);
    if policy.ends_with("Mandatory") && factors.iter().all(|factor| factor == "BackupCode") {
        factors.push("Totp".into()); // with none that stands alone it is no setting that can be built
    }
    let recovery = [
        Value::Null,
        json!([]),
        json!(["EmailVerificationCode"]),
        json!(["EmailVerificationCode", "PhoneVerificationCode"]),
    ];
    let secondary = [json!([]), json!([{"identifier": "emailOrPhone"}]), json!([{"identifier": "email"}])];
    let fields = [json!([]), json!([{"name": "company", "type": "Text", "required": true}])];
    json!({
        "signInMode": chance.of(&["SignIn", "Register", "SignInAndRegister", "SignInAndRegister"]),
        "signUp": {
            "identifiers": chance.some_of(&["username", "email", "phone"]), "password": chance.once_in(2),
            "secondaryIdentifiers": chance.of(&secondary),
        },
        "signIn": {"methods": chance.of(&[all_methods(), all_methods(), json!([])])},
        "socialSignIn": {"skipRequiredIdentifiers": chance.once_in(2)},
        "forgotPasswordMethods": chance.of(&recovery),
        "mfa": {
            "factors": factors, "policy": policy,
            "organizationRequiredMfaPolicy": chance.of(&["NoPrompt", "Mandatory"]),
        },
        "passkeySignIn": {"enabled": chance.once_in(3)},
        "usernamePolicy": {"caseSensitive": chance.once_in(2), "minLength": chance.of(&[1, 4])},
        "emailBlocklistPolicy": {"customBlocklist": chance.of(&[json!([]), json!(["new@example.com"])])},
        "captchaPolicy": {"enabled": chance.once_in(3)},
        "sentinelPolicy": {"maxAttempts": chance.of(&[2, 100])},
        "verificationCodePolicy": {"maxRetryAttempts": chance.of(&[1, 10])},
        "messageRateLimit": {"maxMessages": chance.of(&[2, 1000])},
        "passwordExpiration": {"enabled": chance.once_in(4), "validPeriodDays": 1},
        "singleSignOnEnabled": chance.once_in(2),
        "customProfileFields": chance.of(&fields),
        "socialConnectors": [
            {"id": "github-connector", "target": "github"},
            {"id": "google-connector", "target": "google", "syncProfile": true},
        ],
        "enterpriseSsoConnectors": [
            {"id": "acme", "domains": ["acme.example"], "issuer": "https://acme.example", "syncProfile": true},
        ],
    })
}

fn totp_secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

fn totp_code(house: &House, secret: &TotpSecret) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).unwrap();
    let app =
        totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build().unwrap();
    app.generate(u64::try_from(house.now.get().timestamp()).unwrap()).to_string()
}

fn credential(id: String) -> WebAuthnCredential {
    WebAuthnCredential {
        id,
        rp_id: RP.into(),
        public_data: String::new(),
        counter: 0,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }
}

fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new(CHALLENGE), rp_id: RP.into() }
}

/// Jane, with whatever factors and identities chance gives her.
fn add_jane(house: &House, chance: &mut Chance) {
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.mfa.enabled = chance.of(&[None, Some(false), Some(true)]);
        if chance.once_in(2) {
            user.mfa.totp = Some(TotpFactor::new(totp_secret()));
        }
        if chance.once_in(2) {
            user.mfa.web_authn = vec![credential("jane-0".into())];
        }
        if chance.once_in(2) {
            user.mfa.backup_codes = vec![BackupCode::new(&jane, BACKUP_CODE)];
        }
        if chance.once_in(4) {
            let issuer = "https://acme.example".into();
            user.sso_identities.push(SsoIdentity { issuer, user_id: "jane".into(), details: None });
        }
        user.is_suspended = chance.once_in(12);
    });
}

/// Somebody in an interaction, who remembers what they were told.
struct Walker<'h> {
    person: Person<'h>,
    /// What was sent or shown for a record.
    codes: BTreeMap<VerificationId, String>,
    tokens: Vec<ShownOnce>,
    new_secrets: BTreeMap<VerificationId, TotpSecret>,
    /// Which answers were met, for the sake of knowing that the walk goes somewhere.
    met: BTreeSet<(OperationName, &'static str)>,
}

impl<'h> Walker<'h> {
    fn start(house: &'h House, chance: &mut Chance) -> Self {
        let jane = house.account(&UserId::parse("jane").unwrap());
        let start = if chance.once_in(4) && !jane.is_suspended {
            Start::account(jane.id, house::SESSION, house.now.get())
        } else {
            Start::new(chance.of(&[
                InteractionEvent::SignIn,
                InteractionEvent::SignIn,
                InteractionEvent::Register,
                InteractionEvent::ForgotPassword,
            ]))
        };
        let start = if chance.once_in(2) { start.with_captcha(CaptchaVerdict::Passed) } else { start };
        let person = house.start_with(start);
        let (codes, tokens) = (BTreeMap::new(), Vec::new());
        Self { person, codes, tokens, new_secrets: BTreeMap::new(), met: BTreeSet::new() }
    }

    fn run<O: Operation<Subject = Interaction>>(&mut self, operation: &O) -> Result<O::Output, Rejection> {
        let answer = self.person.run(operation);
        self.met.insert((O::NAME, answer.as_ref().map_or_else(Rejection::code, |_| "ok")));
        answer
    }

    /// A record of the interaction; now and then one that is nobody's.
    fn some_id(&self, chance: &mut Chance) -> VerificationId {
        let interaction = self.person.house.interaction(&self.person.id());
        let records = interaction.iter().flat_map(|interaction| interaction.registry().records());
        let ids: Vec<_> = records.map(|record| record.id).collect();
        if ids.is_empty() || chance.once_in(12) { VerificationId::named_by("?") } else { chance.of(&ids) }
    }

    fn remember(&mut self, sent: Result<SentCode, Rejection>) {
        if let Ok(SentCode { verification_id, message: Some(message) }) = sent {
            self.codes.insert(verification_id, message.code.expose().into());
        }
    }

    fn code_of(&self, id: VerificationId, chance: &mut Chance) -> String {
        let wrong = chance.once_in(6);
        self.codes.get(&id).filter(|_| !wrong).cloned().unwrap_or_else(|| "000000".into())
    }

    /// A step of one's first proof, or of somebody's else.
    fn prove(&mut self, chance: &mut Chance) {
        let contact = contact(chance);
        let id = self.some_id(chance);
        match chance.below(8) {
            0 | 1 => {
                let own = self.person.house.interaction(&self.person.id()).map(|open| open.event());
                let event = own.filter(|_| !chance.once_in(3)).unwrap_or_else(|| chance.of(&EVENTS));
                let sent = self.run(&SendCode::new(contact, event));
                self.remember(sent);
            }
            2 | 3 => {
                let code = self.code_of(id, chance);
                self.run(&VerifyCode::new(contact, id, code)).ok();
            }
            4 => {
                let password = chance.of(&[PASSWORD, PASSWORD, OTHER_PASSWORD]);
                self.run(&VerifyPassword::new(claimed(chance), password)).ok();
            }
            5 => {
                let password = chance.of(&[PASSWORD, "123"]);
                self.run(&NewPasswordIdentity::new(chance.of(&NAMES), password)).ok();
            }
            6 => {
                let connector = chance.of(&["github-connector", "google-connector", "nobody"]);
                if let Ok(id) = self.run(&StartSocial::new(connector, STATE, "https://app.example")) {
                    self.run(&PendingSocial::of(connector, id)).unwrap();
                    self.run(&VerifySocial::new(connector, id, STATE, told(chance))).ok();
                }
            }
            _ => {
                if let Ok(id) = self.run(&StartSso::new("acme", STATE, "https://app.example")) {
                    self.run(&PendingSso::of("acme", id)).unwrap();
                    self.run(&VerifySso::new(chance.of(&["acme", "nobody"]), id, STATE, told(chance))).ok();
                }
            }
        }
    }

    /// A step of a factor, a passkey or a token.
    fn prove_more(&mut self, chance: &mut Chance) {
        let house = self.person.house;
        let id = self.some_id(chance);
        let contact = chance.of(&[MfaContact::Email, MfaContact::Phone]);
        match chance.below(8) {
            0 => {
                let sent = self.run(&SendMfaCode::to(contact));
                let id = sent.as_ref().map_or(id, |sent| sent.verification_id);
                self.remember(sent);
                let code = self.code_of(id, chance);
                self.run(&VerifyMfaCode::new(contact, id, code)).ok();
            }
            1 => {
                let code = self.code_of(id, chance);
                self.run(&VerifyMfaCode::new(contact, id, code)).ok();
            }
            2 => {
                let code = if chance.once_in(6) { "0".into() } else { totp_code(house, &totp_secret()) };
                self.run(&VerifyTotp::of_own_secret(code)).ok();
            }
            3 => {
                let made = self.run(&GenerateTotpSecret::new("Shop"));
                let id = made.as_ref().map_or(id, |made| made.verification_id);
                let secret = made.map(|made| TotpSecret::from_base32(made.secret.expose()));
                self.new_secrets.extend(secret.map(|secret| (id, secret)));
                let code = self.new_secrets.get(&id).map_or("0".into(), |secret| totp_code(house, secret));
                self.run(&VerifyTotp::of_new_secret(code, id)).ok();
                self.run(&BindMfa::new(MfaFactor::Totp, id)).ok();
            }
            4 => {
                self.run(&VerifyBackupCode::new(chance.of(&[BACKUP_CODE, "0"]))).ok();
                if let Some(made) = chance.once_in(2).then(|| self.run(&GenerateBackupCodes)) {
                    let id = made.map_or(id, |made| made.verification_id);
                    self.run(&BindMfa::new(MfaFactor::BackupCode, id)).ok();
                }
            }
            5 => self.use_web_authn(chance),
            6 => {
                self.run(&OfferPasskeys::new(claimed(chance), "a secret of the host's")).ok();
                let started = self.run(&StartSignInPasskey::new(pending())).unwrap_or(id);
                self.run(&PendingSignInPasskey::of(started)).ok();
                let used = UsedPasskey {
                    credential_id: "jane-0".into(),
                    rp_id: RP.into(),
                    counter: 0,
                    user_verified: true,
                };
                let used = Some(used).filter(|_| !chance.once_in(6));
                self.run(&VerifySignInPasskey::new(started, used)).ok();
            }
            _ => {
                let email = Email::parse(chance.of(&EMAILS)).unwrap();
                let issue = IssueOneTimeToken::new(email.clone()).joining(vec!["org".into()]);
                let issue = if chance.once_in(2) { issue.for_event(chance.of(&EVENTS)) } else { issue };
                self.tokens.push(house.act(&issue).unwrap().token);
                let token = chance.of(&self.tokens);
                self.run(&VerifyOneTimeToken::new(email, token.expose())).ok();
            }
        }
    }

    fn use_web_authn(&mut self, chance: &mut Chance) {
        let ceremony = chance.of(&[WebAuthnCeremony::Registration, WebAuthnCeremony::Authentication]);
        let id = self.run(&StartWebAuthn::new(ceremony, pending())).unwrap_or_else(|_| self.some_id(chance));
        self.run(&PendingWebAuthn::of(id)).ok();
        let used =
            WebAuthnReport::Authenticated { credential_id: "jane-0".into(), rp_id: RP.into(), counter: 0 };
        let made = WebAuthnReport::Registered(credential(format!("made-{}", chance.next())));
        self.run(&VerifyWebAuthn::new(id, chance.of(&[used, made, WebAuthnReport::Refused]))).ok();
        self.run(&BindMfa::new(MfaFactor::WebAuthn, id)).ok();
    }

    /// A step that uses what was proved.
    fn go_on(&mut self, chance: &mut Chance) {
        let id = self.some_id(chance);
        match chance.below(12) {
            10 | 11 => self.manage(chance),
            0..=2 => {
                let identify = Identify::by(id);
                let link = chance.once_in(6);
                self.run(&if link { identify.linking_social_identity() } else { identify }).ok();
            }
            3 => drop(self.run(&Identify::from_staged_profile())),
            4 => drop(self.run(&SwitchEvent::to(chance.of(&EVENTS)))),
            5 | 6 => {
                let payload = payload(id, chance);
                self.run(&UpdateProfile::new(payload)).ok();
            }
            7 => drop(self.run(&BindMfa::new(chance.of(&FACTORS), id))),
            8 => {
                let decisions =
                    [DecideMfa::Enable, DecideMfa::Skip, DecideMfa::SkipSuggestion, DecideMfa::SkipPasskey];
                self.run(&chance.of(&decisions)).ok();
            }
            _ => drop(self.run(&ResetPassword::new(chance.of(&[PASSWORD, OTHER_PASSWORD])))),
        }
    }

    /// What only a signed-in person does to their own account.
    fn manage(&mut self, chance: &mut Chance) {
        let key = FactorId::new("jane-0");
        if chance.once_in(2) {
            let house = self.person.house;
            self.run(&VerifyPassword::new(house::username("jane"), PASSWORD)).ok();
            self.run(&VerifyTotp::of_own_secret(totp_code(house, &totp_secret()))).ok();
        }
        match chance.below(4) {
            0 => {
                let removals = [
                    Removal::Username,
                    Removal::Email,
                    Removal::Phone,
                    Removal::Password,
                    Removal::SocialIdentity("github".into()),
                    Removal::SsoIdentity("acme".into()),
                    Removal::Factor(FactorId::Totp),
                    Removal::Factor(FactorId::BackupCodes),
                    Removal::Factor(key),
                ];
                self.run(&RemoveFromAccount::new(chance.of(&removals))).ok();
            }
            1 => drop(self.run(&NameFactor::new(key, "blue"))),
            2 => drop(self.run(&ViewAccount)),
            _ if chance.once_in(8) => drop(self.run(&CloseAccount)),
            _ => {}
        }
    }

    fn step(&mut self, chance: &mut Chance) {
        match chance.below(9) {
            0..=2 => self.prove(chance),
            3 | 4 => self.prove_more(chance),
            5..=7 => self.go_on(chance),
            _ => self.submit(),
        }
        self.look();
    }

    /// S-12: what remains is what submitting says: nothing, or first what it is refused with.
    fn submit(&mut self) {
        let Ok(left) = self.run(&WhatRemains) else { return };
        match self.run(&Submit) {
            Ok(submitted) => {
                // Of one's own account a step-up is told ahead (S-12).
                let stops =
                    |step: &RemainingStep| !(step.skippable && submitted.event == InteractionEvent::Account);
                assert!(left.can_submit && !left.steps.iter().any(stops), "{:?}", left.steps);
            }
            Err(rejection) if !left.identified => {
                assert!(!left.can_submit && !left.steps.is_empty(), "{rejection:?}");
            }
            Err(rejection) => {
                assert!(!left.can_submit);
                let own = left.event == InteractionEvent::Account;
                let first = left.steps.iter().find(|step| !(own && step.skippable));
                assert_eq!(first.map(|step| step.code), Some(rejection.code()));
            }
        }
    }

    /// A client is shown no secret, and what a store keeps is what it reads back.
    fn look(&mut self) {
        let id = self.person.id();
        let Some(interaction) = self.person.house.interaction(&id) else { return };
        let stored = Stored::<Entry>::from_bytes(self.person.stored().as_bytes()).unwrap();
        assert_eq!(stored.content, EntryContent::Interaction(interaction.clone()));
        let Ok(view) = self.run(&ViewInteraction) else { return };
        let shown = format!("{} {interaction:?}", serde_json::to_string(&view).unwrap());
        let made = self.new_secrets.values().map(TotpSecret::expose_base32);
        assert!(!shown.contains(id.expose()), "the interaction shows its own id");
        for secret in [PASSWORD, OTHER_PASSWORD, STATE, CHALLENGE, "$argon2"].into_iter().chain(made) {
            assert!(!shown.contains(secret), "{secret} is shown in {shown}");
        }
    }
}

fn contact(chance: &mut Chance) -> Contact {
    if chance.once_in(3) { phone(chance.of(&PHONES)) } else { email(chance.of(&EMAILS)) }
}

fn claimed(chance: &mut Chance) -> ClaimedIdentifier {
    match chance.below(3) {
        0 => ClaimedIdentifier::new(IdentifierType::Username, chance.of(&NAMES)),
        1 => ClaimedIdentifier::new(IdentifierType::Email, chance.of(&["jane@example.com", "nobody"])),
        _ => ClaimedIdentifier::new(IdentifierType::Phone, chance.of(&["61412345678", "12"])),
    }
}

/// What a provider tells.
fn told(chance: &mut Chance) -> SocialUserInfo {
    let email = chance.of(&[None, Some("jane@example.com"), Some("joe@acme.example"), Some("no address")]);
    let phone = chance.of(&[None, Some("61412345678"), Some("61498765432")]);
    let info = SocialUserInfo::new(chance.of(&["jane-at-github", "jane", "stranger"]));
    SocialUserInfo {
        email: email.map(ReportedContact::verified),
        phone: phone.map(ReportedContact::verified),
        name: Some("Jane Roe".into()),
        ..info
    }
}

fn payload(id: VerificationId, chance: &mut Chance) -> ProfilePayload {
    let form = chance.of(&[
        json!({"company": "Acme"}),
        json!({"name": "Jane", "address": {"country": "FR"}}),
        json!({"company": 7, "avatar": "nope"}),
        json!({"email": "jane@example.com"}),
    ]);
    match chance.below(7) {
        6 => ProfilePayload::sso(id).replacing(),
        0 => ProfilePayload::username(chance.of(&NAMES)),
        1 => ProfilePayload::password(chance.of(&[PASSWORD, OTHER_PASSWORD, "123"])),
        2 => ProfilePayload::email(id),
        3 => ProfilePayload::phone(id),
        4 if chance.once_in(2) => ProfilePayload::social(id).replacing(),
        4 => ProfilePayload::social(id),
        _ => ProfilePayload::extra_profile(ExtraProfile::new(form.as_object().unwrap().clone()).unwrap()),
    }
}

#[test]
fn whatever_people_do_the_promises_hold() {
    let mut met = BTreeSet::new();
    for seed in 0..WALKS {
        let mut chance = Chance(seed);
        let house = House::new(settings(&mut chance));
        add_jane(&house, &mut chance);
        let mut walkers = [Walker::start(&house, &mut chance), Walker::start(&house, &mut chance)];
        for _ in 0..STEPS {
            let at = chance.below(walkers.len());
            walkers[at].step(&mut chance);
            if chance.once_in(8) {
                house.wait(TimeDelta::seconds(chance.of(&[1, 30, 301])));
            }
        }
        assert!(UserId::parse("jane").is_ok_and(|jane| house.account(&jane).id == jane));
        met.extend(walkers.into_iter().flat_map(|walker| walker.met));
    }
    // The operator's and the host's acts are no steps, nor are these.
    let elsewhere = [OperationName::Start, OperationName::UpdateMe, OperationName::ViewMe];
    let is_step = |name: &OperationName| name.actor() == Actor::Person && !elsewhere.contains(name);
    let never: Vec<_> =
        OperationName::ALL.iter().filter(|name| is_step(name) && !met.contains(&(**name, "ok"))).collect();
    assert!(never.is_empty(), "the walk never succeeds at {never:?}");
    let refusals = met.iter().filter(|(_, code)| *code != "ok").count();
    assert!(refusals >= 100, "the walk is refused in {refusals} ways only");
}
