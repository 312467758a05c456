//! What is known: the answers to questions.

use std::sync::Arc;

use super::{HostError, Questions};
use crate::experience::Experience;
use crate::identifier::{UserKey, UsernameCase};
use crate::password::{ImportedDigest, PasswordMatch};
use crate::secret::{PasswordDigest, Secret};
use crate::store::{Entry, EntryKey};
use crate::user::User;

/// What is known. Every fact answers a question, so "there is none" and "nobody asked" are never confused.
#[derive(Clone, Debug)]
pub struct Facts {
    case: UsernameCase,
    users: Vec<(UserKey, Option<Arc<User>>)>,
    entries: Vec<(EntryKey, Option<Arc<Entry>>)>,
    /// Keys that the store says are taken.
    taken: Vec<UserKey>,
    hashed: Vec<(Secret, PasswordDigest)>,
    verified: Vec<((Secret, PasswordDigest), PasswordMatch)>,
    imported: Vec<(ImportedDigest, Option<PasswordDigest>)>,
    breached: Vec<(Secret, bool)>,
    disposable: Vec<(String, bool)>,
}

impl Facts {
    /// Nothing is known yet.
    pub fn new(experience: &Experience) -> Self {
        Self {
            case: experience.username_case(),
            users: Vec::new(),
            entries: Vec::new(),
            taken: Vec::new(),
            hashed: Vec::new(),
            verified: Vec::new(),
            imported: Vec::new(),
            breached: Vec::new(),
            disposable: Vec::new(),
        }
    }

    /// The users that hold the keys that were asked for.
    ///
    /// # Errors
    /// [`HostError::UnaskedUser`] if a user holds none of them; [`HostError::AmbiguousKey`] if two hold the same.
    pub fn add_users(&mut self, questions: &Questions, found: &[Arc<User>]) -> Result<(), HostError> {
        let mut answered = 0;
        for key in &questions.users {
            let mut holders = found.iter().filter(|user| user.holds(key, self.case));
            let holder = holders.next().cloned();
            if holders.next().is_some() {
                return Err(HostError::AmbiguousKey(key.clone()));
            }
            answered += usize::from(holder.is_some());
            self.users.push((key.clone(), holder));
        }
        // Where as many keys are held as there are users, each user holds one: the common case costs no second look.
        let asked = |user: &Arc<User>| questions.users.iter().any(|key| user.holds(key, self.case));
        if answered == found.len() && found.len() < 2 || found.iter().all(asked) {
            return Ok(());
        }
        Err(HostError::UnaskedUser)
    }

    /// The entries under the keys that were asked for.
    ///
    /// # Errors
    /// [`HostError::UnaskedEntry`] if there is one among them that was not asked for.
    pub fn add_entries(
        &mut self,
        questions: &Questions,
        mut loaded: Vec<Arc<Entry>>,
    ) -> Result<(), HostError> {
        for key in &questions.entries {
            let at = loaded.iter().position(|entry| entry.key == *key);
            self.entries.push((*key, at.map(|at| loaded.swap_remove(at))));
        }
        if loaded.is_empty() { Ok(()) } else { Err(HostError::UnaskedEntry) }
    }

    /// The digest of a password.
    pub fn add_hashed(&mut self, password: Secret, digest: PasswordDigest) {
        self.hashed.push((password, digest));
    }

    /// Whether a password is that of a digest.
    pub fn add_verified(&mut self, password: Secret, digest: PasswordDigest, found: PasswordMatch) {
        self.verified.push(((password, digest), found));
    }

    /// The form in which the hasher keeps a digest that another system made; `None` if it cannot read it.
    pub fn add_imported(&mut self, imported: ImportedDigest, digest: Option<PasswordDigest>) {
        self.imported.push((imported, digest));
    }

    /// Whether a password is known from breaches.
    pub fn add_breached(&mut self, password: Secret, breached: bool) {
        self.breached.push((password, breached));
    }

    /// Whether an email domain is disposable.
    pub fn add_disposable(&mut self, domain: String, disposable: bool) {
        self.disposable.push((domain, disposable));
    }

