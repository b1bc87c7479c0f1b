//! Two-factor authentication in an actix-web application.

use std::{future::Future, io, net::TcpListener, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, HttpServer, Responder, ResponseError,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::StatusCode,
    web::{Data, Form, ServiceConfig, get, post},
};
use second_factor::{NewDevice, Next, Proof, Purpose, SignIn};

use crate::app::{self, App, Code, Failure, Item, Login, Session};

/// Runs the server. `Data` is one `Arc` for all of its threads.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<()> {
    let application =
        move || actix_web::App::new().app_data(Data::from(Arc::clone(&app))).configure(routes);
    HttpServer::new(application).workers(1).listen(listener)?.run().await
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", get().to(home))
        .route("/sign-in", post().to(sign_in))
        .route("/second-step", get().to(second_step_page))
        .route("/second-step", post().to(second_step))
        .route("/settings", get().to(settings))
        .route("/settings/totp", post().to(begin_totp))
        .route("/settings/confirm", post().to(confirm))
        .route("/settings/remove", post().to(remove));
}

/// A browser whose user typed a correct password. The second step may be missing.
struct Visitor {
    id: String,
    session: Session,
}

/// A browser that is signed in: the second step is complete, and no change has ended the session.
struct SignedIn(Visitor);

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = std::future::Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let find = || {
            let id = request.cookie("session")?.value().to_owned();
            let session = request.app_data::<Data<App>>()?.session(&id)?;
            Some(Self { id, session })
        };
        std::future::ready(find().ok_or(Failure::NotSignedIn))
    }
}

impl FromRequest for SignedIn {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().cloned();
        let visitor = Visitor::from_request(request, payload);
        Box::pin(async move {
            let mut visitor = visitor.await?;
            app.ok_or(Failure::NotSignedIn)?.check(&mut visitor.session).await?;
            Ok(Self(visitor))
        })
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.response().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let (_, location, text) = self.response();
        match location {
            Some(location) => redirect(location),
            None => HttpResponse::build(self.status_code()).body(text),
        }
    }
}

async fn home(SignedIn(visitor): SignedIn) -> impl Responder {
    format!("Hello, {}", visitor.session.user)
}

async fn sign_in(
    app: Data<App>,
    request: HttpRequest,
    form: Form<Login>,
) -> Result<HttpResponse, Failure> {
    let user = app.check_password(&form)?;
    let device = request.cookie(&app.device_cookie(&user)).map(|it| it.value().to_owned());
    let session = app.begin(user, device)?;
    let verifier = app.verifier(&session)?;
    match verifier.next(&session.user).await? {
        // Nothing is enrolled, or the browser is trusted.
        Next::Done(sign_in) => enter(&app, None, session, &sign_in),
        Next::Prove(_) => page(redirect("/second-step"), &app.store(None, session)?),
        // The policy of this application requires no enrollment.
        Next::Enroll(_) => Err(Failure::NotSignedIn),
    }
}

async fn second_step_page(_: Visitor) -> HttpResponse {
    html(app::SECOND_STEP)
}

/// Completes the sign-in. A user who is signed in proves again, to change the settings.
async fn second_step(
    app: Data<App>,
    visitor: Visitor,
    form: Form<Code>,
) -> Result<HttpResponse, Failure> {
    let Visitor { id, mut session } = visitor;
    let (verifier, proof) = (app.verifier(&session)?, Proof::totp(&form.code));
    if session.is_signed_in() {
        let grant = verifier.verify_for(&session.user, Purpose::Manage, proof).await?;
        session.permit(&grant);
        return page(redirect("/settings"), &app.store(Some(&id), session)?);
    }
    let proof = match form.trust {
        Some(_) => proof.trusting(NewDevice::new("a browser")),
        None => proof,
    };
    let verified = verifier.verify(&session.user, proof).await?;
    enter(&app, Some(&id), session, &verified.into())
}

async fn settings(app: Data<App>, SignedIn(visitor): SignedIn) -> Result<HttpResponse, Failure> {
    let session = visitor.session;
    Ok(html(&app::settings(&app.verifier(&session)?.status(&session.user).await?)))
}

async fn begin_totp(app: Data<App>, SignedIn(visitor): SignedIn) -> Result<HttpResponse, Failure> {
    let Visitor { id, mut session } = visitor;
    let (verifier, account) = (app.verifier(&session)?, session.user.to_string());
    // The first factor needs no proof, every further one does.
    let enrollment = match session.grant() {
        Some(grant) => verifier.enroll_totp(&grant, &account).await?,
        None => verifier.enroll_totp(&session.user, &account).await?,
    };
    session.pending = Some(*enrollment.handle());
    page(html(&app::enrollment(&enrollment)), &app.store(Some(&id), session)?)
}

async fn confirm(
    app: Data<App>,
    SignedIn(visitor): SignedIn,
    form: Form<Code>,
) -> Result<HttpResponse, Failure> {
    let Visitor { id, mut session } = visitor;
    let verifier = app.verifier(&session)?;
    let pending = session.pending.take().ok_or(Failure::SecondStep)?;
    let confirmed = verifier.confirm(&session.user, pending, &form.code).await?;
    session.permit(&verifier.grant(&confirmed)?);
    session.changed(confirmed.epoch());
    page(redirect("/settings"), &app.store(Some(&id), session)?)
}

async fn remove(
    app: Data<App>,
    SignedIn(visitor): SignedIn,
    form: Form<Item>,
) -> Result<HttpResponse, Failure> {
    let Visitor { id, mut session } = visitor;
    let grant = session.grant().ok_or(Failure::SecondStep)?;
    let item = form.item.parse().map_err(|_| Failure::SecondStep)?;
    session.changed(app::remove(&app.verifier(&session)?, &grant, &item).await?);
    page(redirect("/settings"), &app.store(Some(&id), session)?)
}

/// Opens the session. Only the crate creates a `SignIn`.
fn enter(
    app: &App,
    old: Option<&str>,
    mut session: Session,
    sign_in: &SignIn,
) -> Result<HttpResponse, Failure> {
    let token = session.enter(&app.verifier(&session)?, sign_in)?;
    let name = app.device_cookie(&session.user);
    let mut response = page(redirect("/"), &app.store(old, session)?)?;
    if let Some(token) = token {
        let cookie = cookie(&name, token);
        response.add_cookie(&cookie).map_err(|_| Failure::NotSignedIn)?;
    }
    Ok(response)
}

fn page(mut response: HttpResponse, session: &str) -> Result<HttpResponse, Failure> {
    let cookie = cookie("session", session.to_owned());
    response.add_cookie(&cookie).map_err(|_| Failure::NotSignedIn)?;
    Ok(response)
}

/// `Strict` keeps forms of other sites out.
fn cookie(name: &str, value: String) -> Cookie<'_> {
    let cookie = Cookie::build(name, value).path("/").http_only(true).secure(true);
    cookie.same_site(SameSite::Strict).finish()
}

fn html(body: &str) -> HttpResponse {
    let page = format!("<!doctype html><title>Example</title>{body}");
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

fn redirect(location: &'static str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("location", location)).finish()
}
