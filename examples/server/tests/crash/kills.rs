//! `kill -9`, again and again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::fleet::Fleet;
use crate::load::{Load, Report};
use crate::places::{Postgres, alone, number};
use crate::random;
use crate::rows::Rows;

/// How often the servers are killed, in a test that anybody runs.
const FEW: usize = 3;

fn kills() -> usize {
    number("VESTIBULE_CRASH_KILLS", FEW)
}

/// One server is killed, or the other, or both; and started again.
async fn kill(load: Arc<Load>, _: usize) {
    sleep(Duration::from_millis(300 + random(900) as u64)).await;
    let servers = load.fleet.servers();
    let doomed = match random(servers + 1) {
        one if one < servers => vec![one],
        _ => (0..servers).collect(),
    };
    for &server in &doomed {
        load.fleet.kill(server).await;
    }
    for server in doomed {
        load.fleet.start_one(server).await;
    }
}

fn tell(report: &Report, name: &str) {
    println!("{}\n{}", Report::head(), report.line(name));
    report.holds();
    // Nothing but kills went wrong.
    let errors: Vec<_> =
        report.load.fleet.log().lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_sqlite_is_killed() {
    let _alone = alone().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vestibule.db");
    let fleet = Fleet::start(&format!("sqlite:{}", path.display()), 1, directory.path().join("log")).await;
    let report = Load::new(fleet, Rows::Sqlite(path), false).run(6, kills(), kill).await;
    tell(&report, "SQLite");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_postgresql_is_killed() {
    let Some(place) = Postgres::new("one").await else { return };
    let _alone = alone().await;
    let report = place.load(1).await.run(6, kills(), kill).await;
    tell(&report, "PostgreSQL");
    drop(report);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_postgresql_are_killed() {
    let Some(place) = Postgres::new("two").await else { return };
    let _alone = alone().await;
    let report = place.load(2).await.run(6, kills(), kill).await;
    tell(&report, "PostgreSQL, two servers");
    drop(report);
    place.remove().await;
}
