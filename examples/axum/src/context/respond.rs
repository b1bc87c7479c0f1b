//! Responses, as a page or as JSON.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
};
use maud::{Markup, html};
use second_factor::Error;
use serde::Serialize;
use serde_json::{Value, json};

use super::Context;
use crate::{
    data::{Flash, Stage},
    failure::{Failure, message, refusal},
    page::{Page, see_other},
};

impl Context {
    /// Renders a page, with the message for it at the top.
    pub(crate) async fn page(
        mut self,
        title: &str,
        body: &Markup,
        model: &impl Serialize,
    ) -> Result<Response, Failure> {
        let flash = self.data.flash.take();
        if flash.is_some() {
            self.save().await?;
        }
        let mut model = serde_json::to_value(model).unwrap_or_default();
        if let Value::Object(fields) = &mut model {
            fields.insert("title".into(), title.into());
            if let Some(flash) = &flash {
                let (Flash::Success(says) | Flash::Error(says)) = flash;
                fields.insert("message".into(), says.as_str().into());
            }
        }
        if self.info.wants_json {
            return Ok(self.finish(Json(model).into_response()));
        }
        let body = html! {
            @match &flash {
                Some(Flash::Success(says)) => p.notice role="status" { (says) },
                Some(Flash::Error(says)) => p.notice.error role="alert" { (says) },
                None => {}
            }
            (body)
        };
        let label = (self.data.stage == Stage::SignedIn).then_some(self.data.label.as_str());
        let page = Page::new(title, &body, model, &self.two_factor, self.text()).for_user(label);
        let document = page.render(&self.two_factor, self.text());
        Ok(self.finish(Html(document).into_response()))
    }

    /// Goes to a page. `status` says in JSON what has happened.
    pub(crate) fn go(self, status: &str, to: &str) -> Response {
        let response = match self.info.wants_json {
            true => Json(json!({ "status": status, "location": to })).into_response(),
            false => see_other(to),
        };
        self.finish(response)
    }

    /// Goes to a page that reports success.
    pub(crate) async fn success(
        mut self,
        says: impl Into<String>,
        to: &str,
    ) -> Result<Response, Failure> {
        let says = says.into();
        if self.info.wants_json {
            self.save().await?;
            let body = json!({ "status": "done", "location": to, "message": says });
            return Ok(self.finish(Json(body).into_response()));
        }
        // A page of the application has no place for the message.
        self.data.flash = to.starts_with("/two-factor").then_some(Flash::Success(says));
        self.save().await?;
        Ok(self.finish(see_other(to)))
    }

    /// Explains the error of the verifier on a page.
    pub(crate) async fn refuse(self, error: &Error, to: &str) -> Result<Response, Failure> {
        if self.info.wants_json {
            self.save().await?;
            let response = refusal(error, &self.two_factor, &self.info);
            return Ok(self.finish(response));
        }
        let says = message(error, self.now()?, self.text());
        self.error(says, to).await
    }

    /// Explains an error of the user on a page.
    pub(crate) async fn error(
        mut self,
        says: impl Into<String>,
        to: &str,
    ) -> Result<Response, Failure> {
        let says = says.into();
        if self.info.wants_json {
            let body = Json(json!({ "error": "invalid", "message": says }));
            let response = (axum::http::StatusCode::UNPROCESSABLE_ENTITY, body).into_response();
            return Ok(self.finish(response));
        }
        self.data.flash = Some(Flash::Error(says));
        self.save().await?;
        Ok(self.finish(see_other(to)))
    }

    /// Adds the cookies to a response.
    pub(crate) fn finish(self, mut response: Response) -> Response {
        let cookies = self.cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok());
        for cookie in cookies {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}
