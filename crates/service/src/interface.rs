//! A place of the interface is declared once: what answers it and what is said of it in the
//! OpenAPI document come from the same line.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::{Map, Value, json};

use crate::service::Service;

/// How a place is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// For what it shows.
    Get,
    /// To take something in.
    Post,
    /// To put something in a place.
    Put,
    /// To take something away.
    Delete,
}

impl Method {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

/// Media types, each with the shape of a body of it.
type Forms = Vec<(&'static str, Value)>;

/// What is said of a place.
#[derive(Clone, Debug)]
pub struct Place {
    summary: &'static str,
    parameters: Vec<Value>,
    bodies: Forms,
    answers: Vec<(u16, &'static str, Forms)>,
    is_open: bool,
}

impl Place {
    /// A place with what it does, in a sentence.
    #[must_use]
    pub const fn new(summary: &'static str) -> Self {
        Self {
            summary,
            parameters: Vec::new(),
            bodies: Vec::new(),
            answers: Vec::new(),
            is_open: false,
        }
    }

    /// The same, answered to everybody.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// The same with a parameter of the query that may be left out.
    #[must_use]
    pub fn query(self, name: &'static str, meaning: &'static str, schema: Value) -> Self {
        self.parameter(name, "query", meaning, schema, false)
    }

    /// The same with a parameter of the query that must be given.
    #[must_use]
    pub fn needed(self, name: &'static str, meaning: &'static str, schema: Value) -> Self {
        self.parameter(name, "query", meaning, schema, true)
    }

    /// The same with a head of the request that may be left out.
    #[must_use]
    pub fn head(self, name: &'static str, meaning: &'static str, schema: Value) -> Self {
        self.parameter(name, "header", meaning, schema, false)
    }

    fn parameter(
        mut self,
        name: &'static str,
        place: &'static str,
        meaning: &'static str,
        schema: Value,
        required: bool,
    ) -> Self {
        self.parameters.push(json!({
            "name": name, "in": place, "description": meaning, "required": required, "schema": schema,
        }));
        self
    }

    /// The same with a body that it takes.
    #[must_use]
    pub fn body(mut self, media_type: &'static str, schema: Value) -> Self {
        self.bodies.push((media_type, schema));
        self
    }

    /// The same with an answer that it gives.
    #[must_use]
    pub fn answer(
        mut self,
        status: u16,
        meaning: &'static str,
        media_type: &'static str,
        schema: Value,
    ) -> Self {
        match self.answers.iter_mut().find(|(known, ..)| *known == status) {
            Some((_, _, forms)) => forms.push((media_type, schema)),
            None => self
                .answers
                .push((status, meaning, vec![(media_type, schema)])),
        }
        self
    }

    /// The same with an answer that has no body.
    #[must_use]
    pub fn plain_answer(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.push((status, meaning, Vec::new()));
        self
    }

    fn operation(&self, path: &str, method: Method) -> Value {
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| {
                json!({
                    "name": name, "in": "path", "required": true,
                    "schema": { "type": "string", "minLength": 1 },
                })
            })
            .collect();
        parameters.extend(self.parameters.clone());
        let mut responses = Map::new();
        for (status, meaning, forms) in &self.answers {
            let mut response = json!({ "description": meaning });
            if let Some(map) = response.as_object_mut()
                && !forms.is_empty()
            {
                map.insert("content".to_owned(), content(forms));
            }
            responses.insert(status.to_string(), response);
        }
        responses.insert(
            "default".to_owned(),
            json!({ "$ref": "#/components/responses/Problem" }),
        );
        let mut operation = json!({
            "operationId": operation_id(path, method),
            "summary": self.summary,
            "parameters": parameters,
            "responses": responses,
        });
        if let Some(map) = operation.as_object_mut() {
            if self.is_open {
                map.insert("security".to_owned(), json!([]));
            }
            if !self.bodies.is_empty() {
                let body = json!({ "required": true, "content": content(&self.bodies) });
                map.insert("requestBody".to_owned(), body);
            }
        }
        operation
    }
}

fn content(forms: &[(&'static str, Value)]) -> Value {
    forms
        .iter()
        .map(|(media_type, schema)| ((*media_type).to_owned(), json!({ "schema": schema })))
        .collect::<Map<String, Value>>()
        .into()
}

/// A name for programs that are generated: `get_v1_complaints_id`.
fn operation_id(path: &str, method: Method) -> String {
    let mut id = method.as_str().to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        id.push('_');
        id.extend(part.chars().filter(char::is_ascii_alphanumeric));
    }
    id
}

/// Places, with what answers them.
#[derive(Default)]
pub struct Interface {
    router: Router<Arc<Service>>,
    paths: Map<String, Value>,
}

impl Interface {
    /// Declares a place.
    #[must_use]
    pub fn at<H, T>(mut self, method: Method, path: &str, handler: H, place: &Place) -> Self
    where
        H: Handler<T, Arc<Service>>,
        T: 'static,
    {
        let answering: MethodRouter<Arc<Service>> = on(method.filter(), handler);
        self.router = self.router.route(path, answering);
        let operations = self
            .paths
            .entry(path.to_owned())
            .or_insert_with(|| json!({}));
        if let Some(map) = operations.as_object_mut() {
            map.insert(method.as_str().to_owned(), place.operation(path, method));
        }
        self
    }

    /// What answers, and what is said of it.
    pub fn into_parts(self) -> (Router<Arc<Service>>, Map<String, Value>) {
        (self.router, self.paths)
    }
}
