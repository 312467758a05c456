//! What is known: the answers to an operation's needs.

use super::{Misuse, Needs};
use crate::experience::Experience;
use crate::identifier::{UserKey, UsernameCase, VerificationId};
use crate::store::Loaded;
use crate::user::User;
use crate::verification::{AttemptKey, AttemptLog, VerificationRecord};

/// What is known. Every fact answers a question, so "there is none" and "nobody asked" are never confused: reading a
/// fact that was not asked for is an error, not an absence.
#[derive(Clone, Debug)]
pub struct Facts {
    case: UsernameCase,
    found: Vec<User>,
    users: Vec<(UserKey, Option<usize>)>,
    records: Vec<(VerificationId, Option<VerificationRecord>)>,
    attempts: Vec<AttemptLog>,
}

impl Facts {
    /// Nothing is known yet.
    pub fn new(experience: &Experience) -> Self {
        Self {
            case: experience.username_case(),
            found: Vec::new(),
            users: Vec::new(),
            records: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// The users that hold the keys that `needs` asks for.
    ///
    /// # Errors
    /// [`Misuse::UnaskedUser`] if a user holds none of them; [`Misuse::AmbiguousKey`] if two hold the same.
    pub fn add_users(&mut self, needs: &Needs, found: Vec<User>) -> Result<(), Misuse> {
        if !found.iter().all(|user| needs.users.iter().any(|key| user.holds(key, self.case))) {
            return Err(Misuse::UnaskedUser);
        }
        let first = self.found.len();
        for key in &needs.users {
            let mut holders = found.iter().enumerate().filter(|(_, user)| user.holds(key, self.case));
            let holder = holders.next().map(|(at, _)| first + at);
            if holders.next().is_some() {
                return Err(Misuse::AmbiguousKey(key.clone()));
            }
            self.users.push((key.clone(), holder));
        }
        self.found.extend(found);
        Ok(())
    }

    /// The records and counters that `needs` asks for.
    ///
    /// # Errors
    /// [`Misuse::UnaskedRecord`] if there is one among them that it does not ask for.
    pub fn add_records(&mut self, needs: &Needs, loaded: Loaded) -> Result<(), Misuse> {
        let Loaded { mut records, mut attempts } = loaded;
        for &id in &needs.records {
            let at = records.iter().position(|record| record.id == id);
            self.records.push((id, at.map(|at| records.swap_remove(at))));
        }
        for key in &needs.attempts {
            let at = attempts.iter().position(|log| log.key == *key);
            self.attempts
                .push(at.map_or_else(|| AttemptLog::empty(key.clone()), |at| attempts.swap_remove(at)));
        }
        if records.is_empty() && attempts.is_empty() { Ok(()) } else { Err(Misuse::UnaskedRecord) }
    }

    /// The user that holds a key, if anybody does.
    ///
    /// # Errors
    /// [`Misuse::UnaskedFact`] if nobody asked.
    pub fn user(&self, key: &UserKey) -> Result<Option<&User>, Misuse> {
        let (_, holder) = self.users.iter().find(|(asked, _)| asked == key).ok_or(Misuse::UnaskedFact)?;
        Ok(holder.and_then(|at| self.found.get(at)))
    }

    /// The record of an id, if there is one.
    ///
    /// # Errors
    /// [`Misuse::UnaskedFact`] if nobody asked.
    pub fn record(&self, id: VerificationId) -> Result<Option<&VerificationRecord>, Misuse> {
        let (_, record) = self.records.iter().find(|(asked, _)| *asked == id).ok_or(Misuse::UnaskedFact)?;
        Ok(record.as_ref())
    }

    /// What was counted under a key.
    ///
    /// # Errors
    /// [`Misuse::UnaskedFact`] if nobody asked.
    pub fn attempts(&self, key: &AttemptKey) -> Result<&AttemptLog, Misuse> {
        self.attempts.iter().find(|log| log.key == *key).ok_or(Misuse::UnaskedFact)
    }

    /// Whether it is known who holds a key.
    pub fn knows_user(&self, key: &UserKey) -> bool {
        self.users.iter().any(|(asked, _)| asked == key)
    }

    /// Whether it is known what record an id has.
    pub fn knows_record(&self, id: VerificationId) -> bool {
        self.records.iter().any(|(asked, _)| *asked == id)
    }

    /// Whether it is known what was counted under a key.
    pub fn knows_attempts(&self, key: &AttemptKey) -> bool {
        self.attempts.iter().any(|log| log.key == *key)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::identifier::{Email, UserId};

    fn user(id: &str, email: &str) -> User {
        let mut user = User::new(UserId::parse(id).unwrap(), DateTime::UNIX_EPOCH);
        user.primary_email = Some(Email::parse(email).unwrap());
        user
    }

    fn email(text: &str) -> UserKey {
        Email::parse(text).unwrap().key()
    }

    #[test]
    fn absence_is_a_fact_and_ignorance_is_an_error() {
        let mut facts = Facts::new(&Experience::default());
        let needs = Needs::none().users([email("a@x.example"), email("b@x.example")]);
        facts.add_users(&needs, vec![user("u1", "A@x.example")]).unwrap();
        assert_eq!(facts.user(&email("a@x.example")).unwrap().unwrap().id.as_str(), "u1");
        assert_eq!(facts.user(&email("b@x.example")), Ok(None));
        assert_eq!(facts.user(&email("c@x.example")), Err(Misuse::UnaskedFact));
        assert_eq!(facts.record(VerificationId::named_by("x")), Err(Misuse::UnaskedFact));
        assert!(needs.unless_known(&facts).is_empty());
    }

    #[test]
    fn facts_that_nobody_asked_for_are_refused() {
        let mut facts = Facts::new(&Experience::default());
        let needs = Needs::none().users([email("a@x.example")]);
        assert_eq!(facts.add_users(&needs, vec![user("u2", "b@x.example")]), Err(Misuse::UnaskedUser));
        let twice = vec![user("u1", "a@x.example"), user("u2", "a@x.example")];
        assert_eq!(facts.add_users(&needs, twice), Err(Misuse::AmbiguousKey(email("a@x.example"))));
        let log = AttemptLog::empty(AttemptKey::new(
            crate::verification::AttemptPool::Message,
            &email("a@x.example"),
        ));
        let loaded = Loaded { records: Vec::new(), attempts: vec![log] };
        assert_eq!(facts.add_records(&needs, loaded), Err(Misuse::UnaskedRecord));
    }
}
