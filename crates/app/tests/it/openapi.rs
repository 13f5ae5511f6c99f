//! The OpenAPI document is whole: every route of the API is in it, every reference leads somewhere.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{TestDb, on_both};

use crate::site::site;

fn document() -> Value {
    web::openapi::document(&web::server::table(app::routes::all_routes()))
}

/// Path, method and operation of everything described.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths are an object");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("a path item is an object");
            methods.iter().map(move |(method, one)| (&**path, &**method, one))
        })
        .collect()
}

#[test]
fn every_route_of_the_api_is_described() {
    let document = document();
    let described: BTreeSet<String> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| format!("{} {path}", method.to_uppercase()))
        .collect();
    let routed: BTreeSet<String> = web::server::table(app::routes::all_routes())
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, routed);
}

#[test]
fn every_operation_is_whole() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let place = format!("{method} {path}");
        let id = operation["operationId"].as_str().expect("an operationId");
        assert!(ids.insert(id.to_owned()), "{place}: {id} is taken");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{place}: no success");
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|one| one.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters = operation["parameters"].as_array().expect("parameters");
        let declared: BTreeSet<&str> = parameters
            .iter()
            .filter(|one| one["in"] == "path")
            .filter_map(|one| one["name"].as_str())
            .collect();
        assert_eq!(in_path, declared, "{place}");
        for one in parameters {
            assert!(one["schema"].is_object(), "{place}: {one}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference into the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|one| collect(one, into));
        }
        Value::Array(items) => items.iter().for_each(|one| collect(one, into)),
        _ => {}
    }
}

on_both!(the_document_is_served);

async fn the_document_is_served(db: TestDb) {
    let answered = site(db).visitor().get("/api/openapi.json").await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.json(), document());
}
