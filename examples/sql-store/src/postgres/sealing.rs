//! Sealing anew.

use super::PostgresStore;
use crate::error::StoreError;
use crate::sealing::seals_anew;

seals_anew!(PostgresStore, pool, pool);
