//! The stores in a database.

use vestibule::identifier::UserId;
use vestibule_sql_store::{PostgresStore, SqliteStore, StoreError};

use super::Directory;

impl Directory for PostgresStore {
    async fn user_ids(&self) -> Result<Vec<UserId>, StoreError> {
        self.user_ids().await
    }
}

impl Directory for SqliteStore {
    async fn user_ids(&self) -> Result<Vec<UserId>, StoreError> {
        self.user_ids().await
    }
}
