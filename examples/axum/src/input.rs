//! Bodies of requests: forms, or JSON with the same fields.

use axum::{
    Form, Json,
    extract::{FromRequest, Request},
    http::header,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::failure::Failure;

/// The fields of a form or of a JSON object.
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            let body = Json::from_request(request, state).await;
            return body.map(|Json(body)| Self(body)).map_err(|_| Failure::OutOfDate);
        }
        let body = Form::from_request(request, state).await;
        body.map(|Form(body)| Self(body)).map_err(|_| Failure::OutOfDate)
    }
}

/// Reads the flag of a checkbox, which is absent or has a value, or a boolean.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    Ok(match Flag::deserialize(deserializer)? {
        Flag::Bool(is_set) => is_set,
        Flag::Text(value) => !value.is_empty() && value != "false",
    })
}
