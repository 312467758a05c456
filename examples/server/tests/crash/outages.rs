//! A database that is stopped and started under load.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::fleet::Fleet;
use crate::load::{Load, Report};
use crate::places::{Postgres, alone, number};
use crate::random;

/// How often the database goes away, in a test that anybody runs.
const FEW: usize = 3;

/// A door before the database. Shut, it cuts all connections and refuses new ones, as a database that is stopped does.
struct Door {
    port: u16,
    to: String,
    open: Mutex<Option<JoinHandle<()>>>,
}

impl Door {
    async fn new(to: String) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = Self { port: free.local_addr().unwrap().port(), to, open: Mutex::default() };
        drop(free);
        door.open().await;
        door
    }

    async fn open(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let to = self.to.clone();
        *self.open.lock().await = Some(tokio::spawn(async move {
            let mut guests = tokio::task::JoinSet::new();
            loop {
                let (mut guest, _) = listener.accept().await.unwrap();
                let mut host = TcpStream::connect(&to).await.unwrap();
                guests.spawn(async move { tokio::io::copy_bidirectional(&mut guest, &mut host).await });
            }
        }));
    }

    async fn shut(&self) {
        let open = self.open.lock().await.take().unwrap();
        open.abort();
        // With it goes the listener, and all that passed.
        let _ = open.await;
    }
}

fn tell(report: &Report, name: &str) {
    println!("{}\n{}", Report::head(), report.line(name));
    report.holds();
    assert!(!report.load.fleet.log().contains("panicked"));
    assert!(report.load.told.unavailable.load(Ordering::Relaxed) > 0, "nobody saw the database away");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_stopped_and_started_loses_nothing() {
    let Some(place) = Postgres::new("stopped").await else { return };
    let _alone = alone().await;
    let door = Door::new(place.host()).await;
    let log = place.directory.path().join("log");
    let fleet = Fleet::start(&place.address(Some(door.port)), 2, log).await;
    let rounds = number("VESTIBULE_CRASH_KILLS", FEW);
    let trouble = async |load: Arc<Load>, round| {
        sleep(Duration::from_millis(300 + random(900) as u64)).await;
        door.shut().await;
        // Now and then for longer than a connection is waited for.
        let away = if round % 10 == 9 { 7000 } else { 100 + random(900) as u64 };
        sleep(Duration::from_millis(away)).await;
        // Whoever waits for a connection is told in the end: once at least somebody is to see it.
        while round + 1 == rounds && load.told.unavailable.load(Ordering::Relaxed) == 0 {
            sleep(Duration::from_millis(50)).await;
        }
        door.open().await;
    };
    let report = Load::new(fleet, place.rows(), true).run(6, rounds, trouble).await;
    tell(&report, "PostgreSQL, stopped and started");
    assert!(report.load.fleet.log().contains("the database is not available"));
    drop(report);
    place.remove().await;
}

/// For so many seconds, in which somebody stops and starts PostgreSQL by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "PostgreSQL is to be stopped and started meanwhile, by hand"]
async fn a_load_while_postgresql_is_stopped_by_hand() {
    let place = Postgres::new("by_hand").await.unwrap();
    let _alone = alone().await;
    let log = place.directory.path().join("log");
    let fleet = Fleet::start(&place.address(None), 2, log).await;
    let seconds = number("VESTIBULE_CRASH_SECONDS", 30);
    let trouble = async |_: Arc<Load>, _| sleep(Duration::from_secs(seconds as u64)).await;
    let report = Load::new(fleet, place.rows(), true).run(6, 1, trouble).await;
    tell(&report, "PostgreSQL, stopped by hand");
    drop(report);
    place.remove().await;
}
