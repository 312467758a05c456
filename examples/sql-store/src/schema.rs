//! What both databases do alike: names with their prefix, the versions of the tables, and calls that end in time.

use std::sync::Arc;
use std::time::Duration;

use sqlx::AssertSqlSafe;

use crate::error::StoreError;

/// A statement, with the tables' prefix wherever it says `{p}`. A prefix was checked, and is the only thing that is ever put
/// into a statement's text.
pub(crate) fn statement(template: &str, prefix: &str) -> Arc<str> {
    template.replace("{p}", prefix).into()
}

/// A statement's text, which has nothing in it but our own and a prefix that was checked.
pub(crate) fn safe(text: &Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(Arc::clone(text))
}

/// The migrations that tables of this version still need, each with the version that it leads to.
pub(crate) fn to_come(
    all: &'static [&'static str],
    version: i64,
) -> Result<impl Iterator<Item = (i64, &'static str)>, StoreError> {
    let numbered = || (1..).zip(all.iter().copied());
    let known = numbered().map(|(number, _)| number).max().unwrap_or_default();
    if version > known {
        return Err(StoreError::NewerTables { found: version, known });
    }
    Ok(numbered().filter(move |(number, _)| *number > version))
}

/// What a call answers, if that is in time. What is not in time is dropped.
pub(crate) async fn in_time<T, E: From<StoreError>>(
    timeout: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(timeout, call).await.unwrap_or_else(|_| Err(StoreError::TimedOut.into()))
}

/// Pools are made in a runtime.
pub(crate) fn runtime() -> Result<(), StoreError> {
    tokio::runtime::Handle::try_current().map(drop).map_err(|_| StoreError::NoRuntime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_go_forward_only() {
        let left = |version| to_come(&["a", "b", "c"], version).map(Iterator::collect::<Vec<_>>);
        assert_eq!(left(0).unwrap(), [(1, "a"), (2, "b"), (3, "c")]);
        assert_eq!(left(2).unwrap(), [(3, "c")]);
        assert_eq!(left(3).unwrap(), []);
        assert!(matches!(left(4), Err(StoreError::NewerTables { found: 4, known: 3 })));
    }
}
