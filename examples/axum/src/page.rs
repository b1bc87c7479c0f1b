//! Pages, and their layout.

pub(crate) mod elements;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use crate::{failure::message_page, request::RequestInfo, text::Text, two_factor::TwoFactor};

/// A page of the router, for [`TwoFactor::layout`].
///
/// # Example
///
/// ```
/// use second_factor_axum::Page;
///
/// fn layout(page: &Page) -> String {
///     let (language, title, body) = (page.language(), page.title(), page.body());
///     format!("<!doctype html><html lang={language}><title>{title}</title><main>{body}</main>")
/// }
/// # let _ = layout;
/// ```
#[derive(Debug, Clone)]
pub struct Page {
    title: String,
    body: String,
    model: Value,
    language: &'static str,
    label: Option<String>,
    home: String,
}

impl Page {
    pub(crate) fn new(
        title: &str,
        body: &Markup,
        model: Value,
        two_factor: &TwoFactor,
        text: Text,
    ) -> Self {
        let stylesheet = &two_factor.0.stylesheet;
        let body = html! {
            @if !stylesheet.is_empty() { link rel="stylesheet" href=(stylesheet); }
            script src="/two-factor/script.js" defer {}
            h1 { (title) }
            (body)
        };
        let home = two_factor.0.home.clone();
        let (title, body) = (escaped(title), body.into_string());
        Self { title, body, model, language: text.tag(), label: None, home }
    }

    pub(crate) fn for_user(mut self, label: Option<&str>) -> Self {
        self.label = label.map(escaped);
        self
    }

    /// Returns the content as HTML: the stylesheet, the script, the heading and the forms.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the label of the signed-in user as HTML, or `None`.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns the language, for the attribute `lang`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.language
    }

    /// Returns the JSON that a client gets who asks for JSON, to render everything yourself.
    #[must_use]
    pub fn model(&self) -> &Value {
        &self.model
    }

    /// Returns the title as HTML.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Renders the page in the layout of the application, or in the default one.
    pub(crate) fn render(&self, two_factor: &TwoFactor, text: Text) -> String {
        match &two_factor.0.layout {
            Some(layout) => layout(self),
            None => self.in_default_layout(text).into_string(),
        }
    }

    fn in_default_layout(&self, text: Text) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (PreEscaped(&self.title)) }
                }
                body {
                    header {
                        a.brand href=(self.home) { (text.of("Home")) }
                        nav aria-label=(text.of("Pages")) {
                            @if let Some(label) = &self.label {
                                a href="/two-factor/settings" { (text.of("Security")) }
                                form.inline method="post" action="/two-factor/sign-out" {
                                    button.link {
                                        (text.of("Sign out"))
                                        span.wide { " " (PreEscaped(label)) }
                                    }
                                }
                            }
                        }
                    }
                    main { (PreEscaped(&self.body)) }
                }
            }
        }
    }
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

/// Returns a page with one message.
pub(crate) fn message(
    status: StatusCode,
    title: &str,
    says: &str,
    two_factor: &TwoFactor,
    info: &RequestInfo,
) -> Response {
    let page = message_page(title, says, two_factor, info.text);
    (status, Html(page.render(two_factor, info.text))).into_response()
}

/// Returns a redirect to a page.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}
