//! The routes.

use axum::{
    Router,
    http::header,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};

use crate::{
    context::Context,
    failure::Failure,
    second_step as step, settings,
    settings::{
        addresses, backup_codes, devices, held_form, hotp, overview, pin, required, security_keys,
        sign_in_requests, totp,
    },
    two_factor::TwoFactor,
};

impl TwoFactor {
    /// Returns the routes below `/two-factor`, for [`Router::merge`].
    ///
    /// They need the middleware of your sessions: add its layer after the merge. Do not nest them
    /// below another path.
    ///
    /// | path | page |
    /// |---|---|
    /// | `/two-factor` | the second step of a sign-in |
    /// | `/two-factor/step-up` | a proof for what comes next |
    /// | `/two-factor/recover` | recovery by two proofs |
    /// | `/two-factor/enroll` | the enrollment that the policy requires |
    /// | `/two-factor/settings` | all factors, and the pages to add and remove them |
    ///
    /// `openapi.json` of this package describes them for clients that ask for JSON.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let mut routes = Router::new();
        for (path, methods) in routes_of_pages().into_iter().chain(routes_of_steps()) {
            routes = routes.route(&path, methods);
        }
        self.protect(routes).with_state(self.clone())
    }
}

type Route = (String, MethodRouter<TwoFactor>);

/// The routes of the three flows have the same names below their page.
fn routes_of_steps() -> Vec<Route> {
    let flows = ["/two-factor", "/two-factor/recover", "/two-factor/step-up"];
    let routes = flows.map(|flow| {
        [
            (flow.to_owned(), get(step::show).post(step::codes::verify)),
            (format!("{flow}/send"), post(step::codes::send)),
            (format!("{flow}/resend"), post(step::codes::resend)),
            (format!("{flow}/security-key"), post(step::security_key::verify)),
            (format!("{flow}/security-key/begin"), post(step::security_key::begin)),
            (format!("{flow}/request"), post(step::sign_in_request::create)),
            (format!("{flow}/request/status"), post(step::sign_in_request::check)),
            (format!("{flow}/pin/forgotten"), post(step::pin::forgotten)),
            (format!("{flow}/pin/reset"), post(step::pin::reset)),
        ]
    });
    routes.into_iter().flatten().collect()
}

fn routes_of_pages() -> Vec<Route> {
    let routes = [
        ("/two-factor/sign-out", post(sign_out)),
        ("/two-factor/style.css", get(style)),
        ("/two-factor/script.js", get(script)),
        ("/two-factor/continue", get(held_form::show)),
        ("/two-factor/enroll", get(required::show)),
        ("/two-factor/enroll/later", post(required::later)),
    ];
    let pages = [
        ("", get(overview::show)),
        ("/remove", post(overview::remove)),
        ("/turn-off", get(overview::show_turn_off).post(overview::turn_off)),
        ("/authenticator-app", get(totp::show).post(totp::confirm)),
        ("/authenticator-app/begin", post(totp::begin)),
        ("/hardware-token", get(hotp::show).post(hotp::confirm)),
        ("/hardware-token/begin", post(hotp::begin)),
        ("/phone", get(addresses::show_phone).post(addresses::add_phone)),
        ("/email", get(addresses::show_email).post(addresses::add_email)),
        ("/address", get(addresses::show_code).post(addresses::confirm)),
        ("/address/resend", post(addresses::resend)),
        ("/whatsapp", post(addresses::set_whatsapp)),
        ("/backup-codes", get(backup_codes::show).post(backup_codes::create)),
        ("/pin", get(pin::show).post(pin::set)),
        ("/pin/keep", post(pin::keep)),
        ("/security-keys", get(security_keys::show).post(security_keys::confirm)),
        ("/security-keys/begin", post(security_keys::begin)),
        ("/devices", get(devices::show)),
        ("/devices/remove", post(devices::remove)),
        ("/devices/sign-out-everywhere", post(devices::sign_out_everywhere)),
        ("/sign-in-requests", get(sign_in_requests::show).post(sign_in_requests::answer)),
        ("/sign-in-requests/pending", get(sign_in_requests::is_pending)),
        ("/report-unrequested", post(sign_in_requests::report_unrequested)),
    ];
    let pages =
        pages.into_iter().map(|(page, methods)| (format!("{}{page}", settings::PATH), methods));
    routes.into_iter().map(|(path, methods)| (path.to_owned(), methods)).chain(pages).collect()
}

async fn sign_out(mut context: Context) -> Result<Response, Failure> {
    let to = context.two_factor.0.sign_in.clone();
    context.sign_out().await?;
    Ok(context.go("signed_out", &to))
}

async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../assets/style.css"))
}

async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("../assets/script.js"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], text)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a panic fails the test")]
mod tests {
    use std::collections::BTreeSet;

    use axum::{
        body::Body,
        http::{Method, Request, StatusCode},
    };
    use second_factor::{Keys, MemoryStorage, NoDelivery, Verifier};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn openapi_file_has_exactly_the_routes() {
        let keys = Keys::new(core::array::from_fn(|at| u8::try_from(at).unwrap_or(0)));
        let verifier = Verifier::builder("Notes", MemoryStorage::new(), NoDelivery, keys);
        let two_factor = TwoFactor::new(verifier).expect("the settings are complete");
        let mut routes = BTreeSet::new();
        for (path, methods) in routes_of_pages().into_iter().chain(routes_of_steps()) {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let request = Request::builder().method(&method).uri(&path).body(Body::empty());
                let request = request.expect("the path is valid");
                let methods = methods.clone().with_state(two_factor.clone());
                let answer = methods.oneshot(request).await.expect("it never fails");
                if answer.status() != StatusCode::METHOD_NOT_ALLOWED {
                    routes.insert(format!("{} {path}", method.as_str().to_lowercase()));
                }
            }
        }
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../openapi.json")).expect("it is JSON");
        let paths = file["paths"].as_object().expect("it has paths");
        let described: BTreeSet<String> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().into_iter().flat_map(|methods| methods.keys());
                methods.map(move |method| format!("{method} {path}"))
            })
            .collect();
        assert_eq!(routes, described);
    }
}
