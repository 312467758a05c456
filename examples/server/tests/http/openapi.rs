//! The description of the routes is true of the routes.

use reqwest::Method;
use serde_json::Value;

use crate::support::House;

struct Route {
    method: Method,
    path: String,
    described: Value,
}

/// Every route of the description.
async fn routes(house: &House) -> (Value, Vec<Route>) {
    let description = house.browser().get("/openapi.json").await.is(200).body;
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            routes.push(Route { method, path: path.clone(), described: described.clone() });
        }
    }
    (description, routes)
}

#[tokio::test]
async fn it_is_openapi_3_1_of_every_route() {
    let house = House::open().await;
    let (description, routes) = routes(&house).await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(routes.len() >= 45, "{}", routes.len());
    for Route { method, path, described } in routes {
        let responses = described["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        for status in ["408", "413", "503"] {
            assert!(responses.contains_key(status), "{method} {path} {status}");
        }
        // A step without a body can be of the wrong form too: it may make the interaction too large (I-8).
        let has_body = described.get("requestBody").is_some();
        let says_so = responses_to_bodies(&described) || (path == "/me" && method == "PATCH");
        assert!(says_so || !has_body, "{method} {path}");
        let forbidden = responses.get("403").is_some_and(|response| {
            let codes = &response["content"]["application/json"]["schema"]["properties"]["code"]["enum"];
            let codes = codes.as_array().map(Vec::as_slice).unwrap_or_default();
            let described = response["description"].as_str().unwrap();
            // Of `/me` it is one of two forms.
            let told = path == "/me" && described.contains("`auth.forbidden`");
            told || codes.iter().filter(|&code| code == "auth.forbidden").count() == 1
        });
        assert_eq!(forbidden, method != "GET", "{method} {path}");
        let operators = path.starts_with("/api/") && !path.starts_with("/api/experience");
        assert!(responses.contains_key("401") || !operators, "{method} {path}");
    }
}

/// Whether the description says that a body can be of the wrong form.
fn responses_to_bodies(described: &Value) -> bool {
    let is_get =
        described.get("parameters").is_some_and(|parameters| parameters.to_string().contains("\"query\""));
    described["responses"].to_string().contains("\"guard.invalid_input\"") && !is_get
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_every_member_is_in_camel_case() {
    let house = House::open().await;
    let (description, routes) = routes(&house).await;
    let mut names: Vec<_> =
        routes.iter().map(|route| route.described["operationId"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), routes.len());
    // The members of `/me` are in the case of its document.
    let mut schemas = description["components"]["schemas"].clone();
    schemas.as_object_mut().unwrap().retain(|name, _| !name.starts_with("Me"));
    assert_in_camel_case(&schemas);
}

fn assert_in_camel_case(value: &Value) {
    if let Value::Array(items) = value {
        items.iter().for_each(assert_in_camel_case);
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        if let ("properties", Some(members)) = (name.as_str(), value.as_object()) {
            assert!(members.keys().all(|name| !name.contains('_')), "{members:?}");
        }
        assert_in_camel_case(value);
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let house = House::open().await;
    let (description, _) = routes(&house).await;
    let text = description.to_string();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn every_example_is_understood_by_its_route_and_every_answer_is_described() {
    let house = House::open().await;
    let (description, routes) = routes(&house).await;
    for Route { method, path, described } in routes {
        let example = described.get("requestBody").map(|body| {
            let schema = &body["content"]["application/json"]["schema"];
            let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap();
            let example = description["components"]["schemas"][name]["example"].clone();
            assert!(!example.is_null(), "{method} {path} has no example");
            example
        });
        let path = path.replace("{connectorId}", "mock-social-connector").replace("/outbox", "/outbox?to=x");
        let path = path
            .replace("/sso/mock-social", "/sso/mock-sso")
            .replace("-connectors", "-connectors?email=j@sso.example");
        let browser = house.start("Register").await;
        let client = if path.starts_with("/api/experience") { browser } else { house.operator() };
        let answer = client.call(method.clone(), &path, example).await;
        assert_ne!(answer.body["code"], "guard.invalid_input", "{method} {path}: {}", answer.body);
        let response = &described["responses"][answer.status.as_str()];
        assert!(response.is_object(), "{method} {path}: {} {}", answer.status, answer.body);
        if path == "/me" {
            assert_eq!(answer.body["errors"][0]["code"], "NOT_AUTHENTICATED");
        } else if answer.status.as_u16() >= 400 {
            let schema = &response["content"]["application/json"]["schema"];
            let codes = schema["properties"]["code"]["enum"].as_array().unwrap();
            assert!(codes.contains(&answer.body["code"]), "{method} {path}: {}", answer.body);
        }
    }
}