    /// A commit was refused because another user holds this key, whatever a read may find. The decision made from
    /// that gives the key its documented answer.
    pub fn add_taken(&mut self, key: UserKey) {
        self.taken.push(key);
    }

    /// Forgets what the stores answered, because somebody wrote in between. The work that was done stays done.
    pub fn forget_stores(&mut self) {
        self.users.clear();
        self.entries.clear();
    }

    pub(crate) fn is_taken(&self, key: &UserKey) -> bool {
        self.taken.contains(key)
    }

    pub(super) fn user(&self, key: &UserKey) -> Option<&Option<Arc<User>>> {
        known(&self.users, key)
    }

    pub(super) fn entry(&self, key: &EntryKey) -> Option<&Option<Arc<Entry>>> {
        known(&self.entries, key)
    }

    pub(super) fn hashed(&self, password: &Secret) -> Option<&PasswordDigest> {
        known(&self.hashed, password)
    }

    pub(super) fn verified(&self, question: &(Secret, PasswordDigest)) -> Option<PasswordMatch> {
        known(&self.verified, question).copied()
    }

    pub(super) fn imported(&self, imported: &ImportedDigest) -> Option<&Option<PasswordDigest>> {
        known(&self.imported, imported)
    }

    pub(super) fn breached(&self, password: &Secret) -> Option<bool> {
        known(&self.breached, password).copied()
    }

    pub(super) fn disposable(&self, domain: &String) -> Option<bool> {
        known(&self.disposable, domain).copied()
    }

    /// Of some questions to the stores, those that have no answer yet.
    pub(super) fn unanswered(&self, mut questions: Questions) -> Questions {
        questions.users.retain(|key| self.user(key).is_none());
        questions.entries.retain(|key| self.entry(key).is_none());
        questions
    }
}

fn known<'a, Q: PartialEq, A>(answers: &'a [(Q, A)], question: &Q) -> Option<&'a A> {
    answers.iter().find(|(asked, _)| asked == question).map(|(_, answer)| answer)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::identifier::{Email, UserId};
    use crate::store::EntryContent;
    use crate::verification::{Counter, Pool};

    fn user(id: &str, email: &str) -> Arc<User> {
        let mut user = User::new(UserId::parse(id).unwrap(), DateTime::UNIX_EPOCH);
        user.primary_email = Some(Email::parse(email).unwrap());
        user.into()
    }

    fn email(text: &str) -> UserKey {
        Email::parse(text).unwrap().key()
    }

    #[test]
    fn absence_is_a_fact_and_ignorance_is_a_question() {
        let mut facts = Facts::new(&Experience::default());
        let questions = Questions::none().users([email("a@x.example"), email("b@x.example")]);
        facts.add_users(&questions, &[user("u1", "A@x.example")]).unwrap();
        assert_eq!(facts.user(&email("a@x.example")).unwrap().as_ref().unwrap().id.as_str(), "u1");
        assert_eq!(facts.user(&email("b@x.example")), Some(&None));
        assert_eq!(facts.user(&email("c@x.example")), None);
        assert!(facts.unanswered(questions).is_empty());
    }

    #[test]
    fn facts_that_nobody_asked_for_are_refused() {
        let mut facts = Facts::new(&Experience::default());
        let questions = Questions::none().users([email("a@x.example")]);
        let stranger = user("u2", "b@x.example");
        assert_eq!(facts.add_users(&questions, &[Arc::clone(&stranger)]), Err(HostError::UnaskedUser));
        let with_stranger = [user("u1", "a@x.example"), stranger];
        assert_eq!(facts.add_users(&questions, &with_stranger), Err(HostError::UnaskedUser));
        let twice = [user("u1", "a@x.example"), user("u2", "a@x.example")];
        assert_eq!(facts.add_users(&questions, &twice), Err(HostError::AmbiguousKey(email("a@x.example"))));
        let entry = Entry {
            key: EntryKey::counter(Pool::Message, &email("a@x.example"), None),
            revision: crate::identifier::Revision(1),
            expires_at: DateTime::UNIX_EPOCH,
            content: EntryContent::Counter(Counter::default()),
        };
        assert_eq!(facts.add_entries(&questions, vec![entry.into()]), Err(HostError::UnaskedEntry));
    }
}
