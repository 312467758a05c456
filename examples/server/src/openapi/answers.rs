//! Which answers a route can give that are not a success: gathered from the library's catalogue, so that the
//! description cannot forget one.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use utoipa::IntoResponses;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, RefOr, Response, ResponseBuilder};
use vestibule::experience::SettingsError;
use vestibule::operation::Operation;
use vestibule::rejection::Code;

use crate::problem::{Problem, invalid_input};

/// One answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    code: &'static str,
    message: String,
}

impl From<Code> for Answer {
    fn from(code: Code) -> Self {
        Self { status: code.status(), code: code.as_str(), message: code.message().into() }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status().as_u16(), code: problem.code(), message: problem.message() }
    }
}

/// Something about a route that can make it answer with some codes.
pub trait Source {
    /// The answers.
    fn answers() -> Vec<Answer>;
}

/// The route runs this operation of the library's.
#[derive(Debug)]
pub struct Runs<O>(PhantomData<O>);

impl<O: Operation> Source for Runs<O> {
    fn answers() -> Vec<Answer> {
        O::NAME.codes().map(Answer::from).collect()
    }
}

/// The route reads a body.
#[derive(Debug)]
pub struct ReadsBody;

impl Source for ReadsBody {
    fn answers() -> Vec<Answer> {
        vec![invalid_input("", "").into()]
    }
}

/// The route decides nothing.
#[derive(Debug)]
pub struct Nothing;

impl Source for Nothing {
    fn answers() -> Vec<Answer> {
        Vec::new()
    }
}

/// The route is the operator's.
#[derive(Debug)]
pub struct ForOperator;

impl Source for ForOperator {
    fn answers() -> Vec<Answer> {
        vec![Problem::Unauthorized.into()]
    }
}

/// The route looks something up by its id.
#[derive(Debug)]
pub struct LooksUp;

impl Source for LooksUp {
    fn answers() -> Vec<Answer> {
        vec![Code::EntityNotFound.into()]
    }
}

/// The route changes the settings: they must be usable.
#[derive(Debug)]
pub struct ChangesSettings;

impl Source for ChangesSettings {
    fn answers() -> Vec<Answer> {
        let name = || String::from("…");
        let errors = [
            SettingsError::InvalidFieldName { name: name() },
            SettingsError::NoFieldOptions { name: name() },
            SettingsError::InvalidFieldPattern { name: name(), reason: name() },
            SettingsError::InvalidFieldDateFormat { name: name(), format: name() },
            SettingsError::InvalidFieldParts { name: name() },
            SettingsError::InvalidFieldConfig { name: name(), setting: "…" },
            SettingsError::MinimumAboveMaximum {
                setting: "customProfileFields".into(),
                min: name(),
                max: name(),
            },
        ];
        errors.map(|error| Answer::from(Problem::Settings(error))).into()
    }
}

macro_rules! sources_together {
    ($($name:ident)*) => {
        impl<$($name: Source),*> Source for ($($name,)*) {
            fn answers() -> Vec<Answer> {
                [$($name::answers()),*].concat()
            }
        }
    };
}

sources_together! { A }
sources_together! { A B }
sources_together! { A B C }
sources_together! { A B C D }

/// The answers of some sources, and those that every route can give.
#[derive(Debug)]
pub struct Answers<S>(PhantomData<S>);

impl<S: Source> IntoResponses for Answers<S> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let always = [Problem::TooLarge, Problem::TimedOut, Problem::StorageUnavailable];
        let mut by_status: BTreeMap<u16, Vec<Answer>> = BTreeMap::new();
        for answer in S::answers().into_iter().chain(always.map(Answer::from)) {
            let of_status = by_status.entry(answer.status).or_default();
            if !of_status.iter().any(|other| other.code == answer.code) {
                of_status.push(answer);
            }
        }
        by_status
            .into_iter()
            .map(|(status, answers)| (status.to_string(), response(&answers).into()))
            .collect()
    }
}

/// Says of every operation that changes something that it can give this answer too.
pub fn add_to_changes(description: &mut OpenApi, problem: &Problem) {
    let answer = Answer::from(problem.clone());
    for path in description.paths.paths.values_mut() {
        let changes = [&mut path.put, &mut path.post, &mut path.delete, &mut path.patch];
        for operation in changes.into_iter().flatten() {
            let others = operation.responses.responses.entry(answer.status.to_string());
            match others.or_insert_with(|| response(&[]).into()) {
                RefOr::T(others) => add(others, &answer),
                RefOr::Ref(_) => {}
            }
        }
    }
}

/// Adds an answer to those of its status. A code that is there stays, and gets one more meaning.
fn add(others: &mut Response, answer: &Answer) {
    let line = line(answer);
    let lines = [&*others.description, &*line].into_iter().filter(|line| !line.is_empty());
    others.description = lines.collect::<Vec<_>>().join("\n");
    for content in others.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        let Some(RefOr::T(Schema::Object(form))) = &mut content.schema else { continue };
        let Some(RefOr::T(Schema::Object(code))) = form.properties.get_mut("code") else { continue };
        let codes = code.enum_values.get_or_insert_default();
        if !codes.iter().any(|code| code == answer.code) {
            codes.push(answer.code.into());
        }
    }
}

fn line(answer: &Answer) -> String {
    format!("- `{}`: {}", answer.code, answer.message)
}

fn response(answers: &[Answer]) -> Response {
    let lines: Vec<String> = answers.iter().map(line).collect();
    let content = ContentBuilder::new().schema(Some(form(answers))).build();
    ResponseBuilder::new().description(lines.join("\n")).content("application/json", content).build()
}

/// `{code, message, data?}`, with one of these codes.
fn form(answers: &[Answer]) -> Object {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let anything = || ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    ObjectBuilder::new()
        .property("code", text().enum_values(Some(answers.iter().map(|answer| answer.code))))
        .property("message", text())
        .property("data", anything().description(Some("What the code comes with, if anything.")))
        .required("code")
        .required("message")
        .build()
}

#[cfg(test)]
mod tests {
    use vestibule::flow::VerifyPassword;

    use super::*;

    #[test]
    fn a_route_answers_what_its_operation_and_its_body_can() {
        let responses = Answers::<(ReadsBody, Runs<VerifyPassword>)>::responses();
        let json = serde_json::to_value(&responses).unwrap();
        for (status, code) in [
            ("400", "guard.invalid_input"),
            ("400", "session.verification_blocked_too_many_attempts"),
            ("401", "user.suspended"),
            ("404", "session.interaction_not_found"),
            ("413", "request.too_large"),
            ("422", "session.invalid_credentials"),
            ("503", "storage.unavailable"),
        ] {
            let codes = &json[status]["content"]["application/json"]["schema"]["properties"]["code"]["enum"];
            assert!(codes.as_array().unwrap().contains(&code.into()), "{status} {code}");
        }
    }
}
