//! The load: people who live their lives on some servers, while somebody makes trouble.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::fleet::Fleet;
use crate::ledger::Ledger;
use crate::life;
use crate::rows::Rows;

/// How long people may take to end their lives in peace.
const LAST_LIVES: Duration = Duration::from_mins(1);

/// Everything that people share.
pub(crate) struct Load {
    pub(crate) fleet: Fleet,
    pub(crate) rows: Rows,
    pub(crate) http: reqwest::Client,
    pub(crate) ledger: Ledger,
    pub(crate) told: Told,
    /// Whether the database may be: then a 503 is as good as no answer.
    pub(crate) may_be_away: bool,
    stops: AtomicBool,
    violations: Mutex<Vec<String>>,
}

/// What was counted.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) answers: AtomicUsize,
    pub(crate) lost: AtomicUsize,
    pub(crate) unavailable: AtomicUsize,
    /// Steps that were done by half when the server was killed, and went on.
    pub(crate) halves: AtomicUsize,
    pub(crate) flows: AtomicUsize,
    pub(crate) lives: AtomicUsize,
    /// What was spent, submitted or locked and was tried again, in vain.
    pub(crate) replays: AtomicUsize,
}

impl Told {
    pub(crate) fn one(count: &AtomicUsize) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// How the load went.
pub(crate) struct Report {
    pub(crate) load: Arc<Load>,
    pub(crate) violations: Vec<String>,
    took: Duration,
    rounds: usize,
}

impl Load {
    pub(crate) fn new(fleet: Fleet, rows: Rows, may_be_away: bool) -> Arc<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(40)).build().unwrap();
        Arc::new(Self {
            fleet,
            rows,
            http,
            ledger: Ledger::default(),
            told: Told::default(),
            may_be_away,
            stops: AtomicBool::new(false),
            violations: Mutex::default(),
        })
    }

    /// So many people live one life after the other, while trouble is made so many times; then the last lives end in peace, and all
    /// that was ever answered is looked for.
    pub(crate) async fn run(
        self: Arc<Self>,
        people: usize,
        rounds: usize,
        trouble: impl AsyncFn(Arc<Self>, usize),
    ) -> Report {
        let begun = Instant::now();
        let mut living = tokio::task::JoinSet::new();
        for person in 0..people {
            let load = Arc::clone(&self);
            living.spawn(async move {
                for number in 0.. {
                    let life = tokio::spawn(life::live(Arc::clone(&load), format!("p{person}_{number}")));
                    match life.await {
                        Ok(()) => Told::one(&load.told.lives),
                        Err(error) => load.violated(error.into_panic()),
                    }
                    // The last life of each is lived to its end.
                    if load.stops.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        for round in 0..rounds {
            trouble(Arc::clone(&self), round).await;
            self.audit(false).await;
        }
        self.stops.store(true, Ordering::SeqCst);
        if timeout(LAST_LIVES, living.join_all()).await.is_ok() {
            self.audit(true).await;
        } else {
            self.violated(Box::new("somebody never got through".to_owned()));
        }
        let violations = self.violations.lock().unwrap().clone();
        Report { load: self, violations, took: begun.elapsed(), rounds }
    }

    async fn audit(self: &Arc<Self>, all: bool) {
        let load = Arc::clone(self);
        let audit = tokio::spawn(async move {
            load.rows.check().await;
            load.ledger.check(&load, all).await;
        });
        if let Err(error) = audit.await {
            self.violated(error.into_panic());
        }
    }

    fn violated(&self, panic: Box<dyn Any + Send>) {
        let text = panic.downcast::<String>().map_or_else(|other| format!("{other:?}"), |text| *text);
        self.violations.lock().unwrap().push(text);
    }
}

impl Report {
    /// One line for the table.
    pub(crate) fn line(&self, name: &str) -> String {
        let told = &self.load.told;
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} s |",
            self.rounds,
            count(&told.answers),
            count(&told.flows),
            count(&told.lives),
            count(&told.lost),
            count(&told.unavailable),
            count(&told.halves),
            count(&told.replays),
            self.violations.len(),
            self.took.as_secs_f64(),
        )
    }

    pub(crate) fn head() -> &'static str {
        "| store | rounds | answers | flows | lives | answers lost | 503 | halves gone on with | replays refused | violations | took |\n\
         |---|---|---|---|---|---|---|---|---|---|---|"
    }

    /// Nothing was violated, and there was something to violate.
    #[track_caller]
    pub(crate) fn holds(&self) {
        assert!(self.violations.is_empty(), "{:#?}", self.violations);
        let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        assert!(count(&self.load.told.lives) > 0 && count(&self.load.told.replays) > 0, "nobody lived");
    }
}
