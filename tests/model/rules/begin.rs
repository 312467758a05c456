//! Interactions: starting, switching, the way into every step (section 3).

use serde_json::json;
use vestibule::experience::{InteractionEvent, SignInMode};

use super::facts::{
    Answer, Body, Book, Managing, No, Proof, Record, Shown, Staged, StagedMfa, Time, Visit, no, yes,
};
use super::look_up::canonical;
use vestibule::identifier::IdentifierType;

/// How long an interaction lives (I-6).
pub const LIFETIME: Time = 3600;

/// The session of whoever is signed in, in every world.
pub const SESSION: &str = "session-1";

/// Runs a step, and keeps nothing of a refused one but what it says is kept.
pub fn step(book: &mut Book, visit: usize, run: impl FnOnce(&mut Book) -> Answer) -> Answer {
    let (now, risky) = (book.now, book.risky);
    let open = book.visits.get(visit).is_some_and(|visit| !visit.over && now < visit.expires);
    if !open || !book.session_lives(visit) {
        return no(404, "session.interaction_not_found"); // I-2, I-6, S-11, C-1
    }
    let before = book.clone();
    book.visits[visit].risky |= risky; // M-7
    let answer = run(book);
    if answer.as_ref().is_err_and(|no| !no.keep) {
        *book = before;
        book.visits[visit].risky |= risky;
    }
    answer
}

impl Book {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// I-1, C-1: begins an interaction.
    pub fn start(
        &mut self,
        event: InteractionEvent,
        captcha: Option<bool>,
        of: Option<&str>,
        opened_at: Time,
    ) -> Answer {
        if captcha == Some(false) {
            return no(422, "session.captcha_failed");
        }
        let mut managing = None;
        if let Some(id) = of {
            let Some(user) = self.account(id) else {
                return no(404, "entity.not_found");
            };
            if user.suspended {
                return no(401, "user.suspended");
            }
            if user.sessions_valid_from.is_some_and(|from| opened_at < from) {
                return no(404, "session.interaction_not_found");
            }
            let contact = |kind: IdentifierType| {
                user.identifier(kind).and_then(|own| canonical(kind, own, true)).into_iter()
            };
            let contacts = contact(IdentifierType::Email).chain(contact(IdentifierType::Phone)).collect();
            managing = Some(Managing { opened_at, contacts, ..Managing::default() });
        }
        self.visits.push(Visit {
            event,
            expires: self.now + LIFETIME,
            over: false,
            captcha: captcha == Some(true) && of.is_none(), // C-1
            risky: self.risky,
            messages: 0,
            form_submitted: false,
            registry: vec![],
            proofs: vec![],
            user: of.map(String::from),
            own: false,
            staged: Staged::default(),
            factors: StagedMfa::default(),
            linked: vec![],
            managing,
        });
        yes(json!(null))
    }

    /// C-1: an interaction of event `Account` ends with its session: with the account, a suspension, a new password.
    pub fn session_lives(&self, visit: usize) -> bool {
        let Some((visit, managing)) =
            self.visits.get(visit).and_then(|visit| Some((visit, visit.managing.as_ref()?)))
        else {
            return true;
        };
        let user = visit.user.as_ref().and_then(|id| self.account(id));
        user.is_some_and(|user| {
            !user.suspended && user.sessions_valid_from.is_none_or(|from| managing.opened_at >= from)
        })
    }

    /// I-3's first check.
    pub fn event_allowed(&self, event: InteractionEvent, excused: bool) -> Result<(), No> {
        let closed = match event {
            InteractionEvent::SignIn => self.settings.sign_in_mode == SignInMode::Register,
            InteractionEvent::Register => self.settings.sign_in_mode == SignInMode::SignIn && !excused,
            _ => false,
        };
        if closed { no(403, "auth.forbidden") } else { Ok(()) }
    }

