//! What is timed: so many people, each of whom does one thing after the other, and all of them the same at once.

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use tokio::runtime::Runtime;

use crate::client::{Answer, CLIENTS, Timed, load, request};
use crate::house::{House, Person};

/// What they do, as the table calls it.
pub(crate) const OPERATIONS: [&str; 4] =
    ["profile update: stage a username", "identify", "submit a sign-in", "profile update: `PATCH /me`"];

/// A round of people, from this turn on; what each of the operations took.
pub(crate) fn run(runtime: &Runtime, house: &House, turn: usize, people: usize) -> [Timed; 4] {
    let turns = iter(turn..turn + people);
    let people: Vec<Person> =
        runtime.block_on(turns.map(|turn| house.prepare(turn)).buffered(CLIENTS).collect());
    let ask = |status: u16, requests: Vec<Vec<u8>>| {
        let (timed, answers) = load(house.address, &requests);
        for answer in &answers {
            answer.is(status);
        }
        (timed, answers)
    };
    let cookies = |answers: &[Answer], name: &str| -> Vec<String> {
        answers.iter().map(|answer| answer.cookie(name)).collect()
    };

    let stage = |(at, person): (usize, &Person)| {
        let body = format!(r#"{{"type":"username","value":"newcomer_{turn}_{at}"}}"#);
        request("POST", "/api/experience/profile", &person.registers, &body)
    };
    let (staging, _) = ask(204, people.iter().enumerate().map(stage).collect());

    let identify = |person: &Person| {
        let body = format!(r#"{{"verificationId":"{}"}}"#, person.proof);
        request("POST", "/api/experience/identification", &person.signs_in, &body)
    };
    let (identifying, answers) = ask(204, people.iter().map(identify).collect());

    let submit = |cookie: &String| request("POST", "/api/experience/submit", cookie, "");
    let identified = cookies(&answers, "_interaction");
    let (submitting, answers) = ask(200, identified.iter().map(submit).collect());

    let change = |(at, cookie): (usize, &String)| {
        request("PATCH", "/me", cookie, &format!(r#"{{"first_name":"Jane {turn} {at}"}}"#))
    };
    let signed_in = cookies(&answers, "__session");
    let (updating, _) = ask(200, signed_in.iter().enumerate().map(change).collect());

    // So that nobody has more sessions in the next round.
    let leave = |cookie: &String| request("DELETE", "/me/session", cookie, "");
    ask(204, signed_in.iter().map(leave).collect());
    [staging, identifying, submitting, updating]
}
