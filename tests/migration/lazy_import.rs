//! Import at the first sign-in.

use std::sync::Mutex;

use crate::{
    django_otp,
    rows::{SECRET, app, rows, try_app, world},
    support::{World, reason},
};
use second_factor::{
    Error, Next, Proof, Reason, SignIn, SubjectId, Verifier, block_on, otp::TotpParameters,
};
use serde_json::Value;

type Stopped = Box<dyn core::error::Error>;

/// The table of the previous system.
struct OldTable(Mutex<Option<Value>>);

impl OldTable {
    fn of_alice() -> Self {
        Self(Mutex::new(Some(rows("django_otp"))))
    }

    fn find(&self) -> Option<Value> {
        self.0.lock().unwrap().clone()
    }

    fn delete(&self) {
        *self.0.lock().unwrap() = None;
    }
}

/// After the password: imports the user unless this was done before, and asks what is next.
async fn next(app: &Verifier, old: &OldTable, user: &SubjectId) -> Result<Next, Stopped> {
    if let Some(row) = old.find() {
        // A row that cannot be read must stop the sign-in: the user has two-factor authentication.
        let import = django_otp::import(&row)?;
        match app.operations().import(user, import).await {
            Ok(()) => {}
            // Another request was first, or the user was imported and the deletion failed.
            Err(Error::Denied(denial)) if denial.reason() == Reason::Unauthorized => {}
            Err(error) => return Err(error.into()),
        }
        old.delete();
    }
    Ok(app.next(user).await?)
}

fn new_world() -> World {
    world(crate::rows::Hashes(|_: &str, _: &str| false))
}

#[test]
fn first_sign_in_imports_and_asks_for_the_app() {
    block_on(async {
        let (world, old) = (new_world(), OldTable::of_alice());
        let asked = next(&world.verifier, &old, &world.alice).await.unwrap();
        assert!(matches!(asked, Next::Prove(_)), "{asked:?}");
        assert!(old.find().is_none());
        world.clock.advance(30);
        let _ = try_app(&world, &app(SECRET, TotpParameters::new())).await.unwrap();
        let asked = next(&world.verifier, &old, &world.alice).await.unwrap();
        assert!(matches!(asked, Next::Prove(_)), "{asked:?}");
    });
}

/// The process stopped after the import and before the deletion.
#[test]
fn second_import_changes_nothing_and_restores_no_used_code() {
    block_on(async {
        let (world, old) = (new_world(), OldTable::of_alice());
        let _ = next(&world.verifier, &old, &world.alice).await.unwrap();
        let token = rows("django_otp")["otp_static_statictoken"][0]["token"].clone();
        let typed = || Proof::backup_code(token.as_str().unwrap());
        let _ = world.verifier.verify(&world.alice, typed()).await.unwrap();
        let again = OldTable::of_alice();
        let asked = next(&world.verifier, &again, &world.alice).await.unwrap();
        assert!(matches!(asked, Next::Prove(_)) && again.find().is_none());
        let replay = reason(world.verifier.verify(&world.alice, typed()).await);
        assert!(matches!(replay, Reason::Replayed | Reason::Incorrect), "{replay:?}");
    });
}

/// Otherwise, a damaged row would turn the second factor off.
#[test]
fn row_that_cannot_be_read_stops_the_sign_in() {
    block_on(async {
        let (world, old) = (new_world(), OldTable::of_alice());
        old.0.lock().unwrap().as_mut().unwrap()["otp_totp_totpdevice"]["key"] = "00".into();
        let stopped = next(&world.verifier, &old, &world.alice).await;
        assert!(stopped.is_err());
        assert!(old.find().is_some());
    });
}

#[test]
fn user_without_a_row_signs_in_without_a_factor() {
    block_on(async {
        let (world, old) = (new_world(), OldTable(Mutex::new(None)));
        let asked = next(&world.verifier, &old, &world.alice).await.unwrap();
        assert!(matches!(asked, Next::Done(SignIn::Unprotected(_))), "{asked:?}");
    });
}
