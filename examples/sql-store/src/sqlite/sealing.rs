//! Sealing anew.

use super::SqliteStore;
use crate::error::StoreError;
use crate::sealing::seals_anew;

seals_anew!(SqliteStore, readers, writer);
