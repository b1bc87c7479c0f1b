//! A settings page that removes a factor or a device by its id.

use second_factor::{Client, Error, Grant, ItemId, Proof, Purpose, SubjectId, Verifier};

/// Your session: what it stores is text.
struct Session {
    user: SubjectId,
    binding: String,
    grant: Option<String>,
}

/// The form behind each button.
#[derive(serde::Deserialize)]
struct Remove {
    item: ItemId,
}

#[derive(Debug, PartialEq)]
enum Response {
    Redirect(&'static str),
    Text(u16, String),
}

const PROVE: Response = Response::Redirect("/prove?then=/settings");

async fn prove(app: &Verifier, session: &mut Session, typed: &str) -> Result<(), Error> {
    let verifier = app.for_client(Client::new(&session.binding)?);
    let proof = Proof::totp(typed);
    let grant = verifier.verify_for(&session.user, Purpose::Manage, proof).await?;
    session.grant = Some(grant.expose().to_owned());
    Ok(())
}

async fn remove(app: &Verifier, session: &Session, form: &Remove) -> Result<Response, Error> {
    let verifier = app.for_client(Client::new(&session.binding)?);
    let Some(text) = &session.grant else { return Ok(PROVE) };
    verifier.revoke(&Grant::from_text(&session.user, text), &form.item).await?;
    Ok(Response::Redirect("/settings"))
}

fn failure(error: &Error) -> Response {
    if error.needs_grant() {
        return PROVE;
    }
    let is_safe = error.is_safe_to_show();
    let text = if is_safe { error.to_string() } else { "Not verified.".into() };
    Response::Text(error.http_status(), text)
}

// What the test does.

use crate::support::{
    NOON, World,
    watched::{Call, Watched},
};
use second_factor::{MemoryStorage, NewDevice, Policy, block_on, enrollment::NewSecurityKey};

async fn post(app: &Verifier, session: &Session, item: &str) -> Response {
    let form: Remove = serde_json::from_value(serde_json::json!({ "item": item })).unwrap();
    remove(app, session, &form).await.unwrap_or_else(|error| failure(&error))
}

#[test]
fn settings_page_takes_one_load_and_removes_by_id() {
    block_on(async {
        let store = Watched::over(MemoryStorage::new());
        let world = World::over(store.clone(), Policy::default());
        let (app, user) = (&world.verifier, world.alice.clone());
        let (phone_app, _) = world.with_app().await;
        let proof = Proof::totp(phone_app.code(&world.clock)).trusting(NewDevice::new("Firefox"));
        let verified = app.verify(&user, proof).await.unwrap();
        let _ = world.with_phone(&verified).await;
        let begun = app.enroll_security_key(&verified, b"").await.unwrap();
        let key = NewSecurityKey::new("blue", b"a public key").unwrap();
        let _ = app.confirm_security_key(&user, &begun, key).await.unwrap();
        let _ = store.take();

        let status = app.status(&user).await.unwrap();
        assert_eq!(store.take(), [Call::Load], "the whole page");
        assert_eq!((status.factors().len(), status.security_keys().len()), (3, 1));
        let mut session =
            Session { user: user.clone(), binding: "the session of Alice".into(), grant: None };
        let device = status.devices()[0].id().to_string();
        let phone = status.factors()[2].id().to_string();
        assert_eq!(post(app, &session, &device).await, PROVE, "nothing was proven");
        world.clock.set(NOON + 60 * 60);
        prove(app, &mut session, &phone_app.code(&world.clock)).await.unwrap();
        for item in [device, phone.clone()] {
            assert_eq!(post(app, &session, &item).await, Response::Redirect("/settings"));
        }
        // The removal of a factor ended the grant.
        assert_eq!(post(app, &session, &phone).await, PROVE);
        world.clock.advance(30);
        let refused =
            prove(app, &mut session, &phone_app.incorrect(&world.clock)).await.unwrap_err();
        assert_eq!(failure(&refused), Response::Text(401, "Not verified.".into()));
        prove(app, &mut session, &phone_app.code(&world.clock)).await.unwrap();
        let gone = Response::Text(404, "it does not exist, or has ended".into());
        assert_eq!(post(app, &session, &phone).await, gone);
        let status = app.status(&user).await.unwrap();
        assert_eq!((status.factors().len(), status.devices().len()), (2, 0));
    });
}
