//! What somebody who is not the owner can reach under an operator's settings, with what of the owner's in hand.
//!
//! It plays every sequence of moves against the library itself, up to a length, and prints the least that is enough for each gain,
//! with the shortest way there.
//!
//! `cargo run --release --example explore -- [settings.json] [--depth 6] [--means 2] [--mermaid]`

mod account;
mod means;
mod moves;
mod search;
mod world;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;

use vestibule::experience::{Experience, SignInExperience};

use self::account::{KINDS, Kind};
use self::means::Gain;
use self::search::{Bounds, Explored, explore};

/// Long enough to prove two things, to stage a change and to submit it.
const DEPTH: usize = 6;

/// To recover a password, and to sign in with it.
const INTERACTIONS: usize = 2;

/// What takes more of the owner's at once is no news.
const MEANS: u32 = 2;

struct Arguments {
    settings: SignInExperience,
    bounds: Bounds,
    mermaid: bool,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { settings, bounds, mermaid } = arguments()?;
    let experience = Experience::new(settings)?;
    let mut out = std::io::stdout().lock();
    for warning in experience.warnings() {
        writeln!(out, "warning: {warning}")?;
    }
    for kind in &KINDS {
        let user = kind.user(&experience)?;
        let explored = explore(&experience, user, bounds, &mut |_, _, _, _| Ok(()))?;
        if mermaid {
            draw(&mut out, kind, &explored)?;
        } else {
            print(&mut out, kind, &explored)?;
        }
    }
    Ok(())
}

fn arguments() -> Result<Arguments, Box<dyn Error + Send + Sync>> {
    let mut arguments = Arguments {
        settings: serde_json::from_str(EXAMPLE)?,
        bounds: Bounds { depth: DEPTH, interactions: INTERACTIONS, means: MEANS, changes: 1 },
        mermaid: false,
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--mermaid" => arguments.mermaid = true,
            "--depth" => arguments.bounds.depth = given.next().ok_or("--depth needs a number")?.parse()?,
            "--means" => arguments.bounds.means = given.next().ok_or("--means needs a number")?.parse()?,
            path => arguments.settings = serde_json::from_slice(&std::fs::read(path)?)?,
        }
    }
    Ok(arguments)
}

/// Settings as many shops have them.
const EXAMPLE: &str = include_str!("settings.json");

fn print(out: &mut impl std::io::Write, kind: &Kind, explored: &Explored) -> std::io::Result<()> {
    let (states, transitions) = (explored.reached.len(), explored.transitions);
    writeln!(out, "\nAn owner with {}  ({states} states, {transitions} moves)", kind.name)?;
    for gain in Gain::ALL {
        writeln!(out, "  whoever has")?;
        let mut findings: Vec<_> = explored.findings.get(&gain).into_iter().flatten().collect();
        findings.sort_by_key(|finding| (finding.held.count(), finding.held));
        if findings.is_empty() {
            writeln!(out, "    none of the above, in whatever combination")?;
        }
        for finding in findings {
            let path: Vec<String> = finding.path.iter().map(ToString::to_string).collect();
            writeln!(out, "    {:<60} {}", finding.held.to_string(), path.join(" > "))?;
        }
        writeln!(out, "  {gain}.")?;
    }
    Ok(())
}

/// The shortest ways as a graph (<https://mermaid.js.org/syntax/flowchart.html>).
fn draw(out: &mut impl std::io::Write, kind: &Kind, explored: &Explored) -> std::io::Result<()> {
    writeln!(out, "%% An owner with {}", kind.name)?;
    writeln!(out, "flowchart LR\n  s0((nobody))")?;
    let mut drawn = BTreeSet::new();
    for (gain, findings) in &explored.findings {
        for finding in findings {
            let mut node = String::from("s0");
            for (at, action) in finding.path.iter().enumerate() {
                let next = format!(
                    "{node}_{}",
                    action.to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "")
                );
                let is_last = at + 1 == finding.path.len();
                if drawn.insert(next.clone()) {
                    let shape = if is_last {
                        format!("{next}[[{gain}: {}]]", finding.held)
                    } else {
                        format!("{next}( )")
                    };
                    writeln!(out, "  {node} -- {action} --> {shape}")?;
                }
                node = next;
            }
        }
    }
    writeln!(out)
}
