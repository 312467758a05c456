//! The error catalogue as the README and the documentation show it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use vestibule::rejection::{Code, OperationName};

/// The README's table: every code with its status, its sentence, and who answers it.
fn table() -> String {
    let everywhere = OperationName::ALL.len() / 2;
    let mut table = String::from("| code | status | message | answered by |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let operations = code.operations();
        let by = if operations.len() > everywhere {
            "every step".to_owned()
        } else {
            operations.iter().map(|operation| operation.as_str()).collect::<Vec<_>>().join(", ")
        };
        writeln!(table, "| `{}` | {} | {} | {by} |", code.as_str(), code.status(), code.message()).unwrap();
    }
    table
}

#[test]
fn the_readme_and_the_documentation_show_the_whole_catalogue() {
    for page in ["README.md", "src/rejection/catalogue.md"] {
        let text = std::fs::read_to_string(format!("{}/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert!(text.contains(&table()), "the table in {page} should be:\n\n{}", table());
    }
}

#[test]
fn every_operation_of_an_interaction_may_find_none() {
    // The catalogue names the steps of an interaction first, then a person's and the operator's acts.
    let outside = OperationName::ALL.iter().position(|operation| *operation == OperationName::UpdateMe);
    let steps = OperationName::ALL.iter().take(outside.unwrap());
    for operation in steps.filter(|operation| **operation != OperationName::Start) {
        assert!(operation.codes().any(|code| code == Code::InteractionNotFound), "{operation:?}");
    }
}