    /// I-3, I-4: another event.
    pub fn switch(&mut self, visit: usize, to: InteractionEvent) -> Answer {
        let own = &self.visits[visit];
        let token = |proof: &Proof| match proof.shown {
            Shown::Token { event, .. } => event.is_none() || event == Some(InteractionEvent::Register),
            _ => false,
        };
        self.event_allowed(to, own.proofs.iter().any(token))?;
        if own.event == to {
            return yes(json!(null));
        }
        if [own.event, to].contains(&InteractionEvent::ForgotPassword) {
            return no(400, "session.not_supported_for_forgot_password");
        }
        if [own.event, to].contains(&InteractionEvent::Account) {
            return no(400, "session.invalid_interaction_type");
        }
        let own = &mut self.visits[visit];
        own.event = to;
        own.staged = Staged::default();
        own.factors = StagedMfa::default();
        if !own.own {
            own.linked.clear();
            own.user = None;
        }
        yes(json!(null))
    }

    /// I-5: a captcha, or what stands in for it.
    pub fn captcha(&self, visit: usize) -> Result<(), No> {
        if self.settings.captcha_policy.enabled
            && !self.visits[visit].captcha
            && !captcha_skipped(&self.visits[visit])
        {
            return no(422, "session.captcha_required");
        }
        Ok(())
    }

    /// Puts a record in the registry, in place of the one of its type.
    pub fn put(&mut self, visit: usize, body: Body) -> u64 {
        let record = self.next();
        let registry = &mut self.visits[visit].registry;
        registry.retain(|own| kind(&own.body) != kind(&body));
        registry.push(Record { no: record, body });
        record
    }

    /// The interaction keeps what was shown (V-17).
    pub fn prove(&mut self, visit: usize, shown: Shown) {
        let at = self.now;
        self.visits[visit].proofs.push(Proof { at, shown });
    }

    /// By id: some record of the registry has that id.
    pub fn record(&self, visit: usize, id: u64) -> Result<Record, No> {
        match self.visits[visit].registry.iter().find(|own| own.no == id) {
            Some(record) => Ok(record.clone()),
            None => no(404, "session.verification_session_not_found"),
        }
    }

    /// By type and id.
    pub fn record_of(&self, visit: usize, wanted: &str, id: u64) -> Result<Record, No> {
        match self.record(visit, id) {
            Ok(record) if kind(&record.body) == wanted => Ok(record),
            _ => no(404, "session.verification_session_not_found"),
        }
    }

    /// Replaces what a record holds.
    pub fn rewrite(&mut self, visit: usize, id: u64, body: Body) {
        for own in &mut self.visits[visit].registry {
            if own.no == id {
                own.body = body.clone();
            }
        }
    }
}

/// I-5: a verified social, enterprise, one-time-token or sign-in-passkey record gives a skip, which is kept.
pub fn captcha_skipped(visit: &Visit) -> bool {
    visit.proofs.iter().any(|proof| {
        matches!(
            proof.shown,
            Shown::Social { .. } | Shown::Sso { .. } | Shown::Token { .. } | Shown::Passkey { .. }
        )
    })
}

/// The type of a record (section 4).
pub fn kind(body: &Body) -> &'static str {
    match body {
        Body::Password { .. } => "Password",
        Body::Code(code) => match (code.mfa, code.kind) {
            (false, IdentifierType::Phone) => "PhoneVerificationCode",
            (false, _) => "EmailVerificationCode",
            (true, IdentifierType::Phone) => "MfaPhoneVerificationCode",
            (true, _) => "MfaEmailVerificationCode",
        },
        Body::Social { .. } => "Social",
        Body::Sso { .. } => "EnterpriseSso",
        Body::Totp { .. } => "Totp",
        Body::WebAuthn { .. } => "WebAuthn",
        Body::Passkey { .. } => "SignInPasskey",
        Body::BackupCode { .. } => "BackupCode",
        Body::NewIdentity { .. } => "NewPasswordIdentity",
        Body::Token { .. } => "OneTimeToken",
    }
}
