//! The verification records of one interaction.

use crate::form::stored;
use crate::identifier::VerificationId;
use crate::rejection::Rejection;
use crate::verification::{RecordType, VerificationRecord};

stored! {
    /// The interaction's verification records: at most one of each type.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Registry {
        records: Vec<VerificationRecord>,
    }
}

impl Registry {
    /// All records, in the order they were made.
    pub fn records(&self) -> &[VerificationRecord] {
        &self.records
    }

    /// The record of an id ("by id").
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if there is none.
    pub fn by_id(&self, id: VerificationId) -> Result<&VerificationRecord, Rejection> {
        self.records.iter().find(|record| record.id == id).ok_or(Rejection::VerificationSessionNotFound)
    }

    /// The record of a type, if it has this id ("by type and id").
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if the type has no record, or one of another id.
    pub fn registered<T: RecordType>(&self, id: VerificationId) -> Result<&T::Record, Rejection> {
        T::of(&self.by_id(id)?.verification).ok_or(Rejection::VerificationSessionNotFound)
    }

    /// As [`registered`](Self::registered), to change it.
    pub(crate) fn registered_mut<T: RecordType>(
        &mut self,
        id: VerificationId,
    ) -> Result<&mut T::Record, Rejection> {
        let record = self.records.iter_mut().find(|record| record.id == id);
        record
            .and_then(|record| T::of_mut(&mut record.verification))
            .ok_or(Rejection::VerificationSessionNotFound)
    }

    /// Takes in a new record in place of the one of its type.
    pub(crate) fn put(&mut self, record: VerificationRecord) {
        let of = record.verification.verification_type();
        self.records.retain(|own| own.verification.verification_type() != of);
        self.records.push(record);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::identifier::{Email, Phone, UserId};
    use crate::verification::{BackupCodeVerification, CodeVerification, Verification, record_type};

    fn id(number: u128) -> VerificationId {
        VerificationId::from_uuid(Uuid::from_u128(number))
    }

    fn email_code() -> Verification {
        let email = Email::parse("jane@example.com").unwrap();
        Verification::EmailVerificationCode(CodeVerification::sent(email, None, None, DateTime::UNIX_EPOCH))
    }

    #[test]
    fn the_registry_holds_one_record_of_a_type() {
        let phone = Phone::parse("61412345678").unwrap();
        let phone_code = Verification::PhoneVerificationCode(CodeVerification::sent(
            phone,
            None,
            None,
            DateTime::UNIX_EPOCH,
        ));
        let mut registry = Registry::default();
        registry.put(VerificationRecord { id: id(1), verification: email_code() });
        registry.put(VerificationRecord { id: id(2), verification: phone_code });
        registry.put(VerificationRecord { id: id(3), verification: email_code() });
        assert_eq!(registry.records().iter().map(|record| record.id).collect::<Vec<_>>(), [id(2), id(3)]);
        assert!(registry.registered::<record_type::EmailVerificationCode>(id(3)).is_ok());
        assert_eq!(
            registry.registered::<record_type::EmailVerificationCode>(id(2)),
            Err(Rejection::VerificationSessionNotFound),
            "of another type"
        );
        assert_eq!(registry.by_id(id(1)), Err(Rejection::VerificationSessionNotFound), "replaced");
        let spent = BackupCodeVerification::spent(UserId::parse("u").unwrap(), String::new());
        registry.put(VerificationRecord { id: id(4), verification: Verification::BackupCode(spent) });
        assert!(registry.registered_mut::<record_type::BackupCode>(id(4)).is_ok());
    }
}
