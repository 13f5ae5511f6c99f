//! The OpenAPI 3.1 document, written from the table of routes and the types in it.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    Access,
    refused::Problem,
    routes::{Operation, Route},
};

/// The document for every described route.
pub fn document(table: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings);
    let problem = generator.subschema_for::<Problem>().to_value();
    let mut paths = Map::new();
    for route in table {
        if let Some(operation) = &route.operation {
            let path = paths.entry(route.path).or_insert_with(|| json!({}));
            path[route.method.to_lowercase()] =
                describe(route, operation, &problem, &mut generator);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tongpin 同频",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Each fact is entered once, every number opens to its records.",
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn describe(
    route: &Route,
    operation: &Operation,
    problem: &Value,
    generator: &mut SchemaGenerator,
) -> Value {
    let mut parameters = path_parameters(route.path);
    if let Some(query) = operation.query {
        parameters.extend(query_parameters(&query(generator)));
    }
    if route.method != "GET" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" },
        }));
    }
    let mut described = json!({
        "summary": operation.summary,
        "operationId": operation_id(route),
        "parameters": parameters,
        "responses": responses(route, operation, problem, generator),
    });
    if route.access != Access::Public {
        described["security"] = json!([{ "token": [] }]);
    }
    if let Some((media_type, body)) = operation.body {
        let content = json!({ media_type: { "schema": body(generator) } });
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

fn responses(
    route: &Route,
    operation: &Operation,
    problem: &Value,
    generator: &mut SchemaGenerator,
) -> Value {
    let mut responses = Map::new();
    let mut done = json!({ "description": "done" });
    if let Some(answers) = operation.answers {
        done["content"] = json!({ "application/json": { "schema": answers(generator) } });
    } else if let Some(media_type) = operation.file {
        done["content"] =
            json!({ media_type: { "schema": { "type": "string", "format": "binary" } } });
    }
    responses.insert(operation.status.to_string(), done);
    // 422: no schema can say that a day has come, or that a version exists.
    let mut refusals = vec![400, 422];
    if route.access != Access::Public {
        refusals.extend([401, 403]);
    }
    if route.path.contains('{') {
        refusals.push(404);
    }
    if route.method != "GET" {
        refusals.extend([408, 413, 415]);
    }
    if operation.body.is_some() || route.method != "GET" {
        refusals.push(409);
    }
    refusals.extend(&operation.refusals);
    for status in refusals {
        responses.insert(
            status.to_string(),
            json!({
                "description": "refused",
                "content": { "application/problem+json": { "schema": problem } },
            }),
        );
    }
    Value::Object(responses)
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        json!({ "name": name, "in": "path", "required": true,
            "schema": { "type": "string", "pattern": "^[a-z0-9_.-]+$" } })
    };
    names.map(parameter).collect()
}

/// The fields of a query struct, each as a parameter.
fn query_parameters(schema: &Value) -> Vec<Value> {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(fields) = schema["properties"].as_object() else { return Vec::new() };
    let parameter = |(name, schema): (&String, &Value)| {
        let required = required.contains(&name.as_str());
        let mut parameter = json!({ "name": name, "in": "query", "required": required,
            "schema": without_null(schema) });
        if !required {
            // A form sends the fields that nobody filled in, too: as if they were left out.
            parameter["allowEmptyValue"] = json!(true);
        }
        parameter
    };
    fields.iter().map(parameter).collect()
}

/// A query cannot say null: an optional field is one that is left out.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(types) = schema["type"].as_array() {
        let kept: Vec<Value> = types.iter().filter(|one| *one != "null").cloned().collect();
        schema["type"] = if let [one] = &kept[..] { one.clone() } else { Value::Array(kept) };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let kept: Vec<Value> =
            choices.iter().filter(|one| one["type"] != "null").cloned().collect();
        if let [one] = &kept[..] {
            return one.clone();
        }
        schema["anyOf"] = Value::Array(kept);
    }
    if let Some(object) = schema.as_object_mut() {
        object.remove("default");
        if object.get("type").is_some_and(Value::is_null) {
            object.remove("type");
        }
        if object.get("anyOf").is_some_and(Value::is_null) {
            object.remove("anyOf");
        }
    }
    schema
}

fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1/").replace(['/', '-', '.'], "_");
    format!("{}_{}", route.method.to_lowercase(), path.replace(['{', '}'], ""))
}
