//! Writing every user once more, after a change of `caseSensitive`.

use vestibule::experience::Experience;
use vestibule::identifier::UserId;
use vestibule::operator::RekeyUser;
use vestibule::rejection::Rejection;
use vestibule_sql_store::HostStore as _;

use crate::problem::Problem;
use crate::server::Server;

/// How many users are written before whoever asked is heard.
const SOME: usize = 100;

/// The users to be written under the keys of other settings, the oldest account first. Where two names become one, the older
/// account keeps it; the younger is not found by it until it has another, and the log says whose it is.
///
/// # Errors
/// 503 if the store fails.
pub(super) async fn write_users_anew<'a>(
    server: &'a Server,
    settings: &'a Experience,
) -> Result<ToBeWritten<'a>, Problem> {
    let mut ids = server.stores.host.user_ids().await?;
    // Ids begin with the time they were made at.
    ids.sort_unstable();
    Ok(ToBeWritten { server, settings, ids: ids.into_iter() })
}

/// Users who have not been written anew yet.
pub(super) struct ToBeWritten<'a> {
    server: &'a Server,
    settings: &'a Experience,
    ids: std::vec::IntoIter<UserId>,
}

impl ToBeWritten<'_> {
    /// Writes some of them, and says whether there are more.
    ///
    /// # Errors
    /// 503 if the store fails.
    pub(super) async fn some(&mut self) -> Result<bool, Problem> {
        for id in self.ids.by_ref().take(SOME) {
            match write_anew(self.server, &id, self.settings).await {
                // One that is not found was deleted meanwhile.
                Ok(()) | Err(Problem::Rejected(Rejection::EntityNotFound)) => {}
                Err(Problem::Rejected(_)) => {
                    tracing::warn!(user_id = %id, "this user's name is now that of an older account: rename one");
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(self.ids.len() > 0)
    }
}

async fn write_anew(server: &Server, id: &UserId, settings: &Experience) -> Result<(), Problem> {
    Ok(server.engine(settings).act(&RekeyUser::new(id.as_str())).await?)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::{Value, json};
    use vestibule::identifier::{Username, UsernameCase};
    use vestibule::store::UserChange;
    use vestibule::store::aio::UserStore as _;
    use vestibule::user::User;

    use super::*;
    use crate::settings::patch;
    use crate::stores::Stores;

    #[tokio::test]
    async fn a_change_of_case_writes_every_user_anew() {
        let server = Server::of(Stores::memory());
        let users = &server.stores.users;
        let add = async |id: &str, name: &str| {
            let mut user = User::new(UserId::parse(id).unwrap(), Utc::now());
            user.username = Some(Username::parse(name).unwrap());
            users.commit(&UserChange::create(user, UsernameCase::Sensitive)).await.unwrap();
        };
        let found = async |name: &str, case| {
            let found = users.find(&[Username::parse(name).unwrap().key(case)]).await.unwrap();
            found.iter().map(|user| user.id.to_string()).collect::<Vec<_>>()
        };
        let set = async |policy: Value| {
            let given = json!({"usernamePolicy": policy});
            patch(&server, given.as_object().unwrap().clone()).await.unwrap();
        };
        add("u1", "Jane").await;
        set(json!({"caseSensitive": false})).await;
        assert_eq!(found("JANE", UsernameCase::Insensitive).await, ["u1"]);
        set(json!({})).await;
        assert_eq!(found("Jane", UsernameCase::Sensitive).await, ["u1"]);
        add("u2", "JANE").await;
        set(json!({"caseSensitive": false})).await;
        assert_eq!(
            found("jane", UsernameCase::Insensitive).await,
            ["u1"],
            "the older account keeps the name"
        );
        set(json!({})).await;
        assert_eq!(found("Jane", UsernameCase::Sensitive).await, ["u1"]);
        assert_eq!(found("JANE", UsernameCase::Sensitive).await, ["u2"]);
    }
}
