//! Two-factor authentication in a poem application.

use std::{io, net::TcpListener, sync::Arc};

use poem::{
    Endpoint, EndpointExt, FromRequest, IntoResponse, Request, RequestBody, Response, Route,
    Server,
    error::ResponseError,
    get, handler,
    http::{StatusCode, header},
    listener::TcpAcceptor,
    middleware::CookieJarManager,
    post,
    web::{
        Data, Form, Html,
        cookie::{Cookie, CookieJar, SameSite},
    },
};
use second_factor::{NewDevice, Next, Proof, Purpose, SignIn};

use crate::app::{self, App, Code, Failure, Item, Login, Session};

/// Runs the server.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    Server::new_with_acceptor(TcpAcceptor::from_std(listener)?).run(routes(app)).await
}

pub fn routes(app: Arc<App>) -> impl Endpoint {
    Route::new()
        .at("/", get(home))
        .at("/sign-in", post(sign_in))
        .at("/second-step", get(second_step_page).post(second_step))
        .at("/settings", get(settings))
        .at("/settings/totp", post(begin_totp))
        .at("/settings/confirm", post(confirm))
        .at("/settings/remove", post(remove))
        .with(CookieJarManager::new())
        .data(app)
}

type Shared<'a> = Data<&'a Arc<App>>;

/// A browser whose user typed a correct password. The second step may be missing.
struct Visitor {
    id: String,
    session: Session,
}

/// A browser that is signed in: the second step is complete, and no change has ended the session.
struct SignedIn(Visitor);

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let find = || {
            let id = request.cookie().get("session")?.value_str().to_owned();
            let session = request.data::<Arc<App>>()?.session(&id)?;
            Some(Self { id, session })
        };
        Ok(find().ok_or(Failure::NotSignedIn)?)
    }
}

impl<'a> FromRequest<'a> for SignedIn {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let mut visitor = Visitor::from_request(request, body).await?;
        let app = request.data::<Arc<App>>().ok_or(Failure::NotSignedIn)?;
        app.check(&mut visitor.session).await?;
        Ok(Self(visitor))
    }
}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.response().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn as_response(&self) -> Response {
        let (_, location, text) = self.response();
        match location {
            Some(location) => redirect(location),
            None => Response::builder().status(self.status()).body(text),
        }
    }
}

#[handler]
async fn home(SignedIn(visitor): SignedIn) -> String {
    format!("Hello, {}", visitor.session.user)
}

#[handler]
async fn sign_in(
    app: Shared<'_>,
    jar: &CookieJar,
    Form(login): Form<Login>,
) -> Result<Response, Failure> {
    let user = app.check_password(&login)?;
    let device = jar.get(&app.device_cookie(&user)).map(|it| it.value_str().to_owned());
    let session = app.begin(user, device)?;
    match app.verifier(&session)?.next(&session.user).await? {
        // Nothing is enrolled, or the browser is trusted.
        Next::Done(opened) => enter(&app, jar, None, session, &opened),
        Next::Prove(_) => {
            store(&app, jar, None, session)?;
            Ok(redirect("/second-step"))
        }
        // The policy of this application requires no enrollment.
        Next::Enroll(_) => Err(Failure::NotSignedIn),
    }
}

#[handler]
async fn second_step_page(_: Visitor) -> Response {
    html(app::SECOND_STEP)
}

/// Completes the sign-in. A user who is signed in proves again, to change the settings.
#[handler]
async fn second_step(
    app: Shared<'_>,
    jar: &CookieJar,
    visitor: Visitor,
    Form(form): Form<Code>,
) -> Result<Response, Failure> {
    let Visitor { id, mut session } = visitor;
    let (verifier, proof) = (app.verifier(&session)?, Proof::totp(&form.code));
    if session.is_signed_in() {
        let grant = verifier.verify_for(&session.user, Purpose::Manage, proof).await?;
        session.permit(&grant);
        store(&app, jar, Some(&id), session)?;
        return Ok(redirect("/settings"));
    }
    let proof = match form.trust {
        Some(_) => proof.trusting(NewDevice::new("a browser")),
        None => proof,
    };
    let verified = verifier.verify(&session.user, proof).await?;
    enter(&app, jar, Some(&id), session, &verified.into())
}

#[handler]
async fn settings(app: Shared<'_>, SignedIn(visitor): SignedIn) -> Result<Response, Failure> {
    let session = visitor.session;
    Ok(html(&app::settings(&app.verifier(&session)?.status(&session.user).await?)))
}

#[handler]
async fn begin_totp(
    app: Shared<'_>,
    jar: &CookieJar,
    SignedIn(visitor): SignedIn,
) -> Result<Response, Failure> {
    let Visitor { id, mut session } = visitor;
    let (verifier, account) = (app.verifier(&session)?, session.user.to_string());
    // The first factor needs no proof, every further one does.
    let enrollment = match session.grant() {
        Some(grant) => verifier.enroll_totp(&grant, &account).await?,
        None => verifier.enroll_totp(&session.user, &account).await?,
    };
    session.pending = Some(*enrollment.handle());
    store(&app, jar, Some(&id), session)?;
    Ok(html(&app::enrollment(&enrollment)))
}

#[handler]
async fn confirm(
    app: Shared<'_>,
    jar: &CookieJar,
    SignedIn(visitor): SignedIn,
    Form(form): Form<Code>,
) -> Result<Response, Failure> {
    let Visitor { id, mut session } = visitor;
    let verifier = app.verifier(&session)?;
    let pending = session.pending.take().ok_or(Failure::SecondStep)?;
    let confirmed = verifier.confirm(&session.user, pending, &form.code).await?;
    session.permit(&verifier.grant(&confirmed)?);
    session.changed(confirmed.epoch());
    store(&app, jar, Some(&id), session)?;
    Ok(redirect("/settings"))
}

#[handler]
async fn remove(
    app: Shared<'_>,
    jar: &CookieJar,
    SignedIn(visitor): SignedIn,
    Form(form): Form<Item>,
) -> Result<Response, Failure> {
    let Visitor { id, mut session } = visitor;
    let grant = session.grant().ok_or(Failure::SecondStep)?;
    let item = form.item.parse().map_err(|_| Failure::SecondStep)?;
    session.changed(app::remove(&app.verifier(&session)?, &grant, &item).await?);
    store(&app, jar, Some(&id), session)?;
    Ok(redirect("/settings"))
}

/// Opens the session. Only the crate creates a `SignIn`.
fn enter(
    app: &App,
    jar: &CookieJar,
    old: Option<&str>,
    mut session: Session,
    opened: &SignIn,
) -> Result<Response, Failure> {
    if let Some(token) = session.enter(&app.verifier(&session)?, opened)? {
        jar.add(cookie(app.device_cookie(&session.user), token));
    }
    store(app, jar, old, session)?;
    Ok(redirect("/"))
}

fn store(app: &App, jar: &CookieJar, old: Option<&str>, session: Session) -> Result<(), Failure> {
    jar.add(cookie("session".into(), app.store(old, session)?));
    Ok(())
}

/// `Strict` keeps forms of other sites out.
fn cookie(name: String, value: String) -> Cookie {
    let mut cookie = Cookie::new_with_str(name, value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(true);
    cookie.set_same_site(SameSite::Strict);
    cookie
}

fn html(body: &str) -> Response {
    Html(format!("<!doctype html><title>Example</title>{body}")).into_response()
}

fn redirect(location: &str) -> Response {
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, location).finish()
}
